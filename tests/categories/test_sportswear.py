"""Sports shoes and wear: couples, their sizes, worn-out shoes."""

from __future__ import annotations

from datetime import date

import pytest

from crmcore import NormTable
from tests.categories.histories import TODAY, Category, D, She, china, goods, zh

CHINA = china()
WORN = {"worn": NormTable({"shoes": {"gap": 180.0, "low": 120.0, "high": 270.0, "count": 40}})}


@pytest.fixture(scope="module")
def sports() -> Category:
    return Category("sportswear")


@pytest.mark.parametrize(
    ("lines", "orders"),
    [
        (["情侣款跑鞋"], 1),  # S138
        (["男款跑鞋", "女款跑鞋"], 1),
        ([goods("跑鞋", options="鞋码:37"), goods("板鞋", options="鞋码:43")], 1),
        ([goods("跑鞋", options="鞋码:40"), goods("板鞋", options="鞋码:43")], None),
        (["男款跑鞋", "男款卫衣"], None),
        (["情侣手链"], None),
        ([], None),
    ],
)
def test_couples(sports: Category, lines: list[object], orders: int | None) -> None:
    assert sports.fact("couple_orders", She().bought(TODAY, *lines)) == orders  # type: ignore[arg-type]


def test_his_and_hers_in_two_orders_may_be_two_people(sports: Category) -> None:
    she = She().bought(TODAY, "男款跑鞋").bought(TODAY - 9 * D, "女款跑鞋")
    assert sports.fact("couple_orders", she) is None


def test_before_a_lovers_day_with_both_sizes(sports: Category) -> None:
    """S141: the best-fitting products, to couples, before Valentine's Day."""
    pair = [goods("男款跑鞋", options="鞋码:43"), goods("女款跑鞋", options="鞋码:37.5")]
    she = She(today=date(2026, 2, 1)).bought(date(2025, 5, 1), *pair)
    facts = sports.facts(she)
    assert (facts["his_size"], facts["her_size"]) == ("43", "37.5")
    (said,) = sports.says(she, CHINA)
    assert said.text == {"zh": "情人节推情侣款", "en": "couple shoes for Valentine's Day"}
    assert said.reason == {
        "zh": "买过 1 次情侣款，两人鞋码 43 / 37.5",
        "en": "1 orders for two, sizes 43 / 37.5",
    }
    for day, spoken in ((date(2026, 1, 29), False), (date(2026, 1, 30), True), (date(2026, 2, 15), False)):
        she.today = day
        assert bool(sports.says(she, CHINA)) is spoken
    she.today = date(2026, 8, 10)
    assert zh(sports.says(she, CHINA)) == ["七夕推情侣款"]
    assert sports.says(she, CHINA, {"complaints_open": 1}) == []


def test_shoes_wear_out_at_her_pace_and_everybodys(sports: Category) -> None:
    once = She().bought(TODAY - 170 * D, "跑鞋 42码")
    assert sports.fact("shoes_worn_on", once, WORN) == TODAY + 10 * D
    assert zh(sports.says(once, WORN)) == ["鞋差不多该换了"]
    often = She()
    for back in (400, 300, 200, 100):
        often.bought(TODAY - back * D, "跑鞋 42码")
    assert TODAY < sports.fact("shoes_worn_on", often, WORN) < TODAY + 60 * D
    assert sports.fact("shoes_worn_on", once.bought(TODAY, "情侣款跑鞋"), WORN) is None
