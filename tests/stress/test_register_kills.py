"""kill -9 at any moment of catching up: what is kept is whole, and going on ends as if nothing had been."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from crmcore.records.settings import ShopSettings
from crmcore.segments.register_history import recorded
from crmcore.shop import Shop
from crmcore.store import schema
from crmcore.store.schema_membership import segment_members, segment_moves, segment_queue
from tests.stress.children import die_at, moments, spawn

pytestmark = pytest.mark.skipif(os.name == "nt", reason="SIGKILL is of POSIX")
_PEOPLE = 300


def catch_up(folder: Path) -> None:
    """What the child does."""
    with Shop.open(folder, actor="test") as shop:
        shop.register.catch_up()


def _bought(shop: Shop, whos: range, number: str) -> None:
    now = shop.clock().now
    with shop.write("orders") as write:
        rows = [
            {
                "customer_id": who, "source": "t", "number": f"{number}-{who}", "currency": "CNY", "status": "completed",
                "placed_at": now, "paid_at": now, "ordered_total": 100 * who, "net_total": 100 * who,
                "created_by": write.change_id,
            }
            for who in whos
        ]  # fmt: skip
        write.connection.execute(schema.orders.insert(), rows)
        write.touch(whos)


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shop that keeps its segments, with hundreds of customers to be looked at."""
    for name in ("HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    folder = tmp_path / "base"
    with Shop.create(folder, ShopSettings("CNY", "Asia/Shanghai", "en"), actor="test") as shop:
        with shop.write("people") as write:
            rows = [
                {"id": who, "name": str(who), "created_by": write.change_id} for who in range(1, _PEOPLE + 1)
            ]
            write.connection.execute(schema.customers.insert(), rows)
            write.touch(range(1, _PEOPLE + 1))
        for name in ("once", "twice", "key_customers", "active", "prospects", "aov_below_100"):
            shop.register.keep(name)
        _bought(shop, range(1, _PEOPLE + 1), "a")
        _bought(shop, range(1, _PEOPLE // 2), "b")
    return folder


def _kills(base: Path, tmp_path: Path, count: int) -> None:
    unbroken = tmp_path / "unbroken"
    shutil.copytree(base, unbroken)
    started = time.perf_counter()
    child = spawn(catch_up, unbroken)
    child.join()
    seconds = time.perf_counter() - started
    for number, moment in enumerate(moments(7, count, seconds)):
        folder = tmp_path / f"killed {number}"
        shutil.copytree(base, folder)
        die_at(spawn(catch_up, folder), moment)
        with Shop.open(folder, actor="test") as shop:
            _whole(shop)
            shop.register.catch_up()
            assert _state(shop) == _state_of(unbroken), moment


def _whole(shop: Shop) -> None:
    """Members and moves belong together at every moment: nobody is in without having come in."""
    with shop.database.read() as connection:
        for kept in shop.register.kept():
            began = recorded(connection, kept, kept.began.replace(year=kept.began.year - 1))
            came = sa.select(segment_moves.c.customer_id).where(
                segment_moves.c.segment == kept.name, segment_moves.c.entered.is_(sa.true())
            )
            assert recorded(connection, kept) <= began | set(connection.scalars(came))


def _state(shop: Shop) -> tuple[set, set, int]:
    with shop.database.read() as connection:
        c, m = segment_members.c, segment_moves.c
        members = {tuple(row) for row in connection.execute(sa.select(c.segment, c.customer_id))}
        moves = sorted(
            tuple(row) for row in connection.execute(sa.select(m.segment, m.customer_id, m.entered))
        )
        waiting = connection.scalar(sa.select(sa.func.count()).select_from(segment_queue))
    assert len(moves) == len(set(moves))  # each once
    return members, set(moves), int(waiting or 0)


def _state_of(folder: Path) -> tuple[set, set, int]:
    with Shop.open(folder, actor="test") as shop:
        return _state(shop)


def test_two_kills(base: Path, tmp_path: Path) -> None:
    _kills(base, tmp_path, 2)


@pytest.mark.stress
def test_forty_kills(base: Path, tmp_path: Path) -> None:
    _kills(base, tmp_path, 40)
