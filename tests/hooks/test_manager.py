"""Finding, switching and listing plugins."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from crmcore.errors import NotFoundError
from crmcore.hooks.contributions import HOOKS, SPEC_MODULES
from crmcore.hooks.discovery import find_plugins, installed_plugins, require_name
from crmcore.hooks.manager import PluginManager


def test_a_plugin_is_listed_with_everything_about_it(manager) -> None:
    [one] = manager("good").plugins()
    assert (one.name, one.family, one.version, one.source, one.state, one.error) == (
        "good",
        "shop",
        "1.2",
        "plugins/good.py",
        "on",
        "",
    )
    assert one.hooks == (
        "crm_actions", "crm_campaign_kinds", "crm_importers", "crm_interaction_kinds", "crm_reports",
        "crm_screens", "crm_segment_rules", "crm_tiles",
    )  # fmt: skip
    assert one.description == "A plugin that works: whatever the others do, its answers come."
    assert 0 < one.seconds < 5


def test_built_in_plugins_tell_family_and_version() -> None:
    found = {one.name: one for one in installed_plugins()}
    assert found["lapse"].family == "segment_rules"
    assert found["taobao"].family == "importers"
    assert found["taobao"].source == "built-in"
    assert found["taobao"].version.count(".") == 2


def test_names_are_found_without_importing_anything(config) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from crmcore.hooks.discovery import PluginConfig, find_plugins\n"
        "names = [one.name for one in find_plugins(PluginConfig(Path(sys.argv[1])))]\n"
        "assert {'good', 'hangs_at_import', 'taobao'} <= set(names), names\n"
        "loaded = ('crm_importers', 'crm_segment_rules', '_crm_plugin')\n"
        "assert not any(name.startswith(loaded) for name in sys.modules)\n"
    )
    folder = config("good", "hangs_at_import").folder
    subprocess.run([sys.executable, "-c", code, str(folder)], check=True, timeout=300)


def test_a_switched_off_plugin_is_not_even_imported(manager) -> None:
    plugins = manager("raises_at_import", "good", disabled=frozenset({"raises_at_import", "never_heard_of"}))
    states = {one.name: (one.state, one.error) for one in plugins.plugins()}
    assert states == {"good": ("on", ""), "raises_at_import": ("off", "")}
    assert plugins.failures == []
    with pytest.raises(NotFoundError, match="is switched off: crm plugin enable raises_at_import"):
        plugins.require("raises_at_import")


@pytest.mark.parametrize(
    ("value", "names"), [("good", ["good"]), ("", []), ("lapsed_one, good", ["good", "lapsed_one"])]
)
def test_the_environment_rules_plugins_out(config, monkeypatch, value: str, names: list[str]) -> None:
    shop = config("good", "lapsed_one", "lapsed_two")
    monkeypatch.setenv("CRM_PLUGINS", value)
    assert [one.name for one in find_plugins(shop)] == names
    assert PluginManager.load(shop).loaded() == names


def test_the_shops_own_files_are_called_first(manager) -> None:
    plugins = manager("lapsed_one", "good")
    assert [plugin for plugin, _rule in plugins.segment_rules().values] == ["lapsed_one", "good"]
    assert plugins.loaded() == ["good", "lapsed_one"]


def test_each_plugin_is_asked_once(manager, tmp_path: Path) -> None:
    plugins = manager("good")
    assert plugins.call("crm_importers") is plugins.call("crm_importers")


def test_unknown_names_are_refused_with_the_nearest(manager) -> None:
    plugins = manager("good")
    with pytest.raises(NotFoundError, match="there is no plugin 'goood'; did you mean 'good'"):
        plugins.info("goood")
    with pytest.raises(NotFoundError, match="there is no plugin 'zebra'; see crm plugin list"):
        plugins.require("zebra")
    with pytest.raises(NotFoundError, match="there is no hook 'crm_zebras'"):
        plugins.call("crm_zebras")


def test_names_can_be_checked_without_loading(config, monkeypatch) -> None:
    shop = config("good", "hangs_at_import")
    monkeypatch.setenv("CRM_PLUGINS", "")
    require_name(shop, "hangs_at_import")
    with pytest.raises(
        NotFoundError, match="there is no plugin 'hang_at_import'; did you mean 'hangs_at_import'"
    ):
        require_name(shop, "hang_at_import")


def test_a_file_that_failed_says_so_when_it_is_needed(manager) -> None:
    with pytest.raises(NotFoundError, match="could not be loaded: SyntaxError"):
        manager("syntax_error").require("syntax_error")


def test_an_edited_file_is_read_anew(manager, tmp_path: Path) -> None:
    first = manager("lapsed_one")
    path = tmp_path / "plugins" / "lapsed_one.py"
    path.write_text(path.read_text().replace('"lapsed"', '"lapsee"'))  # same size, same second
    assert [one.name for one in first.segment_rules()] == ["lapsed"]
    assert [one.name for one in PluginManager.load(first.config).segment_rules()] == ["lapsee"]
    assert not (tmp_path / "plugins" / "__pycache__").exists()


def test_files_that_are_no_plugins_are_left_alone(config, tmp_path: Path) -> None:
    shop = config("good")
    (tmp_path / "plugins" / "_helper.py").write_text("raise SystemExit")
    (tmp_path / "plugins" / ".hidden.py").write_text("raise SystemExit")
    (tmp_path / "plugins" / "notes.txt").write_text("buy milk")
    assert PluginManager.load(shop).loaded() == ["good"]


def test_a_name_that_nobody_could_type(config, tmp_path: Path) -> None:
    shop = config("good")
    (tmp_path / "plugins" / "my plugin.py").write_text("")
    (tmp_path / "plugins" / "宠物粮.py").write_text("")
    rows = {one.name: one.error for one in PluginManager.load(shop).plugins()}
    assert rows["my plugin"] == "a plugin's name is letters, digits, - and _"
    assert "@hookimpl" in rows["宠物粮"]  # the name is fine, the file is empty


def test_without_a_folder_there_are_the_installed_ones(monkeypatch) -> None:
    monkeypatch.setenv("CRM_PLUGINS", "")
    assert PluginManager.load().plugins() == []


def test_the_config_can_be_sent_to_another_process(config) -> None:
    shop = config("good", settings={"good": {"days": 3}}, disabled=frozenset({"x"}))
    assert pickle.loads(pickle.dumps(shop)) == shop


def test_two_shops_in_one_program_do_not_see_each_other(manager, tmp_path: Path) -> None:
    one = manager("good")
    other_folder = tmp_path / "other"
    (other_folder / "plugins").mkdir(parents=True)
    (other_folder / "plugins" / "good.py").write_text("")
    other = PluginManager.load(type(one.config)(other_folder, installed=False))
    assert (one.loaded(), other.loaded()) == (["good"], [])


def test_every_spec_module_is_known_and_every_hook_says_what_it_may_hold() -> None:
    from importlib import import_module

    specs = {
        name
        for module in SPEC_MODULES
        for name, value in vars(import_module(module)).items()
        if getattr(value, "crmcore_spec", None) is not None
    }
    assert specs == set(HOOKS)
