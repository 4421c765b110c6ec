"""The open shop: who is at work, the gate below every face, and what is wired into every write."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import ANY

import pytest

from crmcore.access import Access
from crmcore.desk import importing
from crmcore.errors import CrmError, UsageError
from crmcore.exports import export_segment
from crmcore.moving import backup, move
from crmcore.people import Changes, People
from crmcore.records.settings import ShopSettings
from crmcore.running import run
from crmcore.shop import Shop
from crmcore.store import customers
from crmcore.store.changes import list_changes


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with Shop.create(tmp_path / "shop", ShopSettings("CNY", "Asia/Shanghai", "en"), actor="Ann") as opened:
        yield opened


def test_what_a_person_does_carries_her_name(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    People(shop).add(Changes({"name": "Li"}))
    monkeypatch.setenv("CRM_ACTOR", "Bob")
    with Shop.open(shop.place.folder) as second:
        People(second).edit(1, Changes({"city": "杭州"}))
        with second.database.read() as connection:
            assert [one.actor for one in list_changes(connection)][:2] == ["Bob", "Ann"]


def test_every_write_keeps_cards_and_search_right(shop: Shop) -> None:
    # Straight at the database, as the importer and undo write: nobody has to think of it.
    with shop.database.write("by hand", actor="Ann") as write:
        customers.add(write, {"name": "李雷"}, at=1_700_000_000)
    assert [hit.customer_id for hit in People(shop).find("李雷")] == [1]
    assert shop.facts.check() == []


ACTS: dict[str, Callable[[Shop, Path], object]] = {
    "customer.find": lambda shop, _folder: People(shop).find("x"),
    "customer.show": lambda shop, _folder: People(shop).show(1),
    "customer.export": lambda shop, _folder: People(shop).held_on(1),
    "customer.add": lambda shop, _folder: People(shop).add(Changes({"name": "x"})),
    "customer.edit": lambda shop, _folder: People(shop).edit(1, Changes({"name": "x"})),
    "customer.consent": lambda shop, _folder: People(shop).consent(
        1, "sms", "promotion", "denied", None, None
    ),
    "customer.merge": lambda shop, _folder: People(shop).merge(1, 2),
    "customer.split": lambda shop, _folder: People(shop).split(2),
    "customer.forget": lambda shop, _folder: People(shop).forget(1),
    "log": lambda shop, _folder: Access(shop).log(1, "note", "x", None),
    "segment.export": lambda shop, folder: export_segment(shop, "active", folder / "x.csv", reason="test"),
    "report.export": lambda shop, folder: shop.reports.into_file(ANY, folder / "x.csv"),
    "import.rejects": lambda shop, folder: importing.export_rejects(shop, 1, folder / "x.csv"),
    "backup": lambda shop, folder: backup(shop, folder / "x.db"),
    "move": lambda shop, folder: move(shop, f"sqlite:///{folder}/y.db"),
    "run-plugin": lambda shop, _folder: run(shop, "lapse", [], {}),
    "plugin.switch": lambda shop, _folder: shop.switch_plugin("lapse", on=False),
    "plugin.settings": lambda shop, _folder: shop.change_plugin_settings("lapse", {}),
}


@pytest.mark.parametrize("action", ACTS)
def test_the_gate_stands_before_every_act(shop: Shop, tmp_path: Path, action: str) -> None:
    for name in ("one", "two"):
        People(shop).add(Changes({"name": name}))
    shop.gate = lambda actor, asked: not (actor == "Ann" and asked == action)
    with pytest.raises(CrmError, match=f"Ann may not do this: {action}"):
        ACTS[action](shop, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["shop"]


def test_no_write_goes_round_the_gate(shop: Shop) -> None:
    shop.gate = lambda _actor, asked: not asked.startswith("write.")
    with pytest.raises(CrmError, match=r"write\.edit"), shop.database.write("x", actor="Ann"):
        pass
    with pytest.raises(CrmError, match=r"write\.documents"):
        shop.documents.table("templates").insert({"name": "x"})
    with shop.database.write("what the shop does by itself", actor="system"):
        pass


def test_what_an_action_of_a_plugin_sees(shop: Shop) -> None:
    number, _maybe = People(shop).add(Changes({"name": "Li", "birthday": "1990-05-17"}, tags=("VIP",)))
    access = Access(shop)
    assert access.about().currency == "CNY"
    assert "active" in access.segments()
    assert access.count("active") == 0
    facts = access.facts(number)
    assert facts["tags"] == ("VIP",)
    assert json.dumps(str(facts["total_spent"])) == '"0.00"'
    from datetime import datetime

    with pytest.raises(UsageError, match="time zone"):
        access.log(number, "promise", "x", datetime(2026, 3, 1, 12))
    assert access.log(number, "promise", "x", shop.clock().today) == 1


def test_nothing_to_change_is_refused(shop: Shop) -> None:
    People(shop).add(Changes({"name": "Li"}))
    with pytest.raises(UsageError):
        People(shop).edit(1, Changes({}))
