"""Pairs side by side, parts of a customer, and tags on several at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crmcore.desk import joining
from crmcore.desk.editing import read_card
from crmcore.desk.tagging import read_tags, tag_customers
from crmcore.desk.undoing import take_back_last
from crmcore.errors import CrmError, UsageError
from crmcore.i18n import speaking
from crmcore.people import Changes, People
from crmcore.shop import Shop
from crmcore.store.candidates import propose
from tests.store.dossier import identity, order


@pytest.fixture
def shop(sqlite_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Shop]:
    monkeypatch.setenv("HOME", str(tmp_path))
    with Shop.open(sqlite_url, actor="Li") as found, speaking("en"):
        yield found


def two(shop: Shop) -> tuple[int, int]:
    people = People(shop)
    first, _maybe = people.add(Changes({"name": "王芳", "city": "杭州"}, phones=["13800138000"]))
    second, _maybe = people.add(Changes({"name": "王芳", "nickname": "小鱼", "city": "宁波"}))
    with shop.write("orders") as write:
        order(write, second, "1", identity(write, second, "tb1", kind="buyer", namespace="taobao"))
        propose(write, first, second, "name_address")
    return first, second


def test_a_pair_side_by_side_says_what_is_the_same(shop: Shop) -> None:
    first, second = two(shop)
    count, (candidate,) = joining.open_pairs(shop)
    pair = joining.compare(shop, candidate)
    lines = {one.title: (one.a, one.b, one.same) for one in pair.lines}
    assert count == 1
    assert pair.reason == "same name and address"
    assert (pair.a.id, pair.b.id) == (first, second)
    assert lines["Full name"] == ("王芳", "王芳", True)
    assert lines["Place"] == ("杭州", "宁波", False)
    assert lines["Handle"] == ("", "小鱼", None)
    assert lines["Orders"] == ("", "1", None)
    assert "Birthday" not in lines  # neither of them says


def test_settling_a_pair_is_taken_back_and_it_waits_again(shop: Shop) -> None:
    first, second = two(shop)
    for same, kept in ((True, first), (False, None)):
        _count, (candidate,) = joining.open_pairs(shop)
        assert joining.settle(shop, joining.compare(shop, candidate), same=same) == kept
        assert joining.open_pairs(shop) == (0, [])
        take_back_last(shop)
        assert read_card(shop, second).id == second


def test_a_customer_in_her_parts_taken_apart_again(shop: Shop) -> None:
    first, second = two(shop)
    People(shop).merge(first, second)
    her, parts = joining.parts_of(shop, second)
    assert her.id == first
    assert [(one.shown, one.orders) for one in parts] == [
        (f"王芳 #{second}", 1),
        ("tb1", 1),
        ("13800138000", 0),
    ]
    assert joining.bring_back(shop, second) == first
    assert read_card(shop, second).id == second
    People(shop).merge(first, second)
    _her, parts = joining.parts_of(shop, first)
    bought = next(one for one in parts if one.shown == "tb1")
    new = joining.split_off(shop, first, [bought.identity or 0])
    assert read_card(shop, new).facts["orders"] == 1
    with pytest.raises(UsageError):
        joining.split_off(
            shop, first, [one.identity for one in joining.parts_of(shop, first)[1] if one.identity]
        )


def test_tags_on_several_in_one_act(shop: Shop) -> None:
    first, second = two(shop)
    tagged = tag_customers(shop, [first, second], "VIP， 敏感肌")
    assert tagged.count == 4
    assert tag_customers(shop, [first, second], "-VIP").count == 2
    assert read_card(shop, first).tags == ("敏感肌",)
    take_back_last(shop)
    assert read_card(shop, second).tags == ("VIP", "敏感肌")
    assert read_tags("a, -b") == (["a"], ["b"])
    with pytest.raises(UsageError):
        read_tags(" , -")


def test_a_split_is_not_passed_over_by_taking_back_what_came_before_it(shop: Shop) -> None:
    first, second = two(shop)
    people = People(shop)
    people.merge(first, second)
    people.split(second)
    with pytest.raises(CrmError, match=f"last thing you did: split customer {second}"):
        take_back_last(shop)
