"""Every dimension of S116 to S131 as bundled segments: people at every edge, counted through the real plugins."""

from __future__ import annotations

from datetime import date
from importlib import import_module

import pytest

from crmcore.calendar.calendar import calendar_of
from crmcore.hooks.discovery import PluginConfig
from crmcore.hooks.manager import PluginManager
from crmcore.playbook.playbook import Playbook
from crmcore.records.address_kind import address_kind
from crmcore.records.clock import Clock
from crmcore.records.history import History, Line
from crmcore.regions.regions import groupings
from crmcore.rules.around import Around
from crmcore.rules.catalogue import Catalogue
from crmcore.store.database import Database
from tests.segments.conftest import TODAY, Segmented, ago, at, bought, ordered, said

BUNDLED = (
    "sources", "campaign_nodes", "goods_bought", "places", "age", "buyer_grade", "value_classes", "rfm_cells", "non_buyers",
)  # fmt: skip


@pytest.fixture
def shop(sqlite_database: Database, clock: Clock) -> Segmented:
    manager = PluginManager.load(PluginConfig(only=frozenset(BUNDLED)))
    made = Segmented(sqlite_database, clock, manager.segment_rules().values)
    assert manager.failures == []
    playbook = Playbook(made.segments.documents)
    around = Around(calendar_of(playbook, TODAY).occasions, groupings(playbook))
    object.__setattr__(made.segments, "catalogue", lambda: Catalogue.core(made.facts.fields(), around))
    return made


def test_every_bundled_segment_can_be_asked(shop: Segmented) -> None:
    assert {one.name: one.error for one in shop.segments.all() if one.error} == {}
    assert all(one.zh and one.en for one in shop.segments.all())


def test_sources(shop: Segmented) -> None:
    """S116."""
    ids = {
        tag: shop.customer(tag, bought(100, ago(5), source_tag=tag))
        for tag in ("聚划算", "天天特价", "U站", "微博")
    }
    plain = shop.customer("plain", bought(100, ago(5)))
    assert shop.ids("source_juhuasuan") == [ids["聚划算"]]
    assert shop.ids("source_tiantian") == [ids["天天特价"]]
    assert shop.ids("source_uzhan") == [ids["U站"]]
    assert shop.ids("source_other") == [ids["微博"], plain]


def test_campaign_nodes(shop: Segmented) -> None:
    """S117: each year's days."""
    early = shop.customer("early", bought(100, at(date(2024, 10, 22))))
    other = shop.customer("other", bought(100, at(date(2025, 11, 14))), bought(100, at(date(2025, 9, 1))))
    june = shop.customer("june", bought(100, at(date(2025, 6, 18))))
    usual = shop.customer("usual", bought(100, at(date(2025, 9, 1))))
    shop.customer("unpaid", ordered(100, at(date(2024, 11, 11))))
    assert shop.ids("bought_double_11") == [early, other]
    assert shop.ids("bought_double_11", params={"node": "double_11 2024"}) == [early]
    assert shop.ids("bought_mid_year") == [june]
    assert shop.ids("bought_double_12") == []
    assert shop.ids("events_only") == [early, june]
    assert shop.ids("events_never") == [usual]


def test_goods(shop: Segmented) -> None:
    """S118."""
    ids = {
        one: shop.customer(one, bought(100, ago(5), one))
        for one in ("连衣裙", "T恤", "外套", "牛仔裤", "帽子")
    }
    for name, category in (("dress", "连衣裙"), ("t_shirt", "T恤"), ("coat", "外套"), ("jeans", "牛仔裤")):
        assert shop.ids(f"bought_{name}") == [ids[category]]
    assert shop.ids("bought_category", params={"category": "帽子"}) == [ids["帽子"]]
    assert shop.ids("bought_product") == []


def test_places(shop: Segmented) -> None:
    """S122."""
    cities = {"杭州市": "tier_1", "温州市": "tier_2", "湖州市": "tier_3", "丽江市": "tier_other"}
    ids = {city: shop.customer(city, city=city, province="浙江省") for city in cities}
    shop.customer("nowhere")
    for city, name in cities.items():
        assert shop.ids(name) == [ids[city]]
    assert len(shop.ids("in_province")) == 4
    assert shop.ids("in_province", params={"province": "云南"}) == list(
        ids.values()
    )  # the other form stands beside it
    assert len(shop.ids("in_area")) == 4


def test_ages(shop: Segmented) -> None:
    """S123, G1: half-open; 30 belongs to 30–35, 26 to 26–29."""
    ids = {
        age: shop.customer(str(age), birthday=f"{2026 - age}-03-05")
        for age in (17, 18, 25, 26, 29, 30, 35, 36, 80)
    }
    shop.customer("no year", birthday="--03-05")
    for name, ages in (
        ("age_below_18", (17,)), ("age_18_25", (18, 25)), ("age_26_29", (26, 29)), ("age_30_35", (30, 35)), ("age_36_up", (36, 80)),
    ):  # fmt: skip
        assert shop.ids(name) == [ids[age] for age in ages], name


def test_grades(shop: Segmented) -> None:
    """S128: five grades; every buyer has exactly one."""
    ids = {
        n: shop.customer(str(n), *[bought(100, ago(5)) for _ in range(n)])
        for n in (0, 1, 2, 3, 4, 7, 8, 15, 16, 20)
    }
    grades = {"novice": (1,), "junior": (2, 3), "middle": (4, 7), "senior": (8, 15), "die_hard": (16, 20)}
    for name, numbers in grades.items():
        assert shop.ids(f"grade_{name}") == [ids[n] for n in numbers]


def test_value_classes_part_all_who_spent(shop: Segmented) -> None:
    """S129, S130: A brings 80 %, A and B together 95 %."""
    big, middle = shop.customer("big", bought(8_000, ago(5))), shop.customer("middle", bought(1_600, ago(5)))
    small = [shop.customer("small", bought(200, ago(5))) for _ in range(2)]
    shop.customer("never")
    assert shop.ids("value_a") == [big]
    assert shop.ids("value_b") == [middle]
    assert shop.ids("value_c") == small


def test_rfm_cells(shop: Segmented) -> None:
    """S130, S74: bands part all buyers, and every buyer is in exactly one of the eight groups."""
    people = [
        shop.customer(f"{days}/{n}/{amount}", *[bought(amount, ago(days)) for _ in range(n)])
        for days in (0, 29, 30, 89, 90, 180, 364, 365)
        for n in (1, 2, 5, 8)
        for amount in (0, 9_999, 100_000)
    ]
    shop.customer("never")
    for letter in "rfm":
        found = sorted(one for number in range(1, 6) for one in shop.ids(f"rfm_{letter}{number}"))
        assert found == people, letter
    groups = [
        name
        for name in (one.name for one in shop.segments.all())
        if name.startswith("rfm_") and len(name) > 6
    ]
    assert len(groups) == 8
    assert sorted(one for name in groups for one in shop.ids(name)) == people
    assert shop.ids("rfm_r5") == people[:24]


def test_prospects_and_other_non_buyers(shop: Segmented) -> None:
    """S41, S131."""
    prospect = shop.customer("prospect", said("note", ago(3)))
    angry = shop.customer("angry", said("complaint", ago(3), state="open"))
    unpaid = shop.customer("unpaid", ordered(100, ago(9)))
    shop.customer("buyer", bought(100, ago(2)))
    assert shop.ids("prospects") == [prospect, angry]
    assert shop.ids("complained_never_bought") == [angry]
    assert shop.ids("unpaid_or_closed_only") == [unpaid]


@pytest.mark.parametrize(
    ("address", "kind", "word"),
    [
        ("浙江省杭州市西湖区余杭塘路866号浙江大学紫金港校区3舍", "student", "大学"),
        ("杭州市西湖区文三路478号华星大厦12楼", "office", "大厦"),
        ("成都市武侯区人民政府办公室", "authority", "人民政府"),
        ("南京市鼓楼区学府路12号阳光小区3幢2单元301室", "home", "小区"),
        ("武汉市洪山区大学路9号", None, None),  # a road that is named after one
        ("湖南省长沙县黄花镇黄垅村5组", "village", "黄垅村5组"),
        ("北京市海淀区中关村第三小学", "school", "小学"),
        ("上海市徐汇区枫林路180号中山医院急诊", "hospital", "医院"),
        ("", None, None),
    ],
)
def test_the_kind_of_an_address(address: str, kind: str | None, word: str | None) -> None:
    """S53: what an address tells of who lives or works there."""
    found = address_kind(address)
    assert (found and found.kind) == kind
    if word == "黄垅村5组":
        assert found is not None
        assert "村" in found.word
    else:
        assert (found and found.word) == word


def test_customer_classes_say_what_they_were_read_from() -> None:
    """S53, S126: a tag before the goods, the goods before the address."""
    plugin = import_module("crm_segment_rules.customer_class")
    words = {"couple_words": ["情侣"]}

    def told(history: History) -> tuple[str | None, str | None]:
        return plugin.customer_class(history, **words), plugin.customer_class_why(history, **words)

    def history(*titles: str, tags: tuple[str, ...] = (), **profile: str) -> History:
        lines = tuple(
            Line(
                title=title, sku=None, category=None, quantity=1, currency="CNY", source="t", source_tag=None,
                order_id=1, zone="Asia/Shanghai", at_seconds=1, paid_seconds=1, unit_price_minor=1, total_minor=1,
            )
            for title in titles
        )  # fmt: skip
        return History(1, TODAY, "CNY", profile, tags, all_lines=lines)

    assert told(history()) == (None, None)
    assert told(history(address_kind="office", address_word="大厦")) == ("office", "地址 address: 大厦")
    assert told(history("情侣手链", address_kind="office", address_word="大厦")) == (
        "couple",
        "商品 goods: 情侣",
    )
    assert told(history("情侣手链", tags=("学生",))) == ("student", "标签 tag: 学生")
