"""Copying a whole shop from one database into another empty one, SQLite or PostgreSQL, in any direction.

Records are copied as they are, ids included. What is derived (cards, search) is not copied: the caller has it
worked out again from the records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import sqlalchemy as sa

from crmcore.errors import DatabaseError
from crmcore.i18n import gettext as _
from crmcore.store import schema
from crmcore.store.database import Database, Write
from crmcore.store.migrations import NEWEST, check_version, migrate, version_of

# What can be worked out from the rest. `plugin_facts` says how far a back-fill has got: nowhere yet, there.
DERIVED = frozenset({"cards", "search_texts", "stale", "plugin_facts", "segment_queue"})
# What `meta` says about derived tables: the target's are empty and have no plugins' columns yet.
DERIVED_META = ("facts_signature", "facts_columns")
ROWS_AT_ONCE = 5_000

Told = Callable[[int, int, str], None]  # rows copied, rows in all, the table


def tables() -> list[sa.Table]:
    """The tables that hold a shop's records."""
    return [table for table in schema.metadata.sorted_tables if table.name not in DERIVED]


def refuse_used(target: Database) -> None:
    """Raise `DatabaseError` when anything stands in the target: a shop is never written over another."""
    with target.read() as connection:
        if version_of(connection) == 0:
            return
        for table in tables():
            if table is not schema.meta and connection.scalar(sa.select(sa.exists().select_from(table))):
                raise DatabaseError(_("there is a shop in {url} already").format(url=shown_url(target)))


def copy_records(
    source: sa.Connection,
    target: Database,
    told: Told | None = None,
    agreed: Callable[[sa.Connection], None] | None = None,
) -> int:
    """Copy every record that `source` sees into `target`, in the place of all it holds; returns how many.

    `source` is one open reading or writing: all tables come from the same moment. The target's write is one
    transaction: when it fails, the target stays as it was. `agreed` looks at the target before anything in it
    is replaced, and raises where that may not be.
    """
    check_version(source)
    if version_of(source) != NEWEST:
        raise DatabaseError(_("this shop has an older schema: open it once, then try again"))
    migrate(target)
    sizes = {table.name: _size(source, table) for table in tables()}
    with target.write("copy", actor="system", kind="copy") as write:
        if agreed is not None:
            agreed(write.connection)
        for name in DERIVED:
            write.connection.execute(sa.delete(schema.metadata.tables[name]))
        for table in tables():
            write.connection.execute(sa.delete(table))
            done = 0
            for rows in _batches(_stream(source, table)):
                _insert(write, table, rows)
                done += len(rows)
                if told is not None:
                    told(done, sizes[table.name], table.name)
        write.connection.execute(sa.delete(schema.meta).where(schema.meta.c.key.in_(DERIVED_META)))
        for table in tables():
            if "id" in table.c:
                _set_last_id(write.connection, table, _last_id(source, table))
    return sum(sizes.values())


def shown_url(database: Database) -> str:
    """The database's address for people, without its password."""
    return database.url.render_as_string(hide_password=True)


def _size(connection: sa.Connection, table: sa.Table) -> int:
    return int(connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0)


def _stream(connection: sa.Connection, table: sa.Table) -> Iterator[Sequence[Any]]:
    statement = sa.select(table).order_by(*table.primary_key.columns)
    yield from connection.execute(statement.execution_options(yield_per=ROWS_AT_ONCE))


def _batches(rows: Iterable[Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    rows = iter(rows)
    while batch := list(islice(rows, ROWS_AT_ONCE)):
        yield batch


def _insert(write: Write, table: sa.Table, rows: list[Sequence[Any]]) -> None:
    if write.database.is_sqlite:
        marks = ", ".join("?" for _column in table.c)
        names = ", ".join(f'"{column.name}"' for column in table.c)
        write.connection.exec_driver_sql(
            f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', [tuple(row) for row in rows]
        )
        return
    driver: Any = write.connection.connection.driver_connection
    names = ", ".join(f'"{column.name}"' for column in table.c)
    with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(tuple(row))


def _last_id(connection: sa.Connection, table: sa.Table) -> int:
    """The largest id ever given out: ids of rows that are gone are not given out again."""
    if connection.dialect.name == "sqlite":
        statement = sa.text("SELECT seq FROM sqlite_sequence WHERE name = :name")
    else:
        statement = sa.text(
            "SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence(:name, 'id')::regclass), 0)"
        )
    found = int(connection.scalar(statement, {"name": table.name}) or 0)
    return max(found, int(connection.scalar(sa.select(sa.func.max(table.c.id))) or 0))


def _set_last_id(connection: sa.Connection, table: sa.Table, last: int) -> None:
    if not last:
        return
    values = {"name": table.name, "last": last}
    if connection.dialect.name != "sqlite":
        connection.execute(sa.text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last)"), values)
        return
    changed = connection.execute(sa.text("UPDATE sqlite_sequence SET seq = :last WHERE name = :name"), values)
    if not changed.rowcount:
        connection.execute(sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), values)
