"""The list of customers: its orders, what it is narrowed down to, and that a picture keeps still."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crmcore.desk import listing
from crmcore.desk.listing import FIRST, ORDERS, Asked, Line, Lists
from crmcore.people import Changes, People
from crmcore.rules.where import where
from crmcore.rules.yaml import RuleDocument
from crmcore.shop import Shop
from tests.store.dossier import customer, order

DAY = 86_400


@pytest.fixture(params=["sqlite", "postgresql"])
def shop(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Shop]:
    monkeypatch.setenv("HOME", str(tmp_path))
    with Shop.open(request.getfixturevalue(f"{request.param}_url"), actor="clerk") as found:
        yield found


def buyers(shop: Shop) -> dict[str, int]:
    """Four buyers: Bo 1 order, 张小明 3, 李娜 2, 安安 none; 王芳 lives on inside 李娜."""
    with shop.write("add") as write:
        ids = {name: customer(write, name) for name in ("Bo", "张小明", "李娜", "安安", "王芳")}
        for name, when, count in (("Bo", 300, 1), ("张小明", 100, 3), ("李娜", 200, 2)):
            for number in range(count):
                at = (when + number) * DAY
                order(write, ids[name], f"{name}{number}", placed_at=at, paid_at=at, net_total=100 * number)
    People(shop).merge(ids["李娜"], ids["王芳"])
    return ids


def names(lists: Lists, asked: Asked) -> list[str]:
    begun, listing = Lists(lists.shop).first(asked), lists.whole(asked)
    assert list(begun.ids) == list(listing.ids)
    return [line.called for line in lists.lines(listing.ids)]


def test_the_orders(shop: Shop) -> None:
    buyers(shop)
    lists = Lists(shop)
    for order_name, descending, expected in (
        ("last_order", True, ["Bo", "李娜", "张小明", "安安"]),
        ("last_order", False, ["张小明", "李娜", "Bo", "安安"]),  # who never ordered stands last both ways
        ("orders", True, ["张小明", "李娜", "Bo", "安安"]),
        ("spent", True, ["张小明", "李娜", "Bo", "安安"]),
        ("average", False, ["Bo", "李娜", "张小明", "安安"]),
        ("name", False, ["安安", "Bo", "李娜", "张小明"]),  # A B L Z
        ("name", True, ["张小明", "李娜", "Bo", "安安"]),
    ):
        assert names(lists, Asked().by(order_name, descending)) == expected, order_name
    for one in ORDERS.values():
        assert Asked().by(one.name).descending is one.descending
        assert len(names(lists, Asked().by(one.name))) == 4


def test_latin_letters_before_chinese_of_the_same_and_the_nameless_at_the_end(sqlite_url: str) -> None:
    with Shop.open(sqlite_url, actor="clerk") as shop:
        with shop.write("add") as write:
            for name in ("zoe", "张三", "Élodie", "8号", "安娜", "Anna"):
                customer(write, name)
        People(shop).add(Changes({"nickname": "小鱼"}))
        lists = Lists(shop)
        assert names(lists, Asked().by("name")) == ["Anna", "安娜", "Élodie", "zoe", "张三", "8号", "小鱼"]
        assert names(lists, Asked().by("name", True))[-1] == "小鱼"


@pytest.mark.parametrize("few", [20_000, 0], ids=["looked up", "all gone through"])
def test_narrowed_down_by_tag_segment_and_text(shop: Shop, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "_FEW", few)
    ids = buyers(shop)
    people, lists = People(shop), Lists(shop)
    people.edit(ids["李娜"], Changes({}, tags=["VIP"]))
    people.edit(ids["安安"], Changes({}, tags=["VIP"]))
    shop.segments.save(RuleDocument("buyers", (where("orders") >= 1).tree, "买过", "Buyers"))
    assert names(lists, Asked(tag="VIP")) == ["李娜", "安安"]
    assert names(lists, Asked(tag="VIP").by("name")) == ["安安", "李娜"]
    assert names(lists, Asked(segment="buyers")) == ["Bo", "李娜", "张小明"]
    assert names(lists, Asked(segment="buyers").by("name")) == ["Bo", "李娜", "张小明"]
    assert names(lists, Asked(segment="buyers", tag="VIP")) == ["李娜"]
    assert names(lists, Asked(text="zxm")) == ["张小明"]
    assert names(lists, Asked(text="安", tag="VIP")) == ["安安"]
    assert names(lists, Asked(text="张", tag="VIP")) == []


def test_a_list_is_a_picture_until_records_change(shop: Shop) -> None:
    ids = buyers(shop)
    lists = Lists(shop)
    taken = lists.whole(Asked())
    assert lists.is_current(taken)
    assert lists.whole(Asked()) is taken
    People(shop).merge(ids["Bo"], ids["安安"])
    assert not lists.is_current(taken)
    assert lists.lines(taken.ids)[-1] == Line(ids["安安"], gone=True)
    assert [line.called for line in lists.lines(lists.whole(Asked()).ids)] == ["Bo", "李娜", "张小明"]
    assert lists.whole(Asked()).place_of(ids["李娜"]) == 1
    assert lists.whole(Asked()).place_of(ids["安安"]) is None


def test_a_long_list_opens_with_its_first_rows(sqlite_url: str) -> None:
    with Shop.open(sqlite_url, actor="clerk") as shop:
        with shop.write("add") as write:
            for number in range(FIRST + 6):
                customer(write, f"李{number:03}")
        lists = Lists(shop)
        first, whole = lists.first(Asked().by("name")), lists.whole(Asked().by("name"))
        assert first.more
        assert first.count == whole.count == FIRST + 6
        assert len(first.ids) == FIRST
        assert list(whole.ids)[:FIRST] == list(first.ids)
        assert len(repr(whole) + repr(lists)) < 500  # Textual writes out what a job is given
