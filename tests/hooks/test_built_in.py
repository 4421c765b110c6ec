"""The plugins that come with crmcore live by the rules for everybody's plugins."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import crmcore
from crmcore.calendar.calendar import _built_in
from crmcore.hooks import testing
from crmcore.hooks.discovery import PluginConfig, installed_plugins
from crmcore.hooks.manager import PluginManager
from crmcore.hooks.offers import report_fields
from crmcore.i18n import LANGUAGES, speaking
from crmcore.regions.regions import usual
from crmcore.rules.around import Around
from crmcore.rules.occasions import Occasions

ROOT = Path(__file__).resolve().parent.parent.parent / "plugins"
FILES = sorted(
    path for path in ROOT.rglob("*.py") if path.name != "__init__.py" or path.parent.parent != ROOT
)
# A plugin of several files is a folder in its family's; the others are a file each.
PLUGINS = sorted(
    path.parent.name if path.name == "__init__.py" else path.stem
    for path in FILES
    if path.name == "__init__.py" or path.parent.parent == ROOT
)
BUILT_IN = [one.name for one in installed_plugins() if one.source == "built-in"]


def imports(path: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The modules that a file imports, and the names it takes from each."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, ()) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or ""), tuple(alias.name for alias in node.names)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_it_imports_the_public_names_and_nothing_else_of_ours(path: Path) -> None:
    own = path.parent.parent != ROOT  # the files of one plugin may import each other
    for module, names in imports(path):
        if own and module.startswith(".") and not module.startswith(".."):
            continue
        assert not module.startswith((".", "crm_", "plugins")), (
            f"{module}: a plugin does not import another one"
        )
        assert not module.startswith("crmcore."), f"{module} is the inside: import from crmcore"
        if module == "crmcore":
            assert set(names) <= set(crmcore.__all__)


def test_every_file_is_a_plugin_and_every_plugin_has_its_file() -> None:
    assert sorted(PLUGINS) == sorted(BUILT_IN)


def test_all_are_on_and_say_what_they_are() -> None:
    for one in PluginManager.load(PluginConfig(only=frozenset(BUILT_IN))).plugins():
        assert (one.name, one.state, one.error) == (one.name, "on", "")
        assert one.description, one.name


@pytest.mark.parametrize("name", BUILT_IN)
def test_each_stands_the_trial_of_any_plugin(name: str) -> None:
    around = Around(
        Occasions(dict(_built_in(2026))), usual()
    )  # segments may ask for the days until a festival
    findings = testing.test_plugin(PluginConfig(), name, around=around)
    assert not [one for one in findings if one.level == testing.ERROR]


def test_everything_has_titles_in_both_languages() -> None:
    manager = PluginManager.load(PluginConfig(only=frozenset(BUILT_IN)))
    for one in (
        *manager.facts(),
        *manager.folds(),
        *manager.segment_rules(),
        *manager.interaction_kinds(),
        *manager.advice(),
        *manager.panels(),
        *manager.channels(),
    ):
        assert one.zh, one.name
        assert one.en, one.name
    for channel in manager.channels():
        assert set(channel.about) == {"zh", "en"}, channel.name
        assert all(one.zh and one.en for one in channel.outcomes), channel.name
    for importer in manager.importers():
        assert set(importer.title) == {"zh", "en"}, importer.name


def test_descriptions_and_explanations_stand_in_both_languages() -> None:
    """What a plugin is for and what each of its settings and parameters means; Chinese texts are Chinese."""
    manager = PluginManager.load(PluginConfig(only=frozenset(BUILT_IN)))
    said: dict[str, dict[str, str]] = {}
    for language in LANGUAGES:
        with speaking(language):
            for info in manager.plugins():
                said.setdefault(info.name, {})[language] = info.description
                for one in manager.settings_fields(info.name):
                    said.setdefault(f"{info.name}.{one.name}", {})[language] = one.doc
            for report in manager.reports():
                for one in report_fields(report):
                    said.setdefault(f"{report.name}.{one.name}", {})[language] = one.doc
    for name, texts in said.items():
        assert texts["en"], name
        assert re.search("[\u4e00-\u9fff]", texts["zh"]), name
        assert texts["zh"] != texts["en"], name
    assert said["lapse.bands"]["zh"] == "各段从多少天没下单开始"
