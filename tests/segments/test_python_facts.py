"""Segments over a fact that a plugin works out in Python: the plugin of the design, in a real shop."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from crmcore.exports import export_segment
from crmcore.records.settings import ShopSettings
from crmcore.shop import Shop
from crmcore.store import schema
from tests.segments.conftest import at, insert_row

PETS = '''
"""Pet food: when is the bag empty, and who should hear from us this week?"""
import re
from datetime import date, timedelta
from crmcore import Fact, History, SegmentRule, hookimpl, where

def food_runs_out(history: History, kg_a_day: float) -> date | None:
    for line in history.lines(category="pet_food"):              # bought lines, newest first
        if kg := re.search(r"([\\d.]+)\\s*(?:kg|公斤)", line.title, re.I):
            return line.paid_on + timedelta(days=float(kg[1]) * line.quantity / kg_a_day)
    return None

@hookimpl
def crm_segment_rules():
    due = where("days_until_food_runs_out").between(-3, 8)       # -3 <= x < 8
    return [Fact(food_runs_out, zh="粮吃完日", en="Food runs out", settings={"kg_a_day": 0.2}),
            SegmentRule("refill_due", due, zh="该补粮了", en="Refill due")]
'''


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setenv("CRM_PLUGINS", "pets")
    with Shop.create(tmp_path / "shop", ShopSettings("CNY", "Asia/Shanghai", "en")) as shop:
        (tmp_path / "shop" / "plugins" / "pets.py").write_text(PETS, "utf-8")
        yield shop


def _bag(shop: Shop, paid_on: date, title: str) -> int:
    """A customer who bought one bag that day."""
    with shop.write("test") as write:
        id_ = insert_row(write, schema.customers, name=title)
        paid = {"placed_at": at(paid_on), "paid_at": at(paid_on), "net_total": 8900, "status": "completed"}
        order = insert_row(
            write, schema.orders, customer_id=id_, source="t", number=str(id_), currency="CNY", **paid
        )
        line = {"title": title, "category": "pet_food", "quantity": 1, "position": 1}
        insert_row(write, schema.order_lines, order_id=order, **line)
        write.touch([id_])
    return id_


def _due(shop: Shop, as_of: date | None = None) -> list[int]:
    return [member.id for member in shop.segments.members("refill_due", as_of).customers]


def test_an_export_as_of_a_day_gone_by_leaves_out_what_is_worked_out_for_today(
    shop: Shop, tmp_path: Path
) -> None:
    yesterday = shop.clock().today - timedelta(days=1)
    _bag(shop, yesterday - timedelta(days=9), "成猫粮 2kg")
    shop.freshen(600)
    heads = []
    for day in (None, yesterday):
        assert export_segment(shop, "refill_due", tmp_path / "due.csv", day, contacts=False) == 1
        heads.append((tmp_path / "due.csv").read_text("utf-8-sig").splitlines()[0])
    assert ["food_runs_out" in head for head in heads] == [True, False]
    assert all("last_order_at" in head for head in heads)


def test_who_should_hear_from_us_this_week(shop: Shop) -> None:
    today = shop.clock().today
    # 2 kg at 0.2 kg a day last ten days.
    edges = {days: _bag(shop, today - timedelta(days=10 - days), "成猫粮 2kg") for days in (-4, -3, 0, 7, 8)}
    _bag(shop, today, "猫砂")
    assert shop.freshen(600) == []
    assert _due(shop) == [edges[-3], edges[0], edges[7]]
    why = shop.segments.explain("refill_due", edges[0]).why
    assert (why.condition, why.value) == ("-3 ≤ Days until food runs out < 8", "0")
    # As of a day gone by the fact is worked out from what had happened by then.
    week_ago = today - timedelta(days=7)
    assert _due(shop, week_ago) == [edges[-4], edges[-3], edges[0]]
    assert shop.segments.count("refill_due", week_ago).count == 3
    assert shop.segments.explain("refill_due", edges[-4], week_ago).member
    assert not shop.segments.explain("refill_due", edges[7], week_ago).member
