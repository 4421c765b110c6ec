"""Connections to a shop's database: how SQLite and PostgreSQL are opened, locked for writing and let go."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import ConnectionPoolEntry

from crmcore.errors import DatabaseError
from crmcore.i18n import gettext as _
from crmcore.store.gap_aggregate import add_aggregates
from crmcore.store.place import APPLICATION_ID, check_place

# How long a writer waits for the others before it gives up, in seconds. Chunks of an import take about 0.2 s.
WRITE_PATIENCE = 60.0
# The advisory lock that writers of a PostgreSQL shop take ("CRM1").
_WRITE_LOCK = APPLICATION_ID
# After so many seconds a read may have been through much of the file; a look-up takes a few milliseconds.
_LONG_READ = 0.05


def engine_of(url: sa.URL) -> sa.Engine:
    """How the database at that address is opened; raises `DatabaseError` where it cannot be."""
    return _sqlite_engine(url) if url.get_backend_name() == "sqlite" else _postgresql_engine(url)


def _sqlite_engine(url: sa.URL) -> sa.Engine:
    pooled: dict[str, Any] = {}
    if url.database and url.database != ":memory:":
        check_place(Path(url.database))
        # What came back last goes out next: it has most statements prepared, and the others keep fewer.
        pooled = {"pool_use_lifo": True}
    # Values are people's data: they do not belong into error messages and logs.
    arguments = {"timeout": 10, "check_same_thread": False}
    engine = sa.create_engine(url, connect_args=arguments, hide_parameters=True, **pooled)

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves: see _begin
        add_aggregates(connection)
        if connection.execute("PRAGMA page_count").fetchone() == (0,):
            connection.execute(
                f"PRAGMA application_id = {APPLICATION_ID}"
            )  # before WAL: into the file itself
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        # What is deleted is written over at once, whatever this build of SQLite does by itself: `erasing` has
        # no other way to old copies of what somebody's records said.
        connection.execute("PRAGMA main.secure_delete = ON")
        _work_in_memory(connection)
        connection.execute("PRAGMA cache_size = -65536")
        # The whole file, up to what SQLite allows: scans of a big shop take a third less, look-ups half.
        connection.execute("PRAGMA mmap_size = 2147418112")

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        if connection.get_execution_options().get("crm_write"):
            _take_write_lock(connection)
        else:
            connection.exec_driver_sql("BEGIN")

    _let_go_of_pages(engine)
    return engine


def _let_go_of_pages(engine: sa.Engine) -> None:
    """What a connection has read does not stay mapped after it: it would count as memory of the program.

    That is the whole file after a look through everybody, once for each connection. Look-ups in a row meet
    the same pages, and would pay a millisecond to map them anew: those go after a second.
    """

    @event.listens_for(engine, "checkout")
    def _goes_out(_connection: sqlite3.Connection, record: ConnectionPoolEntry, _proxy: object) -> None:
        record.info["out"] = time.monotonic()

    @event.listens_for(engine, "checkin")
    def _comes_back(connection: sqlite3.Connection | None, record: ConnectionPoolEntry) -> None:
        now, long_read = time.monotonic(), record.info.get("out", 0.0) + _LONG_READ
        if connection is not None and now > min(long_read, record.info.get("mapped", 0.0) + 1):
            record.info["mapped"] = now
            (kept,) = connection.execute("PRAGMA mmap_size").fetchone() or (0,)
            connection.execute("PRAGMA mmap_size = 0")
            connection.execute(f"PRAGMA mmap_size = {kept}")


@contextmanager
def in_passing(connection: sa.Connection) -> Iterator[None]:
    """Until the block ends keep 2 MB of the pages that were read, not 64, and of rows that are sorted.

    The rest of those lies in a file meanwhile, which has no name and goes with the statement: a million
    sorted in memory take 30 MB, and twice the time. Called before BEGIN: later SQLite does not change that.
    """
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    (kept,) = driver.execute("PRAGMA cache_size").fetchone()
    driver.execute("PRAGMA temp_store = FILE")
    driver.execute("PRAGMA cache_size = -2048")
    try:
        yield
    finally:
        driver.execute(f"PRAGMA cache_size = {kept}")
        with suppress(sqlite3.OperationalError):  # still in a transaction, after an error: it is of no harm
            _work_in_memory(driver)


def _work_in_memory(driver: sqlite3.Connection) -> None:
    driver.execute("PRAGMA temp_store = MEMORY")
    driver.execute("PRAGMA temp.secure_delete = OFF")  # working tables go with the process


def _take_write_lock(connection: sa.Connection) -> None:
    """BEGIN IMMEDIATE, asking every few milliseconds.

    SQLite's own waiting sleeps up to 100 ms between tries, so a busy importer could starve the others.
    """
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    deadline = time.monotonic() + WRITE_PATIENCE
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        while True:
            try:
                driver.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) and "busy" not in str(error):
                    raise
                if time.monotonic() > deadline:
                    raise DatabaseError(
                        _(
                            "another program has been writing to this shop for {seconds:.0f} seconds: wait "
                            "until it is done, or end it, and try again"
                        ).format(seconds=WRITE_PATIENCE)
                    ) from error
                time.sleep(random.uniform(0.001, 0.004))
            else:
                return
    finally:
        driver.execute("PRAGMA busy_timeout = 10000")


def take_advisory_lock(connection: sa.Connection) -> None:
    """One writer at a time, as on SQLite: nobody writes over what another did since it was read."""
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{WRITE_PATIENCE:.0f}s'")
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITE_LOCK})")


def _postgresql_engine(url: sa.URL) -> sa.Engine:
    try:
        # SQLAlchemy's search for forgotten joins takes what stands inside a LATERAL for one.
        url = url.set(drivername="postgresql+psycopg")
        engine = sa.create_engine(url, hide_parameters=True, enable_from_linting=False)
    except ModuleNotFoundError as error:
        raise DatabaseError(
            _("a PostgreSQL shop needs the driver: pip install 'crmcore[postgresql]'")
        ) from error

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        # Our statements are long and mostly look few rows up: compiling one takes longer than running it.
        connection.execute("SET jit = off")
        connection.commit()

    return engine
