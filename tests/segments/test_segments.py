"""Segments asked as faces ask them: counts, pages, explanations, days gone by, and what is refused."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from crmcore.errors import FileError, NotFoundError, RuleError
from crmcore.hooks.facts import Fold, SegmentRule
from crmcore.records.clock import Clock
from crmcore.rules.where import param, segment, where
from crmcore.rules.yaml import load_rule
from crmcore.store.database import Database
from tests.segments.conftest import TODAY, Segmented, ago, at, bought, ordered, said, tagged

LAPSED_BIG = """
name: lapsed_big
title: {zh: 沉睡大客, en: Lapsed big spenders}
params: {from: 90, to: 180}
where:
  all:
    - days_since_last_order: {gte: $from, lt: $to}
    - total_spent: {gte: 1000}
    - any: [{province: {in: [浙江, 江苏]}}, {tags: {has: VIP}}]
    - none: [{segment: complaint_open}]
"""


@pytest.fixture
def big_spenders(shop: Segmented) -> dict[str, int]:
    """People around every condition of the contract's example."""
    shop.brings(SegmentRule("complaint_open", where("complaints_open") >= 1))
    old = bought(100_000, ago(100))
    return {
        "in": shop.customer("in", old, province="浙江"),
        "vip": shop.customer("vip", old, tagged("VIP"), province="广东"),
        "poor": shop.customer("poor", bought(99_999, ago(100)), province="浙江"),
        "fresh": shop.customer("fresh", bought(100_000, ago(89)), province="浙江"),
        "edge": shop.customer("edge", bought(100_000, ago(90)), province="江苏"),
        "gone": shop.customer("gone", bought(100_000, ago(180)), province="浙江"),
        "cross": shop.customer("cross", old, said("complaint", ago(5), state="open"), province="浙江"),
        "far": shop.customer("far", old, province="广东"),
        "never": shop.customer("never"),
    }


def test_the_contracts_example_counts_whom_it_says(
    shop: Segmented, big_spenders: dict[str, int], tmp_path: Path
) -> None:
    (tmp_path / "rule.yaml").write_text(LAPSED_BIG, "utf-8")
    checked = shop.segments.check(tmp_path / "rule.yaml")
    assert checked.as_json() == {"segment": "lapsed_big", "as_of": "2026-03-05", "count": 3}
    assert shop.segments.check(tmp_path / "rule.yaml", params={"to": "181"}).count == 4  # typed as text
    assert "lapsed_big" not in [one.name for one in shop.segments.all()]  # checking keeps nothing
    shop.segments.save(load_rule(LAPSED_BIG))
    assert shop.ids("lapsed_big") == [big_spenders[name] for name in ("in", "vip", "edge")]


def test_pages_follow_one_another_in_order_of_ids(shop: Segmented) -> None:
    ids = [shop.customer(f"c{n}", bought(100, ago(n + 1))) for n in range(7)]
    shop.brings(SegmentRule("buyers", where("orders") >= 1))
    first = shop.segments.members("buyers", limit=3)
    assert (first.count, [one.id for one in first.customers]) == (7, ids[:3])
    assert [one.name for one in first.customers] == ["c0", "c1", "c2"]
    after = shop.segments.members("buyers", limit=3, after=ids[2])
    assert (after.count, [one.id for one in after.customers]) == (7, ids[3:6])
    assert [one.id for one in shop.segments.iterate("buyers")] == ids
    assert shop.segments.members("buyers", limit=0).count == 7
    assert first.as_json()["customers"][0] == {"id": ids[0], "name": "c0"}


def test_a_day_gone_by_is_asked_as_things_stood_then(shop: Segmented) -> None:
    shop.brings(
        SegmentRule("silent", where("days_since_last_order") >= 30),
        SegmentRule("dresses", where("lines").any(where("category") == "连衣裙")),
    )
    early = shop.customer("early", bought(100, ago(200), "鞋"), bought(100, ago(10), "连衣裙"))
    late = shop.customer("late", bought(100, ago(40), "连衣裙"))
    assert shop.ids("silent") == [late]
    assert shop.ids("silent", as_of=TODAY) == [late]
    assert shop.ids("silent", as_of=TODAY - timedelta(days=20)) == [early]
    assert shop.ids("silent", as_of=TODAY + timedelta(days=20)) == [
        early,
        late,
    ]  # if nothing happens until then
    assert shop.ids("silent", as_of=date(2020, 1, 1)) == []
    assert shop.ids("dresses", as_of=TODAY - timedelta(days=39)) == [late]
    assert shop.ids("dresses", as_of=TODAY - timedelta(days=41)) == []
    then = shop.segments.explain("silent", early, TODAY - timedelta(days=20))
    assert then.member
    assert then.as_json()["as_of"] == "2026-02-13"


def test_the_day_ends_at_midnight_of_the_shop(shop: Segmented) -> None:
    day = date(2026, 1, 31)
    late = shop.customer("late", bought(100, at(day, 23)))
    shop.brings(SegmentRule("buyers", where("orders") >= 1))
    assert shop.ids("buyers", as_of=day) == [late]
    assert shop.ids("buyers", as_of=day - timedelta(days=1)) == []


def test_every_condition_is_explained_with_its_value(shop: Segmented, big_spenders: dict[str, int]) -> None:
    shop.segments.save(load_rule(LAPSED_BIG))
    found = shop.segments.explain("lapsed_big", big_spenders["cross"])
    assert not found.member
    lines = [(part.condition, part.held, part.value) for part in found.why.parts]
    assert lines[0] == ("all of these", True, None)
    assert lines[1] == ("Total spent ≥ 1000.00", True, "1000.00")
    assert lines[3][:2] == ("none of these", False)
    days = found.why.parts[0].parts
    assert [(one.condition, one.held, one.value) for one in days] == [
        ("Days since last order ≥ 90", True, "100"),
        ("Days since last order < 180", True, "100"),
    ]
    inside = found.why.parts[3].parts[0]
    assert (inside.condition, inside.parts[0].condition) == (
        "in segment complaint_open",
        "Open complaints ≥ 1",
    )
    absent = shop.segments.explain("lapsed_big", big_spenders["never"]).as_json()
    assert absent["member"] is False
    assert absent["why"]["parts"][0]["parts"][0] == {
        "condition": "Days since last order ≥ 90",
        "held": False,
        "value": None,
    }


def test_events_are_explained_by_how_many_fit(shop: Segmented) -> None:
    her = shop.customer("x", bought(100, ago(5), "连衣裙", "鞋", "鞋"))
    shop.brings(SegmentRule("dresses", where("lines").any(where("category") == "鞋")))
    why = shop.segments.explain("dresses", her).why
    assert (why.condition, why.value) == ("some of Lines bought: Category = 鞋", "2 of 3")


def test_nobody_is_explained_who_is_not_there(shop: Segmented) -> None:
    kept = shop.customer("kept")
    gone = shop.customer("gone", merged_into=kept)
    shop.brings(SegmentRule("all_of_them", where("orders") >= 0))
    assert shop.ids("all_of_them") == [kept]
    with pytest.raises(NotFoundError, match=f"lives on as customer {kept}"):
        shop.segments.explain("all_of_them", gone)
    with pytest.raises(NotFoundError, match="no customer 99"):
        shop.segments.explain("all_of_them", 99)


def test_facts_of_plugins_are_compared_like_core_ones(database: Database, clock: Clock) -> None:
    folds = [
        ("pets", Fold("shoes", "lines", "sum", "quantity", where("category") == "鞋", zh="鞋", en="Shoes"))
    ]
    shop = Segmented(database, clock, folds=folds)
    many = shop.customer("many", bought(100, ago(5), "鞋", "鞋"))
    shop.customer("one", bought(100, ago(5), "鞋", "裙"))
    shop.brings(SegmentRule("shoe_lovers", where("shoes") >= 2))
    assert shop.ids("shoe_lovers") == [many]
    assert shop.ids("shoe_lovers", as_of=TODAY - timedelta(days=6)) == []


def test_the_shops_own_segment_takes_the_place_of_a_plugins(shop: Segmented) -> None:
    shop.brings(SegmentRule("loyal", where("orders") >= 2, zh="忠诚", en="Loyal"))
    twice = shop.customer("twice", bought(100, ago(5)), bought(100, ago(6)))
    assert shop.ids("loyal") == [twice]
    own = load_rule(shop.segments.as_yaml("loyal").replace("gte: 2", "gte: 3"))
    shop.segments.save(own)
    shop.segments.save(own)  # the same again is the same
    assert shop.ids("loyal") == []
    assert [(one.name, one.source, one.title) for one in shop.segments.all()] == [("loyal", "shop", "Loyal")]
    shop.segments.remove("loyal")
    assert shop.ids("loyal") == [twice]
    with pytest.raises(NotFoundError, match="the shop has no segment 'loyal' of its own"):
        shop.segments.remove("loyal")


def test_a_segment_that_others_need_stays(shop: Segmented) -> None:
    shop.segments.save(load_rule("name: base\nwhere: {orders: {gte: 1}}"))
    shop.segments.save(load_rule("name: over\nwhere: {none: [{segment: base}]}"))
    with pytest.raises(RuleError, match="base is used by over"):
        shop.segments.remove("base")
    shop.segments.remove("over")
    shop.segments.remove("base")
    assert shop.segments.all() == []


def test_what_cannot_be_used_is_listed_with_the_reason_and_breaks_nothing(shop: Segmented) -> None:
    shop.brings(
        SegmentRule("good", where("orders") >= 0),
        SegmentRule("typo", where("order") >= 0),
        SegmentRule("leans", segment("typo")),
    )
    shop.segments.documents.table("segments").insert({"name": "torn", "where": 5})
    errors = {one.name: one.error for one in shop.segments.all()}
    assert errors["good"] is None
    assert "did you mean 'orders'" in str(errors["typo"])
    assert "did you mean 'orders'" in str(errors["leans"])
    assert "a condition looks like" in str(errors["torn"])
    assert shop.segments.count("good").count == 0
    for name in ("typo", "leans", "torn"):
        with pytest.raises(RuleError):
            shop.segments.count(name)
    with pytest.raises(NotFoundError, match="no segment 'god': did you mean 'good'"):
        shop.segments.count("god")


def test_what_is_saved_must_fit_the_shop(shop: Segmented) -> None:
    for text, reason in (
        ("name: x\nwhere: {order: {eq: 1}}", "did you mean 'orders'"),
        ("name: x\nwhere: {segment: x}", "circle: x → x"),
        ("name: x\nwhere: {segment: y}", "no segment 'y'"),
        ("name: x\nwhere: {orders: {eq: $n}}", "no parameter 'n'"),
        ("name: x\nwhere: {orders: {gte: 5, lt: 3}}", "no value can meet this: Orders ≥ 5 and Orders < 3"),
        ("name: x\nwhere: {all: [{orders: {gt: 3}}, {orders: {lte: 3}}]}", "no value can meet this"),
        ("name: x\nwhere: {days_since_last_order: {between: [180, 90]}}", "180 ≤ Days since last order < 90"),
        (
            "name: x\nwhere: {total_spent: {gte: 1000, lt: 999.5}}",
            "Total spent ≥ 1000.00 and Total spent < 999.50",
        ),
        ("name: x\nwhere: {last_order_at: {gt: 2025-02-01, lt: 2025-01-01}}", "no value can meet this"),
        ("name: x\nwhere: {last_order_at: {gt: 9025-02-01}}", "a day such as 2024-11-11"),
        ("name: x\nwhere: {days_since_last_order: {gt: 99999999}}", "a whole number of days"),
        ("name: x\nwhere: {orders: {any: {ordered_total: {gt: 9, lt: 8}}}}", "no value can meet this"),
        ("name: x\nwhere: {none: [{province: {in: []}}]}", "the list under in is empty"),
        (
            "name: x\nparams: {from: 9, to: 8}\nwhere: {orders: {gte: $from, lt: $to}}",
            "no value can meet this",
        ),
        ("name: x\nwhere: {orders: {eq: 3, lt: 3}}", "no value can meet this"),
    ):
        with pytest.raises(RuleError, match=reason):
            shop.segments.save(load_rule(text))
    assert shop.segments.all() == []


def test_parameters_are_given_by_name_and_checked(shop: Segmented) -> None:
    shop.brings(SegmentRule("many", where("orders") >= param("n"), params={"n": 2}))
    once = shop.customer("once", bought(100, ago(5)))
    assert shop.ids("many") == []
    assert shop.ids("many", params={"n": "1"}) == [once]
    with pytest.raises(RuleError, match="no parameter 'm'"):
        shop.segments.count("many", params={"m": 1})
    with pytest.raises(RuleError, match="orders takes a whole number, not 'few'"):
        shop.segments.count("many", params={"n": "few"})


@pytest.mark.parametrize(
    ("content", "error", "reason"),
    [
        (None, FileError, "cannot be read"),
        (b"\xff\xfe\x00", FileError, "not UTF-8"),
        (b"x" * 900_000, FileError, "too big"),
        (b"name: x", RuleError, "rule.yaml: the rule says nothing"),
        (b"\xef\xbb\xbfname: x\nwhere: {order: {eq: 1}}", RuleError, "did you mean"),
    ],
)
def test_files_that_are_no_rules_are_refused(
    sqlite_database: Database, clock: Clock, tmp_path: Path, content: bytes | None, error: type, reason: str
) -> None:
    path = tmp_path / "rule.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(error, match=reason):
        Segmented(sqlite_database, clock).segments.check(path)


def test_amounts_in_another_currency_are_absent(shop: Segmented) -> None:
    shop.brings(SegmentRule("big_order", where("orders").any(where("ordered_total") >= 100)))
    ours = shop.customer("ours", ordered(10_000, ago(5)))
    shop.customer("theirs", ordered(10_000, ago(5), currency="JPY"))
    assert shop.ids("big_order") == [ours]


def test_what_several_groups_say_may_be_meant(shop: Segmented) -> None:
    for text in (
        "{any: [{orders: {lt: 3}}, {orders: {gt: 5}}]}",
        "{orders: {gte: 3, lte: 3}}",
        "{all: [{lines: {any: {quantity: {gt: 3}}}}, {lines: {any: {quantity: {lt: 2}}}}]}",
        "{last_order_at: {gte: 2025-01-01, lte: 2025-01-01}}",
    ):
        shop.segments.save(load_rule(f"name: x\nwhere: {text}"))
