"""Optional plugins are off until a shop wants them; a norm that is named must be brought."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from crmcore.hooks import testing
from crmcore.hooks.discovery import PluginConfig
from crmcore.hooks.manager import PluginManager
from crmcore.records.settings import ShopSettings
from crmcore.shop import Shop
from tests.hooks.conftest import MakeConfig


def state(config: PluginConfig, name: str = "cosmetics") -> str:
    return PluginManager.load(config).info(name).state


def test_a_category_is_off_until_it_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert state(PluginConfig()) == "off"
    assert state(PluginConfig(), "lapse") == "on"
    assert state(PluginConfig(enabled=frozenset({"cosmetics"}))) == "on"
    both = PluginConfig(enabled=frozenset({"cosmetics"}), disabled=frozenset({"cosmetics"}))
    assert state(both) == "off"
    monkeypatch.setenv("CRM_PLUGINS", "cosmetics")  # who names it wants it
    assert state(PluginConfig()) == "on"


def test_what_is_off_is_not_imported() -> None:
    info = PluginManager.load(PluginConfig()).info("cosmetics")
    assert (info.optional, info.hooks, info.seconds) == (True, (), 0)


def test_a_shop_switches_it_on_and_off(tmp_path: Path) -> None:
    with Shop.create(tmp_path / "shop", ShopSettings("CNY", "Asia/Shanghai", "en")) as shop:
        shop.change_plugin_settings("lapse", {"bands": "[30]"})  # a row of another plugin changes nothing
        assert "refill_due" not in {one.name for one in shop.segments.all()}
        shop.switch_plugin("cosmetics", on=True)
        assert "refill_due" in {one.name for one in shop.segments.all()}
        shop.change_plugin_settings("cosmetics", {"before": "9"})
        assert shop.plugins.info("cosmetics").state == "on"
        shop.switch_plugin("cosmetics", on=False)
        assert shop.plugins.info("cosmetics").state == "off"


def test_a_norm_that_the_plugin_does_not_bring_is_told(config: MakeConfig, tmp_path: Path) -> None:
    made = config("good")
    (tmp_path / "plugins" / "usual.py").write_text(
        "from crmcore import Fact, hookimpl, repeat_gaps\n"
        "def nothing(history, gap) -> int | None:\n    return None\n"
        "@hookimpl\ndef crm_segment_rules():\n"
        "    return [repeat_gaps('gaps'), Fact(nothing, norms=['gap'])]\n",
        "utf-8",
    )
    findings = {one.what: one for one in testing.test_plugin(made, "usual")}
    assert "it names the norm 'gap'" in findings["fact nothing"].message
    assert findings["norm gaps"].level == testing.OK


def test_facts_of_one_plugin_are_worked_out_together_and_a_bad_one_is_found(
    worker: Callable[..., object], tmp_path: Path
) -> None:
    from crmcore.errors import PluginFailure
    from crmcore.hooks.frames import Broken
    from crmcore.hooks.samples import histories

    made = worker("good")
    (tmp_path / "plugins" / "several.py").write_text(
        "import os\nfrom crmcore import Fact, History, hookimpl\n"
        "def shared(history: History) -> int:\n    return history.customer_id\n"
        "def one(history: History) -> int | None:\n    return history.once(shared) + 1\n"
        "def two(history: History) -> int | None:\n    return 1 // (history.once(shared) % 3)\n"
        "def three(history: History, end: bool = False) -> int | None:\n"
        "    return os._exit(3) if end else 3\n"
        "@hookimpl\ndef crm_segment_rules():\n"
        "    return [Fact(one), Fact(two), Fact(three, settings={'end': False})]\n",
        "utf-8",
    )
    people = histories(6)[:6]
    asked = [("one", {}, {}), ("two", {}, {}), ("three", {"end": False}, {})]
    found = made.facts_together("several", asked, people)  # type: ignore[attr-defined]
    assert found["one"] == [2, 3, 4, 5, 6, 7]
    assert [isinstance(value, Broken) for value in found["two"]] == [False, False, True] * 2
    assert found["three"] == [3] * 6
    with pytest.raises(PluginFailure):
        made.facts_together("several", [*asked[:2], ("three", {"end": True}, {})], people)  # type: ignore[attr-defined]
