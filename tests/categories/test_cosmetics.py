"""Cosmetics: cycles learned from her own and everybody's gaps, refills, and who is left in peace."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from crmcore import NormTable
from crmcore.hooks.discovery import PluginConfig
from crmcore.hooks.manager import PluginManager
from tests.categories.histories import TODAY, Category, D, She, goods, zh

CREAM, MASK, OTHER = goods("面霜 50g", "面霜"), goods("面膜 5片", "面膜"), goods("新面霜 30g", "面霜")
# Everybody's cream lasts 40 days, half of them between 32 and 50; masks 20.
USUAL = {
    "gaps": NormTable(
        {
            "面霜 50g": {"gap": 40.0, "low": 32.0, "high": 50.0, "count": 120},
            "category:面膜": {"gap": 20.0, "low": 16.0, "high": 25.0, "count": 60},
        },
        TODAY,
    )
}


@pytest.fixture(scope="module")
def cosmetics() -> Category:
    return Category("cosmetics")


def test_who_bought_once_goes_by_everybody(cosmetics: Category) -> None:
    """S134: the second sale is due when what she bought first is used up."""
    day = date(2026, 2, 1)
    facts = cosmetics.facts(She().bought(day, CREAM), USUAL)
    assert facts["refill_on"] == day + 40 * D
    assert (facts["refill_cycle"], facts["refill_own_gaps"], facts["refill_product"]) == (40, 0, "面霜 50g")
    # One more customer varies a little more than the ones who are known.
    assert day + 30 * D <= facts["refill_from"] <= day + 32 * D
    assert day + 50 * D <= facts["refill_until"] <= day + 53 * D


def test_a_new_product_goes_by_its_category(cosmetics: Category) -> None:
    she = She().bought(date(2026, 2, 1), goods("新面膜", "面膜"))
    assert cosmetics.fact("refill_on", she, USUAL) == date(2026, 2, 21)
    assert cosmetics.fact("refill_on", She().bought(date(2026, 2, 1), goods("口红", "口红")), USUAL) is None


def test_her_own_gaps_outweigh_everybody(cosmetics: Category) -> None:
    days = [date(2025, 6, 1) + 60 * n * D for n in range(5)]
    she = She()
    for day in days[:2]:
        she.bought(day, CREAM)
    # One gap of 60 against two of 40 that everybody's count for: the cube root of 60 * 40 * 40.
    assert cosmetics.fact("refill_cycle", she, USUAL) == 46
    for day in days[2:]:
        she.bought(day, CREAM)
    assert cosmetics.fact("refill_cycle", she, USUAL) == 52
    assert cosmetics.fact("refill_own_gaps", she, USUAL) == 4
    assert cosmetics.fact("refill_cycle", she) == 60  # nobody else is known


def test_two_pieces_last_twice_as_long(cosmetics: Category) -> None:
    day = date(2026, 2, 1)
    assert cosmetics.fact("refill_on", She().bought(day, {**CREAM, "quantity": 2}), USUAL) == day + 80 * D
    she = She().bought(day, {**CREAM, "quantity": 3}).bought(day + 90 * D, CREAM)
    assert cosmetics.fact("refill_cycle", she) == 30


def test_facts_follow_from_what_she_bought_not_from_the_day(cosmetics: Category) -> None:
    she = She().bought(date(2026, 1, 1), CREAM).bought(date(2026, 1, 20), MASK)
    early, late = (cosmetics.facts(she.history(day), USUAL) for day in (date(2026, 1, 21), date(2027, 1, 1)))
    assert early == late


def test_who_switched_is_not_asked_about_the_old_one(cosmetics: Category) -> None:
    day = TODAY - 60 * D
    she = She().bought(day, CREAM).bought(day + 35 * D, OTHER)
    assert cosmetics.facts(she, USUAL) == {"refill_switched": ("面霜 50g",)}
    assert zh(cosmetics.says(she, USUAL)) == ["问问 新面霜 30g 用得怎么样"]
    assert cosmetics.segments()["refill_switchers"].zh == "换用了别款"


def test_a_companion_is_no_substitute(cosmetics: Category) -> None:
    """Bought with it, soon after it, or between two of it: she uses both."""
    day = TODAY - 39 * D
    together = She().bought(day, CREAM, OTHER)
    soon = She().bought(day, CREAM).bought(day + 5 * D, OTHER)
    between = (
        She()
        .bought(day - 40 * D, CREAM)
        .bought(day - 20 * D, OTHER)
        .bought(day, CREAM)
        .bought(day + 25 * D, OTHER)
    )
    other_kind = She().bought(day, CREAM).bought(day + 30 * D, MASK)
    for she in (together, soon, between, other_kind):
        assert cosmetics.fact("refill_switched", she, USUAL) is None
        assert any("面霜 50g" in text for text in zh(cosmetics.says(she, USUAL)))


def test_kinds_are_read_from_titles_where_there_is_no_category(cosmetics: Category) -> None:
    day = TODAY - 60 * D
    she = She().bought(day, goods("面霜 50g")).bought(day + 35 * D, goods("修护面霜 30g"))
    assert cosmetics.fact("refill_switched", she, USUAL) == ("面霜 50g",)
    # Lipsticks are collected: another colour replaces nothing.
    rows = {"红": {"gap": 40.0, "low": 32.0, "high": 50.0, "count": 9}}
    she = She().bought(day, goods("口红 01") | {"sku": "红"}).bought(day + 35 * D, goods("口红 05"))
    assert cosmetics.fact("refill_switched", she, {"gaps": NormTable(rows)}) is None


def test_who_gave_it_back_is_not_asked(cosmetics: Category) -> None:
    day = TODAY - 40 * D
    only = She().bought(day, CREAM, returned=True)
    again = She().bought(day - 40 * D, CREAM).bought(day, CREAM, returned=True)
    for she in (only, again):
        assert cosmetics.facts(she, USUAL) == {}
        assert cosmetics.says(she, USUAL) == []
    after = She().bought(day - 40 * D, CREAM, returned=True).bought(day, CREAM)
    assert cosmetics.fact("refill_on", after, USUAL) == day + 40 * D


def test_who_ordered_without_it_since_has_dropped_it(cosmetics: Category) -> None:
    day = TODAY - 80 * D
    she = She().bought(day, CREAM).bought(day + 70 * D, MASK)
    assert cosmetics.fact("refill_product", she, USUAL) == "面膜 5片"
    assert cosmetics.panel(
        She().bought(day - 40 * D, CREAM).bought(day, CREAM).bought(TODAY, MASK), USUAL
    ) == [{"zh": "面霜 50g  2 次，之后下单没再买", "en": "面霜 50g  2 times, ordered without it since"}]


def test_what_nobody_uses_up_is_left_out(cosmetics: Category) -> None:
    usual = {"gaps": NormTable({"化妆刷 3支": {"gap": 90.0, "low": 60.0, "high": 120.0, "count": 9}})}
    assert cosmetics.facts(She().bought(TODAY, goods("化妆刷 3支")), usual) == {}
    assert Category("cosmetics", {"kept": ["盘"]}).facts(She().bought(TODAY, "化妆刷 3支"), usual)


def test_what_to_say_from_the_window_to_the_end_of_patience(cosmetics: Category) -> None:
    def said(days: int) -> list[str]:
        return zh(cosmetics.says(She().bought(TODAY - days * D, CREAM), USUAL))

    refill = ["可以提补货：面霜 50g"]
    assert [said(days) for days in (29, 31, 40, 53, 113, 114)] == [[], refill, refill, refill, refill, []]
    she = She().bought(TODAY - 35 * D, CREAM)
    assert cosmetics.says(she, USUAL)[0].reason == {
        "zh": "约 03-10 用完（还有 5 天），一件用 40 天，按大家的 120 次间隔",
        "en": "used up about 03-10 (5 days left), 40 days a piece by 120 gaps of others",
    }
    assert cosmetics.says(she, USUAL, {"complaints_open": 1}) == []


def test_the_box_beside_her_card(cosmetics: Category) -> None:
    she = She().bought(TODAY - 75 * D, CREAM).bought(TODAY - 35 * D, CREAM)
    assert cosmetics.panel(she, USUAL) == [
        {
            "zh": "面霜 50g  2 次，每 40 天，约 03-10 用完（还有 5 天）",
            "en": "面霜 50g  2 times, every 40 days, next 03-10 (5 days left)",
        }
    ]


@pytest.mark.parametrize("wrong", [{"before": -1}, {"patience": 0}, {"trust": 0}, {"switched": 1.5}])
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    manager = PluginManager.load(PluginConfig(settings={"cosmetics": wrong}, only=frozenset(["cosmetics"])))
    (failure,) = manager.failures
    assert failure.plugin == "cosmetics"


def test_a_warehouse_full_of_it_makes_no_trouble(cosmetics: Category) -> None:
    she = She().bought(TODAY, {**CREAM, "quantity": 10**9})
    assert cosmetics.fact("refill_on", she, USUAL) == TODAY + timedelta(days=3650)
