"""Cards of new customers, made of staged records alone: by a process that does not see the shop.

Where all that a customer has came with one chunk, her card is what the shop's own statement makes of tables
that hold nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy.dialects import sqlite

from crmcore.importing.staging.orders import Shape
from crmcore.importing.staging.rows import PROFILE
from crmcore.store import schema
from crmcore.store.database import Write
from crmcore.store.facts import Facts

# The tables that cards are read from, and the columns by which they are looked up.
_READ = {
    schema.customers: None,
    schema.orders: "customer_id",
    schema.order_lines: "order_id",
    schema.refunds: "customer_id",
    schema.interactions: "customer_id",
    schema.tags: "customer_id",
}
# What facts may read of an order (`store.events`), as it is staged.
_OF_ORDER = (
    "number", "currency", "status", "placed_at", "paid_at", "closed_at", "refunded_at", "ordered_total",
    "paid_total", "refunded_total", "net_total", "channel", "source_tag", "province", "city",
)  # fmt: skip
_OF_LINE = ("position", "sku", "title", "category", "quantity", "unit_price", "total")


@dataclass(frozen=True)
class CardsAhead:
    """How a process makes cards of one import's new customers, and how they are put into the shop."""

    facts: Facts
    source: str

    @cached_property
    def recipe(self) -> str:
        """What the process needs to know, as JSON on one line: see `ahead_child.Cards`."""
        profile = ", ".join(PROFILE)
        order, line = ", ".join(_OF_ORDER), ", ".join(_OF_LINE)
        within = "WHERE seq BETWEEN ? AND ?"
        fill = {
            "st_root": f"INSERT INTO customers (id, {profile}) SELECT seq, {profile} FROM st_root {within}",
            "st_order": f"INSERT INTO orders (id, customer_id, source, {order}) "
            f"SELECT seq, root, :source, {order} FROM st_order {within}",
            # Behind what is a product stands one: they come before the orders.
            "st_line": f"INSERT INTO order_lines (id, order_id, product_id, {line}) "
            f"SELECT seq, order_seq, CASE WHEN is_goods = 1 THEN 1 END, {line} FROM st_line {within}",
            "st_refund": "INSERT INTO refunds (id, customer_id, source, number, currency, at, amount) "
            f"SELECT seq, root, :source, number, currency, at, amount FROM st_refund {within}",
        }
        source = "'" + self.source.replace("'", "''") + "'"
        told = {
            "make": _made(),
            "clear": [*(f"DELETE FROM {table.name}" for table in _READ), "DELETE FROM fact_ids"],
            "fill": {table: text.replace(":source", source) for table, text in fill.items()},
            "name": f"INSERT INTO fact_ids SELECT seq FROM st_root {within}",
            "cards": self._columns_and_text[1],
        }
        return json.dumps(told)

    def add(self, write: Write, rows: Sequence[tuple[Any, ...]]) -> None:
        """Put in the cards of customers who are new in this write: the id of each, then what was made."""
        columns = self._columns_and_text[0]
        marks = ", ".join("?" * len(columns))
        text = f"INSERT INTO cards ({', '.join(columns)}) VALUES ({marks})"
        write.connection.exec_driver_sql(text, list(rows))
        write.carded |= {row[0] for row in rows}

    @cached_property
    def _columns_and_text(self) -> tuple[list[str], str]:
        dialect: Any = sqlite.dialect()
        return self.facts.sql.of_named(dialect)


def cards_ahead(facts: Facts, shape: Shape, source: str) -> CardsAhead | None:
    """How cards are made ahead; None where they hold more than is told of people, orders and lines."""
    if not facts.database.is_sqlite or shape.importer.record == "interaction" or "tags" in shape.fields:
        return None
    return CardsAhead(facts, source)


def _made() -> list[str]:
    """The statements that make the tables as far as cards read them."""
    texts = ["CREATE TABLE fact_ids (id INTEGER PRIMARY KEY)"]
    for table, owner in _READ.items():
        kinds = (f"{one.name} {one.type.compile(sqlite.dialect())}" for one in table.c if one.name != "id")
        texts.append(f"CREATE TABLE {table.name} (id INTEGER PRIMARY KEY, {', '.join(kinds)})")
        if owner:
            texts.append(f"CREATE INDEX {table.name}_owner ON {table.name} ({owner})")
    return texts
