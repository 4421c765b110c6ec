"""calendar: what is listed, what a shop adds, what it takes back."""

from __future__ import annotations

from pathlib import Path

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
