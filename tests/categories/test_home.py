"""Home and furniture: estates, group buys, leaders, stages of a fit-out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crmcore import NormTable
from tests.categories.histories import TODAY, Category, D, She, zh

GARDEN = "杭州市 阳光花园"
NEAR = {"neighbours": NormTable({GARDEN: {"buyers": 4, "leader": 7}, "杭州市 湖边": {"buyers": 2}}, TODAY)}


@pytest.fixture(scope="module")
def home() -> Category:
    return Category("home")


def test_her_estate_and_its_buyers(home: Category) -> None:
    """S133: many fit out in one estate at once."""
    she = (
        She()
        .bought(TODAY - 9 * D, "布艺沙发", estate=GARDEN)
        .bought(TODAY - 3 * D, "面膜", estate="杭州市 湖边")
    )
    facts = home.facts(she, NEAR)
    assert (facts["home_estate"], facts["estate_buyers"], facts["estate_leader"]) == (GARDEN, 4, True)
    assert zh(home.says(she, NEAR))[0] == "请她当团长，讲清返佣"
    other = replace(she.history(), customer_id=8)
    assert home.fact("estate_leader", other, NEAR) is False
    assert home.facts(She().bought(TODAY, "布艺沙发"), NEAR).keys() == {
        "home_last_on", "fit_out_since", "fit_out_stage", "fit_out_missing",
    }  # fmt: skip


def test_her_address_stands_in_where_the_order_does_not_say(home: Category) -> None:
    she = She(profile={"estate": GARDEN}).bought(TODAY, "布艺沙发")
    assert home.fact("home_estate", she) == GARDEN
    assert home.fact("home_estate", She(profile={"estate": GARDEN}).bought(TODAY, "面膜")) is None


def test_two_neighbours_are_no_group(home: Category) -> None:
    she = She().bought(TODAY, "地毯", estate="杭州市 湖边")
    assert zh(home.says(she, NEAR)) == []
    assert zh(Category("home", {"neighbours": 2}).says(she, NEAR)) == ["邀她参加本小区团购"]


def test_stages_of_a_fit_out(home: Category) -> None:
    she = She().bought(TODAY - 700 * D, "窗帘")  # another home, long ago
    she.bought(TODAY - 80 * D, "客厅瓷砖").bought(TODAY - 40 * D, "布艺沙发")
    facts = home.facts(she)
    assert (facts["fit_out_since"], facts["fit_out_stage"]) == (TODAY - 80 * D, "furniture")
    assert facts["fit_out_missing"] == ("light", "soft")
    assert zh(home.says(she)) == ["下一步可看：窗帘、地毯、床品"]
    she.bought(TODAY - 10 * D, "卧室窗帘").bought(TODAY - 9 * D, "吸顶灯")
    assert "fit_out_missing" not in home.facts(she)
    assert home.says(she) == []


def test_a_fit_out_that_is_over_is_no_reason_to_write(home: Category) -> None:
    she = She().bought(TODAY - 151 * D, "客厅瓷砖")
    assert home.says(she) == []
    assert zh(home.says(She().bought(TODAY - 150 * D, "客厅瓷砖"))) == ["下一步可看：灯具、壁纸"]
    assert home.says(She().bought(TODAY, "客厅瓷砖"), facts={"complaints_open": 1}) == []
