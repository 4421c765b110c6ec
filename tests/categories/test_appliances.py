"""Appliances: inspections, parts, warranty, word of mouth, and never a second one."""

from __future__ import annotations

from datetime import date

import pytest

from crmcore.hooks.discovery import PluginConfig
from crmcore.hooks.manager import PluginManager
from tests.categories.histories import TODAY, Category, D, She, zh


@pytest.fixture(scope="module")
def machines() -> Category:
    return Category("appliances")


def test_what_she_has_wants_a_look(machines: Category) -> None:
    """S139, S19: inspection and maintenance at fixed intervals."""
    bought = date(2025, 9, 10)
    she = She().bought(bought, "1.5匹变频空调 挂机").bought(bought + 9 * D, "燃气热水器 16升")
    facts = machines.facts(she)
    assert facts["appliances_owned"] == ("air_conditioner", "water_heater")
    assert (facts["maintenance_on"], facts["maintenance_of"]) == (bought + 180 * D, "1.5匹变频空调 挂机")
    assert (facts["appliance_on"], facts["warranty_ends_on"]) == (bought + 9 * D, bought + 374 * D)
    assert zh(machines.says(she))[0] == "提醒保养空调，约上门时间"


def test_an_inspection_that_is_long_past_is_not_brought_up_again(machines: Category) -> None:
    due = date(2025, 9, 10) + 180 * D
    for late, said in ((60, True), (61, False)):
        she = She(today=due + late * D).bought(date(2025, 9, 10), "1.5匹变频空调 挂机")
        assert ("提醒保养空调，约上门时间" in zh(machines.says(she))) is said


def test_after_an_inspection_the_next_one_counts(machines: Category) -> None:
    she = She().bought(date(2025, 9, 10), "1.5匹变频空调")
    she.told(date(2026, 2, 1), "maintenance", "空调清洗", state="done")
    she.told(date(2026, 3, 1), "maintenance", "空调清洗", state="planned")
    assert machines.fact("maintenance_on", she) == date(2026, 2, 1) + 180 * D
    she.told(date(2026, 3, 2), "maintenance", "热水器除垢", state="done")  # another machine
    assert machines.fact("maintenance_on", she) == date(2026, 2, 1) + 180 * D


def test_filters_are_used_up(machines: Category) -> None:
    she = She().bought(TODAY - 400 * D, "RO反渗透净水器")
    assert machines.fact("part_on", she) == TODAY - 220 * D
    she.bought(TODAY - 175 * D, "净水器滤芯 3支装")
    assert machines.fact("part_on", she) == TODAY + 5 * D
    assert "净水器的耗材该换了" in zh(machines.says(she))
    assert machines.fact("appliances_owned", she) == ("water_purifier",)  # a filter is no appliance


@pytest.mark.parametrize("title", ["玩具汽车", "电视柜", "空调被", "冰箱贴", "笔记本 电脑包", "面霜"])
def test_what_only_names_a_machine_is_none(machines: Category, title: str) -> None:
    assert machines.facts(She().bought(TODAY, title)) == {}
    assert machines.says(She().bought(TODAY, title)) == []


def test_nobody_is_pushed_towards_a_second_one(machines: Category) -> None:
    """S132: care rather than a second sale."""
    she = She().bought(TODAY - 700 * D, "双门冰箱")
    assert zh(machines.says(she))[-1] == "别推第二台冰箱，多问用得怎样"
    assert "别推第二台冰箱，多问用得怎样" not in zh(machines.says(She().bought(TODAY - 2200 * D, "双门冰箱")))
    rule = repr(machines.segments()["care_not_sales"].rule)
    assert "days_since_appliance_on" in rule
    assert "2190" in rule


def test_who_is_content_is_asked_to_tell_others(machines: Category) -> None:
    she = She().bought(TODAY - 100 * D, "双门冰箱")
    praise = {"appliance_praise": 2}
    assert "请她介绍朋友，老带新有礼" in zh(machines.says(she, facts=praise))
    for wrong in ({}, praise | {"reviews_bad": 1}, praise | {"complaints_open": 1}):
        assert "请她介绍朋友，老带新有礼" not in zh(machines.says(she, facts=wrong))


def test_the_box_beside_her_card(machines: Category) -> None:
    she = She().bought(date(2025, 9, 10), "变频空调").bought(date(2025, 9, 1), "滤芯")
    assert machines.panel(she) == [
        {"zh": "变频空调  2025-09 购，保养 2026-03-09", "en": "变频空调  2025-09, inspection 2026-03-09"}
    ]


def test_a_shop_knows_its_own_intervals() -> None:
    shop = Category("appliances", {"every": {"air_conditioner": 90}})
    she = She().bought(TODAY, "变频空调").bought(TODAY, "双门冰箱")
    assert shop.fact("maintenance_on", she) == TODAY + 90 * D


@pytest.mark.parametrize("wrong", [{"every": {"spaceship": 9}}, {"parts": {"hood": 0}}, {"life": 0}])
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    manager = PluginManager.load(PluginConfig(settings={"appliances": wrong}, only=frozenset(["appliances"])))
    (failure,) = manager.failures
    assert failure.plugin == "appliances"
