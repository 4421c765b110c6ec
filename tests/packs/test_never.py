"""Rules that ask for what no value is, and segments that stand under another: told alike by every door."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crmcore.desk import occasions, segment_edit
from crmcore.packs.faults import PackError
from crmcore.packs.pack import load_pack
from crmcore.people import Changes, People
from crmcore.rules.yaml import load_rule
from crmcore.segments.preview import Previews
from crmcore.shop import Shop
from crmcore.store.stopping import Stop
from tests.packs.conftest import BIG, MANIFEST, Write, loaded, write_pack

BOTH = "title: {zh: 甲, en: A}"
GRADE = {"title": {"zh": "级", "en": "Grade"}, "type": "text"}
TWO = "city_tiers: {tiers: {'1': [北京], '2': [无锡]}}\n"
NOBODY = "places: its segment tier_3 finds nobody then: city_tier takes one of 1, 2, not 3"


@pytest.fixture
def places(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop with the segments of tiers that come with crm."""
    monkeypatch.setenv("CRM_PLUGINS", "places")
    shop.plugins_changed()
    return shop


def test_a_table_of_two_tiers_is_no_fault_though_a_plugin_asks_for_the_third(
    places: Shop, tmp_path: Path
) -> None:
    """Nobody here can change the plugin's segment: it finds nobody, and that is told."""
    source, pack = loaded(write_pack(tmp_path / "a", regions=TWO))
    checked = places.packs.check(pack)
    assert (checked.usable, checked.notes) == (True, (NOBODY,))
    places.packs.install(source, pack)
    assert places.segments.count("tier_3").count == 0
    places.packs.remove("tea")
    (tmp_path / "two.yaml").write_text("tiers: {'1': [北京], '2': [无锡]}\n", "utf-8")
    _entry, notes = places.packs.save_own("regions", "city_tiers", tmp_path / "two.yaml")
    assert notes == [NOBODY]
    assert places.packs.save_own("regions", "city_tiers", tmp_path / "two.yaml")[1] == []  # no news
    assert occasions.keep_tier(places, 1, "北京 无锡") == [  # which leaves the second empty
        NOBODY.replace("tier_3", "tier_2").replace("1, 2, not 3", "1, not 2")
    ]
    assert [one.tier for one in occasions.tiers(places)[0]] == [1]


def test_a_table_without_a_tier_that_the_shops_own_segment_asks_for_is_refused_as_before(
    places: Shop, tmp_path: Path
) -> None:
    places.segments.save(load_rule("name: mine\nwhere: {city_tier: {eq: 3}}"))
    source, pack = loaded(write_pack(tmp_path / "a", regions=TWO))
    with pytest.raises(
        PackError, match="the shop's segment mine would break: city_tier takes one of 1, 2, not 3"
    ):
        places.packs.install(source, pack)
    (tmp_path / "two.yaml").write_text("tiers: {'1': [北京], '2': [无锡]}\n", "utf-8")
    with pytest.raises(PackError, match=r"is used: .*\nsegments/mine: city_tier takes one of 1, 2, not 3$"):
        places.packs.save_own("regions", "city_tiers", tmp_path / "two.yaml")


NEVER: list[tuple[str, str]] = [
    ("{city_tier: {eq: 7}}", "city_tier takes one of 1, 2, 3, not 7"),
    ("{area: {in: [华东, 东华]}}", "not '东华'"),
    ("{grade: {eq: tin}}", "grade takes one of gold, silver, not 'tin'"),
    ("{any: [{orders: {gte: 1}}, {grade: {eq: tin}}]}", "not 'tin'"),
    ("{grade: {eq: $which}}\n  params: {which: tin}", "not 'tin'"),
]


@pytest.mark.parametrize(("where", "reason"), NEVER)
def test_what_no_value_is_is_told_when_a_segment_is_written_and_when_a_pack_is_looked_at(
    shop: Shop, tmp_path: Path, where: str, reason: str
) -> None:
    shop.playbook.save("fields", "grade", GRADE | {"choices": ["gold", "silver"]})
    rule = f"  where: {where}\n"
    document = load_rule("name: s\n" + rule.replace("\n  ", "\n")[2:])
    assert [reason in one for one in shop.segments.never(document)] == [True]
    shop.segments.save(document)  # the value may come later
    found = segment_edit.look(Previews(shop.segments), "name: s\n" + rule.replace("\n  ", "\n")[2:], Stop())
    assert [reason in one for one in found.notes] == [True]
    pack = load_pack(write_pack(tmp_path / "a", segments=f"t:\n  {BOTH}\n{rule}"))
    (note,) = shop.packs.notes(pack)
    assert note.startswith(f"segments.yaml:{4 if 'params' in where else 3}: t: ")
    assert reason in note
    assert not shop.packs.misfits(pack)


def test_what_some_value_is_is_no_news(shop: Shop) -> None:
    for where in (
        "{city_tier: {eq: 3}}",
        "{city_tier: {lte: 9}}",
        "{city: {eq: 无此}}",
        "{city_tier: {exists: true}}",
    ):
        assert shop.segments.never(load_rule(f"name: s\nwhere: {where}")) == []
    document = load_rule("name: s\nparams: {n: 3}\nwhere: {city_tier: {eq: $n}}")
    assert shop.segments.never(document) == []
    assert shop.segments.never(document, {"n": "8"}) == ["city_tier takes one of 1, 2, 3, not 8"]


def hidden(shop: Shop, write: Write) -> None:
    """The pack's segment cannot be used any more, and nobody has noticed: the shop's own stands over it."""
    asks = f"big: {{{BOTH}, where: {{grade: {{eq: gold}}}}}}\n"
    shop.playbook.save("fields", "grade", GRADE)
    shop.packs.install(*loaded(write(segments=asks)))
    shop.segments.save(load_rule("name: big\nwhere: {orders: {gte: 3}}"))
    shop.playbook.remove("fields", "grade")


def test_the_shops_own_segment_is_not_taken_from_over_one_that_cannot_be_used(
    shop: Shop, write: Write
) -> None:
    hidden(shop, write)
    refused = r"^segments/big: yours goes before one that cannot be used: .*no field 'grade'"
    for act in (lambda: shop.segments.remove("big"), lambda: shop.playbook.remove("segments", "big")):
        with pytest.raises(PackError, match=refused):
            act()
    assert shop.segments.count("big").count == 0
    shop.packs.remove("tea")  # then it is simply the shop's own
    shop.segments.remove("big")
    assert "big" not in shop.segments.known()


def test_a_plan_of_the_shops_own_is_not_taken_from_over_one_that_cannot_be_used(
    shop: Shop, write: Write
) -> None:
    shop.playbook.save("templates", "hi", {"purpose": "service", "text": "Hi"})
    plan: dict[str, Any] = {"messages": {"*": {"template": "hi"}}}
    text = f"plan: {{{BOTH}, body: {{messages: {{'*': {{template: hi}}}}}}}}\n"
    shop.packs.install(*loaded(write(campaigns=text)))
    shop.playbook.save(
        "campaigns", "plan", {"title": {"zh": "甲", "en": "A"}, "body": {"channels": ["phone"]}}
    )
    shop.templates.remove("hi")
    with pytest.raises(PackError, match=r"^campaigns/plan: yours goes before one .*no template 'hi'"):
        shop.playbook.remove("campaigns", "plan")
    shop.playbook.save("templates", "hi", {"purpose": "service", "text": "Hi"})
    shop.playbook.remove("campaigns", "plan")
    assert shop.playbook.require("campaigns", "plan").body["body"] == plan


def test_a_packs_segment_under_the_shops_own_is_looked_at_for_itself(shop: Shop, tmp_path: Path) -> None:
    People(shop).add(Changes({"name": "甲"}))
    shop.segments.save(load_rule("name: big\nwhere: {orders: {eq: 0}}"))  # which everybody is in
    checked = shop.packs.check(load_pack(write_pack(tmp_path / "a", segments=BIG)))
    (found,) = checked.segments
    assert (found.count, found.remarks[0]) == (0, "yours stays over it")
    assert checked.notes == ()
    odd = f"big:\n  {BOTH}\n  where: {{grade: {{eq: gold}}}}\n"
    pack = load_pack(write_pack(tmp_path / "b", segments=odd))
    (note,) = shop.packs.notes(pack)
    assert note.startswith("segments.yaml:3: big: yours stays over it; by itself it could not be used: ")
    (found,) = shop.packs.check(pack).segments
    assert "no field 'grade'" in str(found.error)
    assert found.remarks == ("yours stays over it",)
    later = MANIFEST.replace("tea", "cake")
    shop.segments.remove("big")
    shop.packs.install(*loaded(write_pack(tmp_path / "c", pack=later, segments=BIG)))
    (found,) = shop.packs.check(load_pack(write_pack(tmp_path / "d", segments=BIG))).segments
    assert found.remarks == ("nobody fulfils {orders: {gte: 5}}",)  # the later one is in force
