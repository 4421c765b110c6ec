"""Plugins that are told who comes into kept segments and who leaves: in order, each once, failures apart."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from crmcore.errors import CrmError
from crmcore.hooks.facts import SegmentRule
from crmcore.hooks.segment_watchers import SegmentMove, SegmentWatcher
from crmcore.people import Changes, People
from crmcore.records.settings import ShopSettings
from crmcore.rules.where import where
from crmcore.segments.telling import begin_all, heard, tell_all
from crmcore.shop import Shop
from crmcore.store.schema_membership import segment_watchers
from crmcore.watching import bring_up_to_date
from tests.segments.conftest import Segmented, ago, bought, tagged

PLUGIN = """
from crmcore import SegmentMove, SegmentRule, SegmentWatcher, ShopView, hookimpl, where

def greet(shop: ShopView, moves: list[SegmentMove]) -> None:
    for move in moves:
        shop.log(move.customer_id, "note", f"{'in' if move.entered else 'out'} {move.name} {sorted(move.facts)}")

def breaks(shop: ShopView, moves: list[SegmentMove]) -> None:
    raise ValueError("no")

@hookimpl
def crm_segment_rules():
    return [SegmentRule("vip", where("tags").has("VIP"), zh="贵宾", en="VIP")]

@hookimpl
def crm_segment_watchers():
    return [SegmentWatcher("breaks", breaks), SegmentWatcher("greet", greet, segments=("vip",))]
"""


def watcher(name: str, *segments: str) -> tuple[str, SegmentWatcher]:
    return "p", SegmentWatcher(name, lambda shop, moves: None, segments)


def test_each_move_is_told_once_and_in_order(shop: Segmented) -> None:
    shop.brings(SegmentRule("buyers", where("orders") >= 1), SegmentRule("vip", where("tags").has("VIP")))
    for name in ("buyers", "vip"):
        shop.register.keep(name)
    mine = [watcher("all"), watcher("vips", "vip")]
    shop.customer("early", bought(100, ago(1)))
    shop.register.catch_up()
    begin_all(shop.database, mine)  # what was before is nobody's news
    told: dict[str, list[tuple]] = {"all": [], "vips": []}

    def tell(_plugin: str, name: str, moves: list[SegmentMove]) -> None:
        assert shop.database.open_write is None  # outside of every write
        told[name] += [(one.customer_id, one.segment, one.entered, one.name) for one in moves]

    one, two = shop.customer("one", tagged("VIP")), shop.customer("two", bought(100, ago(1)), tagged("VIP"))
    shop.register.catch_up()
    for _again in range(2):
        assert tell_all(shop.database, mine, tell) == []
    assert sorted(told["all"]) == sorted(
        [(two, "buyers", True, "two"), (one, "vip", True, "one"), (two, "vip", True, "two")]
    )
    assert told["vips"] == [(one, "vip", True, "one"), (two, "vip", True, "two")]


def test_one_that_fails_costs_the_others_nothing_and_hears_no_move_twice(shop: Segmented) -> None:
    shop.brings(SegmentRule("buyers", where("orders") >= 1))
    shop.register.keep("buyers")
    mine = [watcher("bad"), watcher("good")]
    begin_all(shop.database, mine)
    told: list[tuple[str, int]] = []

    def tell(_plugin: str, name: str, moves: list[SegmentMove]) -> None:
        told.extend((name, one.customer_id) for one in moves)
        if name == "bad":
            raise CrmError("it broke")

    first = shop.customer("first", bought(100, ago(1)))
    shop.register.catch_up()
    assert tell_all(shop.database, mine, tell) == ["it broke"]
    second = shop.customer("second", bought(100, ago(1)))
    shop.register.catch_up()
    assert tell_all(shop.database, mine, tell) == ["it broke"]
    assert told == [("bad", first), ("good", first), ("bad", second), ("good", second)]
    with shop.database.read() as connection:
        found = {one.name: (one.failed, one.message) for one in heard(connection)}
    assert found == {"bad": (2, "it broke"), "good": (0, None)}


def test_nobody_speaks_to_a_watcher_that_is_being_told(shop: Segmented) -> None:
    """Another process tells it; one that died over it is followed when its time is up."""
    shop.brings(SegmentRule("buyers", where("orders") >= 1))
    shop.register.keep("buyers")
    mine = [watcher("one")]
    begin_all(shop.database, mine)
    shop.customer("her", bought(100, ago(1)))
    shop.register.catch_up()
    told: list[int] = []
    busy = sa.update(segment_watchers).values(busy_until=2**40)
    with shop.database.write("busy", actor="test") as write:
        write.connection.execute(busy)
    tell_all(shop.database, mine, lambda _p, _n, moves: told.extend(one.id for one in moves))
    assert told == []
    with shop.database.write("over", actor="test") as write:
        write.connection.execute(busy.values(busy_until=5))
    tell_all(shop.database, mine, lambda _p, _n, moves: told.extend(one.id for one in moves))
    assert len(told) == 1


def test_a_watcher_must_take_what_it_is_told() -> None:
    with pytest.raises(CrmError, match="takes `shop, moves`"):
        SegmentWatcher("x", lambda: None)
    with pytest.raises(CrmError, match="its function is none"):
        SegmentWatcher("x", "y")  # type: ignore[arg-type]


def test_in_a_real_shop_plugins_write_onto_the_timeline(tmp_path: Path) -> None:
    with Shop.create(tmp_path / "shop", ShopSettings("CNY", "Asia/Shanghai", "en"), actor="Ann") as shop:
        (tmp_path / "shop" / "plugins" / "greeter.py").write_text(PLUGIN, "utf-8")
        people = People(shop)
        her, _maybe = people.add(Changes({"name": "林晓葵"}))
        shop.register.keep("vip")
        assert bring_up_to_date(shop, 600) == []
        people.edit(her, Changes({}, tags=["VIP"]))
        (said,) = bring_up_to_date(shop, 600)
        assert "greeter" in said
        people.edit(her, Changes({}, untags=["VIP"]))
        bring_up_to_date(shop, 600)
        _card, page = people.show(her)
        notes = [one.text for one in page.entries if "林晓葵" in one.text]
        assert notes == ["out 林晓葵 []", "in 林晓葵 ['tags']"]
