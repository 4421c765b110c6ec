"""Settling rules: every wrong name, type and reference is refused with the way out."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from crmcore.errors import RuleError
from crmcore.rules.bind import DEEPEST, MOST_TESTS, Definition, bind, bind_events
from crmcore.rules.bound import Bound, Comparison, Cut, Named
from crmcore.rules.catalogue import Catalogue
from crmcore.rules.fields import Field, FieldType
from crmcore.rules.tree import All, Compare, Node, Not, Op, TopShare
from crmcore.rules.where import Rule, param, segment, where

CATALOGUE = Catalogue.core(
    [Field("food_runs_out", FieldType.DATE, "粮吃完日", "Food runs out", source="pets")]
)


def bound(rule: Rule, **rest) -> Bound:
    return bind(rule.tree, CATALOGUE, currency=rest.pop("currency", "CNY"), **rest)


def value(rule: Rule, **rest) -> object:
    found = bound(rule, **rest)
    assert isinstance(found, Comparison)
    return found.value


def test_money_is_written_in_major_units_of_the_shop() -> None:
    assert value(where("total_spent") >= 1000) == 100_000
    assert value(where("total_spent") >= Decimal("99.99")) == 9999
    assert value(where("total_spent") >= 99.99) == 9999
    assert value(where("total_spent") >= 1000, currency="JPY") == 1000
    assert value(where("average_order_value").between(100, 300)) == (10_000, 30_000)


def test_days_and_times_may_be_written_as_text() -> None:
    assert value(where("last_order_at") >= "2024-11-11") == date(2024, 11, 11)
    assert value(where("last_order_at") >= "2024-11-11 20:00") == datetime(2024, 11, 11, 20)
    assert value(where("food_runs_out") == date(2024, 2, 29)) == date(2024, 2, 29)
    assert value(where("birthday") == "--02-29") == "02-29"


def test_every_date_gives_days_since_and_until() -> None:
    names = {field.name for field in CATALOGUE}
    assert {"days_since_last_order", "days_until_birthday", "days_until_food_runs_out", "age"} <= names
    assert {"days_since_paid", "days_since_at"} <= {field.name for field in CATALOGUE.stream("orders").fields}
    assert CATALOGUE.get("days_until_food_runs_out").source == "pets"


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (where("day_since_last_order") >= 90, "did you mean 'days_since_last_order'"),
        (where("total_spend") >= 90, "did you mean 'total_spent'"),
        (where("客单价") >= 90, "did you mean 'average_order_value'"),
        (where("qqqq") >= 90, "the card has no field 'qqqq'$"),
        (
            where("lines").any(where("catgory") == "x"),
            "lines has no field 'catgory': did you mean 'category'",
        ),
        (where("refunds").any(where("x") == "x"), "refunds has no field 'x': it has amount"),
        (where("line").any(where("sku") == "x"), "no events called 'line': did you mean 'lines'"),
        (where("tags").any(where("sku") == "x"), "'tags' is no list of events"),
        (where("line").exists(), "no events called 'line'"),
        (where("orders") >= "many", "orders takes a whole number, not 'many'"),
        (where("orders") >= 10**400, "orders takes a whole number, not 1000"),
        (where("total_spent") >= "1e999999", "total_spent takes an amount in CNY such as 99.50"),
        (where("orders") >= 2.5, "a whole number"),
        (where("orders") == True, "a whole number"),  # noqa: E712
        (where("orders") >= 10**16, "a whole number"),
        (where("orders") >= float("inf"), "a whole number"),
        (where("days_since_last_order") >= 10**7, "whole number of days"),
        (where("total_spent") >= "viel", "an amount in CNY"),
        (where("total_spent") >= True, "an amount in CNY"),
        (where("total_spent") >= float("nan"), "an amount in CNY"),
        (where("province") == 33, r"text \(put it in quotes\)"),
        (where("province") == "a\0b", "text"),
        (where("province") == "\ud800", "text"),
        (where("tags").has("a\x1fb"), "text"),
        (where("tags").has(""), "text"),
        (where("last_order_at") >= "gestern", "a day such as"),
        (where("last_order_at") >= 1_700_000_000, "a day such as"),
        (where("last_order_at") >= date(20, 1, 1), "a day such as"),
        (where("food_runs_out") >= datetime(2024, 1, 1), "a day such as"),
        (where("birthday") == "2024-13", "a day of the year"),
        (where("birthday") == "02-30", "a day of the year"),
        (where("birthday") >= "05-20", "gte does not fit birthday"),
        (where("tags") == "VIP", r"eq does not fit tags \(list\): use one of all, any, exists, has"),
        (where("tags") < "VIP", "lt does not fit"),
        (where("orders").has("x"), "has does not fit orders"),
        (where("orders").matches("x"), "is no text"),
        (where("province").one_of(param("p")), "no parameter 'p'"),
        (segment("nobody"), "no segment 'nobody'"),
        (where("lines").any(segment("s")), "inside lines"),
        (where("lines").any(where("orders").any(where("at") >= "2024-01-01")), "inside lines"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_right_one(rule: Rule, reason: str) -> None:
    with pytest.raises(RuleError, match=reason):
        bound(rule)


def test_parameters_are_put_in() -> None:
    rule = where("days_since_last_order").between(param("from"), param("to"))
    assert value(rule, params={"from": 90, "to": 180}) == (90, 180)
    assert value(where("province").one_of(param("p")), params={"p": ["浙江"]}) == ("浙江",)
    with pytest.raises(RuleError, match="no parameter 'form': did you mean 'from'"):
        bound(where("orders") >= param("form"), params={"from": 1})
    with pytest.raises(RuleError, match="takes a list of values, not '浙江'"):
        bound(where("province").one_of(param("p")), params={"p": "浙江"})
    with pytest.raises(RuleError, match="two values"):
        bound(Rule(Compare("orders", Op.BETWEEN, (1, 2, 3))))


def test_segments_are_put_in_with_their_own_parameters() -> None:
    inner = Definition((where("orders") >= param("n")).tree, {"n": 2})
    assert bound(segment("big"), params={"n": 99}, segments={"big": inner}) == Named(
        "big", Comparison(CATALOGUE.get("orders"), "gte", 2)
    )


def test_segments_in_a_circle_are_refused_with_the_way() -> None:
    segments = {
        "a": Definition(segment("b").tree),
        "b": Definition((~segment("c")).tree),
        "c": Definition(segment("a").tree),
    }
    with pytest.raises(RuleError, match="circle: a → b → c → a"):
        bound(segment("a"), segments=segments)


def test_top_shares_go_with_their_own_field_only() -> None:
    top = {"top": TopShare("total_spent", 0.8)}
    rule = where("total_spent") >= param("top")
    assert value(rule, params=top, population=lambda share: Cut(int(share.share * 10), 7)) == Cut(8, 7)
    for wrong in (where("orders") >= param("top"), where("total_spent") < param("top")):
        with pytest.raises(RuleError, match="goes with total_spent and gte only"):
            bound(wrong, params=top)
    for share in (0, 1.1, -1):
        with pytest.raises(RuleError, match="share above 0"):
            bound(rule, params={"top": TopShare("total_spent", share)})


def test_rules_that_no_database_takes_are_refused() -> None:
    deep: Node = (where("orders") == 1).tree
    for _level in range(DEEPEST + 1):
        deep = Not(deep)
    with pytest.raises(RuleError, match="nested too deeply"):
        bind(deep, CATALOGUE, currency="CNY")
    wide = All(tuple((where("orders") == n).tree for n in range(MOST_TESTS + 1)))
    with pytest.raises(RuleError, match="too big"):
        bind(wide, CATALOGUE, currency="CNY")
    with pytest.raises(RuleError, match="too big"):
        bound(where("orders").one_of(range(20_000)))


def test_two_facts_of_one_name_are_refused() -> None:
    with pytest.raises(RuleError, match="two facts are called orders, one of crmcore and one of pets"):
        Catalogue.core([Field("orders", FieldType.INT, source="pets")])
    with pytest.raises(RuleError, match="days_since_last_order"):
        Catalogue.core([Field("days_since_last_order", FieldType.INT, source="pets")])


def test_rules_over_events_alone_serve_folds() -> None:
    found = bind_events((where("rating") <= -1).tree, "interactions", CATALOGUE, currency="CNY")
    assert isinstance(found, Comparison)
    assert found.field.name == "rating"


def test_the_name_of_a_stream_compared_with_a_value_is_told_how_events_are_asked_about() -> None:
    with pytest.raises(RuleError, match=r"lines: \{any: \{sku: \{eq: …\}\}\}"):
        bound(where("lines").has("dress"))
