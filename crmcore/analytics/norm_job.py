"""What the analytics process does for norms: work one out, and find the customers whom a change concerns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import duckdb

from crmcore.analytics.data import Data
from crmcore.analytics.source import Source
from crmcore.errors import CrmError
from crmcore.hooks.jobs import find_item
from crmcore.hooks.manager import PluginManager
from crmcore.hooks.norms import Norm, checked_rows
from crmcore.i18n import gettext as _


def norm(manager: PluginManager, plugin: str, name: str, source: Source) -> Iterator[Any]:
    """The rows of a norm, checked."""
    found = _find(manager, plugin, name)
    with Data(source, found.needs) as data:
        try:
            yield checked_rows(found.function(data))
        except duckdb.OutOfMemoryException as error:
            raise CrmError(_("it takes more memory than norms may use: leave out what is rare")) from error


def behind(
    manager: PluginManager, plugin: str, name: str, source: Source, keys: Sequence[str], most: int
) -> Iterator[Any]:
    """The ids of the customers that the norm's `who` selects for these keys, at most so many."""
    found = _find(manager, plugin, name)
    with Data(source, found.needs) as data:
        known = f"SELECT DISTINCT customer_id FROM ({found.who}) WHERE customer_id IS NOT NULL LIMIT {most}"
        yield [int(one) for (one,) in data.query(known, keys=list(keys))]


def _find(manager: PluginManager, plugin: str, name: str) -> Norm:
    for owner, one in manager.norms().values:
        if owner == plugin and one.name == name:
            return one
    found: Norm = find_item(manager, plugin, "crm_segment_rules", name)
    return found
