"""Is the database whole? Records that point at nothing, sums that do not hold, cards that are out of date."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.store import schema
from crmcore.store.backup import damage
from crmcore.store.facts import Facts
from crmcore.store.identities import event_tables
from crmcore.store.search_index import stale_ids


@dataclass(frozen=True)
class Problem:
    """Something that must not be: what, and how many records show it."""

    what: str
    count: int


# Wrong cards are counted up to here: one is enough to be told.
COUNTED = 10_000
_AT_ONCE = 2_000

# Every column that points into another table: it must find its row there, or be empty.
_POINTERS = (
    ("identities", "customer_id", "customers"),
    ("identities", "home_id", "customers"),
    ("candidates", "a_id", "customers"),
    ("candidates", "b_id", "customers"),
    ("consents", "customer_id", "customers"),
    ("orders", "customer_id", "customers"),
    ("orders", "identity_id", "identities"),
    ("order_lines", "order_id", "orders"),
    ("order_lines", "product_id", "products"),
    ("refunds", "customer_id", "customers"),
    ("refunds", "identity_id", "identities"),
    ("interactions", "customer_id", "customers"),
    ("interactions", "identity_id", "identities"),
    ("tags", "customer_id", "customers"),
    ("sends", "customer_id", "customers"),
    ("sends", "identity_id", "identities"),
    ("sends", "campaign_id", "campaigns"),
    ("send_events", "send_id", "sends"),
    ("suppressions", "customer_id", "customers"),
    ("customers", "merged_into", "customers"),
    ("journal", "change_id", "changes"),
    ("import_rejects", "import_id", "imports"),
    ("imports", "change_id", "changes"),
)
# What hangs on a customer hangs on the one that lives, never on one merged into another (who keeps her tags).
_OWNED = ("identities", "consents", "orders", "refunds", "interactions", "sends")


def problems(facts: Facts) -> list[Problem]:
    """Everything that is wrong with a shop's database; an empty list when it is whole.

    `facts` are its cards: each is worked out anew and compared.
    """
    database = facts.database
    found: list[Problem] = []
    if database.is_sqlite and (reason := damage(Path(str(database.url.database)))):
        return [Problem(_("the file is damaged: {reason}").format(reason=reason), 1)]
    with database.read() as connection:
        for table, column, target in _POINTERS:
            what = mark("{table}.{column} points at no row of {target}")
            number = _count(connection, _dangling(table, column, target))
            found += _problem(_(what).format(table=table, column=column, target=target), number)
        for table in _OWNED:
            number = _count(connection, _of_merged(table))
            found += _problem(_("{table} of a customer merged into another").format(table=table), number)
        for events in event_tables():
            number = _count(connection, _strayed(events))
            what = _("{table} of another customer than the identity they came with")
            found += _problem(what.format(table=events.name), number)
        found += _problem(_("customers whose entry for search is out of date"), _badly_indexed(connection))
    return found + _problem(_("customers whose figures are out of date"), len(facts.check(limit=COUNTED)))


def _problem(what: str, number: int) -> list[Problem]:
    return [Problem(what, number)] if number else []


def _count(connection: sa.Connection, condition_rows: sa.Select[tuple[int]]) -> int:
    return int(connection.scalar(sa.select(sa.func.count()).select_from(condition_rows.subquery())) or 0)


def _dangling(table: str, column: str, target: str) -> sa.Select[tuple[int]]:
    rows, targets = schema.metadata.tables[table], schema.metadata.tables[target].alias("target")
    pointer = rows.c[column]
    return sa.select(rows.c.id).where(pointer.is_not(None), ~sa.exists().where(targets.c.id == pointer))


def _of_merged(table: str) -> sa.Select[tuple[int]]:
    rows, customers = schema.metadata.tables[table], schema.customers
    return (
        sa.select(rows.c.id)
        .join(customers, customers.c.id == rows.c.customer_id)
        .where(customers.c.merged_into.is_not(None))
    )


def _strayed(events: sa.Table) -> sa.Select[tuple[int]]:
    identities = schema.identities
    return (
        sa.select(events.c.id)
        .join(identities, identities.c.id == events.c.identity_id)
        .where(events.c.customer_id != identities.c.customer_id)
    )


def _badly_indexed(connection: sa.Connection) -> int:
    highest = int(connection.scalar(sa.select(sa.func.max(schema.customers.c.id))) or 0)
    return sum(
        len(stale_ids(connection, range(start, start + _AT_ONCE)))
        for start in range(1, highest + 1, _AT_ONCE)
    )
