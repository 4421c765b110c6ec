"""Reading that somebody ends while it goes on."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa

from crmcore.store.database import Database
from crmcore.store.stopping import Stop, StoppedError, reading_under

ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x > 0) SELECT count(*) FROM c"


def read_for_ever(database: Database, asking: threading.Thread) -> None:
    with database.read() as connection:
        asking.start()
        connection.execute(sa.text(ENDLESS))


def test_what_a_context_reads_ends_when_it_is_asked_to_and_the_next_reading_goes_on(
    database: Database,
) -> None:
    stop, ended = Stop(), threading.Event()

    def ask() -> None:
        while not ended.wait(0.05):  # the first time it may not have begun
            stop.ask()

    asking = threading.Thread(target=ask)
    try:
        with reading_under(stop), pytest.raises(StoppedError):
            read_for_ever(database, asking)
    finally:
        ended.set()
        asking.join()
    with reading_under(stop), pytest.raises(StoppedError), database.read():
        pytest.fail("it was asked to end before it began")
    with database.read() as connection:
        assert connection.scalar(sa.text("SELECT 1")) == 1
