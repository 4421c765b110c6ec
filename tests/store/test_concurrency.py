"""Several programs at work on one shop, and threads within one: nothing is lost, nobody is locked out."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from subprocess import PIPE, Popen

import sqlalchemy as sa

from crmcore.shop import Shop
from crmcore.store import schema
from crmcore.store.changes import update
from crmcore.store.database import Database
from crmcore.store.migrations import migrate
from crmcore.store.settings import read_settings
from tests.store.dossier import customer

ROOT = Path(__file__).parents[2]
PROGRAMS, WRITES = 3, 12


def test_programs_write_at_once_and_nothing_is_lost(database: Database) -> None:
    with database.write("add", actor="Li") as write:
        who = customer(write, "王芳")
    url = database.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.store.writer", url, str(who)]
    programs = [
        Popen([*command, f"clerk {n}", str(WRITES)], cwd=ROOT, stdin=PIPE, stdout=PIPE, stderr=PIPE)
        for n in range(PROGRAMS)
    ]
    for program in programs:
        assert program.stdout is not None
        assert program.stdout.readline() == b"ready\n"
    for program in programs:
        assert program.stdin is not None
        program.stdin.write(b"go\n")
        program.stdin.flush()
    for program in programs:
        _out, err = program.communicate(timeout=300)
        assert (program.returncode, err) == (0, b"")
    with database.read() as connection:
        texts = list(connection.scalars(sa.select(schema.interactions.c.text)))
        open_ = connection.scalar(sa.select(schema.cards.c.promises_open))
    assert sorted(texts) == sorted(f"clerk {n} {k}" for n in range(PROGRAMS) for k in range(WRITES + 1))
    assert open_ == PROGRAMS * (WRITES + 1)


def test_nobody_writes_over_what_another_did_since_he_read_it(database: Database) -> None:
    with database.write("add", actor="Li") as write:
        who = customer(write, "0")

    def count() -> None:
        for _turn in range(20):
            with database.write("count", actor="Li") as write:
                name = write.connection.scalar(sa.select(schema.customers.c.name))
                update(write, schema.customers, who, {"name": str(int(name or "0") + 1)})

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as connection:
        assert connection.scalar(sa.select(schema.customers.c.name)) == "80"
        kept = Counter(connection.scalars(sa.select(schema.journal.c.old)))
    assert len(kept) == 80  # each found what the one before left


def test_a_reader_sees_one_state_while_others_write(database: Database) -> None:
    with database.write("add", actor="Li") as write:
        customer(write, "王芳")
    number = sa.select(sa.func.count()).select_from(schema.customers)
    with database.read() as connection:
        assert connection.scalar(number) == 1
        with database.write("add", actor="Li") as write:
            customer(write, "李娜")
        assert connection.scalar(number) == 1
    with database.read() as connection:
        assert connection.scalar(number) == 2


def test_a_shop_opens_while_somebody_writes(database: Database) -> None:
    other = Database(database.url.render_as_string(hide_password=False))
    with database.write("add", actor="Li") as write:
        customer(write, "王芳")
        assert migrate(other) == []  # what every opening begins with: it would wait a minute, and give up
    other.dispose()


def test_a_write_that_fails_leaves_nothing_behind(database: Database) -> None:
    class MishapError(Exception):
        pass

    try:
        with database.write("add", actor="Li") as write:
            customer(write, "王芳")
            raise MishapError
    except MishapError:
        pass
    with database.read() as connection:
        for table in (schema.customers, schema.changes):
            assert connection.execute(sa.select(table)).all() == []


def test_a_shop_opened_twice_here_and_left_by_another_process_keeps_its_log(sqlite_url: str) -> None:
    """Looking at the file must not drop the locks that this process holds on it."""
    path = sqlite_url.removeprefix("sqlite:///")
    leave = (
        "import sqlite3, sys; other = sqlite3.connect(sys.argv[1]); "
        "other.execute(\"INSERT OR REPLACE INTO meta VALUES ('time_zone', 'Europe/Paris')\"); "
        "other.commit(); other.close()"
    )
    with Shop.open(sqlite_url) as first:
        with Shop.open(sqlite_url) as second, second.write("hers") as write:
            write.note()
        subprocess.run([sys.executable, "-c", leave, path], check=True)
        assert Path(f"{path}-wal").exists()
        with first.database.read() as connection:
            assert read_settings(connection).time_zone == "Europe/Paris"
