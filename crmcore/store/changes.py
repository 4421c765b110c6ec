"""Changing records so that every change can be explained and taken back.

What is made carries `created_by`; what is updated carries `changed_by` and leaves its old values in the
journal, as does what is deleted. `crmcore.store.undo` takes a change back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from crmcore.errors import NotFoundError
from crmcore.i18n import gettext as _
from crmcore.store.database import Write, allocate_ids, among
from crmcore.store.schema import changes, imports, journal, metadata, order_lines


@dataclass(frozen=True)
class Change:
    """One act of writing: who did what when (an instant), and whether it was taken back since."""

    id: int
    at: int
    actor: str
    kind: str
    why: str
    state: str
    undoes: int | None


@dataclass(frozen=True)
class Former:
    """What one change found in a record: `old` holds the values that it replaced or deleted."""

    change: Change
    op: str
    old: Any


def insert(write: Write, table: sa.Table, values: Mapping[str, Any]) -> int:
    """Make one record and return its id; its customer is touched."""
    result = write.connection.execute(sa.insert(table).values(**values, created_by=write.change_id))
    row_id = int(result.inserted_primary_key[0])  # type: ignore[index]
    write.made(table.name, row_id)
    write.touch([_owner(table, row_id, values)])
    return row_id


def insert_many(write: Write, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> Sequence[int]:
    """Make many records of the same columns in one go and return their ids; their customers are touched."""
    if not rows:
        return []
    ids = allocate_ids(write.connection, table, len(rows))
    made = [{**row, "id": i, "created_by": write.change_id} for i, row in zip(ids, rows, strict=True)]
    write.connection.execute(sa.insert(table), made)
    write.made(table.name, min(ids), max(ids))
    write.touch(_owner(table, row["id"], row) for row in made)
    return ids


def update(write: Write, table: sa.Table, row_id: int, values: Mapping[str, Any]) -> bool:
    """Change one record; False, and nothing written, when it holds these values already.

    Raises `NotFoundError` when there is no such record.
    """
    row = _row(write, table, row_id)
    old = {name: row[name] for name, value in values.items() if row[name] != value}
    if not old:
        return False
    new = {name: values[name] for name in old}
    write_journal(write, table.name, row_id, "update", {**old, "changed_by": row["changed_by"]})
    statement = sa.update(table).where(table.c.id == row_id)
    write.connection.execute(statement.values(**new, changed_by=write.change_id))
    write.touch([_owner(table, row_id, row), _owner(table, row_id, {**row, **new})])
    return True


def delete(write: Write, table: sa.Table, row_id: int) -> None:
    """Delete one record, keeping its values in the journal; raises `NotFoundError` when there is none."""
    row = _row(write, table, row_id)
    write_journal(write, table.name, row_id, "delete", row)
    write.connection.execute(sa.delete(table).where(table.c.id == row_id))
    write.touch([_owner(table, row_id, row)])


def write_journal(write: Write, table: str, row_id: int, op: str, old: Any) -> None:
    """Keep the old values of one record."""
    text = json.dumps(old, ensure_ascii=False, separators=(",", ":"))
    values = {"change_id": write.change_id, "table_name": table, "row_id": row_id, "op": op, "old": text}
    write.connection.execute(sa.insert(journal).values(**values))


def journal_rows(
    write: Write,
    table: sa.Table,
    condition: sa.ColumnElement[bool] | sa.TextClause,
    op: str = "update",
    columns: Sequence[str] | None = None,
) -> int:
    """Keep the old values of every row of `table` that meets `condition`, in one statement; returns how many.

    Call it before the rows are updated or deleted, and set `changed_by` on those that are updated. An update
    keeps `columns` (all of them when None) and `changed_by`; a delete keeps whole rows. For `order_lines` one
    entry an order is kept, with all its lines that meet the condition.
    """
    if table is order_lines:
        return _journal_lines(write, condition)
    names = [c.name for c in table.c]
    if op == "update":
        names = [n for n in columns or names if n not in ("id", "created_by", "changed_by")] + ["changed_by"]
    old = sa.cast(_json_object(write, [table.c[name] for name in names]), sa.Text)
    rows = sa.select(
        sa.literal(write.change_id), sa.literal(table.name), table.c.id, sa.literal(op), old
    ).where(condition)
    return _into_journal(write, rows)


def _journal_lines(write: Write, condition: sa.ColumnElement[bool] | sa.TextClause) -> int:
    line = _json_object(write, list(order_lines.c))
    gather = sa.func.json_group_array if write.database.is_sqlite else sa.func.json_agg
    rows = (
        sa.select(
            sa.literal(write.change_id),
            sa.literal(order_lines.name),
            order_lines.c.order_id,
            sa.literal("delete"),
            sa.cast(gather(line), sa.Text),
        )
        .where(condition)
        .group_by(order_lines.c.order_id)
    )
    return _into_journal(write, rows)


def _into_journal(write: Write, rows: sa.Select[Any]) -> int:
    statement = sa.insert(journal).inline()
    statement = statement.from_select(["change_id", "table_name", "row_id", "op", "old"], rows)
    result = write.connection.execute(statement, execution_options={"preserve_rowcount": True})
    return int(result.rowcount)


def _json_object(write: Write, columns: Sequence[sa.Column[Any]]) -> sa.ColumnElement[Any]:
    pairs: list[sa.ColumnElement[Any]] = []
    for column in columns:
        pairs += [sa.literal_column(f"'{column.name}'"), column]
    build = sa.func.json_object if write.database.is_sqlite else sa.func.json_build_object
    return build(*pairs)


def _row(write: Write, table: sa.Table, row_id: int) -> dict[str, Any]:
    row = write.connection.execute(sa.select(table).where(table.c.id == row_id)).mappings().first()
    if row is None:
        raise NotFoundError(
            _("there is no record {id} in {table}: it may have been removed meanwhile").format(
                id=row_id, table=table.name
            )
        )
    return dict(row)


def _owner(table: sa.Table, row_id: int, row: Mapping[str, Any]) -> int | None:
    owner = row_id if table.name == "customers" else row.get("customer_id")
    return None if owner is None else int(owner)


_SHOWN = [getattr(changes.c, n) for n in ("id", "at", "actor", "kind", "why", "state", "undoes")]


def find_change(connection: sa.Connection, change_id: int) -> Change:
    """One change; raises `NotFoundError` when there is none of that id."""
    row = connection.execute(sa.select(*_SHOWN).where(changes.c.id == change_id)).first()
    if row is None:
        raise NotFoundError(_("there is no change {id}: `crm changes list` shows them").format(id=change_id))
    return Change(*row)


def list_changes(connection: sa.Connection, *, limit: int = 50, before: int | None = None) -> list[Change]:
    """The latest changes, newest first; `before` an id goes on to older ones."""
    query = sa.select(*_SHOWN).order_by(changes.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(changes.c.id < before)
    return [Change(*row) for row in connection.execute(query)]


def history_of(connection: sa.Connection, table: str, row_id: int) -> list[Former]:
    """What each change found in one record, newest first (for order lines: by the order's id)."""
    if table not in metadata.tables:
        raise NotFoundError(_("there is no table {table}").format(table=table))
    query = (
        sa.select(*_SHOWN, journal.c.op, journal.c.old)
        .join(changes, changes.c.id == journal.c.change_id)
        .where(journal.c.table_name == table, journal.c.row_id == row_id)
        .order_by(journal.c.id.desc())
    )
    return [Former(Change(*row[:-2]), row[-2], json.loads(row[-1])) for row in connection.execute(query)]


def former_values(
    connection: sa.Connection, table: sa.Table, row_id: int, change_id: int | None
) -> dict[str, Any]:
    """What one change found in one record (the first time it touched it); {} when it did not touch it."""
    query = (
        sa.select(journal.c.old)
        .where(journal.c.table_name == table.name, journal.c.row_id == row_id)
        .where(journal.c.change_id == change_id, journal.c.op == "update")
        .order_by(journal.c.id)
        .limit(1)
    )
    text = connection.scalar(query)
    return dict(json.loads(text)) if text else {}


def names_of(connection: sa.Connection, change_ids: Sequence[int]) -> dict[int, str]:
    """A short text for each change, such as `change 12 (import, Li Lei)`."""
    query = sa.select(changes.c.id, changes.c.kind, changes.c.actor)
    query = query.where(among(connection, changes.c.id, set(change_ids)))
    text = _("change {id} ({kind}, {actor})")
    return {
        row.id: text.format(id=row.id, kind=row.kind, actor=row.actor) for row in connection.execute(query)
    }


def newest(connection: sa.Connection) -> tuple[int, ...]:
    """What is another one whenever somebody has written: for whoever keeps what was counted.

    The newest act and what it replaced; and how far imports are, which go on under the act they began with.
    """
    query = sa.select(
        sa.select(sa.func.max(changes.c.id)).scalar_subquery(),
        sa.select(sa.func.max(journal.c.id)).scalar_subquery(),
        sa.select(sa.func.sum(imports.c.chunks_done)).scalar_subquery(),
        sa.select(sa.func.count()).where(imports.c.state == "undone").scalar_subquery(),
    )
    return tuple(int(one or 0) for one in connection.execute(query).one())
