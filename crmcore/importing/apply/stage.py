"""A connection that sees the shop and the staged tables side by side."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from crmcore.importing.staging.export import TABLES, Leaving
from crmcore.importing.staging.leaving import rows_of, to_sqlite
from crmcore.importing.staging.scratch import Scratch, name
from crmcore.store.database import Database

STAGE_FILE = "stage.db"
# Working tables of one chunk: who each root is, who has its claims already (`tells`: that decides who it is),
# what becomes of each record.
_WORKING = {
    "own": "root BIGINT PRIMARY KEY, customer_id BIGINT, is_new INTEGER, is_lead INTEGER, identity_id "
    "BIGINT, "
    "touched INTEGER, has_record_news INTEGER",
    "met": "claim BIGINT, root BIGINT, identity_id BIGINT, customer_id BIGINT, is_best INTEGER, "
    "tells INTEGER",
    "seen": "seq BIGINT PRIMARY KEY, root BIGINT, row_id BIGINT, owner_id BIGINT, action TEXT, with_lines "
    "INTEGER, n_rows BIGINT, unlike INTEGER",
}
_MET_ROOT = "met (root)"
_VALUE = re.compile(r"(?<![:\w]):([a-z]\w*)")
# The log grows to this many pages before it is written back: a page that many chunks touch is written once.
_CHECKPOINT_PAGES = 16_000


@contextmanager
def staged(database: Database, scratch: Scratch, leaving: Leaving) -> Iterator[Database]:
    """The shop's database with the `st_…` tables that leave `scratch` and the working tables beside its own.

    It has its own connection; refreshers and gate are those of `database`.
    """
    bench = Database(database.url.render_as_string(hide_password=False))
    bench.refreshers, bench.gate = database.refreshers, database.gate
    try:
        if bench.is_sqlite:
            path = scratch.folder / STAGE_FILE
            to_sqlite(scratch, leaving, path)
            scratch.close()
            event.listen(bench.engine, "connect", _attacher(path))
        else:
            event.listen(bench.engine, "connect", _copier(scratch, leaving))
        yield bench
    finally:
        bench.dispose()


def _attacher(path: Path) -> Any:
    def attach(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("ATTACH DATABASE ? AS stage", [str(path)])
        connection.execute(f"PRAGMA main.wal_autocheckpoint = {_CHECKPOINT_PAGES}")
        # Mapped pages count as this process's memory; an import reads every page once at the most.
        connection.execute("PRAGMA mmap_size = 0")
        # What staging held in memory is free again; a big shop's indexes are met all over by each chunk.
        connection.execute("PRAGMA main.cache_size = -131072")
        # What a chunk reads of a long file lies scattered, and is read more than once.
        connection.execute("PRAGMA stage.cache_size = -16000")
        for table, columns in _WORKING.items():
            # Under this name alone the key is where SQLite keeps the row, not an index beside it.
            kept = columns.replace("BIGINT PRIMARY KEY", "INTEGER PRIMARY KEY")
            connection.execute(f"CREATE TEMP TABLE {table} ({kept})")
        connection.execute(f"CREATE INDEX temp.met_root ON {_MET_ROOT}")

    return attach


def _copier(scratch: Scratch, leaving: Leaving) -> Any:
    collated = {"TEXT": 'TEXT COLLATE "C"'}

    def copy(connection: Any, _record: object) -> None:
        with connection.cursor() as cursor:
            for table, working in _WORKING.items():
                cursor.execute(f"CREATE TEMP TABLE {table} ({working.replace('TEXT', collated['TEXT'])})")
            cursor.execute(f"CREATE INDEX met_root ON {_MET_ROOT}")
            for table, columns in TABLES.items():
                listed = ", ".join(
                    "seq BIGINT PRIMARY KEY"
                    if column == "seq"
                    else f"{name(column)} {collated.get(kind, kind)}"
                    for column, kind in columns.items()
                )
                cursor.execute(f"CREATE TEMP TABLE {table} ({listed})")
                if table in leaving.tables:
                    names = leaving.tables[table].names
                    with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as sink:
                        for rows in rows_of(scratch, leaving, table):
                            for row in rows:
                                sink.write_row(row)
                cursor.execute(f"ANALYZE {table}")
        connection.commit()

    return copy


class Statements:
    """Text SQL in the dialect of one connection, with `differ(a, b)` for "not the same, NULL included".

    Values stand in the text as `:name`. It goes to the driver as it is: an import of many chunks asks some
    ten thousand times, and SQLAlchemy's own look at a text takes longer than SQLite's answer to a short one.
    """

    def __init__(self, connection: sa.Connection, **always: Any) -> None:
        self.connection = connection
        self.is_sqlite = connection.dialect.name == "sqlite"
        self.always = always

    def differ(self, a: str, b: str) -> str:
        """Whether two values differ, where NULL equals NULL."""
        return f"({a}) IS NOT ({b})" if self.is_sqlite else f"({a}) IS DISTINCT FROM ({b})"

    def merged_json(self, held: str, told: str) -> tuple[str, str]:
        """A JSON object as it is held, and with the keys of another over it; equal where nothing is new."""
        if self.is_sqlite:
            held = f"json(coalesce({held}, '{{}}'))"
            return held, f"json_patch({held}, coalesce({told}, '{{}}'))"
        held = f"CAST(coalesce({held}, '{{}}') AS jsonb)"
        return f"CAST({held} AS text)", f"CAST({held} || CAST(coalesce({told}, '{{}}') AS jsonb) AS text)"

    def run(self, sql: str, **values: Any) -> int:
        """Execute; returns how many rows it touched."""
        return int(self._execute(sql, values).rowcount)

    def rows(self, sql: str, **values: Any) -> list[Any]:
        """All rows of the answer."""
        return list(self._execute(sql, values).all())

    def value(self, sql: str, **values: Any) -> Any:
        """The first value of the answer."""
        return self._execute(sql, values).scalar()

    def _execute(self, sql: str, values: dict[str, Any]) -> sa.CursorResult[Any]:
        known = {**self.always, **values}
        bound = {name: known[name] for name in _names(sql)}
        text = sql if self.is_sqlite else _for_psycopg(sql)
        return self.connection.exec_driver_sql(text, bound)


@lru_cache(maxsize=256)
def _names(sql: str) -> frozenset[str]:
    return frozenset(_VALUE.findall(sql))


@lru_cache(maxsize=256)
def _for_psycopg(sql: str) -> str:
    return _VALUE.sub(r"%(\1)s", sql.replace("%", "%%"))
