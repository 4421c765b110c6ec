"""Nothing of the playbook goes, or says something else, while others use it: who would break is named before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crmcore.calendar import calendar
from crmcore.calendar.entries import CalendarEntry
from crmcore.desk import occasions
from crmcore.desk.undoing import take_back_last
from crmcore.packs.faults import PackError
from crmcore.packs.plan import Choice
from crmcore.people import Changes, People
from crmcore.rules.yaml import load_rule
from crmcore.shop import Shop
from crmcore.taking_back import take_back
from tests.packs.conftest import BIG, MANIFEST, loaded, write_pack

BOTH = {"zh": "甲", "en": "A"}
GRADE = {"title": BOTH, "type": "text", "choices": ["gold", "silver"]}
WORTH = {"title": BOTH, "type": "int"}
HI = {"purpose": "service", "text": "Hi"}
# family, name, a document of it, who uses it (each: family, name, document), what breaks without it.
USED: list[tuple[str, str, dict[str, Any], str, str, dict[str, Any], str]] = [
    ("bands", "b", {"title": BOTH, "field": "orders", "edges": [2]}, "segments", "mine", {"where": {"segment": "b_2"}}, "no segment 'b_2'"),
    ("fields", "grade", GRADE, "segments", "mine", {"where": {"grade": {"eq": "gold"}}}, "no field 'grade'"),
    ("fields", "grade", GRADE, "templates", "hi", {"purpose": "service", "text": "{{ grade }}"}, "no variable 'grade'"),
    ("fields", "worth", WORTH, "bands", "b", {"title": BOTH, "field": "worth", "edges": [5]}, "no field 'worth'"),
    ("calendars", "tea_day", {"day": "05-21"}, "segments", "mine", {"where": {"days_until_tea_day": {"lte": 9}}}, "days_until_tea_day"),
    ("calendars", "tea_day", {"day": "05-21"}, "campaigns", "plan", {"title": BOTH, "body": {"node": "tea_day"}}, "no occasion 'tea_day'"),
    ("calendars", "tea_day", {"day": "05-21"}, "templates", "hi", {"purpose": "service", "text": "{{ days_until_tea_day }}"}, "days_until_tea_day"),
    ("templates", "hi", HI, "campaigns", "plan", {"title": BOTH, "body": {"messages": {"*": {"template": "hi"}}}}, "no template 'hi'"),
    ("segments", "big", {"where": {"orders": {"gte": 5}}}, "articles", "a", {"title": BOTH, "text": BOTH, "segments": ["big"]}, "no segment 'big'"),
    ("segments", "big", {"where": {"orders": {"gte": 5}}}, "campaigns", "plan", {"title": BOTH, "body": {"segment": "big"}}, "no segment 'big'"),
    ("regions", "city_tiers", {"tiers": {"4": ["小镇"]}}, "segments", "mine", {"where": {"city_tier": {"eq": 4}}}, "city_tier takes one of 1, 2, 3, not 4"),
]  # fmt: skip


@pytest.mark.parametrize("row", USED, ids=[f"{row[0]}-{row[3]}" for row in USED])
def test_what_others_use_is_not_removed(shop: Shop, row: Any) -> None:
    family, name, body, by, user, use, reason = row
    shop.playbook.save(family, name, body)
    shop.playbook.save(by, user, use)
    named = rf"segments/{user}_1" if by == "bands" else f"{by}/{user}"
    with pytest.raises(
        PackError, match=rf"{family}/{name} is used: change first .*\n(.*\n)*{named}: .*{reason}"
    ):
        shop.playbook.remove(family, name)
    assert shop.playbook.require(family, name).own
    shop.playbook.remove(by, user)
    shop.playbook.remove(family, name)
    assert shop.playbook.get(family, name) is None
    take_back_last(shop)
    assert shop.playbook.require(family, name).own


@pytest.mark.parametrize(
    ("family", "name", "before", "where", "after", "reason"),
    [
        ("fields", "worth", WORTH, "{worth: {gte: 5}}", WORTH | {"type": "text"}, "worth takes text"),
        ("fields", "grade", GRADE, "{grade: {in: [gold, silver]}}", GRADE | {"choices": ["silver"]}, "grade takes one of silver, not 'gold'"),
        ("bands", "b", {"title": BOTH, "field": "orders", "edges": [2, 4]}, "{segment: b_3}", {"title": BOTH, "field": "orders", "edges": [2]}, "no segment 'b_3'"),
        ("regions", "city_tiers", {"tiers": {"1": ["北京"], "4": ["小镇"]}}, "{city_tier: {in: [1, 4]}}", {"tiers": {"1": ["北京"]}}, "not 4"),
    ],
)  # fmt: skip
def test_what_others_use_is_not_altered_from_under_them(
    shop: Shop, family: str, name: str, before: Any, where: str, after: Any, reason: str
) -> None:
    shop.playbook.save(family, name, before)
    shop.segments.save(load_rule(f"name: mine\nwhere: {where}"))
    with pytest.raises(PackError, match=rf"{family}/{name} is used: .*\nsegments/mine: .*{reason}"):
        shop.playbook.save(family, name, after)
    assert shop.playbook.require(family, name).body == {**before, "name": name}
    shop.playbook.save(family, name, before | {"title": {"zh": "乙", "en": "B"}})  # what nobody minds
    shop.segments.remove("mine")
    shop.playbook.save(family, name, after)


def test_a_choice_that_no_rule_asks_for_may_go(shop: Shop) -> None:
    shop.playbook.save("fields", "grade", GRADE)
    shop.playbook.save("fields", "orders", GRADE)  # a fact of that name goes before it
    for place, where in enumerate(("{grade: {eq: gold}}", "{orders: {eq: 3}}", "{grade: {exists: true}}")):
        shop.segments.save(load_rule(f"name: s{place}\nwhere: {where}"))
    shop.playbook.save("fields", "grade", GRADE | {"choices": ["gold"]})
    shop.playbook.save("fields", "grade", {"title": BOTH, "type": "text"})  # any value will do
    assert not [one for one in shop.segments.all() if one.error]


def test_every_door_asks(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Screens, commands and scripts pass the same door, whatever they call."""
    monkeypatch.setenv("CRM_PLUGINS", "lapse")
    shop.plugins_changed()
    today = shop.clock().today
    calendar.add(shop.playbook, CalendarEntry("tea_day", day="05-21"), today)
    occasions.keep_tier(shop, 4, "小镇")
    shop.segments.save(load_rule("name: base\nwhere: {orders: {gte: 1}}"))
    shop.playbook.save("templates", "hi", HI)
    said = {"title": BOTH, "text": BOTH, "segments": ["base", "lapsed_180"]}
    shop.playbook.save("articles", "a", said)
    plan = {"title": BOTH, "body": {"node": "tea_day", "messages": {"*": {"template": "hi"}}}}
    shop.playbook.save("campaigns", "plan", plan)
    shop.segments.save(load_rule("name: far\nwhere: {city_tier: {eq: 4}}"))
    acts: list[tuple[str, Callable[[], object]]] = [
        ("campaigns/plan", lambda: calendar.remove(shop.playbook, "tea_day")),
        ("campaigns/plan", lambda: occasions.forget_day(shop, "tea_day")),
        ("segments/far", lambda: occasions.usual_tiers(shop)),
        ("segments/far", lambda: occasions.keep_tier(shop, 3, "小镇")),
        ("articles/a", lambda: shop.segments.remove("base")),
        ("campaigns/plan", lambda: shop.templates.remove("hi")),
        ("articles/a", lambda: shop.change_plugin_settings("lapse", {"bands": "[30, 60]"})),
        ("articles/a", lambda: shop.playbook.save("bands", "lapse", {"title": BOTH, "field": "days_since_last_order", "edges": [30]})),
    ]  # fmt: skip
    for named, act in acts:
        with pytest.raises(PackError, match=f"is used: change first .*\n{named}: "):
            act()
    shop.change_plugin_settings("lapse", {"bands": "[30, 60, 180]"})
    with pytest.raises(
        PackError, match=r"settings/lapse is used.*\narticles/a: there is no segment 'lapsed_180'"
    ):
        shop.change_plugin_settings("lapse", {"bands": "[20]"}, reset=True)
    shop.change_plugin_settings("lapse", {}, reset=True)


def test_a_field_that_a_pack_brings_is_needed_by_the_shops_own_segment(shop: Shop, tmp_path: Path) -> None:
    People(shop).add(Changes({"name": "甲", "extra.grade": "gold"}))
    fields = "grade: {title: {zh: 级, en: Grade}, type: text}\n"
    shop.packs.install(*loaded(write_pack(tmp_path / "a", fields=fields)))
    shop.segments.save(load_rule("name: mine\nwhere: {grade: {eq: gold}}"))
    assert shop.segments.count("mine").count == 1
    with pytest.raises(PackError, match=r"others need pack tea\nsegments/mine: .*no field 'grade'"):
        shop.packs.remove("tea")
    shop.playbook.save("fields", "grade", {"title": BOTH, "type": "text"})
    shop.packs.remove("tea")  # its own field is there
    assert shop.segments.count("mine").count == 1


def test_an_upgrade_takes_nothing_away_that_others_use(shop: Shop, tmp_path: Path) -> None:
    had = {
        "templates": "hi: {title: {zh: 好, en: Hi}, purpose: service, text: {zh: 好, en: Hi}}\n",
        "calendars": "tea_day: {title: {zh: 茶日, en: Tea day}, day: 05-21}\n",
        "fields": "grade: {title: {zh: 级, en: Grade}, type: text}\n",
        "bands": "b: {title: {zh: 档, en: B}, field: orders, edges: [2, 4]}\n",
        "segments": BIG,
    }
    shop.packs.install(*loaded(write_pack(tmp_path / "a", **had)))
    shop.plugins_changed()
    uses: list[tuple[str, str, dict[str, Any], str, str]] = [
        ("campaigns", "plan", {"title": BOTH, "body": {"messages": {"*": {"template": "hi"}}}}, "templates", "no template 'hi'"),
        ("templates", "own", {"purpose": "service", "text": "{{ days_until_tea_day }}"}, "calendars", "days_until_tea_day"),
        ("segments", "mine", {"where": {"grade": {"eq": "gold"}}}, "fields", "no field 'grade'"),
        ("articles", "how", {"title": BOTH, "text": BOTH, "segments": ["b_3"]}, "bands", "no segment 'b_3'"),
        ("campaigns", "plan", {"title": BOTH, "body": {"segment": "big"}}, "segments", "no segment 'big'"),
    ]  # fmt: skip
    for place, (family, name, body, gone, reason) in enumerate(uses):
        shop.playbook.save(family, name, body)
        less = {key: text for key, text in had.items() if key != gone}
        if gone == "bands":
            less["bands"] = had["bands"].replace("[2, 4]", "[2]")
        newer = MANIFEST.replace("1.0.0", "1.1.0")
        source, pack = loaded(write_pack(tmp_path / str(place), pack=newer, **less))
        item = "the shop.s segment mine" if family == "segments" else f"{family}/{name}"
        with pytest.raises(PackError, match=rf"{item} would break: .*{reason}") as refused:
            shop.packs.upgrade(source, pack, {})
        assert list(refused.value.faults) == shop.packs.misfits(pack)  # told before as well
        assert shop.packs.all()[0].version == "1.0.0"
        shop.playbook.remove(family, name)
    shop.packs.upgrade(source, pack, {})
    assert shop.packs.all()[0].version == "1.1.0"


def test_an_edit_that_an_upgrade_drops_is_missed_by_who_uses_it(shop: Shop, tmp_path: Path) -> None:
    param = "title: {zh: 大, en: Big}, "
    big = f"big: {{{param}where: {{orders: {{gte: 5}}}}}}\n"
    shop.packs.install(*loaded(write_pack(tmp_path / "a", segments=big)))
    shop.segments.save(load_rule("name: big\nparams: {n: 3}\nwhere: {orders: {gte: $n}}"))
    shop.playbook.save("campaigns", "plan", {"title": BOTH, "body": {"segment": "big", "params": {"n": 7}}})
    newer = MANIFEST.replace("1.0.0", "1.1.0")
    later = loaded(write_pack(tmp_path / "b", pack=newer, segments=big.replace("5", "6")))
    with pytest.raises(PackError, match=r"campaigns/plan would break: segment big has no parameter 'n'"):
        shop.packs.upgrade(*later, {"*": Choice.THEIRS})
    shop.packs.upgrade(*later, {"*": Choice.MINE})
    with pytest.raises(
        PackError, match=r"segments/big is used.*\ncampaigns/plan: segment big has no parameter"
    ):
        shop.segments.save(load_rule("name: big\nwhere: {orders: {gte: 3}}"))


def test_a_field_is_not_undone_while_a_rule_asks_for_it(shop: Shop) -> None:
    shop.playbook.save("fields", "grade", GRADE)
    with shop.database.read() as connection:
        saved = int(connection.exec_driver_sql("SELECT max(id) FROM changes").scalar() or 0)
    shop.segments.save(load_rule("name: mine\nwhere: {grade: {eq: gold}}"))
    with pytest.raises(PackError, match=r"others need what it did.*\nsegments/mine: .*no field 'grade'"):
        take_back(shop, saved)
    shop.segments.remove("mine")
    take_back(shop, saved)
    assert shop.playbook.get("fields", "grade") is None
