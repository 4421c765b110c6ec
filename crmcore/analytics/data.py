"""The shop's records in DuckDB's own tables, all of one moment: what the functions of reports work on.

This runs in the analytics process only: in the shop's own process DuckDB's second copy of SQLite would drop
the locks of ours. A SQLite file is read in one transaction and with one thread, or the scan is torn while
others write; what follows runs on DuckDB's own copy, with all cores.
"""

from __future__ import annotations

import errno
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import duckdb

from crmcore import duck, temporary
from crmcore.analytics.catching_up import KEYS, Moment, News, news, with_key
from crmcore.analytics.copies import OTHERS, SHOP, TABLES, Copies
from crmcore.analytics.records import NOTHING, Records, opened
from crmcore.analytics.signs import while_at_work
from crmcore.analytics.source import Source
from crmcore.analytics.tables import DATES, DAYS, FLAGS, TEXTS
from crmcore.analytics.views import views
from crmcore.errors import CrmError
from crmcore.hooks.jobs import Ask
from crmcore.hooks.reports import tables_of
from crmcore.i18n import gettext as _
from crmcore.records.money import to_major, to_minor
from crmcore.store.sql_bits import offset_text, offsets

MEMORY_LIMIT = "800MB"
_FOLDER = "crm-report"
_UNREADABLE = (
    duckdb.IOException, duckdb.SerializationException, duckdb.InternalException, duckdb.FatalException,
)  # fmt: skip
_FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
_NO_ROOM = ("No space left", "File too large", "not enough space")
_PLACE = re.compile(r"\$([A-Za-z_]\w*)")


class Data:
    """One moment's records; implements `ReportData`. Close it, or use it with `with`."""

    def __init__(
        self,
        source: Source,
        needs: Iterable[str],
        *,
        to_stay: bool = False,
        in_steps: bool = False,
        ask: Ask | None = None,
    ) -> None:
        """`to_stay`: `catch_up` will be called later; `in_steps`: `reading` will be called first.

        `ask` reaches the shop's own process.
        """
        self._source, self._ask = source, ask
        self.today = source.today
        self.currency = source.currency
        self.slow_because = ""  # why reading took the slow way, in words; empty: it did not
        temporary.sweep(_FOLDER)
        self._folder = temporary.folder(_FOLDER)
        self._connection = _connect(Path(self._folder.name), source.time_zone)
        self._wanted = {**tables_of(tuple(needs)), "other_currencies": ()}
        self.tables = frozenset(self._wanted) - {"other_currencies"}
        self._moment: Moment | None = None
        self._copies: Copies | None = None
        try:
            if to_stay:
                known = self._wanted.items()
                self._wanted |= {name: with_key(name, columns) for name, columns in known if name in KEYS}
                # Before they are read: what comes between the two is looked up once more later.
                with opened(source) as records:
                    self._moment = Moment.of(records)
            if not in_steps:
                self._read()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Data:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the tables."""
        self._connection.close()
        self._folder.cleanup()

    def catch_up(self, source: Source) -> frozenset[str]:
        """Bring the tables up to what the shop holds now, row by row where that is enough.

        Returns the tables whose reports may say something else now: all of them on another day, too.
        """
        assert self._moment is not None
        before, self._source, self.today = self._source, source, source.today
        same = (source.currency, source.time_zone) == (before.currency, before.time_zone)
        with opened(source) as records:
            found = news(records, self._moment, source.currency)
            if same and not found.too_much:
                self._renew(records, found)
        self._moment = found.moment
        if found.too_much or not same:
            self.__dict__.pop("other_currencies", None)
            for table in self._wanted:
                self._drop(table)
            self._read()
            return self.tables
        if (source.today, source.playbook) != (before.today, before.playbook):
            return self.tables
        return frozenset(table for table in self.tables if found.of(table))

    @cached_property
    def other_currencies(self) -> Mapping[str, int]:
        """How many orders there are in other currencies than the shop's."""
        return dict(self.query("SELECT currency, orders FROM other_currencies ORDER BY currency"))

    def query(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        """The rows of a SELECT; `$name` in it stands for a value."""
        named = set(_PLACE.findall(sql))
        used = {name: value for name, value in values.items() if name in named}
        try:
            return self._connection.execute(sql, used or None).fetchall()
        except _UNREADABLE as error:
            raise self._what_stopped(error) from error

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

    def campaign(self, name: str) -> Mapping[str, Any] | None:
        """What a campaign of the shop has earned so far; None where nobody may ask, or nobody can tell."""
        if self._ask is None:
            return None
        try:
            found: Mapping[str, Any] | None = self._ask("campaign", (name,))
        except CrmError:
            return None
        return found

    def keep(self, name: str, sql: str, **values: Any) -> None:
        """Keep the rows of a SELECT as a table of that name: for what is asked again and again."""
        self.query(f"CREATE OR REPLACE TABLE {name} AS {sql}", **values)

    def _what_stopped(self, error: duckdb.Error) -> Exception:
        """Why DuckDB could not go on reading or writing its files, for people; else the error itself."""
        if any(one in str(error) for one in _NO_ROOM):
            return CrmError(no_room())
        if self._copies is None or not self._copies.laid:
            return error
        self._copies.discard()
        return CrmError(_("a reading copy beside the shop was damaged and is thrown away: ask again"))

    # --- reading the shop ---------------------------------------------------------------------------------

    def reading(self) -> Iterator[str]:
        """Read the records, table by table; each is named before it is read, and while that takes long.

        All are of one moment.
        """
        yield from self._tables()
        for view in views(self._wanted):
            self._connection.execute(view)

    def _tables(self) -> Iterator[str]:
        file = self._source.file
        if file is not None and duck.load_sqlite_reader(self._connection):
            yield from self._attached(file)
            return
        if file is not None:
            self.slow_because = _("DuckDB's SQLite extension cannot be loaded here")
        with opened(self._source) as records:
            for table in self._wanted:
                yield from _named(table, partial(self._copy, records, table, "true"))

    def _read(self) -> None:
        for _table in self.reading():
            pass

    def _attached(self, file: Path) -> Iterator[str]:
        """Read the file through DuckDB's extension; what there are copies of is laid out."""
        run = self._connection.execute
        # One thread: the scan of an attached file is torn otherwise.
        run("SET threads = 1")
        run(f"ATTACH '{duck.quoted(file)}' AS {SHOP} (TYPE sqlite, READ_ONLY)")
        copies = Copies(self._connection, self._source, file, self._with_days, self._type)
        self._copies = copies if copies.wanted() else None
        copied = [one for one in (*TABLES, OTHERS) if one in self._wanted] if self._copies else []
        for table in copied:
            yield from _named(table, partial(copies.prepare, table))
        run("BEGIN")
        run(f"SET search_path = '{SHOP}.main,memory.main'")
        for table in self._wanted:
            yield from _named(table, partial(self._lay_out, table, copies if table in copied else None))
        run("COMMIT")
        run("RESET search_path")
        run("RESET threads")
        for table in sorted(copies.laid):
            yield from _named(table, partial(copies.renew, table))
        run(f"DETACH {SHOP}")

    def _lay_out(self, table: str, copies: Copies | None) -> None:
        """Let there be that table: of its copy, or read from the shop."""
        if copies is None or not copies.lay(table, self._columns(table)):
            made = self._shaped(table, self._source.statements[table])
            self._connection.execute(f"CREATE TABLE memory.{table} AS {made}")

    def _renew(self, records: Records, found: News) -> None:
        for table in self.tables:
            if ids := found.of(table):
                laid = self._copies is not None and table in self._copies.laid
                target = f"new_{table}" if laid else table
                among = f"{KEYS[table]} IN ({', '.join(map(str, sorted(ids)))})"
                self._connection.execute(f"DELETE FROM {target} WHERE {among}")
                self._copy(records, table, f"t.{among}", into=target)
                if laid and self._copies is not None:
                    self._connection.execute(f"INSERT INTO gone_{table} SELECT unnest(?)", [sorted(ids)])
                    self._copies.show(table, self._columns(table), True)

    def _drop(self, table: str) -> None:
        if self._copies is not None and table in self._copies.laid:
            self._copies.drop(table)
        else:
            self._connection.execute(f"DROP TABLE {table}")

    def _columns(self, table: str) -> str:
        return ", ".join(self._wanted[table]) or "*"

    def _with_days(self, table: str, statement: str) -> str:
        """The statement with the days of its instants."""
        days = [f"local_day({instant}) AS {name}" for name, instant in DAYS.get(table, {}).items()]
        days += [f"TRY_CAST({text} AS DATE) AS {name}" for name, text in DATES.get(table, {}).items()]
        return f"SELECT {', '.join(['*', *days])} FROM ({statement})"

    def _shaped(self, table: str, statement: str) -> str:
        """The statement with its days, limited to the columns asked for: the rest is not read."""
        return f"SELECT {self._columns(table)} FROM ({self._with_days(table, statement)})"

    def _copy(self, records: Records, table: str, where: str, *, into: str = "") -> None:
        """Bring rows over by way of a csv file: the slow way, or for a few of them."""
        draft = Path(self._folder.name) / f"{table}.csv"
        try:
            names = records.copy(table, where, draft)
        except OSError as error:
            raise CrmError(no_room()) if error.errno in _FULL else error from error
        columns = ", ".join(f"{name}: '{self._type(name)}'" for name in names)
        reading = (
            f"SELECT * FROM read_csv('{duck.quoted(draft)}', header = false, auto_detect = false, "
            f"columns = {{{columns}}}, delim = ',', quote = '\"', escape = '\"', "
            f"nullstr = '{NOTHING}')"
        )
        whole = into and into != table  # what came since a copy was made has all its columns
        shaped = self._with_days(table, reading) if whole else self._shaped(table, reading)
        begin = f"INSERT INTO {into} BY NAME" if into else f"CREATE TABLE {table} AS"
        self._connection.execute(f"{begin} {shaped}")
        draft.unlink()

    def _type(self, column: str) -> str:
        if column in self._source.types:
            return self._source.types[column]
        if column in TEXTS:
            return "VARCHAR"
        return "BOOLEAN" if column in FLAGS else "BIGINT"


def _named(table: str, job: Callable[[], object]) -> Iterator[str]:
    """The name of a table before the job on it, and again while that is at work."""
    yield table
    for _sign in while_at_work(job):
        yield table


def no_room() -> str:
    """What to say where the system's folder of temporary files is full."""
    text = _("there is no room left in {folder}, where reports put what does not fit into memory: make some")
    return text.format(folder=tempfile.gettempdir())


def _connect(folder: Path, time_zone: str) -> duckdb.DuckDBPyConnection:
    connection = duck.connect(folder, memory=MEMORY_LIMIT, threads=1)
    connection.execute("RESET threads")
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
