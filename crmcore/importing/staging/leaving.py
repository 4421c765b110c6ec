"""The staged records leave: into a SQLite file of their own, or into PostgreSQL's temporary tables.

For a SQLite shop that file (`stage.db`) is attached by the shop's connection.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from crmcore import duck
from crmcore.importing.staging.export import TABLES, Leaving, Staging
from crmcore.importing.staging.rows import are_few
from crmcore.importing.staging.scratch import Scratch, literal, name, told_plainly

# So many rows are sorted on their way to PostgreSQL; more might not find room in memory.
LONG = 150_000
# They are sorted when they leave: what needs most memory goes while there is most of it.
_WIDEST_FIRST = sorted(TABLES, key=lambda table: table != "st_order")


def rows_of(scratch: Scratch, leaving: Leaving, table: str) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of a staged table that leaves, in the order of its `seq` where that needs little memory."""
    return scratch.stream(leaving.tables[table].select(in_order=leaving.rows <= LONG))


def to_sqlite(scratch: Scratch, leaving: Leaving, path: Path) -> None:
    """Write the staged tables into a SQLite file of their own, so that a chunk's rows lie side by side.

    DuckDB's SQLite extension does it where it can be loaded; it never sees the shop's own file, whose locks
    its second copy of SQLite would drop. Where it cannot sort a table (long notes, a million), rows come in
    the order of the file, and are found by an index.
    """
    with told_plainly(), closing(sqlite3.connect(path, isolation_level=None)) as target:
        # The file is gone with the import: nothing of it has to outlast a power cut.
        target.execute("PRAGMA journal_mode = OFF")
        target.execute("PRAGMA synchronous = OFF")
        for table in TABLES:
            _create(target, table, "seq INTEGER PRIMARY KEY")
        if are_few(leaving.rows):  # written sooner than the extension is loaded
            _write_rows(scratch, leaving, target)
            return
        scratch.make_room()
        if not duck.load_sqlite_reader(scratch.connection):
            _write_rows(scratch, leaving, target)
            return
        for table in _WIDEST_FIRST:
            if table not in leaving.tables:
                continue
            made = leaving.tables[table]
            with _attached(scratch, path):
                if scratch.run_if_room(_into(table, made, in_order=True)):
                    continue
            target.execute(f"DROP TABLE {table}")
            _create(target, table, "seq INTEGER")
            with _attached(scratch, path):
                scratch.run(_into(table, made, in_order=False))
            target.execute(f"CREATE UNIQUE INDEX {table}_seq ON {table} (seq)")


def _create(target: sqlite3.Connection, table: str, key: str) -> None:
    listed = (key if one == "seq" else f"{name(one)} {kind}" for one, kind in TABLES[table].items())
    target.execute(f"CREATE TABLE {table} ({', '.join(listed)})")


@contextmanager
def _attached(scratch: Scratch, path: Path) -> Iterator[None]:
    scratch.run(f"ATTACH {literal(str(path))} AS stage_file (TYPE sqlite)")
    try:
        yield
    finally:
        scratch.run("DETACH stage_file")


def _into(table: str, made: Staging, *, in_order: bool) -> str:
    return f"INSERT INTO stage_file.{table} ({made.names}) {made.select(in_order=in_order)}"


def _write_rows(scratch: Scratch, leaving: Leaving, target: sqlite3.Connection) -> None:
    target.execute("BEGIN")
    for table, made in leaving.tables.items():
        marks = ", ".join("?" * len(made.columns))
        for rows in rows_of(scratch, leaving, table):
            target.executemany(f"INSERT INTO {table} ({made.names}) VALUES ({marks})", rows)
    target.execute("COMMIT")
