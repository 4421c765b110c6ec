"""What children need, imported once before they are forked off."""

import duckdb  # noqa: F401
import phonenumbers  # noqa: F401
import psycopg  # noqa: F401

import crmcore.importing.imports
import crmcore.shop
import crmcore.store.checks  # noqa: F401
import tests.stress.children  # noqa: F401
