"""Reading copies: what they give is what the shop holds, whatever happened to the shop or to them."""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlalchemy as sa

from crmcore.analytics import copies, reports, signs
from crmcore.analytics import data as engine
from crmcore.analytics.data import Data
from crmcore.analytics.source import Source
from crmcore.analytics.tables import statements
from crmcore.errors import CrmError
from crmcore.shop import Shop
from crmcore.store import schema
from crmcore.store.erasing import PERSONAL
from tests.analytics.test_engine import selling
from tests.analytics.test_live import bring, line

NEEDS = ("orders", "lines", "refunds")


def copying(shop: Shop) -> Source:
    """The shop as the analytics process is told of it, big enough for copies."""
    return replace(shop.reports._source(None), copied_from=0)


def held(source: Source) -> tuple[dict[str, list[Any]], set[str]]:
    """Every row of every table, and which tables were read from copies."""
    with Data(source, NEEDS) as data:
        rows = {name: data.query(f"SELECT * FROM {name} ORDER BY ALL") for name in NEEDS}
        return {**rows, "others": sorted(data.other_currencies.items())}, set(
            data._copies.laid if data._copies else ()
        )


def is_right(shop: Shop) -> set[str]:
    """Which tables come from copies, after seeing that they tell what the shop holds."""
    found, laid = held(copying(shop))
    assert (found, set()) == held(shop.reports._source(None))
    return laid


def folder_of(shop: Shop) -> Path:
    return Path(str(shop.database.url.database) + "-columns")


def test_a_small_shop_and_a_day_gone_by_are_read_directly(shop: Shop) -> None:
    assert held(shop.reports._source(None))[1] == set()
    assert (
        held(
            replace(
                shop.reports._source(shop.clock().today.replace(year=2026, month=3, day=1)), copied_from=0
            )
        )[1]
        == set()
    )
    assert not folder_of(shop).exists()


def test_they_are_kept_and_made_anew_when_much_has_come(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert is_right(shop) == {*NEEDS}
    kept = {one.name: one.stat().st_ino for one in folder_of(shop).iterdir()}
    assert sorted(kept) == ["lines.duckdb", "orders.duckdb", "refunds.duckdb"]
    bring(shop, tmp_path, line("A7", "li"), line("A1", "li", refund_total="20.00", quantity=3))
    assert is_right(shop) == {*NEEDS}
    assert {one.name: one.stat().st_ino for one in folder_of(shop).iterdir()} == kept
    monkeypatch.setattr(copies, "_MANY", 1)
    assert is_right(shop) == {*NEEDS}
    now = {one.name: one.stat().st_ino for one in folder_of(shop).iterdir()}
    assert set(now) == set(kept)
    assert not set(now.values()) & set(kept.values())
    monkeypatch.undo()
    with Data(copying(shop), NEEDS) as data:
        assert data.one("SELECT count(*) FROM gone_orders") == 0
    assert is_right(shop) == {*NEEDS}


def test_orders_and_lines_agree_while_somebody_writes(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    told = reports.source_of
    monkeypatch.setattr(reports, "source_of", lambda *args: replace(told(*args), copied_from=0))

    def both() -> tuple[Any, ...]:
        return tuple(shop.reports.run("both").findings.tables[0].rows[0])

    before = both()
    assert folder_of(shop).is_dir()
    seen = []
    with selling(shop) as one_more:
        for _turn in range(3):
            one_more()
            seen.append(both())
    assert {row[0] - before[0] - (row[1] - before[1]) for row in seen} == {0}
    assert seen[-1][0] > before[0]


def test_a_restored_shop_has_a_history_of_its_own(shop: Shop, tmp_path: Path) -> None:
    bring(shop, tmp_path, line("A6a", "li"))
    shop.database.dispose()
    file = Path(str(shop.database.url.database))
    shutil.copyfile(file, tmp_path / "kept.db")
    bring(shop, tmp_path, line("A7", "li"))
    assert is_right(shop) == {*NEEDS}

    def restore() -> None:
        shop.database.dispose()
        shutil.copyfile(tmp_path / "kept.db", file)

    restore()
    bring(shop, tmp_path, line("B1", "wang", unit_price="5.00", order_total="5.00"))
    assert is_right(shop) == {*NEEDS}  # as many acts, but others
    restore()
    assert is_right(shop) == {*NEEDS}  # fewer


def test_another_currency_or_zone_needs_other_copies(shop: Shop) -> None:
    is_right(shop)
    own = shop.reports._source(None)
    made = statements(None, "USD", shop.kinds.values())
    for other in (
        replace(own, currency="USD", statements=made.common, plain=made.sqlite),
        replace(own, time_zone="Pacific/Honolulu"),
    ):
        found, laid = held(replace(other, copied_from=0))
        assert (found, set()) == held(other)
        assert laid == {*NEEDS}


def test_a_damaged_copy_is_thrown_away(shop: Shop) -> None:
    is_right(shop)
    (folder_of(shop) / "lines.duckdb").write_bytes(b"no database")
    assert is_right(shop) == {*NEEDS}
    orders = folder_of(shop) / "orders.duckdb"
    whole = orders.read_bytes()
    # Beyond the three headers: it opens, and what it holds cannot be read.
    orders.write_bytes(whole[:12_288] + bytes(len(whole) - 12_288))
    assert is_right(shop) == {*NEEDS}


def test_one_that_turns_out_to_be_damaged_is_gone_the_next_time(shop: Shop) -> None:
    is_right(shop)
    with Data(copying(shop), NEEDS) as data, pytest.raises(CrmError, match="thrown away"):
        raise data._what_stopped(duckdb.IOException("checksum"))
    assert not folder_of(shop).exists()
    assert is_right(shop) == {*NEEDS}


def test_where_none_can_be_written_the_shop_is_read(shop: Shop) -> None:
    folder_of(shop).touch()  # a file stands where the folder would
    assert is_right(shop) == set()


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of file sizes there")
def test_a_full_disk_costs_time_or_is_told(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:  # a write beyond the limit fails as on a full disk; SQLite's own -shm file has 32 KB
        resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, before[1]))
        assert is_right(shop) == set()
        assert list(folder_of(shop).iterdir()) == []
        monkeypatch.setattr(engine.duck, "load_sqlite_reader", lambda _connection: False)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
        with pytest.raises(CrmError, match="no room left"):
            held(shop.reports._source(None))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    monkeypatch.undo()
    assert is_right(shop) == {*NEEDS}


def test_nothing_is_built_on_the_middle_of_an_undo(shop: Shop, tmp_path: Path) -> None:
    bring(shop, tmp_path, line("A7", "li"))
    with shop.write("halfway", kind="undo") as write:
        changes = schema.changes
        mine = sa.update(changes).where(changes.c.id == write.change_id)
        write.connection.execute(mine.values(state="running"))
    with Data(shop.reports._source(None), NEEDS, to_stay=True) as kept:
        assert is_right(shop) == set()
        with shop.database.write("on", actor="test", kind="undo", change_id=write.change_id) as write:
            # What an undo takes back leaves no trace in the journal.
            write.connection.execute(sa.delete(schema.orders).where(schema.orders.c.number == "A7"))
            write.connection.execute(mine.values(state="done"))
        kept.catch_up(shop.reports._source(None))
        assert kept.one("SELECT count(*) FROM orders WHERE number = 'A7'") == 0
    assert is_right(shop) == {*NEEDS}


def test_what_a_killed_process_left_is_cleared_away(shop: Shop) -> None:
    kill = (
        "import os, pathlib, pickle, sys\n"
        "pathlib.Path.replace = lambda *_args: os.kill(os.getpid(), 9)\n"
        "from crmcore.analytics.data import Data\n"
        "Data(pickle.loads(sys.stdin.buffer.read()), ('orders',))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", kill], input=pickle.dumps(copying(shop)), env={**os.environ}, check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert [one.name[:6] for one in folder_of(shop).iterdir()] == ["draft-"]
    assert is_right(shop) == {*NEEDS}
    assert sorted(one.name for one in folder_of(shop).iterdir()) == [
        "lines.duckdb", "orders.duckdb", "refunds.duckdb",
    ]  # fmt: skip


def test_they_hold_nothing_that_erasing_empties(shop: Shop) -> None:
    with Data(copying(shop), NEEDS) as data:
        for name, table in (("orders", "orders"), ("lines", "order_lines"), ("refunds", "refunds")):
            columns = {row[0] for row in data.query(f"DESCRIBE {name}")}
            assert not columns & {*PERSONAL[table], *PERSONAL["customers"], *PERSONAL["identities"]}, name


def test_a_copy_that_takes_long_is_told_of_while_it_is_made(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, make = threading.Event(), copies.Copies.prepare

    def slow(of: copies.Copies, table: str) -> None:
        while not gate.is_set():
            sum(range(10_000))
        make(of, table)

    monkeypatch.setattr(signs, "SECONDS", 0.01)
    monkeypatch.setattr(copies.Copies, "prepare", slow)
    with Data(copying(shop), ("orders", "lines"), in_steps=True) as data:
        named = data.reading()
        try:
            assert [next(named) for _sign in range(3)] == ["orders"] * 3
        finally:
            gate.set()
        assert set(named) == {"orders", "lines", "other_currencies"}
        assert data.query("SELECT count(*) FROM lines") == [(len(held(copying(shop))[0]["lines"]),)]
