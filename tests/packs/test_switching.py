"""Who switches a plugin off hears what goes with it; switching and setting can be taken back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crmcore.desk.undoing import take_back_last
from crmcore.hooks import answering
from crmcore.packs.faults import PackError
from crmcore.packs.switching import StillUsedError
from crmcore.records.settings import ShopSettings
from crmcore.rules.yaml import load_rule
from crmcore.shop import Shop
from crmcore.taking_back import take_back
from tests.packs.conftest import MANIFEST, Write, loaded

BOTH = {"zh": "甲", "en": "A"}
SAID = {"title": BOTH, "text": BOTH}


def plugins(shop: Shop, monkeypatch: pytest.MonkeyPatch, names: str) -> None:
    monkeypatch.setenv("CRM_PLUGINS", names)
    shop.plugins_changed()


def states(shop: Shop) -> dict[str, str]:
    return {one.name: one.state for one in shop.plugins.plugins()}


def last_act(shop: Shop) -> tuple[int, str, str]:
    with shop.database.read() as connection:
        row = connection.exec_driver_sql("SELECT id, kind, why FROM changes ORDER BY id DESC LIMIT 1").one()
    return int(row[0]), str(row[1]), str(row[2])


def test_what_a_plugin_is_used_for_is_named_before_it_is_off(
    any_shop: Shop, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = any_shop
    plugins(shop, monkeypatch, "lapse,cosmetics,rfm,phone")
    shop.segments.save(load_rule("name: away\nwhere: {segment: lapsed_90}"))
    shop.segments.save(load_rule("name: used_up\nwhere: {days_until_refill_on: {lte: 3}}"))
    shop.playbook.save("articles", "how", SAID | {"segments": ["lapsed_90"]})
    shop.playbook.save("templates", "ring", {"purpose": "service", "text": "Hi", "channels": ["phone"]})
    shop.playbook.save("presets", "mine", {"title": BOTH, "report": "rfm"})
    shop.playbook.save("dashboards", "wall", {"title": BOTH, "tiles": [{"report": "rfm"}]})
    shop.playbook.save("benchmarks", "usual", {"title": BOTH, "unit": "share", "value": 3, "report": "rfm"})
    shop.playbook.save("tags", "vip", {"title": BOTH})  # which needs nobody
    plan = {"segment": "lapsed_90", "channels": ["phone"], "messages": {"*": {"text": "Hi"}}}
    shop.playbook.save("campaigns", "plan", {"title": BOTH, "body": plan})
    shop.campaigns.new("call", "plan", {})
    packed = "quiet: {title: {zh: 静, en: Quiet}, where: {segment: lapsed_180}}\n"
    shop.packs.install(*loaded(write(pack=MANIFEST + "plugins: {lapse: ''}\n", segments=packed)))
    expected = {
        "lapse": {"segments/away": "no segment 'lapsed_90'", "segments/quiet": "no segment 'lapsed_180'",
                  "articles/how": "no segment 'lapsed_90'", "campaigns/plan": "no segment 'lapsed_90'", "the campaign call": "no segment 'lapsed_90'"},
        "cosmetics": {"segments/used_up": "no field 'days_until_refill_on'"},
        "rfm": {"presets/mine": "no report 'rfm'", "dashboards/wall": "no report 'rfm'",
                "benchmarks/usual": "shown nowhere until there is a report 'rfm'"},
        "phone": {"templates/ring": "nothing goes out by 'phone'", "campaigns/plan": "nothing goes out by 'phone'",
                  "the campaign call": "nothing goes out by 'phone'"},
    }  # fmt: skip
    for plugin, named in expected.items():
        with pytest.raises(StillUsedError, match=f"without plugin {plugin} this would not") as refused:
            shop.switch_plugin(plugin, on=False)
        told = {fault.where: fault.text for fault in refused.value.stops}
        assert told.keys() == named.keys()
        assert all(reason in told[key] for key, reason in named.items())
        assert states(shop)[plugin] == "on"
    assert shop.segments.count("away").count == 0

    stopped = shop.switch_plugin("lapse", on=False, anyway=True)
    assert {fault.where for fault in stopped} == expected["lapse"].keys()
    assert {one.name for one in shop.segments.all() if one.error} == {"away", "quiet"}
    # What stands still already is nobody's news when the next one goes.
    assert not [one for one in shop.packs.stopping("cosmetics", on=False) if one.where == "segments/away"]
    shop.switch_plugin("lapse", on=True)
    assert not [one for one in shop.segments.all() if one.error]


def test_a_plugin_that_nobody_misses_is_off_without_a_question(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugins(shop, monkeypatch, "lapse,phone")
    shop.segments.save(load_rule("name: mine\nwhere: {orders: {gte: 1}}"))
    shop.documents.table("segments").insert({"name": "torn", "where": {"nothing": {"eq": 1}}})
    assert shop.switch_plugin("lapse", on=False) == []
    assert states(shop) == {"lapse": "off", "phone": "on"}


def test_a_plugin_whose_fact_takes_the_place_of_a_field_is_on_only_when_that_is_meant(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugins(shop, monkeypatch, "lapse")
    shop.playbook.save("fields", "refill_on", {"title": BOTH, "type": "text"})
    shop.segments.save(load_rule("name: mine\nwhere: {refill_on: {eq: soon}}"))
    monkeypatch.setenv("CRM_PLUGINS", "cosmetics")
    shop.documents.table("plugins").insert({"name": "cosmetics", "disabled": True})
    shop.plugins_changed()
    with pytest.raises(StillUsedError, match=r"with plugin cosmetics on .*\nsegments/mine: "):
        shop.switch_plugin("cosmetics", on=True)
    assert states(shop) == {"cosmetics": "off"}


def test_switching_and_setting_are_acts_that_can_be_taken_back(
    any_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = any_shop
    plugins(shop, monkeypatch, "lapse")
    shop.change_plugin_settings("lapse", {"bands": "[30, 60]"})
    assert last_act(shop)[1:] == ("documents", "plugin lapse: settings")
    shop.change_plugin_settings("lapse", {"bands": "[10]"})
    shop.switch_plugin("lapse", on=False)
    switched = last_act(shop)
    assert switched[1:] == ("documents", "plugin lapse: switched off")
    shop.switch_plugin("lapse", on=False)  # it is off: that is no act
    assert last_act(shop) == switched

    assert take_back_last(shop).why == "plugin lapse: switched off"
    assert states(shop) == {"lapse": "on"}
    assert shop.plugins.setting("lapse", "bands") == (10,)
    take_back_last(shop)
    assert shop.plugins.setting("lapse", "bands") == (30, 60)
    assert {"lapsed_30", "lapsed_60"} <= {one.name for one in shop.segments.all()}
    take_back_last(shop)
    assert shop.plugins.setting("lapse", "bands") == (90, 180, 365)


@pytest.mark.parametrize(
    ("plugin", "family", "body", "reason"),
    [
        ("phone", "templates", {"purpose": "service", "text": "Hi", "channels": ["phone"]}, "goes out by 'phone'"),
        ("rfm", "benchmarks", {"title": BOTH, "unit": "share", "value": 3, "report": "rfm"}, "report 'rfm'"),
    ],
)  # fmt: skip
def test_the_key_that_takes_back_names_what_switching_off_would_stop(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, plugin: str, family: str, body: dict[str, Any], reason: str
) -> None:
    plugins(shop, monkeypatch, "lapse,phone,rfm")
    shop.playbook.save(family, "mine", body)
    shop.switch_plugin(plugin, on=False, anyway=True)
    shop.switch_plugin(plugin, on=True)
    with pytest.raises(PackError, match=rf"Plugins screen \(F9\).*\n{family}/mine: [^\n]*{reason}[^\n]*$"):
        take_back_last(shop)
    assert states(shop)[plugin] == "on"
    shop.playbook.remove(family, "mine")
    take_back(shop, last_act(shop)[0])  # it is there again
    shop.switch_plugin("lapse", on=False)
    take_back_last(shop)  # nobody needs that it is off
    assert set(states(shop).values()) == {"on"}


def test_what_was_switched_or_set_is_not_undone_from_under_who_uses_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugins(shop, monkeypatch, "lapse")
    shop.switch_plugin("lapse", on=False)
    shop.switch_plugin("lapse", on=True)
    on, _kind, _why = last_act(shop)
    shop.segments.save(load_rule("name: mine\nwhere: {segment: lapsed_90}"))
    shop.playbook.save("presets", "p", {"title": BOTH, "report": "rfm"})  # broken before
    with pytest.raises(
        PackError, match=r"others need what it did .*\nsegments/mine: [^\n]*'lapsed_90'[^\n]*$"
    ):
        take_back(shop, on)
    shop.segments.remove("mine")
    take_back(shop, on)
    assert states(shop) == {"lapse": "off"}
    shop.switch_plugin("lapse", on=True)

    shop.change_plugin_settings("lapse", {"bands": "[30, 60]"})
    settings, _kind, _why = last_act(shop)
    shop.segments.save(load_rule("name: mine\nwhere: {segment: lapsed_60}"))
    with pytest.raises(PackError, match=r"others need what it did .*\nsegments/mine: .*'lapsed_60'"):
        take_back(shop, settings)
    assert shop.plugins.setting("lapse", "bands") == (30, 60)


def test_what_somebody_set_meanwhile_is_kept_and_asked_about(
    sqlite_url: str, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look and the write another process may set the same plugin, or begin to use it."""
    plugins(shop, monkeypatch, "lapse")
    packs, looked = shop.packs, []
    ask = packs.refuse_breaking

    def slow(family: str, name: str, body: Any) -> None:
        ask(family, name, body)
        looked.append(json.dumps(body))
        if len(looked) == 1:
            with Shop.open(sqlite_url, actor="Bob") as other:
                other.segments.save(load_rule("name: mine\nwhere: {segment: lapsed_180}"))

    monkeypatch.setattr(packs, "refuse_breaking", slow)
    with pytest.raises(PackError, match=r"settings/lapse is used: .*\nsegments/mine: .*'lapsed_180'"):
        shop.change_plugin_settings("lapse", {"bands": "[30]"})
    assert shop.plugins.setting("lapse", "bands") == (90, 180, 365)


def test_a_plugin_that_hangs_is_off_at_once_and_nobody_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Shop.create(tmp_path / "shop", ShopSettings("CNY", "Asia/Shanghai", "en")) as shop:
        plugins(shop, monkeypatch, "lapse,stuck")
        # Broken with the plugin and without: to know that it is no news, all plugins would have to be loaded.
        shop.documents.table("segments").insert({"name": "torn", "where": {"nothing": {"eq": 1}}})
        (tmp_path / "shop" / "plugins" / "stuck.py").write_text("while True:\n    pass\n")
        monkeypatch.setattr(answering, "SECONDS", 0.2)
        shop.plugins_changed()
        assert shop.switch_plugin("stuck", on=False) == []
        assert states(shop) == {"lapse": "on", "stuck": "off"}
