"""Rules about the calendar and about regions: in memory, in SQL, as of any day, explained and refused."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmcore.calendar.calendar import calendar_of
from crmcore.errors import CrmError, RuleError
from crmcore.hooks.facts import SegmentRule
from crmcore.playbook.playbook import Playbook
from crmcore.records.clock import Clock
from crmcore.regions.regions import groupings, problem, read_tiers
from crmcore.rules.around import Around
from crmcore.rules.bind import bind
from crmcore.rules.catalogue import Catalogue
from crmcore.rules.memory import matches
from crmcore.rules.where import where
from crmcore.rules.yaml import load_rule
from crmcore.store.database import Database
from tests.examples import examples
from tests.segments.conftest import TODAY, Segmented, at, bought


@pytest.fixture
def shop(database: Database, clock: Clock) -> Segmented:
    made = Segmented(database, clock)
    playbook = Playbook(made.segments.documents)
    around = lambda: Around(calendar_of(playbook, TODAY).occasions, groupings(playbook))  # noqa: E731
    object.__setattr__(made.segments, "catalogue", lambda: Catalogue.core(made.facts.fields(), around()))
    return made


def rule(shop: Segmented, text: str) -> list[int]:
    shop.segments.save(load_rule(f"name: asked\nwhere: {text}"))
    return shop.ids("asked")


def test_bought_within_a_node_of_a_year(shop: Segmented) -> None:
    """S117: the campaign node is a dimension, each year's days counted."""
    ids = {
        day: shop.customer(day, bought(100, at(date.fromisoformat(day), hour)))
        for day, hour in (
            ("2023-11-11", 23), ("2024-10-20", 23), ("2024-10-21", 0), ("2024-11-11", 23), ("2024-11-12", 0),
        )
    }  # fmt: skip
    in_2024 = [ids["2024-10-21"], ids["2024-11-11"]]
    assert rule(shop, "{orders: {any: [{bought: {eq: true}}, {during: {eq: double_11 2024}}]}}") == in_2024
    assert rule(shop, "{last_order_during: {eq: double_11}}") == [ids["2023-11-11"], *in_2024]
    assert rule(shop, "{last_order_during: {in: [双十一 2024, mid_year]}}") == in_2024
    assert rule(shop, "{lines: {any: {during: {eq: double_11}}}}") == []
    assert rule(shop, "{first_order_during: {eq: autumn 2024}}") == [*ids.values()][1:]
    why = shop.segments.explain("asked", ids["2024-11-12"])
    assert why.why.as_json() == {
        "condition": "First order during = Autumn 2024",
        "held": True,
        "value": "2024-11-12 00:00",
    }


def test_days_until_and_since_are_the_days_of_the_question(shop: Segmented) -> None:
    her = shop.customer("her")
    shop.brings(
        SegmentRule("soon", where("days_until_double_11").between(1, 16)),
        SegmentRule("running", where("occasions_today").has("double_11")),
        SegmentRule("just_over", where("days_since_double_11") <= 3),
        SegmentRule("quiet", ~where("occasions_today").any(["double_11", "mid_year"])),
    )
    day = date(2025, 11, 11)
    for name, first, last in (("soon", -15, -1), ("running", -22, 3), ("just_over", 0, 3)):
        asked = {-30, first - 2, first - 1, first, first + 1, last - 1, last, last + 1, last + 2, 9}
        if name == "running":  # of one rule every day, so that a gap within is seen
            asked.update(range(-30, 10))
        inside = {n for n in asked if shop.ids(name, as_of=day + timedelta(days=n)) == [her]}
        assert inside == {n for n in asked if first <= n <= last}, name
    assert shop.ids("quiet", as_of=day) == []
    assert shop.ids("quiet") == [her]
    told = shop.segments.explain("soon", her, day - timedelta(days=9)).why
    assert (told.condition, told.held, told.value) == (
        "1 ≤ Days until double 11 < 16",
        True,
        "9",
    ) or told.value == "9"


def test_the_tier_of_a_city_and_the_part_of_the_country(shop: Segmented) -> None:
    """S54, S122: tiers 1 to 3 from a table that a shop or a pack replaces."""
    ids = {
        city: shop.customer(city, city=city, province=province)
        for city, province in (
            ("杭州市", "浙江省"), ("温州", "浙江"), ("湖州市", "浙江省"), ("凉山彝族自治州", "四川省"), ("乌鲁木齐市", "新疆维吾尔自治区"),
        )
    }  # fmt: skip
    nowhere = shop.customer("nowhere")
    assert rule(shop, "{city_tier: {eq: 1}}") == [ids["杭州市"]]
    assert rule(shop, "{city_tier: {gte: 2}}") == [ids["温州"], ids["湖州市"], ids["乌鲁木齐市"]]
    assert rule(shop, "{none: [{city_tier: {exists: true}}]}") == [ids["凉山彝族自治州"], nowhere]
    assert rule(shop, "{area: {in: [华东, 西北]}}") == [
        ids["杭州市"],
        ids["温州"],
        ids["湖州市"],
        ids["乌鲁木齐市"],
    ]
    why = shop.segments.explain("asked", ids["杭州市"]).why
    assert why.value == "华东"
    Playbook(shop.segments.documents).save(
        "regions", "city_tiers", {"tiers": {"1": ["凉山彝族自治州"], "2": ["杭州市"]}}
    )
    assert rule(shop, "{city_tier: {eq: 1}}") == [ids["凉山彝族自治州"]]
    assert rule(shop, "{city_tier: {eq: 2}}") == [ids["杭州市"]]


def test_a_table_that_is_none_is_told_and_the_known_one_holds(shop: Segmented) -> None:
    playbook = Playbook(shop.segments.documents)
    her = shop.customer("her", city="杭州")
    playbook.save("regions", "city_tiers", {"tiers": {"1": ["杭州"], "2": ["杭州"]}})
    assert "杭州 stands in tier 1 and in tier 2" in str(problem(playbook))
    assert rule(shop, "{city_tier: {eq: 1}}") == [her]
    for body in (
        {},
        {"tiers": {"x": []}},
        {"tiers": {"1": "杭州"}},
        {"tiers": {"1": [5]}},
        {"tiers": {"12": []}},
    ):
        with pytest.raises(CrmError, match="city_tiers"):
            read_tiers(body)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{orders: {any: {during: {eq: duble_11}}}}", "no occasion 'duble_11' in the calendar: did you mean"),
        ("{orders: {any: {during: {eq: double_11 3024}}}}", "has no year '3024'"),
        ("{orders: {any: {during: {eq: 11}}}}", "no occasion 11"),
        ("{orders: {any: {during: {lt: double_11}}}}", "lt does not fit during"),
        ("{days_until_duble_11: {lt: 3}}", "did you mean 'days_until_double_11'"),
        ("{city_tier: {eq: first}}", "city_tier takes a whole number"),
    ],
)
def test_what_the_calendar_does_not_know_is_refused(shop: Segmented, text: str, reason: str) -> None:
    with pytest.raises(RuleError, match=reason):
        rule(shop, text)


_NAMES = ("double_11", "double_11 2024", "mid_year", "winter", "summer 2025", "spring_festival")


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=examples(8),
    deadline=None,
)
@given(st.data())
def test_memory_and_database_agree(sqlite_database: Database, clock: Clock, data: st.DataObject) -> None:
    """Whatever the day and the node: a card in memory and a row in SQL give the same answer."""
    shop = Segmented(sqlite_database, clock)
    playbook = Playbook(shop.segments.documents)
    catalogue = Catalogue.core(around=Around(calendar_of(playbook, TODAY).occasions))
    object.__setattr__(shop.segments, "catalogue", lambda: catalogue)
    day = data.draw(st.dates(date(2023, 1, 1), date(2026, 2, 1)))
    her = shop.customer("her", bought(100, at(day, data.draw(st.sampled_from((0, 12, 23))))))
    name = data.draw(st.sampled_from(_NAMES))
    shop.segments.save(load_rule(f"name: asked\nwhere: {{last_order_during: {{eq: {name}}}}}"))
    bound = bind((where("last_order_during") == name).tree, catalogue, currency="CNY")
    with sqlite_database.read() as connection:
        card = shop.facts.card(connection, her, clock)
    assert card is not None
    expected = matches(bound, card[0], clock)
    assert (her in shop.ids("asked")) is expected
    found = calendar_of(playbook, TODAY).get(name.split()[0])
    spans = [p for y, p in found.periods.items() if name.endswith(str(y)) or " " not in name]
    assert expected is any(day in one for one in spans)
