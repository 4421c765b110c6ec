"""What plugins add to a card, and that nothing they do costs more than their own line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crmcore.desk import advice
from crmcore.desk.advice import Adviser
from crmcore.desk.brief import Brief, brief
from crmcore.i18n import speaking
from crmcore.people import Changes, People
from crmcore.records.settings import ShopSettings
from crmcore.shop import Shop
from tests.store import dossier

DAY = 86_400
PLUGIN = """
import os, time
from pathlib import Path
from crmcore import Advice, Panel, Say, hookimpl

def told(history, facts):
    kinds = {name: type(facts[name]).__name__ for name in ("total_spent", "last_order_at", "tags")}
    return Say(f"{facts['total_spent']} {facts['days_since_last_order']} {facts['age']}", str(kinds))

def goes(history, facts):
    if Path(__file__).with_name("hang").exists():
        time.sleep(60)
    os._exit(3)

@hookimpl
def crm_advice():
    return [Advice("told", told), Advice("goes", goes)]

@hookimpl
def crm_panels():
    return [
        Panel("orders", lambda history, facts: [one.number for one in history.orders()], zh="订单", en="Orders"),
        Panel("nothing", lambda history, facts: []),
        Panel("broken", lambda history, facts: 1 / 0, en="Broken"),
    ]
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setenv("CRM_PLUGINS", "teller")
    folder = tmp_path / "shop"
    Shop.create(folder, ShopSettings("CNY", "Asia/Shanghai", "en")).close()
    (folder / "plugins" / "teller.py").write_text(PLUGIN, "utf-8")
    with Shop.open(folder, actor="Ann") as opened, speaking("en"):
        yield opened


def somebody(shop: Shop) -> Brief:
    now = shop.clock().now
    year = shop.clock().today.year - 30
    her, _maybe = People(shop).add(Changes({"name": "王芳", "birthday": f"{year}-01-01"}, tags=["VIP"]))
    with shop.write("test") as write:
        dossier.order(write, her, "A1", placed_at=now - 3 * DAY, paid_at=now - 3 * DAY, net_total=15_950)
    return brief(shop, her)


def test_what_plugins_say_and_what_they_were_given(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    adviser, her = Adviser(shop), somebody(shop)
    added = adviser.about(her)
    [said] = added.lines
    assert (said.text, said.source) == ("159.50 3 30", "teller")
    assert said.reason == "{'total_spent': 'Decimal', 'last_order_at': 'datetime', 'tags': 'tuple'}"
    assert [(box.title, box.lines) for box in added.boxes] == [("Orders", ("A1",)), ("Broken", ())]
    assert added.boxes[1].failed == "teller: ZeroDivisionError (teller.py, line 24)"
    assert added.failures == ("teller: it ended its process (code 3)",)
    with speaking("zh"):
        assert adviser.about(her).boxes[0].title == "订单"
    adviser.about(her)
    left_out = "goes failed 3 times and is left out until crm is started anew"
    assert adviser.about(her).failures == (f"teller: {left_out}",)
    assert adviser.about(her).lines == added.lines  # the others go on
    (shop.place.folder / "plugins" / "hang").touch()
    monkeypatch.setattr(advice, "SECONDS", 0.2)
    assert "teller: it gave no answer within 0.2 s and was ended" in Adviser(shop).about(her).failures


def test_a_shop_whose_plugins_say_nothing_starts_no_process(sqlite_url: str, monkeypatch) -> None:
    monkeypatch.setenv("CRM_PLUGINS", "lapse")
    with Shop.open(sqlite_url, actor="Ann") as shop:
        assert Adviser(shop).about(somebody(shop)) == advice.Added()
        assert "worker" not in shop.__dict__
