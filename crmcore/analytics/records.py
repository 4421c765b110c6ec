"""The shop's database itself, read in one transaction: for what DuckDB does not read by its own extension."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

from crmcore.analytics.source import Source

_ROWS_AT_ONCE = 20_000
# Stands for "no value" in the csv, where an empty text is a text; no text of the shop's holds it.
NOTHING = "\x1e"


class Answers(Protocol):
    """One moment of the shop's database, whoever reads it."""

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a SELECT that every database understands."""


class Records(Answers, Protocol):
    """One moment of the shop's database, which hands its tables over, too."""

    def copy(self, table: str, where: str, file: Path) -> list[str]:
        """Write the rows of a table that meet a condition as csv (`NOTHING` is NULL); its columns."""


@contextmanager
def opened(source: Source) -> Iterator[Records]:
    """The shop's records; nothing can be written through them."""
    if source.file is not None:
        uri = f"{source.file.resolve().as_uri()}?mode=ro"
        # Whoever reads may do so in a thread; two never read at once.
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)) as shop:
            shop.execute("BEGIN")
            yield _OfSqlite(source, shop)
        return
    import psycopg

    with psycopg.connect(source.url) as server:
        server.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield _OfPostgresql(source, server)


class _OfSqlite:
    """Python hands the rows over."""

    def __init__(self, source: Source, shop: sqlite3.Connection) -> None:
        self._source, self._shop = source, shop

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self._shop.execute(sql).fetchall()

    def copy(self, table: str, where: str, file: Path) -> list[str]:
        cursor = self._shop.execute(f"SELECT * FROM ({self._source.plain[table]}) AS t WHERE {where}")
        with file.open("w", encoding="utf-8", newline="") as sink:
            writer = csv.writer(sink)
            while rows := cursor.fetchmany(_ROWS_AT_ONCE):
                writer.writerows([NOTHING if one is None else one for one in row] for row in rows)
        return [one[0] for one in cursor.description]


class _OfPostgresql:
    """The server makes the rows."""

    def __init__(self, source: Source, server: Any) -> None:
        self._source, self._server = source, server

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self._server.execute(sql).fetchall()
        return found

    def copy(self, table: str, where: str, file: Path) -> list[str]:
        statement = f"SELECT * FROM ({self._source.statements[table]}) AS t WHERE {where}"
        cursor = self._server.execute(f"{statement} LIMIT 0")
        copying = f"COPY ({statement}) TO STDOUT (FORMAT csv, NULL '{NOTHING}')"
        with file.open("wb") as sink, self._server.cursor().copy(copying) as blocks:
            for block in blocks:
                sink.write(block)
        return [one.name for one in cursor.description or ()]
