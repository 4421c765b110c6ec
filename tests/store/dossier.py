"""Helpers for tests of the store: small records, and the whole database as one comparable value."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from crmcore.store import schema
from crmcore.store.changes import insert
from crmcore.store.database import Database, Write

# What tells of the acts themselves, and what is derived.
_APART = {"changes", "journal", "cards", "search_texts", "meta", "stale"}


def everything(database: Database, *, without: set[str] = frozenset()) -> dict[str, list[dict[str, Any]]]:
    """Every record of the shop, but for the acts and what is derived."""
    with database.read() as connection:
        return {
            table.name: [
                {key: value for key, value in row.items() if key not in without}
                for row in connection.execute(sa.select(table).order_by(*table.primary_key)).mappings()
            ]
            for table in schema.metadata.sorted_tables
            if table.name not in _APART
        }


def customer(write: Write, name: str, **values: Any) -> int:
    return insert(write, schema.customers, {"name": name, "at": 1_700_000_000, **values})


def identity(write: Write, customer_id: int, value: str, kind: str = "phone", **values: Any) -> int:
    row = {"customer_id": customer_id, "home_id": customer_id, "kind": kind, "namespace": "", "value": value}
    return insert(write, schema.identities, {**row, "shown": value, "strong": True, **values})


def order(
    write: Write, customer_id: int | None, number: str, identity_id: int | None = None, **values: Any
) -> int:
    row = {"customer_id": customer_id, "identity_id": identity_id, "source": "taobao", "number": number}
    paid = {"currency": "CNY", "status": "paid", "placed_at": 1_700_000_000, "paid_at": 1_700_000_100}
    return insert(write, schema.orders, {**row, **paid, "net_total": 1000, **values})


def line(write: Write, order_id: int, title: str, position: int = 0, **values: Any) -> int:
    row = {"order_id": order_id, "title": title, "position": position, "quantity": 1}
    return insert(write, schema.order_lines, {**row, **values})


def note(write: Write, customer_id: int, text: str, identity_id: int | None = None, **values: Any) -> int:
    row = {"customer_id": customer_id, "identity_id": identity_id, "kind": "note", "at": 1_700_000_000}
    return insert(write, schema.interactions, {**row, "text": text, **values})
