"""calendar: what is listed, what a shop adds, what it takes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Crm


def test_list_add_and_remove(crm: Crm, shop_folder: Path) -> None:
    year = crm("calendar", "list", "--year", 2024, "--json", shop=shop_folder).json
    found = {one["name"]: one for one in year["occasions"]}
    assert (found["double_11"]["first"], found["double_11"]["last"]) == ("2024-10-21", "2024-11-11")
    assert found["mid_autumn"]["title"] == {"zh": "中秋节", "en": "Mid-Autumn Festival"}
    listed = crm("calendar", "list", "--kind", "platform", shop=shop_folder).out
    assert "double_11" in listed
    assert "mid_autumn" not in listed
    assert "平台大促" in crm("--lang", "zh", "calendar", "list", "--kind", "platform", shop=shop_folder).out

    made = crm(
        "calendar",
        "add",
        "opened",
        "--on",
        "05-20",
        "--run-up",
        7,
        "--zh",
        "店庆",
        "--json",
        shop=shop_folder,
    )
    assert made.json["occasion"]["source"] == "shop"
    assert made.json["occasion"]["day"].endswith("-05-20")
    closed = crm(
        "calendar",
        "add",
        "closed",
        "--from",
        "2026-12-30",
        "--to",
        "2027-01-02",
        "--kind",
        "off",
        shop=shop_folder,
    )
    assert closed.out == "Written down closed: 2026-12-30 – 2027-01-02.\n"
    now = {one["name"]: one for one in crm("calendar", "list", "--json", shop=shop_folder).json["occasions"]}
    assert now["closed"]["kind"] == "off"
    assert crm("calendar", "remove", "opened", "--json", shop=shop_folder).json == {
        "occasion": "opened",
        "removed": True,
    }
    gone = crm("calendar", "remove", "opened", shop=shop_folder)
    assert gone.code == 1
    assert "opened" in gone.err


def test_days_that_are_none(crm: Crm, shop_folder: Path) -> None:
    for words, code in (((), 2), (("--on", "someday"), 2), (("--from", "soon"), 2)):
        refused = crm("calendar", "add", "x", *words, shop=shop_folder)
        assert refused.code == code
        assert refused.err


def test_what_others_use_is_named_by_every_command_that_would_take_it_away(
    crm: Crm, shop_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_PLUGINS", "lapse")

    def file(text: str) -> Path:
        (tmp_path / "x.yaml").write_text(text, "utf-8")
        return tmp_path / "x.yaml"

    titled = "title: {zh: 甲, en: A}"
    crm("calendar", "add", "opened", "--on", "05-20", shop=shop_folder)
    for rule in ("days_until_opened: {lte: 9}", "segment: lapsed_180", "worth: {gte: 1}"):
        if rule[0] == "w":
            crm("playbook", "save", "fields", "worth", file(f"{titled}\ntype: int"), shop=shop_folder)
        name = rule.partition(":")[0]
        saved = crm("segment", "save", file(f"name: s_{name}\nwhere: {{{rule}}}"), shop=shop_folder)
        assert saved.code == 0, saved.err
    article = f"{titled}\ntext: {{zh: 文, en: A}}\nsegments: [s_worth]"
    crm("playbook", "save", "articles", "how", file(article), shop=shop_folder)
    crm("template", "save", file("name: hi\npurpose: service\ntext: Hi"), shop=shop_folder)
    plan = f"{titled}\nbody: {{messages: {{'*': {{template: hi}}}}}}"
    crm("playbook", "save", "campaigns", "plan", file(plan), shop=shop_folder)
    for words, who in (
        (("calendar", "remove", "opened"), "segments/s_days_until_opened"),
        (("playbook", "remove", "calendars", "opened"), "segments/s_days_until_opened"),
        (("playbook", "remove", "fields", "worth"), "segments/s_worth"),
        (("playbook", "save", "fields", "worth", file(f"{titled}\ntype: text")), "segments/s_worth"),
        (("segment", "remove", "s_worth"), "articles/how"),
        (("template", "remove", "hi"), "campaigns/plan"),
        (("plugin", "settings", "lapse", "--set", "bands=[30]"), "segments/s_segment"),
    ):
        told = crm(*words, shop=shop_folder)
        assert (told.code, told.out) == (1, ""), words
        head, named = told.err.strip().splitlines()
        assert "is used: change first what would not work any more" in head
        assert named.startswith(f"Error: {who}: ")
        as_json = crm(*words, "--json", shop=shop_folder)
        assert (as_json.code, len(as_json.json["faults"])) == (1, 2)
    assert crm("segment", "remove", "s_days_until_opened", shop=shop_folder).code == 0
    assert crm("calendar", "remove", "opened", shop=shop_folder).code == 0
