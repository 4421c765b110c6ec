"""The private database of one import: DuckDB in a folder of its own, gone when the import is over."""

from __future__ import annotations

import csv
import errno
import gc
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import copy_context
from copy import copy
from pathlib import Path
from typing import Any

import duckdb

from crmcore import duck
from crmcore.errors import FileError
from crmcore.i18n import gettext as _

# DuckDB's share of memory; beyond it, it works on disk. Its allocator and its reading buffers take half as
# much again, the program itself 90 MB: an import of a million orders stays below 400 MB.
MEMORY_LIMIT = "110MB"
_LEAST = "40MB"
THREADS = 1
# What a statement frees that takes no more than these seconds of this thread is not worth giving back.
_SHORT = 0.02
_STEP = 10_000
_AS_VALUES = 30
_Rows = list[tuple[Any, ...]]
Worked = Callable[[_Rows], _Rows]
# Stands for "no value" on the way through a csv file; no cleaned text holds it.
_NOTHING = "\x1e"
# It makes a join of each list of words behind IN: 458 MB and 1.4 s for 559 rows, not 25 MB and 0.2 s.
_PLAIN = "in_clause"
_SIDES = "build_side_probe_side, join_order"
# To look for what a statement works out twice takes longer than to work it out twice, for few rows.
_TWICE = "common_subexpressions, common_subplan"


class Scratch:
    """A DuckDB database in `folder`, and the few verbs the staging steps need."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._maps, self._left_out = 0, _PLAIN
        self.connection = duck.connect(folder, memory=MEMORY_LIMIT, threads=THREADS)
        # What is free goes back to the system within a long statement, too.
        self.connection.execute(
            "SET allocator_flush_threshold = '16MB'; "
            "SET allocator_bulk_deallocation_flush_threshold = '16MB'; "
            "SET allocator_background_threads = true; "
            "SET TimeZone = 'UTC'; "
            f"SET preserve_insertion_order = true; SET disabled_optimizers = '{self._left_out}'"
        )

    def close(self) -> None:
        """Close the database; the folder is the caller's to remove."""
        self.connection.close()

    @contextmanager
    def beside(self) -> Iterator[Scratch]:
        """The same database, for another thread."""
        other = copy(self)
        other.connection = self.connection.cursor()
        try:
            other.connection.execute("SET TimeZone = 'UTC'")
            yield other
        finally:
            other.close()

    def interrupt(self) -> None:
        """End the statement that another thread is in the middle of, with an error for that thread."""
        self.connection.interrupt()

    def _limit_memory(self) -> None:
        """Say how much memory there is; each time it is said, what is free goes back to the system at once.

        DuckDB's allocator keeps freed pages otherwise, the more the more cores there are.
        """
        self.connection.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")

    def make_room(self) -> None:
        """Put on disk what DuckDB holds in memory, so that a big step begins with all of its share."""
        with suppress(duckdb.OutOfMemoryException):  # as much as can be
            self.connection.execute(f"SET memory_limit = '{_LEAST}'")
        self._limit_memory()

    def plan_for_few(self) -> None:
        """From now on plan statements as is quickest with few rows."""
        self._left_out = f"{_PLAIN}, {_TWICE}"
        self.connection.execute(f"SET disabled_optimizers = '{self._left_out}'")

    def keep_sides(self) -> None:
        """From now on hold the right side of each join in memory.

        Left to itself, DuckDB guesses too low how many rows a filter leaves, and takes the wide side.
        """
        self.connection.execute(f"SET disabled_optimizers = '{self._left_out}, {_SIDES}'")

    def run_with_sides(self, sql: str) -> None:
        """Like `run`, with the right side of each join held in memory."""
        self.keep_sides()
        try:
            self.run(sql)
        finally:
            self.connection.execute(f"SET disabled_optimizers = '{self._left_out}'")

    def run(self, sql: str, values: Iterable[Any] = ()) -> int:
        """Execute one statement; returns how many rows it wrote."""
        begun = time.thread_time()
        with told_plainly():
            told = self.connection.execute(sql, list(values)).fetchone()
        if time.thread_time() - begun > _SHORT:
            self._limit_memory()
        return int(told[0]) if told else 0

    def step(self, table: str, sql: str, *, at_once: bool) -> str:
        """What a question finds, to select from: kept in a table, or `at_once` with what selects from it."""
        if at_once:
            return f"({sql})"
        self.run(f"CREATE OR REPLACE TEMP TABLE {table} AS {sql}")
        return table

    def forget(self, step: str) -> None:
        """Drop what `step` kept."""
        if not step.startswith("("):
            self.run(f"DROP TABLE {step}")

    def run_if_room(self, sql: str) -> bool:
        """Like `run`; False, and nothing done, where there is not enough memory for it."""
        try:
            self.connection.execute(sql)
        except duckdb.OutOfMemoryException:
            return False
        finally:
            self._limit_memory()
        return True

    def rows(self, sql: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a question whose answer is small."""
        with told_plainly():
            return self.connection.execute(sql, list(values)).fetchall()

    def one(self, sql: str, values: Iterable[Any] = ()) -> Any:
        """The first value of the first row; None when there is none."""
        found = self.rows(sql, values)
        return found[0][0] if found else None

    def stream(self, sql: str, values: Iterable[Any] = ()) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of a question, some thousands at a time."""
        cursor = self.connection.cursor()
        try:
            with told_plainly():
                answer = cursor.execute(sql, list(values))
                while rows := answer.fetchmany(_STEP):
                    yield rows
        finally:
            cursor.close()

    def tables(self, start: str) -> list[str]:
        """The names of the tables that begin so."""
        found = self.rows("SELECT table_name FROM duckdb_tables() WHERE starts_with(table_name, ?)", [start])
        return [row[0] for row in found]

    def columns(self, table: str) -> list[str]:
        """The names of a table's columns."""
        return [row[0] for row in self.connection.execute(f"SELECT * FROM {table} LIMIT 0").description or []]

    def map_distinct(
        self,
        source: str,
        asked_for: Sequence[str],
        function: Worked,
        width: int,
        known: str | None = None,
    ) -> str:
        """Work something out once per distinct combination of values; returns the table that holds it.

        The values are SQL expressions over `source` (FROM and WHERE). `function` gets the distinct rows of
        them and gives, for each, a row of `width` texts. The table has the columns v0… (the values, never
        NULL where there is a `known`) and r0… (the results). `known`: the table of an earlier call for other
        rows of the same kind. What it holds is not asked again, and what is new is added to it.
        """
        values, keys = ", ".join(asked_for), [f"v{i}" for i in range(len(asked_for))]
        columns = ", ".join(f"{one} VARCHAR" for one in [*keys, *(f"r{i}" for i in range(width))])
        self._maps += 1
        table, fresh = f"map_{self._maps}", f"fresh_{self._maps}"
        self.run(f"CREATE TABLE {table} ({columns})")
        asked = f"SELECT DISTINCT {values} {source}"
        if known:
            # Only what these rows ask for is held in memory: a long file's answers are too many.
            same = " AND ".join(f"k.{key} = a.{key}" for key in keys)
            these = f"({asked}) a({', '.join(keys)})"
            self.run_with_sides(f"INSERT INTO {table} SELECT k.* FROM {known} k SEMI JOIN {these} ON {same}")
            asked += f" EXCEPT SELECT {', '.join(keys)} FROM {table}"
            self.run(f"CREATE TABLE {fresh} ({columns})")
        with _without_cycles():
            for rows, worked in _one_ahead(function, self.stream(f"{asked} ORDER BY ALL")):
                added = [(*row, *result) for row, result in zip(rows, worked, strict=True)]
                self._append(fresh if known else table, added)
        if known:
            for one in (table, known):
                self.run(f"INSERT INTO {one} SELECT * FROM {fresh}")
            self.run(f"DROP TABLE {fresh}")
        return table

    def _append(self, table: str, rows: list[tuple[str | None, ...]]) -> None:
        """Insert rows of text by way of a file: DuckDB reads csv far faster than bound values.

        To begin with a file takes longer than a few values.
        """
        if len(rows) <= _AS_VALUES:
            marks = f"({', '.join('?' * len(rows[0]))})"
            self.run(
                f"INSERT INTO {table} VALUES {', '.join([marks] * len(rows))}",
                [cell for row in rows for cell in row],
            )
            return
        path = self.folder / "append.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(
                [[_NOTHING if cell is None else cell for cell in row] for row in rows]
            )
        names = [f"c{i}" for i in range(len(rows[0]))]
        columns = ", ".join(f"{one}: 'VARCHAR'" for one in names)
        picked = ", ".join(f"nullif({one}, '{_NOTHING}')" for one in names)
        # Nothing is left to guess: cells hold quotes and line ends of every kind.
        self.run(
            f"INSERT INTO {table} SELECT {picked} FROM read_csv(?, header = false, auto_detect = false, "
            f"columns = {{{columns}}}, delim = ',', quote = '\"', escape = '\"', new_line = '\\n', "
            # an empty cell is an empty text, not NULL: methods that look at several columns get it
            f"nullstr = '{_NOTHING}')",
            [str(path)],
        )


def _one_ahead(function: Worked, asked: Iterable[_Rows]) -> Iterator[tuple[_Rows, _Rows]]:
    """What the function makes of each of the rows, the next already begun while the last are put away.

    Most of it is waiting for a worker process, which need not wait for us.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="values") as pool:
        before: tuple[_Rows, Future[_Rows]] | None = None
        for rows in asked:
            begun = (
                rows,
                pool.submit(copy_context().run, function, rows),
            )  # in the language that is spoken here
            if before:
                yield before[0], before[1].result()
            before = begun
        if before:
            yield before[0], before[1].result()


@contextmanager
def told_plainly() -> Iterator[None]:
    """Turn a full disk or full memory into a sentence a person can act on."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise FileError(
            _("there is no room left to work through this file (disk or memory): make room and try again")
        ) from error
    except (duckdb.Error, sqlite3.OperationalError, OSError) as error:
        if not _is_full(error):
            raise
        text = _("the disk is full: nothing was imported; make room in {folder} and try again")
        raise FileError(text.format(folder=tempfile.gettempdir())) from error
    except RuntimeError as error:  # what DuckDB makes of Ctrl-C
        if "interrupted" not in str(error).lower():
            raise
        raise KeyboardInterrupt from None


def _is_full(error: Exception) -> bool:
    """Whether the disk for temporary files has no room left; DuckDB says so in several ways."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None))
    text = str(error).lower()
    return any(words in text for words in ("no space", "disk is full", "could not write"))


@contextmanager
def _without_cycles() -> Iterator[None]:
    """Keep Python from looking for cycles while a million tuples come and go: a tenth of all reading."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def literal(text: str | None) -> str:
    """An SQL text literal."""
    return "NULL" if text is None else "'" + duck.quoted(text) + "'"


def name(text: str) -> str:
    """An SQL identifier, quoted."""
    return '"' + text.replace('"', '""') + '"'
