"""Reading copies: a big shop's orders and lines in DuckDB's own files, so that a first report is quick, too.

They lie beside the database (`shop.db-columns`) and can be thrown away at any time. A copy is of one moment
and is never written to again: what came since is read from the shop and laid over it, in the transaction in
which everything else is read, so that a report is of one moment with copies or without. A new one takes its
place when much has changed, when an act cannot be told row by row (a merge, an undo, an erasure), when the
shop counts in another currency or zone, and when the shop's history is not the one that the copy was made of
(a backup was restored). A copy holds nothing that erasing a person empties: no name, address, note or field.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb

from crmcore import duck, temporary
from crmcore.analytics.catching_up import KEYS, Moment, News, news
from crmcore.analytics.source import Source
from crmcore.analytics.tables import DAYS

TABLES = ("orders", "lines", "refunds")
OTHERS = "other_currencies"  # stands in the copy of the orders
SHOP = "shop"  # under which name the shop's database is attached
_FORMAT = 1  # another number makes every copy anew: for when what one holds, or tells of itself, has changed
_MANY = 2_000  # from so many touched records on a new copy is made of the old one
Shape = Callable[[str, str], str]  # table and SELECT -> the SELECT with its days


class _NotMadeError(Exception):
    """A copy cannot be made, or need not be any more; the shop is read without, or with the old one."""


_NOT_MADE = (_NotMadeError, OSError, duckdb.Error)  # no room and no right to write among them


class Attached:
    """The shop's database as DuckDB has attached it; of the moment of the transaction that is open."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a SELECT, answered by SQLite; what it works out comes as text."""
        return self._connection.execute(f"SELECT * FROM {asked(sql)}").fetchall()


def asked(sql: str) -> str:
    """A SELECT that SQLite answers, as a table of DuckDB's."""
    return f"sqlite_query('{SHOP}', '{duck.quoted(sql)}')"


class Copies:
    """The copies of one shop, as one connection reads them. The shop is attached while they are laid out."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        source: Source,
        file: Path,
        shape: Shape,
        type_of: Callable[[str], str],
    ) -> None:
        """`file` is the shop's database; `type_of` tells DuckDB's type of a column."""
        self._run, self._source, self._shape, self._type = connection.execute, source, shape, type_of
        self.folder = file.with_name(f"{file.name}-columns")
        self._records = Attached(connection)
        self._open: dict[str, Moment] = {}
        self._about: dict[str, str] = {}  # what the next copy of a table that is laid out will tell of itself
        self.laid: set[str] = set()  # the tables that are read from a copy

    def wanted(self) -> bool:
        """Whether the shop is so big that copies pay."""
        if self._source.until is not None:
            return False
        [(most,)] = self._records.rows("SELECT coalesce(max(id), 0) FROM orders")
        return int(most) >= self._source.copied_from

    def prepare(self, table: str) -> None:
        """See that there is a copy of that table to build on; where none can be made there is none.

        Of orders in other currencies the copy of the orders tells, if there is one: none is made for that.
        """
        if table == OTHERS:
            self._attach("orders")
            return
        self._attach(table)
        with self._transaction():
            if table in self._open and not self._news(table).too_much:
                return
        self._detach(table)
        try:
            self._make(table)
        except _NOT_MADE:  # read without
            return
        self._attach(table)

    def lay(self, table: str, columns: str) -> bool:
        """Let `table` be the copy with what came since laid over it; False where there is no copy to use.

        For use within the transaction that reads the other tables. `columns` is a list in SQL.
        """
        of = "orders" if table == OTHERS else table
        if of not in self._open or (found := self._news(of)).too_much:
            return False
        if table == OTHERS:
            self._run(f"CREATE TABLE memory.{OTHERS} AS SELECT * FROM copy_orders.{OTHERS}")
            return True
        self._run(f"CREATE TABLE memory.new_{table} AS SELECT * FROM copy_{table}.{table} LIMIT 0")
        key = KEYS[table]
        self._run(f"CREATE TABLE memory.gone_{table} ({key} BIGINT)")
        if touched := found.of(table):
            self._run(f"INSERT INTO memory.new_{table} BY NAME {self._fresh(table, touched)}")
            self._run(f"INSERT INTO memory.gone_{table} SELECT unnest(?)", [sorted(touched)])
        self.show(table, columns, bool(touched))
        self._about[table] = self._tells(table, found.moment)
        self.laid.add(table)
        return True

    def show(self, table: str, columns: str, touched: bool) -> None:
        """Make the view that the functions of reports see; `touched`: whether anything came since."""
        old = f"SELECT {columns} FROM copy_{table}.{table}"
        if touched:
            old += (
                f" ANTI JOIN memory.gone_{table} USING ({KEYS[table]})"
                f" UNION ALL SELECT {columns} FROM memory.new_{table}"
            )
        self._run(f"CREATE OR REPLACE VIEW memory.{table} AS {old}")

    def drop(self, table: str) -> None:
        """Let go of a table that was laid out."""
        self._run(f"DROP VIEW memory.{table}")
        for name in (f"new_{table}", f"gone_{table}"):
            self._run(f"DROP TABLE memory.{name}")
        self._detach(table)
        self.laid.discard(table)

    def renew(self, table: str) -> None:
        """Make a new copy of one over which much was laid, for whoever reads next."""
        [(many,)] = self._run(f"SELECT count(*) FROM memory.gone_{table}").fetchall()
        if many >= _MANY:
            with contextlib.suppress(*_NOT_MADE):  # Windows, besides, replaces no open file
                self._remake(table)

    def discard(self) -> None:
        """Throw every copy away: one of them cannot be read."""
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- inside -------------------------------------------------------------------------------------------

    def _news(self, table: str) -> News:
        found = news(self._records, self._open[table], self._source.currency)
        known, now = self._open[table].ids, found.moment.ids
        if any(now[name] < known[name] for name in known) or self._mark(known) != self._told(table)["mark"]:
            found.too_much = True
        return found

    def _mark(self, ids: Mapping[str, int]) -> str:
        """What tells one history of a shop from another: the act that was the newest one then."""
        rows = self._records.rows(f"SELECT at, actor, kind, why FROM changes WHERE id = {ids['changes']}")
        return hashlib.sha256(repr(rows).encode()).hexdigest()

    def _key(self, table: str) -> str:
        """What a copy depends on beside the shop's records."""
        made = self._shape(table, self._source.statements[table])
        told = (_FORMAT, duckdb.__version__, made, self._source.statements[OTHERS], self._source.time_zone)
        return hashlib.sha256(repr(told).encode()).hexdigest()

    def _attach(self, table: str) -> None:
        file = self.folder / f"{table}.duckdb"
        if table in self._open or not file.is_file():
            return
        try:
            self._run(f"ATTACH '{duck.quoted(file)}' AS copy_{table} (READ_ONLY)")
        except duckdb.Error:  # damaged, or of another version: it is made anew
            return
        try:
            told = self._told(table)
            if told["key"] == self._key(table):
                self._open[table] = Moment(told["ids"])
                return
        except (duckdb.Error, KeyError, ValueError):  # it does not tell of what it is
            pass
        self._run(f"DETACH copy_{table}")

    def _told(self, table: str) -> dict[str, Any]:
        [(text,)] = self._run(f"SELECT told FROM copy_{table}.about").fetchall()
        found: dict[str, Any] = json.loads(text)
        return found

    def _detach(self, table: str) -> None:
        if self._open.pop(table, None) is not None:
            self._run(f"DETACH copy_{table}")

    def _make(self, table: str) -> None:
        """Read the whole table from the shop into a new copy."""
        with self._draft(table) as draft:
            self._run(f"ATTACH '{duck.quoted(draft)}' AS draft")
            try:
                with self._transaction():
                    moment = Moment.of(self._records)
                    if moment.unsteady or not moment.ids["changes"]:
                        raise _NotMadeError("nothing can be built on this moment")
                    made = self._shape(table, self._source.statements[table])
                    self._run(f"CREATE TABLE draft.{table} AS {made}")
                    if table == "orders":
                        self._run(f"CREATE TABLE draft.{OTHERS} AS {self._source.statements[OTHERS]}")
                    self._write(self._tells(table, moment))
            finally:
                self._run("DETACH draft")

    def _remake(self, table: str) -> None:
        """A new copy of the old one, with what was laid over it."""
        told, key = json.dumps(self._told(table)), KEYS[table]
        with self._draft(table) as draft:
            shutil.copyfile(self.folder / f"{table}.duckdb", draft)
            self._run(f"ATTACH '{duck.quoted(draft)}' AS draft")
            try:
                if self._run("SELECT told FROM draft.about").fetchall() != [(told,)]:
                    raise _NotMadeError("somebody else has put another one there")
                with self._transaction():
                    gone = f"SELECT {key} FROM memory.gone_{table}"
                    self._run(f"DELETE FROM draft.{table} WHERE {key} IN ({gone})")
                    self._run(f"INSERT INTO draft.{table} BY NAME SELECT * FROM memory.new_{table}")
                    self._run("DROP TABLE draft.about")
                    self._write(self._about[table])
            finally:
                self._run("DETACH draft")

    def _fresh(self, table: str, touched: set[int]) -> str:
        """The SELECT of these records of a table as the shop holds them now."""
        known = self._run(f"SELECT * FROM copy_{table}.{table} LIMIT 0").description or ()
        names = [one[0] for one in known if one[0] not in DAYS.get(table, {})]
        cast = ", ".join(f"CAST({name} AS {self._type(name)}) AS {name}" for name in names)
        among = f"t.{KEYS[table]} IN ({', '.join(map(str, sorted(touched)))})"
        rows = f"SELECT {', '.join(names)} FROM ({self._source.plain[table]}) AS t WHERE {among}"
        return self._shape(table, f"SELECT {cast} FROM {asked(rows)}")

    def _tells(self, table: str, moment: Moment) -> str:
        """What a copy of that moment tells of itself."""
        told = {"key": self._key(table), "ids": dict(moment.ids), "mark": self._mark(moment.ids)}
        return json.dumps(told)

    def _write(self, told: str) -> None:
        self._run("CREATE TABLE draft.about AS SELECT ? AS told", [told])

    @contextlib.contextmanager
    def _draft(self, table: str) -> Iterator[Path]:
        """A file to write a copy into, which takes the place of the old one when the block is through."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        temporary.sweep("draft", self.folder)
        draft = self.folder / f"draft-{temporary.owner()}-{table}.duckdb"
        try:
            yield draft
            draft.replace(self.folder / f"{table}.duckdb")
        finally:
            for one in (draft, draft.with_name(f"{draft.name}.wal")):
                one.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        """One moment of the shop, whose tables are found by their bare names."""
        self._run("BEGIN")
        self._run(f"SET search_path = '{SHOP}.main,memory.main'")
        try:
            yield
        except BaseException:
            self._run("ROLLBACK")
            raise
        else:
            self._run("COMMIT")
        finally:
            self._run("RESET search_path")
