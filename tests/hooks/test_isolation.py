"""Every way we know in which a plugin file can be broken: one line tells, and the others' answers come."""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path

import pytest

from crmcore.hooks.failure_log import last_failures
from crmcore.hooks.manager import PluginManager
from crmcore.hooks.results import PluginInfo
from crmcore.records.history import History
from tests.hooks.conftest import BROKEN

# A file of tests/plugins/broken, and what staff read about it.
AT_LOADING = {
    "import_error": "No module named 'no_such_module_anywhere' (import_error.py, line 1)",
    "raises_at_import": "RuntimeError: not today (raises_at_import.py, line 1)",
    "exits_at_import": "it tried to end the program (sys.exit)",
    "syntax_error": "SyntaxError: invalid syntax (syntax_error.py, line 1)",
    "misspelt_hook": "there is no hook 'crm_segment_rule'; did you mean 'crm_segment_rules'?",
    "unknown_hook": "there is no hook 'when_the_moon_is_full'; there are: crm_importers, crm_segment_rules",
    "wrapper": "hook wrappers are not offered",
    "nothing_marked": "mark its crm_… functions with @hookimpl",
    "wrong_arguments": "Argument(s) {'database'} are declared in the hookimpl but can not be found in the",
    "newer_api": "it needs plugin API 99, this crmcore has 1: upgrade crmcore",
    "settings_without_default": "Settings.days needs a default",
    "settings_no_dataclass": "Settings must be a dataclass",
}
WHEN_ASKED = {
    "raises": "ValueError: no rules today (raises.py, line 6)",
    "exits": "it tried to end the program (sys.exit)",
    "raises_unprintable": "Odd (raises_unprintable.py, line 11)",
    "recursion": "it called itself without end (RecursionError)",
    "returns_text": "it returned str; a list of TableImporter is expected",
    "returns_one": "it returned one SegmentRule without a list: write return [ … ]",
    "returns_class": "the list holds the class Weidian; make one: Weidian()",
    "wrong_item": "the list holds dict; TableImporter is expected",
    "bad_name": "the interaction kind is named '到店 visit': a name is small letters, digits and _",
    "kind_without_state": "interaction kind tea: 'cold' is not among its states",
    "bad_importer": "order_line",
    "bad_property": "OSError: the drive is gone (bad_property.py, line 9)",
    "fold_column": "fold tea: lines has no field 'taste'",
    "fold_kind": "fold tea: sum does not work on title, which is text",
    "fold_type": "fold tea: its value is int, it cannot be called text",
    "fold_rule": "fold tea: lines has no field 'taste'",
    "fold_ages": "fold tea: days_since_at changes from day to day by itself; compare at with a date",
    "no_annotation": "fact shoe_size: say by a return annotation what it gives",
}
# Used apart, for what they do later.
ELSEWHERE = {
    *("lapsed_one", "lapsed_two", "core_kind", "core_fact", "same_days", "hangs_at_import"),
    *("odd_facts", "odd_importers", "odd_actions", "odd_advice", "odd_channels"),
}


def info(manager: PluginManager, name: str) -> PluginInfo:
    return next(one for one in manager.plugins() if one.name == name)


def good_answers(manager: PluginManager) -> list[list[str]]:
    hooks = (
        manager.importers(),
        manager.facts(),
        manager.segment_rules(),
        manager.interaction_kinds(),
        manager.actions(),
    )
    return [[one.name for plugin, one in results.values if plugin == "good"] for results in hooks]


GOOD_ANSWERS = [["good"], ["id_squared"], ["quiet"], ["visit"], ["count"]]


def test_every_broken_file_is_tried() -> None:
    assert {path.stem for path in BROKEN.glob("*.py")} == {*AT_LOADING, *WHEN_ASKED, *ELSEWHERE}


@pytest.mark.parametrize("name", AT_LOADING)
def test_what_breaks_at_loading(manager, name: str) -> None:
    plugins = manager(name, "good")
    assert info(plugins, name).state == "failed"
    assert AT_LOADING[name] in info(plugins, name).error
    assert plugins.loaded() == ["good"]
    assert good_answers(plugins) == GOOD_ANSWERS
    assert info(plugins, "good").error == ""


@pytest.mark.parametrize("name", WHEN_ASKED)
def test_what_breaks_when_asked(manager, name: str) -> None:
    plugins = manager(name, "good")
    assert info(plugins, name).state == "failed"
    assert WHEN_ASKED[name] in info(plugins, name).error
    assert "\n" not in info(plugins, name).error
    assert good_answers(plugins) == GOOD_ANSWERS
    assert info(plugins, "good").state == "on"


def test_failures_come_with_the_results(manager) -> None:
    results = manager("raises", "good").segment_rules()
    assert [rule.name for rule in results] == ["quiet"]
    assert [(one.plugin, one.what) for one in results.failures] == [("raises", "crm_segment_rules")]


def test_all_broken_at_once(manager) -> None:
    plugins = manager(*AT_LOADING, *WHEN_ASKED, "good")
    states = {one.name: one.state for one in plugins.plugins()}
    assert states.pop("good") == "on"
    assert set(states.values()) == {"failed"}
    assert good_answers(plugins) == GOOD_ANSWERS


def test_of_two_segments_with_one_name_the_first_stays(manager) -> None:
    plugins = manager("lapsed_one", "lapsed_two")
    rules = plugins.segment_rules()
    assert sorted((plugin, rule.name) for plugin, rule in rules.values) == [
        ("lapsed_one", "lapsed"),
        ("lapsed_two", "long_lapsed"),
    ]
    [failure] = rules.failures
    assert failure.plugin == "lapsed_two"
    assert "the segment 'lapsed' already comes from plugin 'lapsed_one'" in failure.reason
    # It goes on with what is left of it, and says so.
    assert info(plugins, "lapsed_two").state == "on"
    assert "lapsed_one" in info(plugins, "lapsed_two").error


def test_the_cores_names_are_the_cores(manager) -> None:
    plugins = manager("core_kind", "core_fact")
    assert [kind.name for kind in plugins.interaction_kinds()] == ["tea"]
    assert "the interaction kind 'chat' already comes from crmcore itself" in info(plugins, "core_kind").error
    assert [fact.name for fact in plugins.facts()] == ["days_at_sea"]
    assert "the fact 'total_spent' already comes from crmcore itself" in info(plugins, "core_fact").error


def test_facts_that_lead_to_the_same_days_clash(manager) -> None:
    plugins = manager("same_days")
    assert [fact.name for fact in plugins.facts()] == ["tea"]
    assert "'tea_at' (days_since_tea) is there twice" in info(plugins, "same_days").error


def test_two_plugins_with_one_name(manager, tmp_path: Path) -> None:
    plugins = manager("good", installed=True)
    # A shop's file cannot take the place of what is installed without anybody noticing.
    taken = next(one.name for one in plugins.plugins() if one.source == "built-in")
    (tmp_path / "plugins" / f"{taken}.py").write_text((tmp_path / "plugins" / "good.py").read_text())
    again = PluginManager.load(plugins.config)
    second = [one for one in again.plugins() if one.name == taken][1]
    assert (second.state, second.family) == ("failed", "shop")
    assert second.error == f"plugins/{taken}.py has the name of the plugin from built-in: rename one"


def test_a_failure_is_in_the_log_with_its_traceback(manager, tmp_path: Path) -> None:
    manager("raises", "good").plugins()
    log = (tmp_path / "logs" / "plugins.log").read_text("utf-8")
    assert "plugin raises failed in crm_segment_rules: ValueError: no rules today (raises.py, line 6)" in log
    assert "Traceback (most recent call last)" in log
    assert 'raise ValueError("no rules\\ntoday")' in log


def test_what_went_wrong_at_work_is_told_in_the_list(manager, tmp_path: Path) -> None:
    plugins = manager("odd_facts", "good")
    histories = [History(number, date(2026, 3, 5), "CNY", {}, ()) for number in (1, 2)]
    with plugins.worker() as worker:
        worker.facts("odd_facts", "odd", histories)
    # Another process, another day: the list still knows, until somebody mends the file.
    later = PluginManager.load(plugins.config)
    row = info(later, "odd_facts")
    assert row.state == "on"
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\d \d\d:\d\d fact odd: ValueError \(odd_facts.py, line \d+\) \(1 of 2\)", row.error
    )
    assert info(later, "good").error == ""
    path = tmp_path / "plugins" / "odd_facts.py"
    os.utime(path, (path.stat().st_mtime + 60,) * 2)
    assert info(later, "odd_facts").error == ""


def test_failures_of_long_ago_are_over(manager, tmp_path: Path) -> None:
    plugins = manager("good")
    (tmp_path / "logs").mkdir()
    log = tmp_path / "logs" / "plugins.log"
    log.write_text("2020-01-01 10:00:00,000 plugin good failed in fact id_squared: it hung\n")
    assert info(plugins, "good").error == ""
    assert last_failures(tmp_path / "logs") == {}
    assert last_failures(None) == last_failures(tmp_path / "nowhere") == {}


def test_a_mended_setting_is_not_held_against_a_plugin(manager) -> None:
    broken = manager("good", settings={"good": {"days": "soon"}})
    assert info(broken, "good").state == "failed"
    assert info(manager("good"), "good").error == ""


def test_a_log_that_cannot_be_written_costs_nothing(manager, tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file in the place of the folder")
    assert good_answers(manager("raises", "good")) == GOOD_ANSWERS
