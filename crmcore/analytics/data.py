"""The shop's records in DuckDB's own tables, all of one moment: what the functions of reports work on.

This runs in the analytics process only: in the shop's own process DuckDB's second copy of SQLite would drop
the locks of ours. A SQLite file is read in one transaction and with one thread, or the scan is torn while
others write; what follows runs on DuckDB's own copy, with all cores.
"""

from __future__ import annotations

import csv
import re
import sqlite3
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from crmcore import duck
from crmcore.analytics.source import Source
from crmcore.analytics.tables import DATES, DAYS, FLAGS, TEXTS
from crmcore.hooks.reports import tables_of
from crmcore.i18n import gettext as _
from crmcore.records.money import to_major, to_minor
from crmcore.store.sql_bits import offset_text, offsets

MEMORY_LIMIT = "800MB"
_ROWS_AT_ONCE = 20_000
_PLACE = re.compile(r"\$([A-Za-z_]\w*)")


class Data:
    """One moment's records; implements `ReportData`. Close it, or use it with `with`."""

    def __init__(self, source: Source, needs: Iterable[str]) -> None:
        self._source = source
        self.today = source.today
        self.currency = source.currency
        self.slow_because = ""  # why reading took the slow way, in words; empty: it did not
        self._folder = tempfile.TemporaryDirectory(prefix="crm-report-")
        self._connection = _connect(Path(self._folder.name), source.time_zone)
        self.tables = frozenset(tables_of(tuple(needs)))
        self._read({**tables_of(tuple(needs)), "other_currencies": ()})
        self._connection.execute("RESET threads")

    def __enter__(self) -> Data:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the tables."""
        self._connection.close()
        self._folder.cleanup()

    @cached_property
    def other_currencies(self) -> Mapping[str, int]:
        """How many orders there are in other currencies than the shop's."""
        return dict(self.query("SELECT currency, orders FROM other_currencies ORDER BY currency"))

    def query(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        """The rows of a SELECT; `$name` in it stands for a value."""
        named = set(_PLACE.findall(sql))
        used = {name: value for name, value in values.items() if name in named}
        return self._connection.execute(sql, used or None).fetchall()

    def one(self, sql: str, **values: Any) -> Any:
        """The first value of the first row; None when there is none."""
        rows = self.query(sql, **values)
        return rows[0][0] if rows else None

    def money(self, minor: float) -> str:
        """An amount in minor units for a sentence: whole major units, with commas, without the currency."""
        return f"{to_major(round(minor), self.currency):,.0f}"

    def minor(self, major: float) -> int:
        """An amount that a person gave in major units, in minor units."""
        return to_minor(major, self.currency)

    def playbook(self, family: str) -> Mapping[str, Mapping[str, Any]]:
        """The shop's playbook entries of a family: name -> what it says."""
        return self._source.playbook.get(family, {})

    def keep(self, name: str, sql: str, **values: Any) -> None:
        """Keep the rows of a SELECT as a table of that name: for what is asked again and again."""
        self.query(f"CREATE OR REPLACE TABLE {name} AS {sql}", **values)

    # --- reading the shop ---------------------------------------------------------------------------------

    def _read(self, tables: Mapping[str, Sequence[str]]) -> None:
        file = self._source.file
        if file is None:
            self._copy_from_postgresql(self._source.url, tables)
        elif not self._attached(file, tables):
            self.slow_because = _("DuckDB's SQLite extension cannot be loaded here")
            self._copy_from_sqlite(file, tables)

    def _attached(self, file: Path, tables: Mapping[str, Sequence[str]]) -> bool:
        """Read the file through DuckDB's extension; False where that cannot be loaded."""
        run = self._connection.execute
        if not duck.load_sqlite_reader(self._connection):
            return False
        run(f"ATTACH '{duck.quoted(file)}' AS shop (TYPE sqlite, READ_ONLY)")
        run("BEGIN")
        run("SET search_path = 'shop.main,memory.main'")
        for table, columns in tables.items():
            statement = self._with_days(table, self._source.statements[table], columns)
            run(f"CREATE TABLE memory.{table} AS {statement}")
        run("COMMIT")
        run("RESET search_path")
        run("DETACH shop")
        return True

    def _with_days(self, table: str, statement: str, columns: Sequence[str] = ()) -> str:
        """The statement with its days, limited to some columns: what is not asked for is not read."""
        days = "".join(f", local_day({instant}) AS {name}" for name, instant in DAYS.get(table, {}).items())
        days += "".join(
            f", TRY_CAST({text} AS DATE) AS {name}" for name, text in DATES.get(table, {}).items()
        )
        return f"SELECT {', '.join(columns) or '*'} FROM (SELECT *{days} FROM ({statement}))"

    def _copy_from_sqlite(self, file: Path, tables: Iterable[str]) -> None:
        """The slow way: Python hands the rows over."""
        uri = f"{file.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as shop:
            shop.execute("BEGIN")
            for table in tables:
                cursor = shop.execute(self._source.plain[table])
                names = [one[0] for one in cursor.description]
                draft = Path(self._folder.name) / f"{table}.csv"
                with draft.open("w", encoding="utf-8", newline="") as sink:
                    writer = csv.writer(sink)
                    while rows := cursor.fetchmany(_ROWS_AT_ONCE):
                        writer.writerows(rows)
                self._take_csv(table, names, draft)

    def _copy_from_postgresql(self, url: str, tables: Iterable[str]) -> None:
        """Let the server make the rows, in one transaction, and copy them over."""
        import psycopg

        with psycopg.connect(url) as shop:
            shop.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            for table in tables:
                statement = self._source.statements[table]
                cursor = shop.execute(f"SELECT * FROM ({statement}) AS t LIMIT 0")
                names = [one.name for one in cursor.description or ()]
                draft = Path(self._folder.name) / f"{table}.csv"
                copying = f"COPY ({statement}) TO STDOUT (FORMAT csv)"
                with draft.open("wb") as sink, shop.cursor().copy(copying) as blocks:
                    for block in blocks:
                        sink.write(block)
                self._take_csv(table, names, draft)

    def _take_csv(self, table: str, names: Sequence[str], draft: Path) -> None:
        columns = ", ".join(f"{name}: '{self._type(name)}'" for name in names)
        reading = (
            f"SELECT * FROM read_csv('{duck.quoted(draft)}', header = false, auto_detect = false, "
            f"columns = {{{columns}}}, delim = ',', quote = '\"', escape = '\"')"
        )
        self._connection.execute(f"CREATE TABLE {table} AS {self._with_days(table, reading)}")
        draft.unlink()

    def _type(self, column: str) -> str:
        if column in self._source.types:
            return self._source.types[column]
        if column in TEXTS:
            return "VARCHAR"
        return "BOOLEAN" if column in FLAGS else "BIGINT"


def _connect(folder: Path, time_zone: str) -> duckdb.DuckDBPyConnection:
    # One thread: the scan of an attached file is torn otherwise.
    connection = duck.connect(folder, memory=MEMORY_LIMIT, threads=1)
    connection.execute("SET preserve_insertion_order = false")
    # PostgreSQL's words for JSON.
    connection.execute("CREATE TYPE jsonb AS JSON")
    connection.execute(
        "CREATE TEMP MACRO jsonb_typeof(x) AS CASE WHEN json_type(x) IN ('BIGINT', 'UBIGINT', 'DOUBLE') "
        "THEN 'number' ELSE lower(json_type(x)) END"
    )
    # The shop's calendar day of an instant; see `store.sql_bits.local_day`.
    offset = offset_text("t", offsets(time_zone))
    connection.execute(
        "CREATE TEMP MACRO local_day(t) AS DATE '1970-01-01' + "
        f"CAST((t + {offset} + 8640000000) // 86400 - 100000 AS INTEGER)"
    )
    return connection
