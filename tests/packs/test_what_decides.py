"""Small things that decide: whose text lies on top, what a source says, what goes along, what is switched on."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from crmcore.calendar.days import DayRule
from crmcore.calendar.entries import from_document
from crmcore.desk import pack_view
from crmcore.errors import CrmError, UsageError
from crmcore.packs.exporting import Wish
from crmcore.packs.faults import PackError
from crmcore.packs.inputs import answers
from crmcore.packs.pack import load_pack
from crmcore.packs.verifying import Verdict
from crmcore.playbook.playbook import Playbook
from crmcore.rules.yaml import load_rule
from crmcore.segments.bands import band_segments
from crmcore.shop import Shop
from tests.packs.conftest import BIG, MANIFEST, Write, loaded, write_pack

WISH = Wish("ours", "1.0.0", {"zh": "我们的", "en": "Ours"}, ("Ann",), {})


def tag(text: str) -> str:
    return f"vip: {{title: {{zh: 贵宾, en: {text}}}}}\n"


def test_an_upgraded_pack_stays_under_the_one_installed_after_it(shop: Shop, tmp_path: Path) -> None:
    shop.packs.install(*loaded(write_pack(tmp_path / "a", tags=tag("First"))))
    later = MANIFEST.replace("tea", "cake")
    shop.packs.install(*loaded(write_pack(tmp_path / "b", pack=later, tags=tag("Later"))))
    newer = MANIFEST.replace("1.0.0", "2.0.0")
    shop.packs.upgrade(*loaded(write_pack(tmp_path / "c", pack=newer, tags=tag("Newer"))), {})
    assert shop.playbook.require("tags", "vip").body["title"]["en"] == "Later"


def test_a_source_that_says_more_or_is_another_pack_is_told(shop: Shop, write: Write) -> None:
    shop.packs.install(*loaded(write(tags=tag("VIP"))))
    write(pack=MANIFEST.replace("Ann", "Bob"))  # what it lays is the same
    assert [one.verdict for one in shop.packs.verify()] == [Verdict.DIFFERENT]
    write(pack=MANIFEST.replace("tea", "cake"))
    assert [(one.verdict, one.detail) for one in shop.packs.verify()] == [(Verdict.GONE, "cake")]


def test_a_plugin_must_have_the_version_and_one_that_sends_is_not_switched_on(
    shop: Shop, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_PLUGINS", "lapse,phone")
    shop.plugins_changed()
    with pytest.raises(CrmError, match="it needs the plugin lapse >=99, this is"):
        shop.packs.install(*loaded(write(pack=MANIFEST + "plugins: {lapse: '>=99'}\n", tags=tag("VIP"))))
    shop.switch_plugin("phone", on=False)
    with pytest.raises(CrmError, match="plugin phone sends messages: switch it on yourself"):
        shop.packs.enabling(load_pack(write(pack=MANIFEST + "plugins: {phone: ''}\n"))).__enter__()
    assert [one.state for one in shop.plugins.plugins() if one.name == "phone"] == ["off"]


def test_plugins_that_were_switched_on_for_a_pack_are_off_again_where_it_is_refused(
    shop: Shop, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_PLUGINS", "lapse,order_value")
    shop.plugins_changed()
    shop.switch_plugin("lapse", on=False)
    needs = MANIFEST + "plugins: {lapse: '', order_value: ''}\n"
    rule = "on: {{title: {{zh: 走, en: Away}}, where: {{segment: {name}}}}}\n"
    folder = write(pack=needs, segments=rule.format(name="lapsed_9"))
    with pytest.raises(PackError, match="no segment 'lapsed_9'"):
        pack_view.install(shop, str(folder), {}, {}, enable=True)
    assert [one.state for one in shop.plugins.plugins()] == ["off", "on"]
    write(pack=needs, segments=rule.format(name="lapsed_90"))
    pack_view.install(shop, str(folder), {}, {}, enable=True)
    assert [one.state for one in shop.plugins.plugins()] == ["on", "on"]


def test_an_export_names_the_plugins_it_needs_and_leaves_what_sends_alone(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_PLUGINS", "lapse,phone")
    shop.plugins_changed()
    shop.segments.save(load_rule("name: away\ntitle: {zh: 走, en: Away}\nwhere: {segment: lapsed_90}"))
    shop.documents.table("plugins").insert({"name": "phone", "settings": {"note": "x"}})
    exported, _looked = shop.packs.export(WISH, tmp_path / "ours")
    assert exported.manifest["plugins"] == {"lapse": ""}
    assert list(exported.documents) == ["segments"]


def test_an_answer_is_one_of_the_choices_now_and_after_an_upgrade(write: Write) -> None:
    asked = "inputs: {n: {title: {zh: 数, en: N}, default: 3, choices: [3, 4]}}\n"
    inputs = load_pack(write(pack=MANIFEST + asked)).manifest.inputs
    with pytest.raises(UsageError, match="'5' is none of the choices: 3"):
        answers(inputs, {"n": "5"}, {})
    assert answers(inputs, {}, {"n": 4}) == {"n": 4}
    assert answers(inputs, {}, {"n": 9}) == {"n": 3}  # what was answered before is no choice any more


def test_a_segment_that_was_broken_before_keeps_no_pack_out(shop: Shop, write: Write) -> None:
    shop.documents.table("segments").insert({"name": "torn", "where": {"nothing": {"eq": 1}}})
    shop.packs.install(*loaded(write(segments=BIG)))
    assert shop.segments.count("big").count == 0


def test_a_value_on_an_edge_belongs_to_the_band_that_begins_there(shop: Shop) -> None:
    body = {"title": {"zh": "档", "en": "B"}, "field": "orders", "edges": [2, 5]}
    shop.playbook.save("bands", "b", body)
    made = [rule.tree for rule, _source in band_segments(Playbook(shop.documents), ())]
    expected = [
        load_rule(f"name: x\nwhere: {where}").tree
        for where in ("{orders: {lt: 2}}", "{orders: {gte: 2, lt: 5}}", "{orders: {gte: 5}}")
    ]
    assert made == expected


def test_days_of_the_calendar_at_their_edges() -> None:
    assert DayRule("friday 5 of 2").on(2026) is None  # February 2026 has four
    day = {"name": "x", "day": "06-18", "before": 3, "run_up": 10}
    period = from_document(day).occasion(date(2026, 1, 1)).periods[2026]
    assert (period.prepare, period.first) == (date(2026, 6, 5), date(2026, 6, 15))
    with pytest.raises(CrmError, match="is no day in or around 2026"):
        from_document({"name": "x", "years": {"2026": {"day": "2028-01-01"}}})
