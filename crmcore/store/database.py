"""The database of one shop: how it is opened, read and written.

Reading sees one consistent state. There is one way to write: `with database.write(...)`, which takes the
write lock itself, so that nobody reads something and then writes over what another did in between.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

from crmcore.errors import DatabaseError
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.store import (
    engines,
    schema,
    schema_campaigns,  # noqa: F401 - one `metadata` knows all tables
)
from crmcore.store.stopping import stoppable_if_asked

# SQLite takes this many bound values in one statement everywhere.
BATCH = 500

Refresher = Callable[["Write", Sequence[int]], None]


class Database:
    """One shop's database, SQLite or PostgreSQL.

    `url` is an SQLAlchemy URL. `refreshers` are called inside each write, before it commits, with the ids of
    the customers it touched: they bring cards and search up to date in the same transaction.
    """

    def __init__(self, url: str) -> None:
        self.url = sa.make_url(url)
        self.dialect = self.url.get_backend_name()
        self.refreshers: list[Refresher] = []
        # Asked before each write with who and what kind; raises where that is not allowed.
        self.gate: Callable[[str, str], None] = _anybody
        self._open_write: ContextVar[Write | None] = ContextVar("open_write", default=None)
        self.engine = engines.engine_of(self.url)

    @property
    def open_write(self) -> Write | None:
        """The write that this thread (or task) is in the middle of; what it does may join it."""
        return self._open_write.get()

    @property
    def is_sqlite(self) -> bool:
        """Whether the shop lives in a SQLite file."""
        return self.dialect == "sqlite"

    @contextmanager
    def read(self, *, in_passing: bool = False) -> Iterator[sa.Connection]:
        """A connection that sees one state of the shop throughout; see `stopping.reading_under`.

        `in_passing` is for going through everybody: what it takes in memory stays a few MB.
        """
        way = engines.in_passing if in_passing and self.is_sqlite else nullcontext
        with _told_plainly(), self.engine.connect() as connection, way(connection):
            if not self.is_sqlite:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin(), stoppable_if_asked(connection):
                yield connection

    @contextmanager
    def write(
        self, why: str, *, actor: str, kind: str = "edit", change_id: int | None = None
    ) -> Iterator[Write]:
        """One act of writing: everything in the block is kept together, or nothing.

        A row in `changes` (kind, who, why) is made at the first use of `Write.change_id`; pass `change_id`
        to go on under an act that began earlier (an import's next chunk). No plugin code, no file, no network
        and no question to a person belongs in the block: others wait for it. `Database.gate` is asked first.
        """
        self.gate(actor, kind)
        with _told_plainly(), self.engine.connect() as connection:
            if self.is_sqlite:
                connection = connection.execution_options(crm_write=True)
            with connection.begin():
                if not self.is_sqlite:
                    engines.take_advisory_lock(connection)
                write = Write(self, connection, why, actor, kind, change_id)
                opened = self._open_write.set(write)
                try:
                    yield write
                finally:
                    self._open_write.reset(opened)
                write.refresh()
                write.note_made()

    def hold_at_most(self, size: int) -> None:
        """Have all connections of this process together keep so many bytes of pages that were read, about.

        SQLite only, where each keeps up to 64 MB of those that lie beyond the 2 GB of the file that it maps.
        What a sort needs is not bounded; the pages give way to it.
        """
        if self.is_sqlite:
            with self.read() as connection:
                connection.exec_driver_sql(f"PRAGMA soft_heap_limit = {size}")

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def _anybody(_actor: str, _kind: str) -> None:
    """Everybody may write, until somebody says otherwise."""


@dataclass
class Write:
    """An open write transaction; see `Database.write`."""

    database: Database
    connection: sa.Connection
    why: str
    actor: str
    kind: str
    _change_id: int | None = None
    _touched: set[int] = field(default_factory=set)
    _made: dict[str, tuple[int, int]] = field(default_factory=dict)
    # Customers whose search entries are right already, and who were not touched since.
    searchable: set[int] = field(default_factory=set)
    # Customers whose cards are right already, likewise.
    carded: set[int] = field(default_factory=set)

    @property
    def change_id(self) -> int:
        """The id of this act's row in `changes`."""
        if self._change_id is None:
            values = {"at": int(time.time()), "actor": self.actor, "kind": self.kind, "why": self.why}
            result = self.connection.execute(sa.insert(schema.changes).values(**values))
            self._change_id = int(result.inserted_primary_key[0])  # type: ignore[index]
        return self._change_id

    def note(self) -> None:
        """Keep this act in `changes` though it changes no record: somebody took something out."""
        self.change_id  # noqa: B018 - made at its first use

    def touch(self, customer_ids: Iterable[int | None]) -> None:
        """Say whose records changed; their cards and search entries are made anew before the commit."""
        touched = {i for i in customer_ids if i is not None}
        self._touched |= touched
        self.searchable -= touched
        self.carded -= touched

    def touch_events(self, customer_ids: Iterable[int]) -> None:
        """Like `touch` for those to whom something happened and no more: they are found by the same."""
        ids = set(customer_ids)
        self.searchable |= ids - self._touched
        self._touched |= ids
        self.carded -= ids

    def made(self, table: str, first: int, last: int | None = None) -> None:
        """Say that this act made rows of `table` with ids from `first` to `last`, so that undo finds them.

        Other rows may lie between them; undo looks at each row's `created_by` too.
        """
        last = first if last is None else last
        low, high = self._made.get(table, (first, last))
        self._made[table] = (min(low, first), max(high, last))

    def note_made(self) -> None:
        """Keep what this act made; `Database.write` ends with it."""
        if not self._made:
            return
        row = schema.changes.c.id == self.change_id
        known = json.loads(self.connection.scalar(sa.select(schema.changes.c.made).where(row)) or "{}")
        for table, (first, last) in self._made.items():
            low, high = known.get(table, (first, last))
            known[table] = [min(low, first), max(high, last)]
        self.connection.execute(sa.update(schema.changes).where(row).values(made=json.dumps(known)))
        self._made = {}

    def refresh(self) -> None:
        """Bring what is derived up to date for everybody touched so far; `Database.write` ends with it."""
        while self._touched:
            ids, self._touched = sorted(self._touched), set()
            for refresher in self.database.refreshers:
                refresher(self, ids)


def batches(items: Sequence[Any], size: int = BATCH) -> Iterator[Sequence[Any]]:
    """Cut `items` into pieces that fit into one statement."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def allocate_ids(connection: sa.Connection, table: sa.Table, count: int) -> Sequence[int]:
    """Reserve `count` fresh ids of `table` for rows that are inserted in bulk within this write."""
    if connection.dialect.name == "sqlite":
        found = connection.execute(
            sa.text("SELECT seq FROM sqlite_sequence WHERE name = :n"), {"n": table.name}
        )
        last = found.scalar() or 0
        return range(last + 1, last + count + 1)
    statement = sa.text("SELECT nextval(pg_get_serial_sequence(:n, 'id')) FROM generate_series(1, :c)")
    return [int(row[0]) for row in connection.execute(statement, {"n": table.name, "c": count})]


def among(
    connection: sa.Connection, column: sa.ColumnElement[Any], ids: Iterable[int]
) -> sa.ColumnElement[bool]:
    """The condition that `column` is one of `ids`, in one statement however many they are."""
    wanted = [int(i) for i in ids]
    if connection.dialect.name == "sqlite":
        return column.in_(
            sa.text("SELECT value FROM json_each(:ids)").bindparams(
                sa.bindparam("ids", json.dumps(wanted), unique=True)
            )
        )
    return column == sa.any_(sa.cast(wanted, sa.ARRAY(sa.BigInteger)))


def listed(dialect: str, ids: Iterable[int]) -> sa.FromClause:
    """The ids as a selectable with a column `id`, in one value however many they are."""
    wanted = [int(i) for i in ids]
    if dialect == "sqlite":
        rows = sa.func.json_each(json.dumps(wanted)).table_valued(sa.column("value", sa.BigInteger))
        return sa.select(rows.c.value.label("id")).subquery("owners")
    unnested = sa.func.unnest(sa.cast(wanted, sa.ARRAY(sa.BigInteger))).column_valued("id")
    return sa.select(unnested.label("id")).subquery("owners")


@contextmanager
def _told_plainly() -> Iterator[None]:
    """Turn what the machine did to the database into a sentence a person can act on."""
    try:
        yield
    except (exc.DatabaseError, sqlite3.DatabaseError) as error:
        text = str(getattr(error, "orig", error)).lower()
        for words, sentence in _MISHAPS:
            if any(all(part in text for part in word.split("…")) for word in words):
                raise DatabaseError(_(sentence)) from error
        raise


# What the drivers say ("…": both parts), and what a person is told.
_MISHAPS = (
    (
        ("disk is full", "no space"),
        mark("the disk is full: nothing of this step was kept; make room and try again"),
    ),
    (
        ("readonly", "read-only"),
        mark("the shop's database is read-only here: check the rights of its folder"),
    ),
    (
        ("unable to open",),
        mark("the shop's database cannot be opened: check that its folder exists and is yours"),
    ),
    (
        ("no such table", "no such column", "relation…does not exist", "column…does not exist"),
        mark(
            "a part of the shop's database is missing: another program changed it, or it is of another "
            "version; put a backup in its place with `crm restore`"
        ),
    ),
    (
        ("malformed", "not a database"),
        mark("the shop's database is damaged: put a backup in its place with `crm restore`"),
    ),
    (
        ("lock timeout",),
        mark(
            "another program has been writing to this shop for a minute: wait until it is done, or end it, "
            "and try again"
        ),
    ),
    (
        ("connection…refused", "connection…failed"),
        mark("the shop's database server does not answer: check the address and that it runs"),
    ),
)
