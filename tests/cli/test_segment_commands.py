"""segment: the contract's documents, rules from files, exports that spreadsheets cannot run."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import openpyxl
import pytest

from tests.cli.conftest import Crm

RULE = """\
name: red_buyers
title: {zh: 买红裙子的, en: Bought red dresses}
params: {from: 100}
where:
  all:
    - total_spent: {gte: $from}
    - categories: {has: 连衣裙}
"""


@pytest.fixture
def rule(tmp_path: Path) -> Path:
    file = tmp_path / "red.yaml"
    file.write_text(RULE, "utf-8")
    return file


def test_list(crm: Crm, filled: Path) -> None:
    found = {one["name"]: one for one in crm("segment", "list", "--json", shop=filled).json["segments"]}
    assert found["lapsed_90"]["source"] == "lapse"
    assert set(found["lapsed_90"]["title"]) == {"zh", "en"}
    assert all(one["error"] is None for one in found.values())
    assert found["lapsed_90"]["title"]["en"] in crm("segment", "list", shop=filled).out
    chinese = crm("--lang", "zh", "segment", "list", shop=filled).out
    assert found["lapsed_90"]["title"]["zh"] in chinese


def test_count_and_members(crm: Crm, filled: Path) -> None:
    assert crm("segment", "count", "active", "--as-of", "2026-02-28", "--json", shop=filled).json == {
        "segment": "active",
        "as_of": "2026-02-28",
        "count": 1,
    }
    assert crm("segment", "count", "active", "--as-of", "2026-02-28", shop=filled).out == "1\n"
    assert crm("segment", "count", "active", "--as-of", "2025-12-31", shop=filled).out == "0\n"
    found = crm("segment", "members", "active", "--as-of", "2026-02-28", "--json", shop=filled).json
    assert found == {
        "segment": "active",
        "as_of": "2026-02-28",
        "count": 1,
        "customers": [{"id": 1, "name": "李雷"}],
    }
    assert "李雷" in crm("segment", "members", "active", "--as-of", "2026-02-28", shop=filled).out


def test_members_are_limited_and_say_so(crm: Crm, filled: Path) -> None:
    for number in range(5):
        crm("customer", "add", "--name", f"n{number}", "--tag", "VIP", shop=filled)
    rule = filled / "vip.yaml"
    rule.write_text("name: vip\nwhere:\n  all:\n    - tags: {has: VIP}\n", "utf-8")
    assert crm("segment", "save", rule, "--json", shop=filled).json == {"segment": "vip"}
    rule.write_text("name: far\nwhere: {city_tier: {eq: 7}}\n", "utf-8")
    for word in ("check", "save"):
        said = crm("segment", word, rule, "--json", shop=filled)
        assert (said.code, said.json["segment"]) == (0, "far")
        assert "Note: city_tier takes one of 1, 2, 3, not 7" in said.err
    few = crm("segment", "members", "vip", "--limit", 2, shop=filled)
    assert len(few.out.splitlines()) == 3
    assert "2 of 5" in few.err
    document = crm("segment", "members", "vip", "--limit", 2, "--json", shop=filled).json
    assert (document["count"], len(document["customers"])) == (5, 2)
    assert len(crm("segment", "members", "vip", "--limit", 0, "--json", shop=filled).json["customers"]) == 5


def test_explain(crm: Crm, filled: Path) -> None:
    found = crm("segment", "explain", "active", 1, "--as-of", "2026-02-28", "--json", shop=filled).json
    assert found["member"] is True
    assert found["why"]["held"] is True
    said = crm("segment", "explain", "active", 2, shop=filled)
    assert said.code == 0
    assert "does not belong" in said.out
    assert "✗" in said.out
    assert crm("segment", "explain", "active", 99, shop=filled).code == 1


def test_a_rule_is_checked_kept_shown_and_forgotten(crm: Crm, filled: Path, rule: Path) -> None:
    checked = crm("segment", "check", rule, "--json", shop=filled).json
    assert (checked["segment"], checked["count"]) == ("red_buyers", 1)
    assert crm("segment", "check", rule, "--set", "from=100000", "--json", shop=filled).json["count"] == 0
    assert crm("segment", "count", "red_buyers", shop=filled).code == 1
    assert crm("segment", "save", rule, shop=filled).code == 0
    assert crm("segment", "count", "red_buyers", shop=filled).out == "1\n"
    assert crm("segment", "count", "red_buyers", "--set", "from=100000", shop=filled).out == "0\n"
    assert "total_spent" in crm("segment", "show", "red_buyers", shop=filled).out
    assert "total_spent" in crm("segment", "show", "red_buyers", "--json", shop=filled).json["yaml"]
    removed = crm("segment", "remove", "red_buyers", "--json", shop=filled)
    assert removed.json == {"segment": "red_buyers", "removed": True}
    assert crm("segment", "remove", "red_buyers", shop=filled).code == 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["count", "lapsed_9"], 1, "lapsed_90"),
        (["count", "active", "--as-of", "someday"], 2, "someday"),
        (["count", "active", "--set", "nothing=1"], 1, "nothing"),
        (["check", "missing.yaml"], 1, "missing.yaml"),
        (["export", "active", "out.pdf", "--no-contacts"], 2, ".csv"),
        (["export", "active", "no/such/out.csv", "--no-contacts"], 1, "no folder"),
        (["export", "active", "out.csv"], 2, "--reason"),
        (["export", "active", "out.csv", "--reason", "  "], 2, "--reason"),
        (["export", "nothing", "out.csv", "--no-contacts"], 1, "nothing"),
    ],
)
def test_refusals(crm: Crm, filled: Path, words: list[str], code: int, said: str) -> None:
    shown = crm("segment", *words, shop=filled)
    assert (shown.code, shown.out) == (code, ""), shown
    assert said in shown.err
    assert not list(Path.cwd().glob("*out*"))


def test_a_wrong_rule_names_the_right_field(crm: Crm, filled: Path, rule: Path) -> None:
    rule.write_text(RULE.replace("total_spent", "total_spend"), "utf-8")
    for word in ("check", "save"):
        shown = crm("segment", word, rule, shop=filled)
        assert (shown.code, shown.out) == (1, "")
        assert "total_spent" in shown.err


def test_exports(crm: Crm, filled: Path, tmp_path: Path) -> None:
    crm("customer", "edit", 1, "--name", "=cmd|' /C calc'!A0", "--tag", "+1+1", shop=filled)
    words = ["segment", "export", "twice"]
    for ending in ("csv", "xlsx", "json"):
        why = ("--reason", "回访  名单")
        written = crm(*words, tmp_path / f"out.{ending}", *why, "--json", shop=filled)
        assert written.code == 0, written.err
        assert written.json == {"segment": "twice", "file": str(tmp_path / f"out.{ending}"), "count": 1}
    raw = (tmp_path / "out.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    (row,) = csv.DictReader(raw.decode("utf-8-sig").splitlines())
    assert row["name"] == "'=cmd|' /C calc'!A0"
    assert row["tags"] == "'+1+1"
    assert (row["phone"], row["total_spent"]) == ("+8613800138000", "720.00")
    assert row["last_order_at"] == "2026-02-01 09:00:00"
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").active
    assert sheet is not None
    names, values = sheet.iter_rows(values_only=False)
    cells = {str(name.value): cell for name, cell in zip(names, values, strict=True)}
    assert cells["name"].data_type == "s"
    assert cells["name"].value == "=cmd|' /C calc'!A0"
    assert cells["total_spent"].value == 720
    (record,) = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert (record["name"], record["total_spent"]) == ("=cmd|' /C calc'!A0", 72_000)
    crm("customer", "edit", "1", "--set", "name=tb13800138000", shop=filled)
    bare = crm(*words, tmp_path / "bare.csv", "--no-contacts", shop=filled)
    assert bare.code == 0
    assert "13800138000" not in (tmp_path / "bare.csv").read_text("utf-8-sig")
    assert ",tb***," in (tmp_path / "bare.csv").read_text("utf-8-sig")
    acts = [
        one
        for one in crm("changes", "list", "--json", shop=filled).json["changes"]
        if one["kind"] == "export"
    ]
    assert len(acts) == 4
    assert [one["why"].endswith("with phones and e-mails, because: 回访 名单") for one in acts].count(
        True
    ) == 3


def test_fields_are_listed_with_meaning_and_values(crm: Crm, filled: Path) -> None:
    found = {one["name"]: one for one in crm("segment", "fields", "--json", shop=filled).json["fields"]}
    assert found["total_spent"]["title"] == {"zh": "累计消费", "en": "Total spent"}
    assert found["total_spent"]["fill"] == 1.0
    listed = crm("--lang", "zh", "segment", "fields", "累计", shop=filled).out
    assert "total_spent" in listed
    assert "province" not in listed


def test_preview_says_how_many_at_what_cost(crm: Crm, filled: Path, rule: Path) -> None:
    found = crm("segment", "preview", rule, "--json", shop=filled).json
    counted = crm("segment", "check", rule, "--json", shop=filled).json
    assert (found["count"], found["exact"], found["margin"]) == (counted["count"], True, 0)
    assert found["milliseconds"] > 0
    shown = crm("segment", "preview", rule, "--exact", shop=filled)
    assert shown.out.startswith(f"{counted['count']} of {found['everybody']} customers")
    assert shown.err.endswith("ms\n")
    rule.write_text("name: x\nwhere: {order: {gte: 1}}", "utf-8")
    refused = crm("segment", "preview", rule, shop=filled)
    assert refused.code == 1
    assert "did you mean 'orders'" in refused.err


def test_members_are_kept_and_who_came_is_told(crm: Crm, filled: Path) -> None:
    crm("customer", "edit", 1, "--tag", "老客", shop=filled)
    own = filled / "vip.yaml"
    own.write_text("name: vip\nwhere: {tags: {has: VIP}}", "utf-8")
    crm("segment", "save", own, shop=filled)
    refused = crm("segment", "history", "vip", shop=filled)
    assert refused.code == 1
    assert "crm segment keep vip on" in refused.err
    assert crm("segment", "keep", "vip", shop=filled).code == 2
    assert crm("segment", "keep", "vip", "on", "--json", shop=filled).json == {"segment": "vip", "kept": True}
    assert [one["segment"] for one in crm("segment", "keep", "--json", shop=filled).json["kept"]] == ["vip"]
    crm("customer", "edit", 1, "--tag", "VIP", shop=filled)
    (move,) = crm("segment", "changes", "vip", "--json", shop=filled).json["changes"]
    assert (move["customer"], move["entered"], move["cause"]) == (1, True, "change")
    assert move["facts"] == {"tags": ["VIP", "老客"]}
    (came, _began) = crm("segment", "history", "vip", "--json", shop=filled).json["days"]
    assert (came["entered"], came["members"]) == (1, 1)
    assert "VIP" in crm("segment", "changes", "--customer", 1, shop=filled).out
    assert crm("segment", "keep", "vip", "off", shop=filled).code == 0
    assert crm("segment", "keep", "--json", shop=filled).json == {"kept": []}
