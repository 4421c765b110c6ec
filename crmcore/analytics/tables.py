"""The tables that reports work on, as SELECTs over the shop's records: the expressions that cards use.

They are written in PostgreSQL's words: a PostgreSQL shop runs them itself, and DuckDB understands them for an
attached SQLite shop. So whether an order counts is said in one place (`store.events`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from crmcore.records.interaction import InteractionKind
from crmcore.store import schema
from crmcore.store.events import every_interaction, every_line, every_order, every_refund
from crmcore.store.json_sql import json_integer, json_text
from crmcore.store.schema_reports import daily_figures

_POSTGRESQL: sa.Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
_SQLITE: sa.Dialect = sqlite.dialect()


@dataclass(frozen=True)
class Statements:
    """The SELECT of each table, in the words of PostgreSQL and DuckDB, and in those of SQLite."""

    common: dict[str, str]
    sqlite: dict[str, str]


def statements(until: int | None, currency: str, kinds: Iterable[InteractionKind]) -> Statements:
    """The SELECT of each table as of the instant `until`, in the shop's currency."""
    orders = every_order(until).subquery("o")
    lines = every_line(until).subquery("l")
    refunds = every_refund(until).subquery("r")
    interactions = every_interaction(until, kinds).subquery("i")
    made = {
        "orders": _picked(orders, _ORDERS).where(orders.c.currency == currency),
        "lines": _picked(lines, _LINES).where(lines.c.currency == currency),
        "refunds": _picked(refunds, _REFUNDS).where(refunds.c.currency == currency),
        "interactions": _picked(interactions, _INTERACTIONS),
        "customers": _customers(),
        "traffic": _figures("traffic", ("site", "creative", "position"), _TRAFFIC, currency),
        "products": _figures("product", ("sku", "", ""), _PRODUCTS, currency),
        "market": _figures("market", ("keyword", "grade", ""), _MARKET, currency),
        "other_currencies": sa.select(orders.c.currency, sa.func.count().label("orders"))
        .where(orders.c.currency != currency)
        .group_by(orders.c.currency),
    }
    return Statements(
        {name: _text(select, _POSTGRESQL) for name, select in made.items()},
        {name: _text(select, _SQLITE) for name, select in made.items()},
    )


# name -> column of the stream; names that end in _on are made of an instant later, in the shop's days.
_ORDERS = {
    "id": "id", "customer_id": "customer_id", "source": "source", "platform": "platform", "number": "number",
    "status": "status", "placed_at": "at", "paid_at": "paid_at", "closed_at": "closed_at",
    "refunded_at": "refunded_at", "bought": "bought", "refunded_in_full": "refunded_in_full",
    "ordered": "ordered_total", "paid": "paid_total", "refunded": "refunded_total", "net": "net_total",
    "channel": "channel", "source_tag": "source_tag", "province": "province", "city": "city",
}  # fmt: skip
_LINES = {
    "order_id": "order_id", "customer_id": "customer_id", "paid_at": "paid_at", "sku": "sku",
    "title": "title", "category": "category", "quantity": "quantity", "unit_price": "unit_price",
    "total": "total", "goods": "goods",
}  # fmt: skip
_REFUNDS = {"customer_id": "customer_id", "order_id": "order_id", "happened_at": "at", "amount": "amount"}
_INTERACTIONS = {"happened_at": "at"} | {
    name: name
    for name in (
        "id", "customer_id", "kind", "state", "open", "due_at", "owner", "channel", "rating", "contact",
        "payload",
    )
}  # fmt: skip
_TRAFFIC = (
    "shown", "clicks", "visitors", "views", "left_at_once", "saw_5_pages", "saw_10_pages", "buyers", "orders",
    "spent",
)  # fmt: skip
_PRODUCTS = ("title", "category", "cost", "stock", "packaging", "supplier")
_MARKET = ("searches", "deals", "sold", "rank")
_MONEY = frozenset({"spent", "cost", "sold"})
TEXTS = frozenset(
    [
        "day",
        "site",
        "creative",
        "position",
        "packaging",
        "supplier",
        "keyword",
        "grade",
        "extra",
        "source",
        "platform",
        "number",
        "status",
        "channel",
        "source_tag",
        "province",
        "city",
        "sku",
        "title",
        "category",
        "kind",
        "state",
        "owner",
        "payload",
        "gender",
        "birthday",
        "currency",
    ]
)
FLAGS = frozenset({"bought", "refunded_in_full", "open", "contact", "goods"})
# What the analytics process adds to each table: the calendar day of an instant.
DAYS = {
    "orders": {
        "placed_on": "placed_at",
        "paid_on": "paid_at",
        "closed_on": "closed_at",
        "refunded_on": "refunded_at",
    },
    "lines": {"on_day": "paid_at"},
    "refunds": {"on_day": "happened_at"},
    "interactions": {"on_day": "happened_at"},
    "customers": {"first_seen": "seen_at"},
}
# And the day that a text tells.
DATES = {name: {"on_day": "day"} for name in ("traffic", "products", "market")}


def _picked(stream: sa.Subquery, columns: dict[str, str]) -> sa.Select[Any]:
    return sa.select(*(stream.c[theirs].label(ours) for ours, theirs in columns.items()))


def _customers() -> sa.Select[Any]:
    c = schema.customers.c
    made_at = sa.select(schema.changes.c.at).where(schema.changes.c.id == c.created_by).scalar_subquery()
    return sa.select(
        c.id,
        sa.func.coalesce(c.at, made_at).label("seen_at"),
        *(c.province, c.city, c.gender, c.birthday, c.extra),
    ).where(c.merged_into.is_(None))


def _figures(
    kind: str, places: tuple[str, str, str], names: tuple[str, ...], currency: str
) -> sa.Select[Any]:
    """Daily figures of a kind, a column each; money of other currencies is left out."""
    c = daily_figures.c
    keys = zip(places, (c.subject, c.part, c.place), strict=True)
    columns = [key.label(name) for name, key in keys if name]
    for name in names:
        value = (json_text if name in TEXTS else json_integer)(c.figures, name)
        columns.append((sa.case((c.currency == currency, value)) if name in _MONEY else value).label(name))
    return sa.select(c.id, c.source, c.day, *columns).where(c.kind == kind)


def _text(select: sa.Select[Any], dialect: sa.Dialect) -> str:
    compiled = select.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    return str(compiled).replace("%%", "%")
