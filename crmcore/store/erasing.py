"""Erasing a person: what tells who she is goes for good, what counts stays.

Her orders, amounts, dates and places of delivery down to the city go on counting; names, identities, texts
and addresses are emptied in the records, in the old values that the journal keeps, and in rows that an import
set aside.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from crmcore.i18n import gettext as _
from crmcore.store.customers import merged_ids, resolve
from crmcore.store.database import Database, Write, among
from crmcore.store.dossier import journal_keys
from crmcore.store.json_sql import json_integer, json_text
from crmcore.store.schema import (
    candidates,
    cards,
    changes,
    customers,
    erasures,
    identities,
    import_rejects,
    journal,
    metadata,
    order_lines,
    orders,
    tags,
)
from crmcore.store.schema_campaigns import send_events, sends
from crmcore.store.schema_membership import segment_moves

# What tells who somebody is, by table: emptied in the rows and in their old values.
PERSONAL: dict[str, tuple[str, ...]] = {
    "customers": ("name", "nickname", "gender", "birthday", "address", "contact_by", "note", "extra"),
    "identities": ("value", "shown", "tail", "mask_key"),
    "orders": ("address", "note", "extra"),
    "order_lines": ("extra",),
    "refunds": ("reason",),
    "interactions": ("text", "payload"),
    "consents": ("proof", "reason"),
    "sends": ("text", "detail", "reference"),
    "send_events": ("text",),
    # The address itself stays, for nothing else can keep a no that comes with it; whose it is does not.
    "suppressions": ("reason",),
    "tags": ("tag",),
}
# Shorter texts are in too many rows to tell a person by.
_TELLING = 5


@dataclass(frozen=True)
class Receipt:
    """What an erasure did: the customer, its act, and how many records of each table it emptied."""

    customer: int
    change_id: int
    erased: dict[str, int]


def erase(write: Write, customer_id: int) -> Receipt:
    """Erase a customer, and the records merged into her, for good.

    It cannot be undone, and `store.erasing_again` does it again in a backup that still knows her. Her
    consents stand without their proof, so that a no stays a no. Raises `NotFoundError` when there is no such
    customer.
    """
    connection = write.connection
    owner = resolve(connection, customer_id)
    ids = [owner, *merged_ids(connection, owner)]
    rows = {name: _row_ids(connection, name, ids) for name in PERSONAL}
    erased = {import_rejects.name: _empty_rejects(connection, _values_of(connection, ids))}
    keys = journal_keys(connection, ids, rows)
    erased[journal.name] = sum(_empty_journal(connection, name, keys[name]) for name in PERSONAL)
    keep(write, {*records(connection, customers, ids), *records(connection, identities, keys["identities"])})
    for name, row_ids in rows.items():
        erased[name] = _empty_rows(write, name, row_ids)
    pairs = among(connection, candidates.c.a_id, ids) | among(connection, candidates.c.b_id, ids)
    erased[candidates.name] = connection.execute(sa.delete(candidates).where(pairs)).rowcount
    # What plugins worked out about her may tell who she is, too; it is worked out anew from what is left.
    connection.execute(sa.delete(cards).where(among(connection, cards.c.customer_id, ids)))
    # What her card said when she came into a segment or left it.
    moved = among(connection, segment_moves.c.customer_id, ids)
    connection.execute(sa.update(segment_moves).where(moved).values(facts=None))
    write.touch(ids)
    return Receipt(owner, write.change_id, {name: number for name, number in erased.items() if number})


def sweep(database: Database) -> None:
    """After an erasure: let go of old copies that SQLite keeps beside the rows (the search index, the log).

    Pages and rows that were freed hold nothing: each connection writes over what it deletes (`Database`).
    """
    if not database.is_sqlite:
        return
    with database.write("sweep", actor="system", kind="erase") as write:
        write.connection.exec_driver_sql("INSERT INTO search_index(search_index) VALUES ('optimize')")
    with database.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@dataclass(frozen=True)
class Record:
    """A record of a customer: its table, its number, and the instant it was made."""

    table_name: str
    row_id: int
    made_at: int


def records(connection: sa.Connection, table: sa.Table, row_ids: Iterable[int]) -> set[Record]:
    """What tells these records from all others in any backup of the shop; those that were deleted, too."""
    ids = list(row_ids)
    standing = sa.select(table.c.id, changes.c.at).join(changes, changes.c.id == table.c.created_by)
    made_by = json_integer(journal.c.old, "created_by")
    gone = (
        sa.select(journal.c.row_id, changes.c.at).select_from(journal).join(changes, changes.c.id == made_by)
    )
    mine = sa.and_(journal.c.table_name == table.name, journal.c.op == "delete")
    query = sa.union(
        standing.where(among(connection, table.c.id, ids)),
        gone.where(mine, among(connection, journal.c.row_id, ids)),
    )
    return {Record(table.name, int(row_id), int(at)) for row_id, at in connection.execute(query)}


def known(connection: sa.Connection, *conditions: sa.ColumnElement[bool]) -> set[Record]:
    """The records that were erased, as far as this database knows; those that meet the conditions."""
    e = erasures.c
    query = sa.select(e.table_name, e.row_id, e.made_at).where(*conditions)
    return {Record(*row) for row in connection.execute(query)}


def keep(write: Write, erased: set[Record]) -> None:
    """Keep that these records were erased."""
    same = among(write.connection, erasures.c.row_id, {one.row_id for one in erased})
    new = erased - known(write.connection, same)
    if new:
        rows = [{**vars(one), "created_by": write.change_id} for one in new]
        write.connection.execute(sa.insert(erasures), rows)


def _row_ids(connection: sa.Connection, name: str, ids: list[int]) -> list[int]:
    table = metadata.tables[name]
    if table is customers:
        return ids
    if table is order_lines:
        mine = sa.select(orders.c.id).where(among(connection, orders.c.customer_id, ids))
        query = sa.select(table.c.id).where(table.c.order_id.in_(mine))
    elif table is send_events:
        hers = sa.select(sends.c.id).where(among(connection, sends.c.customer_id, ids))
        query = sa.select(table.c.id).where(table.c.send_id.in_(hers))
    else:
        query = sa.select(table.c.id).where(among(connection, table.c.customer_id, ids))
    return [int(row_id) for row_id in connection.scalars(query)]


def _values_of(connection: sa.Connection, ids: list[int]) -> set[str]:
    """The texts by which a row of a file is known to be about her."""
    mine = among(connection, identities.c.customer_id, ids)
    whose = among(connection, json_integer(journal.c.old, "customer_id"), ids)
    former = (json_text(journal.c.old, "value"), json_text(journal.c.old, "shown"))
    query = sa.union_all(
        sa.select(identities.c.value, identities.c.shown).where(mine),
        sa.select(*former).where(journal.c.table_name == identities.name, journal.c.op == "delete", whose),
    )
    found: set[str] = set()
    for value, shown in connection.execute(query):
        found |= {value, shown, value.removeprefix("+86")}
    return {text for text in found if text and len(text) >= _TELLING and not text.isspace()}


def _empty_rows(write: Write, name: str, row_ids: list[int]) -> int:
    connection, table = write.connection, metadata.tables[name]
    here = among(connection, table.c.id, row_ids)
    if table is tags:
        return int(connection.execute(sa.delete(tags).where(here)).rowcount)
    values: dict[str, Any] = dict.fromkeys(PERSONAL[name])
    if table is identities:
        # The row stays, for events point at it; its value must differ from every other one.
        values |= {
            "value": sa.literal("erased:") + sa.cast(table.c.id, sa.Text),
            "shown": "",
            "strong": False,
        }
    if name == "interactions":
        values["text"] = ""
    if "changed_by" in table.c:
        values["changed_by"] = write.change_id
    return int(connection.execute(sa.update(table).where(here).values(**values)).rowcount)


def _empty_journal(connection: sa.Connection, name: str, row_ids: list[int]) -> int:
    """Take what is personal out of the old values; states and amounts stay, for the past is asked about."""
    query = sa.select(journal.c.id, journal.c.old).where(
        journal.c.table_name == name, among(connection, journal.c.row_id, row_ids)
    )
    emptied = 0
    for entry, text in connection.execute(query).all():
        old = json.loads(text)
        clean = _without(old, PERSONAL[name])
        if clean != old:
            emptied += 1
            statement = sa.update(journal).where(journal.c.id == entry)
            connection.execute(statement.values(old=json.dumps(clean, ensure_ascii=False)))
    return emptied


def _without(old: Any, names: tuple[str, ...]) -> Any:
    if isinstance(old, list):
        return [_without(one, names) for one in old]
    return {key: value for key, value in old.items() if key not in names}


def _empty_rejects(connection: sa.Connection, values: set[str]) -> int:
    emptied = 0
    for value in sorted(values):
        # Inside JSON a quote or a backslash stands escaped.
        written = json.dumps(value, ensure_ascii=False)[1:-1]
        rows = sa.or_(
            import_rejects.c.row.contains(written, autoescape=True),
            import_rejects.c.reason.contains(value, autoescape=True),
        )
        statement = sa.update(import_rejects).where(rows).values(row="{}", reason=_("erased"))
        emptied += int(connection.execute(statement).rowcount)
    return emptied
