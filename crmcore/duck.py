"""DuckDB as the program uses it: in memory, in a folder of its own, fetching nothing.

The one extension that is ever loaded, the reader of SQLite files, comes as a wheel that pip has checked: to
read all its 34 MB for DuckDB's signature takes as long as the rest of a small import. It is loaded unsigned.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb


def connect(folder: Path, *, memory: str, threads: int) -> duckdb.DuckDBPyConnection:
    """A database in memory that goes on in `folder` beyond so much of it (`"120MB"`)."""
    # Said from the start, so that no thread is begun that is not wanted.
    settings: dict[str, Any] = {
        "allow_unsigned_extensions": "true",
        "autoload_known_extensions": "false",
        "autoinstall_known_extensions": "false",
        "memory_limit": memory,
        "threads": str(threads),
        "temp_directory": str(folder / "spill"),
    }
    connection = duckdb.connect(":memory:", config=settings)
    # It would go to stdout, where the result of a command is read.
    connection.execute("SET enable_progress_bar = false")
    return connection


def load_sqlite_reader(connection: duckdb.DuckDBPyConnection) -> bool:
    """Let the database attach SQLite files; False where the extension cannot be loaded here."""
    try:
        import duckdb_extension_sqlite_scanner as wheel

        found = sorted(Path(wheel.__file__).parent.rglob("*.duckdb_extension"))
        connection.execute(f"LOAD '{quoted(found[-1])}'")
    except (ImportError, IndexError, duckdb.Error):
        return False
    return True


def quoted(text: str | Path) -> str:
    """A text for between the quotation marks of SQL."""
    return str(text).replace("'", "''")
