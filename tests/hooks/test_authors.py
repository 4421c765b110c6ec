"""What a plugin author has at hand: `crm plugin new`, `crm plugin test`, and the public names."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import crmcore
from crmcore.errors import CrmError, UsageError
from crmcore.hooks import testing
from crmcore.hooks.discovery import PluginConfig
from crmcore.hooks.manager import PluginManager
from crmcore.hooks.new_plugin import FAMILIES, new_plugin


@pytest.mark.parametrize("family", FAMILIES)
def test_a_new_plugin_works_at_once(tmp_path: Path, family: str) -> None:
    path = new_plugin(tmp_path, "spring_tea", family)
    assert path == tmp_path / "plugins" / "spring_tea.py"
    config = PluginConfig(tmp_path, installed=False)
    [info] = PluginManager.load(config).plugins()
    assert (info.state, info.error) == ("on", "")
    assert not [one for one in testing.test_plugin(config, "spring_tea") if one.level == testing.ERROR]


def test_a_new_plugin_takes_nobodys_place(tmp_path: Path) -> None:
    path = new_plugin(tmp_path, "mine", "segment_rule")
    path.write_text("# an afternoon's work")
    with pytest.raises(CrmError, match=r"mine\.py is there already; choose another name"):
        new_plugin(tmp_path, "mine", "importer")
    assert path.read_text() == "# an afternoon's work"
    with pytest.raises(CrmError, match="there is a plugin 'lapse' already"):
        new_plugin(tmp_path, "lapse", "segment_rule")


@pytest.mark.parametrize("name", ["", "My Plugin", "../evil", "a" * 41, "7days", "宠物"])
def test_names_that_cannot_be(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="is no name for a plugin"):
        new_plugin(tmp_path, name, "importer")
    assert not (tmp_path / "plugins").exists()


def test_families_that_have_no_template(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the family 'importers'; did you mean 'importer'"):
        new_plugin(tmp_path, "x", "importers")


def findings(config: PluginConfig, name: str) -> dict[str, tuple[str, str]]:
    return {one.what: (one.level, one.message) for one in testing.test_plugin(config, name)}


def test_a_good_plugin_is_tried_from_end_to_end(config) -> None:
    found = findings(config("good"), "good")
    assert testing.ERROR not in {level for level, _message in found.values()}
    assert found["fact id_squared"][1] == "58 of 58 customers have a value, such as 1"
    assert found["segment quiet"][1] == "fits"
    assert found["importer good, column category"][1].endswith("values tried")
    assert found["action count"][1] == "not run: it may write. Try it: crm run-plugin good count"


def test_errors_are_found_with_their_traceback(config) -> None:
    [finding] = testing.test_plugin(config("raises"), "raises")
    assert (finding.level, finding.message) == ("error", "ValueError: no rules today (raises.py, line 6)")
    assert "Traceback" in finding.detail
    [finding] = testing.test_plugin(config("misspelt_hook"), "misspelt_hook")
    assert "did you mean 'crm_segment_rules'?" in finding.message
    [finding] = testing.test_plugin(config("good"), "nobody")
    assert (finding.level, finding.message) == ("error", "there is no such plugin")


def test_a_segment_that_names_what_is_not_there(config, tmp_path: Path) -> None:
    shop = config("lapsed_one")
    path = tmp_path / "plugins" / "lapsed_one.py"
    path.write_text(path.read_text().replace("days_since_last_order", "days_since_last_oder"))
    level, message = findings(shop, "lapsed_one")["segment lapsed"]
    assert level == "error"
    assert "did you mean 'days_since_last_order'?" in message


def test_a_segment_may_name_what_another_plugin_brings(config, tmp_path: Path) -> None:
    shop = config("good", "lapsed_one", "raises_at_import")
    path = tmp_path / "plugins" / "lapsed_one.py"
    path.write_text(path.read_text().replace("days_since_last_order", "id_squared"))
    assert findings(shop, "lapsed_one")["segment lapsed"] == ("ok", "fits")


def test_a_plugin_is_tried_before_it_is_switched_on(config) -> None:
    shop = config("good", "hangs_at_import", disabled=frozenset({"good", "hangs_at_import"}))
    assert findings(shop, "good")["segment quiet"] == ("ok", "fits")


def test_what_a_plugin_prints_is_shown_to_its_author(config, tmp_path: Path) -> None:
    shop = config("lapsed_one")
    path = tmp_path / "plugins" / "lapsed_one.py"
    path.write_text('print("hello, 作者")\n' + path.read_text())
    [*_rest, last] = testing.test_plugin(shop, "lapsed_one")
    assert (last.level, last.what, last.detail) == ("warning", "output", "hello, 作者")


def test_every_public_name_is_there() -> None:
    for name in crmcore.__all__:
        assert getattr(crmcore, name) is not None
        assert name in dir(crmcore)
    assert sorted(name for names in crmcore._HOMES.values() for name in names) == sorted(crmcore.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        crmcore.nothing  # noqa: B018


def test_a_plugin_costs_no_application() -> None:
    code = (
        "import sys\n"
        "import crmcore\n"
        "light = set(sys.modules)\n"
        "assert not any(name.startswith('crmcore.') for name in light), light\n"
        "from crmcore import Fact, History, SegmentRule, TableImporter, column, hookimpl, where\n"
        "heavy = {'sqlalchemy', 'duckdb', 'textual', 'phonenumbers', 'yaml', 'rich', 'click', 'msgspec'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "assert not any(name.startswith(('crmcore.store', 'crmcore.cli')) for name in sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300)
