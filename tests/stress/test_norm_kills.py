"""kill -9 at any moment while norms and the facts that read them are worked out: going on gives the same."""

from __future__ import annotations

import os
import shutil
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from crmcore.records.settings import ShopSettings
from crmcore.shop import Shop
from crmcore.store import schema
from tests.segments.conftest import at, insert_row
from tests.stress.children import die_at, freshen, moments, spawn

pytestmark = pytest.mark.skipif(os.name == "nt", reason="SIGKILL is of POSIX")
FACTS = ("refill_on", "refill_from", "refill_until", "refill_cycle", "refill_switched")


def _buyers(shop: Shop, count: int, gap: int) -> None:
    """So many who bought a mask, a cream or nothing else twice, `gap` days apart, and as many who bought once."""
    today = shop.clock().today
    with shop.write("test") as write:
        made = []
        for n in range(count * 2):
            id_ = insert_row(write, schema.customers, name=f"{gap}/{n}")
            made.append(id_)
            for place, back in enumerate((gap, 0) if n % 2 else (0,)):
                when = at(today - timedelta(days=back + n % 9))
                paid = {"placed_at": when, "paid_at": when, "net_total": 100, "status": "completed"}
                number = {"source": "t", "number": f"{id_}/{place}", "currency": "CNY"}
                order = insert_row(write, schema.orders, customer_id=id_, **number, **paid)
                sku = ("面膜", "面霜", "精华", "防晒", "卸妆", "洁面")[n // 2 % 6]
                line = {"sku": sku, "title": sku, "category": sku, "quantity": 1, "position": 1}
                insert_row(write, schema.order_lines, order_id=order, **line)
        write.touch(made)


def _state(folder: Path) -> tuple[list[Any], list[Any]]:
    """What facts and norms say in the end."""
    with Shop.open(folder) as shop:
        assert shop.freshen(120) == []
        assert shop.python_facts.waiting()[0] == 0
        columns = [shop.facts.cards.c[name] for name in ("customer_id", *FACTS)]
        with shop.database.read() as connection:
            cards = [tuple(row) for row in connection.execute(sa.select(*columns).order_by(columns[0]))]
        norms = shop.norms.tables("cosmetics", ["gaps"])["gaps"]
        return cards, sorted((key, dict(row)) for key, row in norms.items())


@pytest.fixture
def grown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shop whose norms are due again: it has grown, and everything lasts longer now."""
    monkeypatch.setenv("CRM_PLUGINS", "cosmetics")
    folder = tmp_path / "grown"
    with Shop.create(folder, ShopSettings("CNY", "Asia/Shanghai", "en")) as shop:
        _buyers(shop, 60, 30)
        assert shop.freshen(120) == []
        _buyers(shop, 180, 60)
    return folder


def _once_killed(grown: Path, tmp_path: Path, count: int) -> None:
    whole = shutil.copytree(grown, tmp_path / "whole")
    started = time.monotonic()
    spawn(freshen, whole).join()
    seconds = time.monotonic() - started
    unbroken = _state(whole)
    assert dict(unbroken[1])["面膜"]["gap"] == 60.0
    killed = 0
    for place, moment in enumerate(moments(7, count, seconds)):
        folder = shutil.copytree(grown, tmp_path / f"killed{place}")
        killed += die_at(spawn(freshen, folder), moment)
        assert _state(folder) == unbroken
    assert killed


def test_one_kill_while_facts_are_worked_out(grown: Path, tmp_path: Path) -> None:
    _once_killed(grown, tmp_path, 1)


@pytest.mark.stress
def test_many_kills_while_facts_are_worked_out(grown: Path, tmp_path: Path) -> None:
    _once_killed(grown, tmp_path, 30)
