"""Is the database whole? Records that point at nothing, sums that do not hold, cards that are out of date."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.store import schema
from crmcore.store.backup import damage
from crmcore.store.database import Database


@dataclass(frozen=True)
class Problem:
    """Something that must not be: what, and how many records show it."""

    what: str
    count: int


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
    ("customers", "merged_into", "customers"),
    ("journal", "change_id", "changes"),
    ("import_rejects", "import_id", "imports"),
    ("imports", "change_id", "changes"),
)
# What hangs on a customer hangs on the one that lives, never on one merged into another (who keeps her tags).
_OWNED = ("identities", "consents", "orders", "refunds", "interactions")


def problems(database: Database) -> list[Problem]:
    """Everything that is wrong with the database; an empty list when it is whole."""
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
        found += _problem(_("customers without a card"), _count(connection, _without_card()))
        found += _problem(_("cards of nobody"), _count(connection, _cards_of_nobody()))
        found += _problem(
            _("customers that cannot be searched for"), _count(connection, _without_search_text())
        )
    return found


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


def _without_card() -> sa.Select[tuple[int]]:
    customers, cards = schema.customers, schema.cards
    return sa.select(customers.c.id).where(
        customers.c.merged_into.is_(None), ~sa.exists().where(cards.c.customer_id == customers.c.id)
    )


def _cards_of_nobody() -> sa.Select[tuple[int]]:
    customers, cards = schema.customers, schema.cards
    return sa.select(cards.c.customer_id).where(
        ~sa.exists().where(customers.c.id == cards.c.customer_id, customers.c.merged_into.is_(None))
    )


def _without_search_text() -> sa.Select[tuple[int]]:
    customers, texts = schema.customers, schema.search_texts
    return sa.select(customers.c.id).where(
        customers.c.merged_into.is_(None), ~sa.exists().where(texts.c.customer_id == customers.c.id)
    )
