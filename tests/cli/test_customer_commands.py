"""customer and log: adding, editing, merging, everything held, and being forgotten."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Crm, Files


def test_add_and_show(crm: Crm, shop_folder: Path) -> None:
    words = ["--name", "李雷", "--phone", "138 0013 8000", "--email", "Li@Example.com", "--tag", "VIP"]
    added = crm(
        "customer", "add", *words, "--set", "city=杭州", "--set", "extra.size=M", "--json", shop=shop_folder
    )
    assert added.code == 0, added.err
    number = added.json["id"]
    card = crm("customer", "show", number, "--json", shop=shop_folder).json
    assert {"id", "name", "identities", "consents", "facts", "timeline"} <= set(card)
    assert (card["name"], card["city"], card["extra"], card["tags"]) == (
        "李雷",
        "杭州",
        {"size": "M"},
        ["VIP"],
    )
    assert {one["value"] for one in card["identities"]} == {"+8613800138000", "li@example.com"}
    shown = crm("customer", "show", number, shop=shop_folder).out
    assert "李雷" in shown
    assert "#VIP" in shown
    assert "size: M" in shown


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ([], 2, "at least a name"),
        (["--phone", "abc"], 2, "abc"),
        (["--email", "abc"], 2, "abc"),
        (["--set", "nam=x"], 2, "did you mean 'name'"),
        (["--set", "city"], 2, "--set NAME=VALUE"),
        (["--set", "birthday=tomorrow"], 2, "birthday"),
    ],
)
def test_add_refuses_what_cannot_be(
    crm: Crm, shop_folder: Path, words: list[str], code: int, said: str
) -> None:
    shown = crm("customer", "add", *words, shop=shop_folder)
    assert (shown.code, shown.out) == (code, "")
    assert said in shown.err
    assert crm("stats", "--json", shop=shop_folder).json["customers"] == 0


def test_somebody_else_with_that_phone_is_refused_and_maybe_the_same_is_told(crm: Crm, filled: Path) -> None:
    taken = crm("customer", "add", "--name", "Li", "--phone", "13800138000", shop=filled)
    assert taken.code == 1
    assert "customer 1" in taken.err
    maybe = crm("customer", "add", "--name", "李雷", "--json", shop=filled)
    assert maybe.code == 0
    assert [one["customer_id"] for one in maybe.json["maybe_same"]] == [1]
    assert "maybe the same person" in maybe.err


def test_edit_is_one_act_that_can_be_undone(crm: Crm, filled: Path) -> None:
    words = ["--name", "李雷雷", "--set", "city=", "--email", "li@example.com", "--tag", "VIP"]
    assert crm("customer", "edit", 1, *words, shop=filled).code == 0
    card = crm("customer", "show", 1, "--json", shop=filled).json
    assert (card["name"], card["tags"]) == ("李雷雷", ["VIP"])
    act = crm("changes", "list", "--json", shop=filled).json["changes"][0]["id"]
    assert crm("changes", "undo", act, shop=filled).code == 0
    card = crm("customer", "show", 1, "--json", shop=filled).json
    assert (card["name"], card["tags"]) == ("李雷", [])
    assert "li@example.com" not in json.dumps(card)


def test_edit_refuses(crm: Crm, filled: Path) -> None:
    assert crm("customer", "edit", 1, shop=filled).code == 2
    assert crm("customer", "edit", 99, "--name", "x", shop=filled).code == 1
    assert crm("customer", "edit", 1, "--phone", "13900139000", shop=filled).code == 1
    crm("customer", "merge", 1, 2, shop=filled)
    merged = crm("customer", "edit", 2, "--name", "x", shop=filled)
    assert merged.code == 1
    assert "merged into 1" in merged.err


def test_merge_and_split(crm: Crm, filled: Path) -> None:
    assert crm("customer", "merge", 1, 2, "--json", shop=filled).json == {"id": 1, "merged": 2}
    both = crm("customer", "show", 2, "--json", shop=filled).json
    assert (both["id"], both["asked_id"], both["merged"]) == (1, 2, [2])
    assert crm("customer", "split", 2, "--json", shop=filled).json == {"id": 2, "left": 1}
    assert crm("customer", "show", 2, "--json", shop=filled).json["id"] == 2
    assert crm("customer", "split", 2, shop=filled).code == 1
    assert crm("customer", "merge", 1, 1, shop=filled).code == 2


def test_timeline_and_facts(crm: Crm, filled: Path) -> None:
    card = crm("customer", "show", 1, "--json", shop=filled).json
    assert [entry["kind"] for entry in card["timeline"]] == ["order", "order"]
    assert card["timeline"][0]["data"]["number"] == "A2"
    assert card["facts"]["orders"] == 2
    assert card["facts"]["total_spent"] == 52_000 + 20_000
    assert len(crm("customer", "show", 1, "--limit", 1, "--json", shop=filled).json["timeline"]) == 1
    shown = crm("customer", "show", 1, shop=filled).out
    assert "720.00 CNY" in shown
    assert "2026-02-01 09:00" in shown


def test_log_writes_an_interaction(crm: Crm, filled: Path) -> None:
    words = ["complaint", "瓶子破了", "--at", "2026-03-01 12:00", "--due", "2026-03-03"]
    logged = crm(
        "log", 1, *words, "--set", "grade=2", "--set", "owner=Ann", "--set", "order=A2", "--json", shop=filled
    )
    assert logged.code == 0, logged.err
    assert logged.json["at"] == 1_772_337_600
    assert logged.json["due_at"] == 1_772_553_599  # the last second of that day in Shanghai
    entry = crm("customer", "show", 1, "--json", shop=filled).json["timeline"][0]
    assert (entry["kind"], entry["text"]) == ("complaint", "瓶子破了")
    assert (entry["data"]["payload"], entry["data"]["owner"]) == ({"grade": 2}, "Ann")
    assert entry["data"]["order_id"] is not None


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ([99, "note", "x"], 1),
        ([1, "nonsense", "x"], 2),
        ([1, "note", "x", "--at", "someday"], 2),
        ([1, "note", "x", "--due", "tomorrow"], 2),
        ([1, "complaint", "x", "--set", "colour=red"], 2),
        ([1, "complaint", "x", "--set", "order=Z9"], 1),
        ([1, "complaint"], 2),
    ],
)
def test_log_refuses(crm: Crm, filled: Path, words: list[object], code: int) -> None:
    shown = crm("log", *words, shop=filled)
    assert (shown.code, shown.out) == (code, "")
    assert crm("stats", "--json", shop=filled).json["interactions"] == {}


def test_export_gives_out_everything(crm: Crm, filled: Path, tmp_path: Path) -> None:
    crm("log", 1, "note", "likes red", shop=filled)
    crm("customer", "edit", 1, "--name", "李磊", shop=filled)
    held = crm("customer", "export", 1, shop=filled).json
    text = json.dumps(held, ensure_ascii=False)
    for word in ("李磊", "李雷", "13800138000", "likes red", "红裙子", "A2"):
        assert word in text
    assert "13900139000" not in text
    written = crm("customer", "export", 1, tmp_path / "li.json", "--json", shop=filled)
    assert written.json["file"] == str(tmp_path / "li.json")
    assert json.loads((tmp_path / "li.json").read_text("utf-8"))["id"] == 1
    kinds = [one["kind"] for one in crm("changes", "list", "--json", shop=filled).json["changes"]]
    assert kinds.count("export") == 2
    assert crm("customer", "export", 99, shop=filled).code == 1


def test_what_is_given_out_takes_the_place_of_an_older_file_whole(
    crm: Crm, filled: Path, tmp_path: Path
) -> None:
    file, opened, link = (tmp_path / name for name in ("li.json", "opened", "link"))
    file.write_text("older")
    opened.hardlink_to(file)  # what somebody sees who has the older one open
    assert crm("customer", "export", 1, file, shop=filled).code == 0
    assert (json.loads(file.read_text("utf-8"))["id"], opened.read_text()) == (1, "older")
    link.symlink_to(opened)  # as /dev/stdout is one
    assert crm("customer", "export", 1, link, shop=filled).code == 0
    assert (json.loads(opened.read_text("utf-8"))["id"], link.is_symlink()) == (1, True)
    assert sorted(tmp_path.glob(".*")) == []


def test_forget_leaves_no_trace_and_the_statistics_standing(crm: Crm, filled: Path, files: Files) -> None:
    crm("import", files.with_bad_row, "--mapping", files.mapping, shop=filled)
    crm(
        "customer",
        "add",
        "--name",
        "林涛涛",
        "--phone",
        "13700137000",
        "--set",
        "note=忌口花生酱",
        shop=filled,
    )
    crm("log", 3, "chat", "住在西湖区龙井路", shop=filled)
    crm("customer", "edit", 3, "--name", "林小涛", "--set", "address=龙井路一号", shop=filled)
    crm("customer", "edit", 3, "--tag", "爱喝龙井的人", "--email", "lin@private.example", shop=filled)
    crm("customer", "edit", 3, "--untag", "爱喝龙井的人", shop=filled)
    undone = crm("changes", "list", "--json", shop=filled).json["changes"][1]["id"]
    crm("changes", "undo", undone, shop=filled)
    crm("customer", "merge", 3, 1, shop=filled)
    assert "爱喝龙井的人" in crm("customer", "export", 3, shop=filled).out  # as an old value
    before = crm("stats", "--json", shop=filled).json
    asked = crm("customer", "forget", 3, shop=filled)
    assert asked.code == 2
    assert "--yes" in asked.err
    receipt = crm("customer", "forget", 1, "--yes", "--json", shop=filled)
    assert receipt.code == 0, receipt.err
    assert receipt.json["customer"] == 3
    assert receipt.json["erased"]["import_rejects"] == 1
    assert "Backups" in receipt.err
    assert crm("stats", "--json", shop=filled).json == before
    held = crm("customer", "export", 3, shop=filled).out
    database = b"".join(file.read_bytes() for file in filled.glob("shop.db*"))
    words = (
        "林涛涛",
        "林小涛",
        "13700137000",
        "13800138000",
        "忌口花生酱",
        "龙井",
        "李雷",
        "private.example",
    )
    for word in words:
        assert word not in held, word
        assert word.encode() not in database, word
        assert crm("customer", "find", word, "--json", shop=filled).json["customers"] == []
    assert crm("customer", "show", 3, "--json", shop=filled).json["facts"]["orders"] == 2
    assert crm("check", shop=filled).code == 0
    act = receipt.json["change_id"]
    assert crm("changes", "undo", act, shop=filled).code == 1


def test_find(crm: Crm, filled: Path) -> None:
    for word in ("李雷", "13800138000", "li", "A2", "lilei"):
        found = crm("customer", "find", word, "--json", shop=filled).json["customers"]
        assert found[0]["id"] == 1, word
        assert {"id", "name", "match", "certain"} <= set(found[0])
    assert crm("customer", "find", "nobody at all", "--json", shop=filled).json == {"customers": []}
    assert len(crm("customer", "find", "1", "--limit", 1, "--json", shop=filled).json["customers"]) <= 1
    assert "李雷" in crm("customer", "find", "李雷", shop=filled).out


def test_duplicates_are_settled_by_people(crm: Crm, filled: Path) -> None:
    listed = crm("customer", "duplicates", "--json", shop=filled).json
    assert listed == {"count": 0, "candidates": []}
    assert crm("customer", "duplicates", "--merge", 9, shop=filled).code == 1
    assert crm("customer", "duplicates", "--refuse", 9, shop=filled).code == 1
    assert crm("customer", "duplicates", "--refuse", 9, "--merge", 9, shop=filled).code == 2


def test_consent_is_written_down_with_its_proof(crm: Crm, filled: Path) -> None:
    bare = crm("customer", "consent", 1, "sms", "granted", shop=filled)
    assert (bare.code, bare.out) == (2, "")
    assert "proof" in bare.err
    given = crm(
        "customer",
        "consent",
        1,
        "sms",
        "granted",
        "--proof",
        "ticked the box on paper",
        "--json",
        shop=filled,
    )
    assert given.json == {"id": 1, "customer": 1}
    crm("customer", "consent", 1, "*", "denied", "--reason", "too many", shop=filled)
    card = crm("customer", "show", 1, "--json", shop=filled).json
    assert {(one["channel"], one["state"]) for one in card["consents"]} >= {("*", "denied")}
    assert crm("customer", "consent", 99, "sms", "denied", shop=filled).code == 1
    assert crm("customer", "consent", 1, "sms", "maybe", shop=filled).code == 2


def test_records_and_acts_read_in_chinese(crm: Crm, filled: Path) -> None:
    crm("--lang", "zh", "customer", "edit", 1, "--set", "gender=f", shop=filled)
    shown = crm("--lang", "zh", "customer", "show", 1, shop=filled).out
    assert "性别：女" in shown
    assert "手机" in shown
    assert not {"phone", "buyer", "female"} & set(shown.split())
    assert "name" not in crm("--lang", "zh", "customer", "find", "李雷", shop=filled).out
    crm("--lang", "zh", "log", 1, "complaint", "坏了", shop=filled)
    refused = crm("--lang", "zh", "customer", "consent", 1, "sms", "denied", shop=filled)
    assert refused.code == 0, refused.err
    acts = crm("--lang", "zh", "changes", "list", shop=filled).out
    assert "投诉" in acts
    assert "paid" not in crm("--lang", "zh", "customer", "show", 1, shop=filled).out
    assert not {"complaint", "sms", "denied"} & set(acts.split())
    one = crm("--lang", "zh", "imports", "show", 1, shop=filled).out
    assert [line for line in one.splitlines() if line[0].isascii()] == []
