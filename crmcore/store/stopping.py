"""Ending a question to the database while it runs: somebody typed on, or it takes longer than it may."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

from crmcore.errors import CrmError
from crmcore.i18n import gettext as _

# SQLite asks whether to go on every so many of its small steps: about a millisecond's worth.
_STEPS = 20_000


class StoppedError(CrmError):
    """The question was ended before it had an answer."""


@dataclass
class Stop:
    """Asks, from any thread, that what runs under it end; it stays asked."""

    asked: bool = False
    _enders: list[Callable[[], None]] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def ask(self) -> None:
        """End what runs, and what would begin later."""
        with self._lock:
            self.asked = True
            for end in self._enders:
                end()

    def check(self) -> None:
        """Raise `StoppedError` when it was asked to."""
        if self.asked:
            raise StoppedError(_("stopped"))


# What ends the reading that this context does; None: nothing does.
_UNDER: ContextVar[Stop | None] = ContextVar("crm_stop", default=None)


@contextmanager
def reading_under(stop: Stop) -> Iterator[None]:
    """What is read in the block, also in a thread that is given its context, ends when `stop` is asked."""
    before = _UNDER.set(stop)
    try:
        yield
    finally:
        _UNDER.reset(before)


@contextmanager
def stoppable_if_asked(connection: sa.Connection) -> Iterator[None]:
    """Statements in the block end with the stop that this context reads under, if it does."""
    stop = _UNDER.get()
    if stop is None:
        yield
        return
    with stoppable(connection, stop):
        yield


@contextmanager
def stoppable(connection: sa.Connection, stop: Stop, seconds: float | None = None) -> Iterator[None]:
    """Statements in the block end when `stop` is asked, or after so many seconds: `StoppedError` then.

    On PostgreSQL the read transaction of the connection is of no more use after that.
    """
    stop.check()
    watch = _watch_sqlite if connection.dialect.name == "sqlite" else _watch_postgresql
    try:
        with watch(connection, stop, seconds):
            yield
    except exc.DBAPIError as error:
        if any(word in str(error.orig).lower() for word in ("interrupted", "canceling statement")):
            raise StoppedError(_("stopped")) from None
        raise


@contextmanager
def _watch_sqlite(connection: sa.Connection, stop: Stop, seconds: float | None) -> Iterator[None]:
    driver: Any = connection.connection.driver_connection
    end = None if seconds is None else time.monotonic() + seconds

    def enough() -> bool:
        return stop.asked or (end is not None and time.monotonic() > end)

    driver.set_progress_handler(enough, _STEPS)
    try:
        yield
    finally:
        driver.set_progress_handler(None, 0)


@contextmanager
def _watch_postgresql(connection: sa.Connection, stop: Stop, seconds: float | None) -> Iterator[None]:
    driver: Any = connection.connection.driver_connection
    if seconds is not None:
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {max(1, round(seconds * 1000))}")
    with stop._lock:
        stop.check()  # from here on whoever asks ends it
        stop._enders.append(driver.cancel)
    try:
        yield
        if seconds is not None:
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    finally:
        with stop._lock:
            stop._enders.remove(driver.cancel)
