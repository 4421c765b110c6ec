"""The documentation's plugins are run as printed, and the references are what the code says."""

from __future__ import annotations

import re
import sys
from datetime import date
from importlib import import_module
from pathlib import Path

import pytest

from crmcore.hooks import testing
from crmcore.hooks.contributions import HOOKS, SPEC_MODULES
from crmcore.hooks.discovery import PluginConfig
from crmcore.hooks.manager import PluginManager
from crmcore.hooks.worker import Worker
from crmcore.records.history import History, Line

ROOT = Path(__file__).resolve().parent.parent.parent
PRINTED = re.compile(r"<!-- file: (\w+)\.py -->\n```python\n(.*?)```", re.S)
GUIDE = dict(PRINTED.findall((ROOT / "docs" / "plugins.md").read_text("utf-8")))


@pytest.fixture
def shop(tmp_path: Path) -> PluginConfig:
    """A shop with every plugin of the guide, as printed."""
    (tmp_path / "plugins").mkdir()
    for name, text in GUIDE.items():
        (tmp_path / "plugins" / f"{name}.py").write_text(text, "utf-8")
    return PluginConfig(tmp_path, installed=False)


def test_the_guide_prints_a_plugin_of_every_family() -> None:
    assert {hook for hook in HOOKS for text in GUIDE.values() if f"def {hook}(" in text} == set(HOOKS)


@pytest.mark.parametrize("name", sorted(GUIDE))
def test_each_printed_plugin_works(shop: PluginConfig, name: str) -> None:
    findings = testing.test_plugin(shop, name)
    assert not [one for one in findings if one.level == testing.ERROR]
    assert [one for one in findings if one.level == testing.OK]


def test_the_pet_food_plugin_knows_when_the_bag_is_empty(shop: PluginConfig) -> None:
    paid = 1_772_503_200  # 2026-03-03 10:00 in Shanghai
    numbers = {"zone": "Asia/Shanghai", "at_seconds": paid, "paid_seconds": paid}
    prices = {"unit_price_minor": 8900, "total_minor": 8900, "currency": "CNY"}
    where_from = {"source": "weidian", "source_tag": None, "order_id": 1, "sku": None}

    def bought(title: str, quantity: int, category: str = "pet_food") -> History:
        line = Line(title=title, quantity=quantity, category=category, **numbers, **prices, **where_from)  # type: ignore[arg-type]
        return History(1, date(2026, 3, 5), "CNY", {}, (), all_lines=(line,))

    histories = [
        bought("成猫粮 2kg", 1),
        bought("狗粮 1.5 公斤", 2),
        bought("猫砂", 1),
        bought("2kg", 1, "toys"),
    ]
    with Worker(shop) as worker:
        assert worker.facts("pet_food", "food_runs_out", histories) == [
            date(2026, 3, 13),
            date(2026, 3, 18),
            None,
            None,
        ]


def test_the_weidian_plugin_reads_the_category_from_the_title(shop: PluginConfig) -> None:
    [importer] = PluginManager.load(shop).importers()
    assert (importer.name, importer.names_of("phone")) == ("weidian", ("手机号", "收货人手机"))
    with Worker(shop) as worker:
        titles = [("【猫粮】成猫粮 2kg",), ("运费",), ("】",)]
        assert worker.column("weidian", "weidian", "category", titles) == ["猫粮", "运费", None]


def test_readme_prints_the_same_plugins() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    for name, text in PRINTED.findall(readme):
        assert text == GUIDE[name], f"README and docs/plugins.md differ in {name}.py"


@pytest.mark.parametrize("module", SPEC_MODULES)
def test_each_example_in_a_hooks_docstring_runs(tmp_path: Path, docs, module: str) -> None:
    for hook, function in docs.hooks_of(import_module(module)):
        code = re.search(r"```python\n(.*?)```", docs._hook_text(hook, function), re.S)
        assert code is not None
        folder = tmp_path / hook
        (folder / "plugins").mkdir(parents=True)
        (folder / "plugins" / "example.py").write_text("from crmcore import *\n" + code[1], "utf-8")
        plugins = PluginManager.load(PluginConfig(folder, installed=False))
        assert len(plugins.call(hook)) == 1, plugins.failures
        assert len(code[1].strip().splitlines()) <= 8


def test_the_references_are_up_to_date(docs, capsys) -> None:
    assert docs.main(["--check", "hooks.md", "fields.md"]) == 0, capsys.readouterr().out


def test_every_hook_stands_in_the_reference_with_its_signature(docs) -> None:
    reference = (ROOT / "docs" / "hooks.md").read_text("utf-8")
    for module in SPEC_MODULES:
        for hook, function in docs.hooks_of(import_module(module)):
            assert f"### {hook}\n\n`{docs.signature_of(hook, function)}`" in reference


@pytest.fixture
def docs(monkeypatch: pytest.MonkeyPatch):
    """scripts/docs.py as a module."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    yield import_module("docs")
    sys.modules.pop("docs", None)
