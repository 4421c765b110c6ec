"""Reading that goes through everybody: it takes a few MB, and leaves the connection as it was."""

from __future__ import annotations

import ctypes
import ctypes.util

import pytest
import sqlalchemy as sa

from crmcore.store.database import Database

HOW = ("cache_size", "temp_store", "temp.secure_delete")


def how(connection: sa.Connection) -> dict[str, int]:
    """How the connection keeps what it reads and sorts."""
    return {name: int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()) for name in HOW}


def test_sorting_many_rows_in_passing_takes_a_few_mb(sqlite_url: str) -> None:
    found = ctypes.util.find_library("sqlite3")
    library = ctypes.CDLL(found) if found else None
    if library is None or not hasattr(library, "sqlite3_memory_highwater"):
        pytest.skip("this SQLite does not say what it holds")
    library.sqlite3_memory_used.restype = library.sqlite3_memory_highwater.restype = ctypes.c_longlong
    numbers = (
        "WITH RECURSIVE c(x) AS (SELECT 0 UNION ALL SELECT x + 1 FROM c WHERE x < 299999) SELECT x FROM c"
    )
    sort = sa.text(f"{numbers} ORDER BY x * 7919 % 300007")
    database, held = Database(sqlite_url), {}
    for in_passing in (True, False):
        with database.read(in_passing=in_passing) as connection:
            before = library.sqlite3_memory_used()
            library.sqlite3_memory_highwater(1)
            connection.execute(sort).first()
            held[in_passing] = library.sqlite3_memory_highwater(0) - before
    database.dispose()
    if not held[False]:
        pytest.skip("Python has a SQLite of its own")
    assert held[True] < 4 << 20 < held[False]


def test_a_connection_is_as_it_was_after_reading_in_passing(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with database.read() as connection:
        before = how(connection)
        connection.exec_driver_sql("CREATE TEMP TABLE IF NOT EXISTS worked_on (id INTEGER)")
    with database.read(in_passing=True) as connection:
        assert how(connection)["cache_size"] == -2048
        connection.exec_driver_sql("CREATE TEMP TABLE IF NOT EXISTS worked_on (id INTEGER)")
    with pytest.raises(ZeroDivisionError), database.read(in_passing=True):
        raise ZeroDivisionError
    with database.read() as connection:
        assert how(connection) == before
    assert database.engine.pool.checkedin() == 1  # type: ignore[attr-defined]  # the same one all the time
    database.dispose()


def test_every_database_reads_in_passing(database: Database) -> None:
    with database.read(in_passing=True) as connection:
        assert connection.scalar(sa.text("SELECT 1")) == 1


def test_the_connection_that_came_back_last_goes_out_next(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with database.read() as last:
        its_own = last.connection.driver_connection
        with database.read() as first:
            assert first.connection.driver_connection is not its_own
    for _again in range(3):  # one after the other: all of it through one connection, the other rests
        with database.read() as connection:
            assert connection.connection.driver_connection is its_own
    database.dispose()
