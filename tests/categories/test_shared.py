"""What the plugins of trades share: checks of settings, bands, habits, how things stand with her."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from crmcore import CALM, CONTENT, banded, days_until, size_of, usual, year_later
from crmcore.errors import CrmError
from crmcore.hooks.discovery import PluginConfig
from crmcore.hooks.manager import PluginManager
from crmcore.i18n import speaking
from tests.categories.histories import Category, She, goods

# Plugin, what a shop sets, and what is said of it.
WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("lapse", {"bands": [90, 60]}, "bands must be numbers of 1 or more that rise, such as 90, 180, 365"),
    ("lapse", {"bands": []}, "bands must be numbers"),
    ("order_value", {"bands": [0, 100]}, "bands must be numbers of 1 or more"),
    ("age", {"bands": [18, 18]}, "bands must be numbers"),
    ("buyer_grade", {"orders": [1, 2, 3]}, "five numbers"),
    ("buyer_grade", {"orders": [1, 2, 3, 3, 5]}, "orders must be numbers"),
    ("rfm_cells", {"monetary": [300, 100, 400, 500]}, "monetary must be numbers"),
    ("cosmetics", {"before": -1}, "before is 0 or more"),
    ("cosmetics", {"trust": 0}, "trust must be a number above 0"),
    ("cosmetics", {"switched": 1.5}, "switched is a share above 0 and up to 1"),
    ("womens_wear", {"back": 0}, "back is a share above 0 and up to 1"),
    ("womens_wear", {"ahead": 61}, "ahead is between 0 and 60"),
    ("shoes_bags", {"pieces": 1}, "pieces is 2 or more"),
    ("shoes_bags", {"near": 31}, "near is between 0 and 30"),
    ("sportswear", {"least": 0}, "least is 1 or more"),
    ("sportswear", {"ahead": 0}, "ahead is between 1 and 60"),
    ("home", {"neighbours": 1}, "neighbours is 2 or more"),
    ("gifts_watches", {"before": 61}, "before is between 1 and 60"),
    ("appliances", {"warranty": 0}, "warranty is 1 or more"),
    ("appliances", {"every": {"submarine": 3}}, "submarine"),
    ("points", {"per_unit": 0}, "per_unit must be a number above 0"),
]


@pytest.fixture(scope="module")
def manager() -> PluginManager:
    made = PluginManager.load(PluginConfig(only=frozenset({plugin for plugin, _values, _said in WRONG})))
    assert made.failures == []
    return made


@pytest.mark.parametrize(("plugin", "values", "said"), WRONG)
def test_settings_that_cannot_be(
    manager: PluginManager, plugin: str, values: dict[str, Any], said: str
) -> None:
    with speaking("en"), pytest.raises(CrmError) as refused:
        manager.check_settings(plugin, values)
    assert plugin in str(refused.value)
    assert said in str(refused.value)


def test_bands_leave_no_gap_and_have_none_where_none_is_called() -> None:
    def called(low: int | None, high: int | None) -> tuple[str, str, str] | None:
        return (f"from_{low or 0}", "", "") if high != 5 else None

    rules = {one.name: one for one in banded("orders", (2, 5, 9), called)}
    assert list(rules) == ["from_0", "from_5", "from_9"]
    assert [one.params for one in rules.values()] == [{"below": 2}, {"from": 5, "below": 9}, {"from": 9}]


def test_calm_and_content_ask_a_cards_facts_as_segments_ask_the_card() -> None:
    fine = {"complaints_open": 0, "reviews_bad": 0, "orders_refunded": 0}
    assert CALM(fine)
    assert CONTENT(fine)
    assert not CALM(fine | {"complaints_open": 1})
    assert [CONTENT(fine | {name: 1}) for name in fine] == [False, False, False]
    assert CALM(fine | {"reviews_bad": 1})


@pytest.mark.parametrize(("left", "told"), [(-4, None), (-3, -3), (0, 0), (5, 5), (6, None), (None, None)])
def test_days_until_a_day_that_is_a_fact(left: int | None, told: int | None) -> None:
    facts = {} if left is None else {"days_until_refill_on": left}
    assert days_until(facts, "refill_on", -3, 5) == told


def test_a_year_later_is_the_same_day() -> None:
    assert year_later(date(2023, 3, 31)) == date(2024, 3, 31)
    assert year_later(date(2024, 2, 29)) == date(2025, 2, 28)


def test_what_is_usual_and_the_size_of_a_line() -> None:
    assert usual(["M", None, "M", "S"]) == "M"
    assert usual(["M", "S", "L"]) is None
    she = (
        She()
        .bought(date(2026, 1, 2), "连衣裙 M码")
        .bought(date(2026, 1, 3), goods("连衣裙 M码", options="尺码:L"))
    )
    assert [size_of(line) for line in she.history().lines()] == ["L", "M"]


def test_where_segments_of_trades_end() -> None:
    waits = Category("shoes_bags").segments()["sale_hunters"].rule
    assert waits({"sale_orders": 2, "sale_share": 0.6})
    assert not waits({"sale_orders": 1, "sale_share": 1.0})
    assert not waits({"sale_orders": 5, "sale_share": 0.59})
    works = Category("appliances").segments()["care_not_sales"].rule
    assert [works({"days_since_appliance_on": days}) for days in (6 * 365 - 1, 6 * 365)] == [True, False]
