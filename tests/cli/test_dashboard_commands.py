"""dashboard, and presets by `report`: chosen, shown, refused."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Crm

SALES = ("sales", "--set", "by=month", "--set", "start=2026-01-01", "--set", "end=2026-02-28")


def test_tiles_are_chosen_shown_and_taken_off(crm: Crm, filled: Path) -> None:
    offered = crm("dashboard", "choices", *SALES, "--json", shop=filled).json["choices"]
    assert {"what": "figure", "table": "sales", "column": "paid"}.items() <= offered[2].items()
    added = crm("dashboard", "add", "mine", *SALES, "--column", "paid", "--json", shop=filled)
    assert (added.code, added.json) == (0, {"dashboard": "mine", "tiles": 1})
    shown = crm("dashboard", "show", "mine", "--json", shop=filled).json
    [tile] = shown["tiles"]
    assert (shown["dashboard"], tile["report"], tile["figure"], tile["problem"]) == (
        "mine",
        "sales",
        "359.90",
        "",
    )
    assert "359.90" in crm("dashboard", "show", "mine", shop=filled).out
    then = crm("dashboard", "show", "mine", "--as-of", "2026-02-01", "--json", shop=filled).json
    assert then["as_of"] == "2026-02-01"
    names = crm("dashboard", "list", "--json", shop=filled).json["dashboards"]
    assert [one["name"] for one in names] == ["home", "mine"]
    crm("dashboard", "add", "early", "sales", "--column", "paid", shop=filled)
    early = crm("dashboard", "show", "early", "--as-of", "2019-01-01", shop=filled)
    assert "Nothing to show by 2019-01-01: the first order is of 20" in early.err
    assert "--as-of" in early.err
    refused = crm("dashboard", "add", "mine", *SALES, "--column", "payed", shop=filled)
    assert (refused.code, refused.out) == (2, "")
    assert "payed" in refused.err
    assert crm("dashboard", "take-off", "mine", "2", shop=filled).code == 2
    assert crm("dashboard", "take-off", "mine", "1", "--json", shop=filled).json["tiles"] == 0
    assert crm("dashboard", "remove", "mine", "--json", shop=filled).json["removed"] is True
    assert "home" in crm("dashboard", "show", "hoem", shop=filled).err


def test_a_preset_is_kept_listed_run_and_forgotten(crm: Crm, filled: Path) -> None:
    kept = crm("report", "keep", "spring", *SALES, shop=filled)
    assert (kept.code, kept.out) == (0, "")
    assert [one["name"] for one in crm("report", "list", "--json", shop=filled).json["presets"]] == ["spring"]
    found = crm("report", "spring", "--json", shop=filled).json
    assert (found["report"], len(found["rows"])) == ("sales", 2)
    assert crm("report", "keep", "spring", "sales", "--set", "bye=day", shop=filled).code == 2
    assert crm("report", "forget", "spring", shop=filled).code == 0
    assert crm("report", "spring", shop=filled).code == 1
