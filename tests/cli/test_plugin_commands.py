"""plugin and run-plugin: states, settings, new ones, broken ones, and what they offer to scripts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Crm, Files

PETS = '''\
"""Pet food: when is the bag empty?"""
from dataclasses import dataclass
from datetime import date, timedelta
from crmcore import Action, Fact, History, SegmentRule, hookimpl, where

@dataclass(frozen=True)
class Settings:
    """What the shop may set."""
    greeting: str = "hello"

@dataclass(frozen=True)
class Wish:
    text: str
    loud: bool = False

def dress_worn_out(history: History, days: int) -> date | None:
    for line in history.lines(category="连衣裙"):
        return line.paid_on + timedelta(days=days)
    return None

def greet(shop, wish: Wish):
    """Write a note onto everybody with a dress."""
    told = [shop.log(one.id, "note", wish.text) for one in shop.customers("has_dress")]
    return {"told": len(told), "loud": wish.loud}

def explode(shop):
    raise RuntimeError("no luck")

@hookimpl
def crm_segment_rules():
    return [Fact(dress_worn_out, zh="旧了", en="Dress worn out", settings={"days": 365}),
            SegmentRule("has_dress", where("dress_worn_out").exists(), zh="有裙子", en="Has a dress")]

@hookimpl
def crm_actions():
    return [Action("greet", greet, zh="问候", en="Greet", parameters=Wish), Action("explode", explode)]
'''


@pytest.fixture
def pets(filled: Path) -> Path:
    """The filled shop with a plugin file of its own and a broken one beside it."""
    (filled / "plugins" / "pets.py").write_text(PETS, "utf-8")
    (filled / "plugins" / "broken.py").write_text("def oops(:\n", "utf-8")
    return filled


def test_list_names_every_plugin_and_why_one_failed(crm: Crm, pets: Path) -> None:
    listed = crm("plugin", "list", "--json", shop=pets)
    assert listed.code == 0
    found = {one["name"]: one for one in listed.json["plugins"]}
    for one in found.values():
        assert set(one) == {"name", "family", "version", "source", "state", "error"}
    assert (found["taobao"]["family"], found["taobao"]["state"]) == ("importers", "on")
    assert (found["pets"]["family"], found["pets"]["state"]) == ("shop", "on")
    assert found["broken"]["state"] == "failed"
    assert found["broken"]["error"]
    assert "failed" in crm("plugin", "list", shop=pets).out


def test_info(crm: Crm, pets: Path) -> None:
    found = crm("plugin", "info", "pets", "--json", shop=pets).json
    assert found["brings"] == {
        "facts": ["dress_worn_out"],
        "segments": ["has_dress"],
        "actions": ["greet", "explode"],
    }
    assert "crm_actions" in found["hooks"]
    assert "has_dress" in crm("plugin", "info", "pets", shop=pets).out
    missing = crm("plugin", "info", "pet", shop=pets)
    assert missing.code == 1
    assert "pets" in missing.err


def test_a_python_fact_is_there_when_it_is_asked_for(crm: Crm, pets: Path) -> None:
    assert crm("segment", "count", "has_dress", shop=pets).out == "1\n"
    card = crm("customer", "show", 1, "--json", shop=pets).json
    assert card["facts"]["dress_worn_out"] == "2027-02-01"
    assert "Dress worn out" in crm("customer", "show", 1, shop=pets).out


def test_settings_are_shown_set_checked_and_reset(crm: Crm, pets: Path) -> None:
    before = crm("plugin", "settings", "pets", "--json", shop=pets).json["settings"]
    assert {one["name"]: one["value"] for one in before} == {"greeting": "hello", "days": 365}
    changed = crm(
        "plugin", "settings", "pets", "--set", "days=10", "--set", "greeting=hi", "--json", shop=pets
    )
    assert {one["name"]: one["value"] for one in changed.json["settings"]} == {"greeting": "hi", "days": 10}
    card = crm("customer", "show", 1, "--json", shop=pets).json
    assert card["facts"]["dress_worn_out"] == "2026-02-11"
    for wrong in ("days=soon", "dais=1"):
        shown = crm("plugin", "settings", "pets", "--set", wrong, shop=pets)
        assert (shown.code, shown.out) == (2, "")
        assert "days" in shown.err
    again = crm("plugin", "settings", "pets", "--reset", "--json", shop=pets)
    assert {one["name"]: one["value"] for one in again.json["settings"]} == {"greeting": "hello", "days": 365}
    assert crm("plugin", "settings", "taobao", shop=pets).code == 0
    assert crm("plugin", "settings", "nothing", shop=pets).code == 1


def test_a_plugin_is_switched_off_and_on(crm: Crm, pets: Path) -> None:
    assert crm("plugin", "disable", "pets", "--json", shop=pets).json["state"] == "off"
    names = [one["name"] for one in crm("segment", "list", "--json", shop=pets).json["segments"]]
    assert "has_dress" not in names
    ran = crm("run-plugin", "pets", shop=pets)
    assert ran.code == 1
    assert "crm plugin enable pets" in ran.err
    assert "on" in crm("plugin", "enable", "pets", shop=pets).out
    assert crm("segment", "count", "has_dress", shop=pets).out == "1\n"
    for word in ("enable", "disable"):
        assert crm("plugin", word, "nothing", shop=pets).code == 1


def test_what_would_not_work_without_a_plugin_is_named_and_asked_about(crm: Crm, pets: Path) -> None:
    (pets / "mine.yaml").write_text("name: mine\nwhere: {segment: has_dress}\n")
    assert crm("segment", "save", pets / "mine.yaml", shop=pets).code == 0
    asked = crm("plugin", "disable", "pets", shop=pets)
    assert (asked.code, asked.out) == (2, "")
    assert "without plugin pets this would not work any more:\nsegments/mine: " in asked.err
    assert "say --yes" in asked.err
    refused = crm("plugin", "disable", "pets", "--json", shop=pets)
    assert refused.code == 1
    assert refused.json["faults"][1]["where"] == "segments/mine"
    done = crm("plugin", "disable", "pets", "--yes", "--json", shop=pets)
    assert (done.code, done.json["state"]) == (0, "off")
    assert [one["where"] for one in done.json["stopped"]] == ["segments/mine"]


@pytest.mark.parametrize("family", ["importer", "segment_rule", "advice"])
def test_a_new_plugin_works_at_once(crm: Crm, filled: Path, family: str) -> None:
    made = crm("plugin", "new", "mine", "--family", family, "--json", shop=filled)
    assert made.json == {"plugin": "mine", "file": str(filled / "plugins" / "mine.py")}
    tried = crm("plugin", "test", "mine", "--json", shop=filled)
    assert tried.code == 0, tried.out
    assert "error" not in {one["level"] for one in tried.json["findings"]}
    assert crm("plugin", "new", "mine", "--family", family, shop=filled).code == 1
    assert crm("plugin", "new", "My Plugin", shop=filled).code == 2
    assert crm("plugin", "new", "other", "--family", "nonsense", shop=filled).code == 2


def test_a_new_plugin_needs_a_folder(crm: Crm, filled: Path) -> None:
    shown = crm("plugin", "new", "mine", shop=f"sqlite:///{filled}/shop.db")
    assert shown.code == 1
    assert "crm init" in shown.err


def test_trying_a_broken_plugin_fails_with_the_reason(crm: Crm, pets: Path) -> None:
    tried = crm("plugin", "test", "broken", shop=pets)
    assert tried.code == 1
    assert "✗" in tried.out
    assert crm("plugin", "test", "nothing", shop=pets).code == 1
    run = crm("run-plugin", "broken", shop=pets)
    assert (run.code, run.out) == (1, "")
    assert "SyntaxError" in run.err or "syntax" in run.err


def test_run_plugin_alone_lists_what_it_offers_with_counts(crm: Crm, pets: Path) -> None:
    listed = crm("run-plugin", "pets", "--json", shop=pets).json
    assert listed["plugin"] == "pets"
    offers = {one["name"]: one for one in listed["result"]}
    assert offers["has_dress"]["count"] == 1
    assert {"greet", "explode"} <= set(offers)
    shown = crm("run-plugin", "pets", shop=pets).out
    assert "has_dress" in shown
    assert "Greet" in shown


def test_run_plugin_runs_an_action(crm: Crm, pets: Path) -> None:
    done = crm("run-plugin", "pets", "greet", "你好", "--set", "loud=true", "--json", shop=pets)
    assert done.code == 0, done.err
    assert done.json == {
        "plugin": "pets",
        "action": "greet",
        "result": {"told": 1, "loud": True},
        "warnings": [],
    }
    entry = crm("customer", "show", 1, "--json", shop=pets).json["timeline"][0]
    assert (entry["kind"], entry["text"]) == ("note", "你好")
    assert "told: 1" in crm("run-plugin", "pets", "greet", "x", shop=pets).out


def test_run_plugin_imports_and_counts(crm: Crm, shop_folder: Path, files: Files) -> None:
    counted = crm("run-plugin", "lapse", "lapsed_90", "lapsed_365", "--json", shop=shop_folder)
    assert [one["count"] for one in counted.json["result"]] == [0, 0]
    files.orders.write_text("买家昵称,订单号\n", "utf-8")
    wrong = crm("run-plugin", "taobao", files.orders, shop=shop_folder)
    assert (wrong.code, wrong.out) == (1, "")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["nothing"], 1, "nothing"),
        (["pet"], 1, "pets"),
        (["pets", "greet"], 2, "text"),
        (["pets", "greet", "a", "true", "b"], 2, "2 arguments"),
        (["pets", "greet", "--set", "colour=red"], 2, "colour"),
        (["pets", "explode"], 1, "RuntimeError (pets.py, line 27)"),
        (["lapse", "lapsed_91"], 1, "lapsed_90"),
        (["broken"], 1, "broken"),
        ([], 2, "NAME"),
    ],
)
def test_run_plugin_refuses(crm: Crm, pets: Path, words: list[str], code: int, said: str) -> None:
    shown = crm("run-plugin", *words, shop=pets)
    assert (shown.code, shown.out) == (code, ""), shown
    assert said in shown.err
    assert "Traceback" not in shown.err
