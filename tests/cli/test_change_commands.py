"""changes: every act is listed, shown and taken back."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Crm


def test_acts_are_listed_newest_first_with_who_and_why(crm: Crm, filled: Path, monkeypatch: object) -> None:
    crm("log", 1, "note", "x", shop=filled)
    found = crm("changes", "list", "--json", shop=filled).json["changes"]
    assert [one["kind"] for one in found][:2] == ["log", "import"]
    assert all(one["actor"] for one in found)
    assert len(crm("changes", "list", "--limit", 1, "--json", shop=filled).json["changes"]) == 1
    assert "orders.csv" in crm("changes", "list", shop=filled).out


def test_an_act_is_shown_with_what_it_touched(crm: Crm, filled: Path) -> None:
    (act,) = [
        one
        for one in crm("changes", "list", "--json", shop=filled).json["changes"]
        if one["kind"] == "import"
    ]
    shown = crm("changes", "show", act["id"], "--json", shop=filled).json
    assert shown["records"]["orders"] == {"made": 4}
    assert shown["records"]["customers"] == {"made": 2}
    assert "orders: made 4" in crm("changes", "show", act["id"], shop=filled).out
    crm("customer", "edit", 1, "--name", "x", shop=filled)
    edit = crm("changes", "list", "--json", shop=filled).json["changes"][0]["id"]
    assert crm("changes", "show", edit, "--json", shop=filled).json["records"]["customers"] == {"updated": 1}


def test_any_act_is_taken_back(crm: Crm, filled: Path) -> None:
    crm("log", 1, "note", "x", shop=filled)
    act = crm("changes", "list", "--json", shop=filled).json["changes"][0]["id"]
    undone = crm("changes", "undo", act, "--json", shop=filled)
    assert (undone.code, undone.json["kept"]) == (0, [])
    assert crm("stats", "--json", shop=filled).json["interactions"] == {}
    again = crm("changes", "undo", act, shop=filled)
    assert (again.code, again.out) == (1, "")


def test_an_unknown_act_is_refused(crm: Crm, filled: Path) -> None:
    for word in ("show", "undo"):
        shown = crm("changes", word, 999, shop=filled)
        assert (shown.code, shown.out) == (1, "")
        assert "999" in shown.err


def test_what_happened_to_the_playbook_is_told_in_words(crm: Crm, shop_folder: Path) -> None:
    zh = ("--lang", "zh")
    assert crm(*zh, "calendar", "add", "birthday", "--on", "5-20", shop=shop_folder).code == 0
    listed = crm(*zh, "changes", "list", shop=shop_folder).out
    assert "日历：新增了 birthday" in listed
    assert "calendars" not in listed
    assert "文档：新建 1" in crm(*zh, "changes", "show", 1, shop=shop_folder).out
