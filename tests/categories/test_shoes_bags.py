"""Shoes and bags: brand, size, season, sale events."""

from __future__ import annotations

from datetime import date

import pytest

from tests.categories.histories import TODAY, Category, D, She, china, goods, zh

CHINA = china()


@pytest.fixture(scope="module")
def shoes() -> Category:
    return Category("shoes_bags", {"brands": ["Belle/百丽", "Nike/耐克"]})


def test_the_brand_she_comes_back_to(shoes: Category) -> None:
    """S136."""
    she = She().bought(TODAY - 90 * D, "2026新款 百丽单鞋 37码").bought(TODAY - 60 * D, "BELLE 高跟鞋 37码")
    she.bought(TODAY - 30 * D, "耐克跑鞋 38码").bought(TODAY - 9 * D, "Belle/百丽 手提包", "面包 3斤", "鞋垫")
    facts = shoes.facts(she, CHINA)
    assert (facts["favourite_brand"], facts["brands_bought"]) == ("Belle", ("Belle", "Nike"))
    assert facts["shoe_size"] == "37"
    (said,) = shoes.says(she, CHINA)
    assert said.text == {"zh": "先看 Belle 的款，鞋码 37", "en": "show her Belle first, size 37"}
    assert said.reason == {"zh": "最近 4 件里 3 件是它", "en": "3 of the last 4 pieces"}


def test_one_pair_makes_no_brand(shoes: Category) -> None:
    facts = shoes.facts(She().bought(TODAY, "百丽单鞋"), CHINA)
    assert "favourite_brand" not in facts
    assert facts["brands_bought"] == ("Belle",)


def test_boots_come_again_at_the_time_of_the_year_when_she_bought_them(shoes: Category) -> None:
    she = (
        She(today=date(2026, 10, 10))
        .bought(date(2025, 10, 20), "马丁靴 38码")
        .bought(date(2026, 4, 1), "单鞋 38码")
    )
    facts = shoes.facts(she, CHINA)
    assert (facts["season_pair"], facts["season_pair_on"]) == ("boots", date(2026, 10, 20))
    assert "可以看今年的靴子了" in zh(shoes.says(she, CHINA))
    she.bought(date(2026, 10, 9), "雪地靴 38码")
    assert "可以看今年的靴子了" not in zh(shoes.says(she, CHINA))
    leap = She().bought(date(2024, 2, 29), "马丁靴")
    assert shoes.fact("season_pair_on", leap) == date(2025, 2, 28)


def test_who_waits_for_sale_events(shoes: Category) -> None:
    she = She(today=date(2026, 10, 20))
    for day in (date(2024, 11, 11), date(2025, 6, 16), date(2025, 11, 8), date(2025, 8, 20)):
        she.bought(day, "单鞋")
    facts = shoes.facts(she, CHINA)
    assert (facts["sale_orders"], facts["sale_share"]) == (3, 0.75)
    (said,) = shoes.says(she, CHINA)
    assert said.text == {"zh": "提醒她双十一的活动", "en": "tell her about Double 11"}
    she.today = date(2026, 9, 20)  # between two sales: not a word
    assert shoes.says(she, CHINA) == []
    assert "sale_orders" not in shoes.facts(she)  # the calendar is not known


def test_who_buys_as_often_without_a_sale_is_not_told_of_one(shoes: Category) -> None:
    she = She(today=date(2026, 10, 20))
    for day in (date(2024, 11, 11), date(2025, 11, 8), date(2025, 8, 20), date(2025, 9, 20)):
        she.bought(day, "单鞋")
    assert shoes.facts(she, CHINA)["sale_share"] == 0.5
    assert "提醒她双十一的活动" not in zh(shoes.says(she, CHINA))


def test_nothing_is_said_to_who_has_a_complaint(shoes: Category) -> None:
    she = She().bought(TODAY, "百丽单鞋").bought(TODAY - D, "百丽单鞋")
    assert shoes.says(she, CHINA)
    assert shoes.says(she, CHINA, {"complaints_open": 1}) == []


def test_sizes_may_stand_in_the_options() -> None:
    she = She().bought(TODAY, goods("马丁靴", options="颜色:黑;鞋码:39"))
    assert Category("shoes_bags").fact("shoe_size", she) == "39"
