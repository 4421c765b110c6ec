"""Pages of the database file that were read do not stay with the program."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from crmcore.store.database import Database

SIZE = 32 << 20
STATM = Path("/proc/self/statm")


def mapped() -> int:
    """Bytes of files that are mapped and count as memory of this process."""
    return int(STATM.read_text().split()[2]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not STATM.exists(), reason="this system does not say what is mapped")
def test_after_a_long_read_the_file_is_no_longer_mapped(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    rows = [{"id": number, "name": "x" * 65536} for number in range(SIZE >> 16)]
    with database.engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE long (id INTEGER PRIMARY KEY, name TEXT)"))
        connection.execute(sa.text("INSERT INTO long VALUES (:id, :name)"), rows)
    database.dispose()  # the last connection moves what the log holds into the file
    before = mapped()
    with database.read() as connection:
        assert connection.scalar(sa.text("SELECT sum(length(name)) FROM long")) == SIZE
        assert mapped() - before > SIZE // 2
        time.sleep(0.06)  # longer than a look-up
    assert mapped() - before < SIZE // 8
    database.dispose()
