"""Everything the shop holds on one person, as plain data: what she may ask for."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from crmcore.store import schema
from crmcore.store.customers import merged_ids, resolve
from crmcore.store.database import among
from crmcore.store.json_sql import json_integer
from crmcore.store.schema import customers, journal, metadata, order_lines, orders
from crmcore.store.schema_campaigns import send_events, sends

# Said in other words elsewhere in the dossier: what search looks through, who waits to be worked out again.
_LEFT_OUT = ("search_texts", "stale", "segment_queue")
_JSON = ("extra", "payload", "row", "old")


def dossier(connection: sa.Connection, customer_id: int) -> dict[str, Any]:
    """All records of a customer by table, those of records merged into her included.

    `former` holds the old values that the journal keeps of them. Money is in minor units, instants in UTC
    seconds. Raises `NotFoundError` when there is no such customer.
    """
    owner = resolve(connection, customer_id)
    ids = [owner, *merged_ids(connection, owner)]
    held: dict[str, Any] = {"id": owner, "customers": _rows(connection, customers, customers.c.id, ids)}
    for table in tables_of_customers():
        held[table.name] = _rows(connection, table, table.c.customer_id, ids)
    order_ids = [row["id"] for row in held["orders"]]
    held["order_lines"] = _rows(connection, order_lines, order_lines.c.order_id, order_ids)
    send_ids = [row["id"] for row in held[sends.name]]
    held[send_events.name] = _rows(connection, send_events, send_events.c.send_id, send_ids)
    keys = journal_keys(
        connection, ids, {name: [row["id"] for row in held[name]] for name in _with_ids(held)}
    )
    held["former"] = [plain(row) for name, found in keys.items() for row in _former(connection, name, found)]
    return held


def journal_keys(
    connection: sa.Connection, ids: list[int], rows: dict[str, list[int]]
) -> dict[str, list[int]]:
    """By table, the row ids under which the journal keeps old values of these customers.

    `rows` are the ids of the records that stand; what was deleted is found by whose it was. Lines are kept
    under the ids of their orders.
    """
    keys = {name: list(found) for name, found in rows.items()}
    for table in tables_of_customers():
        mine = among(connection, json_integer(journal.c.old, "customer_id"), ids)
        gone = sa.select(journal.c.row_id).where(
            journal.c.table_name == table.name, journal.c.op == "delete", mine
        )
        keys[table.name] = sorted({*keys.get(table.name, ()), *connection.scalars(gone)})
    return keys | {order_lines.name: keys[orders.name]}


def _with_ids(held: dict[str, Any]) -> list[str]:
    return [name for name in held if name in metadata.tables and "id" in metadata.tables[name].c]


def tables_of_customers() -> list[sa.Table]:
    """The tables whose rows belong to a customer."""
    return [
        table for table in metadata.sorted_tables if "customer_id" in table.c and table.name not in _LEFT_OUT
    ]


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row as JSON values: nested JSON unpacked, text lists as lists, empty columns left out."""
    found = {}
    for name, value in row.items():
        if value is None:
            continue
        if name in _JSON:
            value = json.loads(value)
        elif isinstance(value, str) and value.startswith("\x1f"):
            value = value.strip("\x1f").split("\x1f")
        found[name] = value
    return found


def _rows(
    connection: sa.Connection, table: sa.Table, column: sa.Column[Any], ids: list[int]
) -> list[dict[str, Any]]:
    # Cards have the plugins' columns too: ask for what is there.
    chosen = sa.text("*") if table is schema.cards else table
    query = (
        sa.select(chosen)
        .select_from(table)
        .where(among(connection, column, ids))
        .order_by(*table.primary_key)
    )
    return [plain(dict(row)) for row in connection.execute(query).mappings()]


def _former(connection: sa.Connection, table: str, keys: list[int]) -> list[dict[str, Any]]:
    query = sa.select(journal).where(journal.c.table_name == table, among(connection, journal.c.row_id, keys))
    return [dict(row) for row in connection.execute(query.order_by(journal.c.id)).mappings()]
