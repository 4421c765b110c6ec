"""Watches and durables: gift givers, their days, referrals, and a buyer's circle."""

from __future__ import annotations

from datetime import date

import pytest

from tests.categories.histories import TODAY, Category, D, She, china, zh

CHINA = china()


@pytest.fixture(scope="module")
def gifts() -> Category:
    return Category("gifts_watches")


def test_a_watch_before_valentines_day_was_a_gift_for_it(gifts: Category) -> None:
    """S111, S137: gifts have their time nodes; the same one of the next year is her day."""
    she = She(today=date(2026, 2, 1)).bought(date(2025, 2, 5), "男士机械手表")
    facts = gifts.facts(she, CHINA)
    assert (facts["gift_orders"], facts["gift_festivals"]) == (1, ("valentine",))
    assert facts["gift_day_on"] == date(2026, 2, 14)
    (said,) = gifts.says(she, CHINA)
    assert said.text == {
        "zh": "问问今年情人节送什么",
        "en": "ask what she gives for Valentine's Day this year",
    }
    assert said.reason["zh"] == "2025-02-05 买过礼物，还有 13 天"  # type: ignore[index]


def test_a_lunar_festival_moves(gifts: Category) -> None:
    she = She().bought(date(2025, 8, 25), "珍珠项链")  # Qixi was on 29 August, and is on 19 August 2026
    assert gifts.fact("gift_day_on", she, CHINA) == date(2026, 8, 19)


def test_what_says_that_it_is_a_gift_is_one_on_any_day(gifts: Category) -> None:
    she = She().bought(date(2025, 7, 20), "腕表 礼盒装")
    facts = gifts.facts(she, CHINA)
    assert facts["gift_orders"] == 1
    assert "gift_festivals" not in facts
    assert facts["gift_day_on"] == date(2026, 7, 20)
    assert gifts.fact("gift_orders", She().bought(date(2025, 7, 20), "男士腕表"), CHINA) is None
    assert gifts.fact("gift_orders", She().bought(date(2025, 2, 5), "面霜"), CHINA) is None


def test_sent_elsewhere_it_was_a_gift(gifts: Category) -> None:
    she = She().bought(date(2025, 7, 1), "台灯", estate="甲").bought(date(2025, 7, 9), "杯子", estate="甲")
    she.bought(date(2025, 7, 20), "男士腕表", estate="乙")
    assert gifts.fact("gift_orders", she, CHINA) == 1


def test_a_watch_is_looked_after_not_replaced(gifts: Category) -> None:
    she = She().bought(TODAY - 20 * D, "石英表").bought(TODAY - 900 * D, "表带")
    facts = gifts.facts(she)
    assert (facts["durable_on"], facts["watch_service_on"]) == (TODAY - 20 * D, TODAY + 710 * D)
    assert zh(gifts.says(she)) == ["介绍朋友来，双方都有礼"]
    assert gifts.says(she, facts={"orders_refunded": 1}) == []
    assert gifts.says(She().bought(TODAY - 14 * D, "石英表")) == []


def test_a_reward_that_is_owed_comes_first(gifts: Category) -> None:
    said = zh(gifts.says(She().bought(TODAY - 20 * D, "石英表"), facts={"referrals_owed": 2}))
    assert said == ["先兑现介绍奖励", "介绍朋友来，双方都有礼"]
    assert zh(gifts.says(She(), facts={"referrals_owed": 1, "complaints_open": 1})) == ["先兑现介绍奖励"]


def test_who_came_by_a_friend(gifts: Category) -> None:
    assert gifts.fact("came_by_friend", She().bought(TODAY, "手表", source_tag="老带新2月")) is True
    assert gifts.fact("came_by_friend", She().bought(TODAY, "手表", source_tag="聚划算")) is False
    assert gifts.fact("came_by_friend", She().bought(TODAY, "手表")) is None


def test_one_parcel_to_each_of_two_places_is_no_gift(gifts: Category) -> None:
    """Which of them is her home nobody knows."""
    she = She()
    for back, estate in ((130, "甲苑"), (120, "乙苑")):
        she.bought(TODAY - back * D, "石英腕表", estate=estate)
    assert gifts.fact("gift_orders", she, china()) is None
    she.bought(TODAY - 125 * D, "石英腕表", estate="甲苑")
    assert gifts.fact("gift_orders", she, china()) == 1
