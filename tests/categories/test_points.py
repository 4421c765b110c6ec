"""Points: earned on all platforms, spent in one place, taken back with a refund."""

from __future__ import annotations

import pytest

from tests.categories.histories import TODAY, Category, D, She


@pytest.fixture(scope="module")
def points() -> Category:
    return Category("points")


def test_purchases_of_every_platform_earn_and_spending_is_written_down(points: Category) -> None:
    """S177: 100 units an order here; a refunded one takes its points back by itself."""
    she = (
        She()
        .bought(TODAY - 90 * D, "a", source="taobao")
        .bought(TODAY - 40 * D, "b", "c", source="shopify:acme")
    )
    she.bought(TODAY - 20 * D, "d", returned=True)
    facts = points.facts(she)
    assert (facts["points_earned"], facts["points_balance"]) == (300, 300)
    assert "points_spent_on" not in facts
    she.told(TODAY - 10 * D, "points", "welcome", payload_json='{"points": 250}')
    assert points.facts(she)["points_balance"] == 550
    (said,) = points.says(she)
    assert said.text["en"] == "she has points enough for a gift: 微信"  # type: ignore[index]
    she.told(TODAY - 5 * D, "points", "tea cup", payload_json='{"points": -500}')
    facts = points.facts(she)
    assert (facts["points_balance"], facts["points_spent_on"]) == (50, TODAY - 5 * D)
    assert points.says(she) == []
    assert "points_balance" not in points.facts(She())


def test_where_they_are_earned_is_the_shops_choice() -> None:
    chosen = Category("points", {"earned_on": ["shopify"], "per_unit": 0.5})
    she = (
        She().bought(TODAY - 90 * D, "a", source="taobao").bought(TODAY - 40 * D, "b", source="shopify:acme")
    )
    assert chosen.facts(she)["points_earned"] == 50
