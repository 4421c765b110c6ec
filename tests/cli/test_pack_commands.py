"""pack: made, looked at, checked, installed, upgraded, exported; each with --json."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Crm


@pytest.fixture(autouse=True)
def _no_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_PLUGINS", "")


@pytest.fixture
def pack(crm: Crm, tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    assert crm("pack", "new", "mine", "--to", folder, "--json").json == {
        "pack": "mine",
        "folder": str(folder),
    }
    return folder


def test_from_new_to_removed(crm: Crm, filled: Path, pack: Path) -> None:
    shown = crm("pack", "inspect", pack, "--json", shop=filled).json
    assert (
        "新顾客" not in crm("--lang", "zh", "pack", "inspect", pack, shop=filled).out
    )  # "new" of a customer
    assert (shown["name"], shown["tests"], shown["plan"]["counts"]["new"]) == ("mine", 1, 2)
    assert "90" in crm("pack", "inspect", pack, "--set", "quiet_days=30", shop=filled).out.replace("30", "90")
    checked = crm("pack", "check", pack, "--json", shop=filled)
    assert (checked.code, checked.json["usable"], checked.json["tests"][0]["passed"]) == (0, True, True)
    assert "mine_quiet" in crm("pack", "check", pack, shop=filled).out
    installed = crm("pack", "install", pack, "--set", "quiet_days=30", "--json", shop=filled).json
    assert (installed["installed"], installed["inputs"]) == (True, {"quiet_days": 30})
    assert [one["name"] for one in crm("pack", "list", "--json", shop=filled).json["packs"]] == ["mine"]
    assert "gte: 30" in crm("segment", "show", "mine_quiet", shop=filled).out
    assert crm("pack", "verify", "--json", shop=filled).json["packs"][0]["verdict"] == "whole"
    assert crm("pack", "install", pack, shop=filled).code == 1
    assert "installed already" in crm("pack", "upgrade", pack, shop=filled).out
    removed = crm("pack", "remove", "mine", "--json", shop=filled).json
    assert removed["counts"]["removed"] == 2
    assert crm("changes", "undo", removed["change"], shop=filled).code == 0
    assert "mine" in crm("pack", "list", shop=filled).out


def test_an_upgrade_lists_conflicts_and_takes_choices(
    crm: Crm, filled: Path, pack: Path, tmp_path: Path
) -> None:
    crm("pack", "install", pack, shop=filled)
    own = tmp_path / "own.yaml"
    own.write_text("name: mine_quiet\nwhere: {orders: {gte: 7}}\n", "utf-8")
    assert crm("segment", "save", own, shop=filled).code == 0
    for file, old, new in (("pack.yaml", "0.1.0", "0.2.0"), ("segments.yaml", "gte: 2", "gte: 3")):
        path = pack / file
        path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    side_by_side = crm("pack", "diff", "mine", shop=filled).out
    assert "gte: 7" in side_by_side
    assert "gte: 3" in side_by_side
    assert crm("pack", "diff", "mine", "--json", shop=filled).json["counts"]["conflict"] == 1
    refused = crm("pack", "upgrade", "mine", "--json", shop=filled)
    assert (refused.code, refused.json["conflicts"][0]["item"]) == (1, "segments/mine_quiet")
    told = crm("pack", "upgrade", "mine", shop=filled)
    assert (told.code, "--keep mine" in told.err) == (1, True)
    assert crm("pack", "upgrade", "mine", "--keep", "ours", shop=filled).code == 2
    done = crm("pack", "upgrade", "mine", "--keep", "segments/mine_quiet=mine", "--json", shop=filled).json
    assert (done["upgraded"], done["before"], done["after"]) == (True, "0.1.0", "0.2.0")
    (pack / "pack.yaml").write_text(
        (pack / "pack.yaml").read_text("utf-8").replace("0.2.0", "0.1.9"), "utf-8"
    )
    assert "0.1.9 is older" in crm("pack", "upgrade", "mine", shop=filled).err
    assert "gte: 7" in crm("segment", "show", "mine_quiet", shop=filled).out


def test_faults_are_told_line_by_line(crm: Crm, filled: Path, pack: Path) -> None:
    (pack / "tags.yaml").write_text("vip: {title: {zh: 贵宾}}\nx y: {}\n", "utf-8")
    for word in ("check", "inspect", "install", "diff", "upgrade"):
        told = crm("pack", word, pack, shop=filled)
        assert (told.code, len(told.err.strip().splitlines())) == (1, 2), word
        assert "tags.yaml:1:" in told.err
        as_json = crm("pack", word, pack, "--json", shop=filled)
        assert (as_json.code, [one["where"] for one in as_json.json["faults"]]) == (
            1,
            ["tags.yaml:1", "tags.yaml:2"],
        )
    assert crm("pack", "install", "nothing_of_that_name", shop=filled).code == 1


def test_what_nobody_here_knows_is_told_by_inspect_as_by_check(crm: Crm, filled: Path, pack: Path) -> None:
    path = pack / "segments.yaml"
    path.write_text(path.read_text("utf-8").replace("- orders:", "- ordrs:"), "utf-8")
    said = {}
    for word in ("inspect", "check"):
        shown = crm("pack", word, pack, shop=filled)
        said[word] = [line for line in shown.out.splitlines() if line.startswith("Does not fit: ")]
        assert "segments.yaml:6: mine_quiet: the card has no field 'ordrs'" in said[word][0]
        said[word].append(crm("pack", word, pack, "--json", shop=filled).json["misfits"])
    assert said["inspect"] == said["check"]


def test_what_leads_nowhere_is_told_by_each_that_looks_and_by_the_installation(
    crm: Crm, filled: Path, pack: Path
) -> None:
    (pack / "benchmarks.yaml").write_text("b: {title: {zh: 甲, en: A}, unit: days, value: 3, report: paymnt}")
    said = "benchmarks.yaml:1: b: it is shown nowhere until there is a report 'paymnt'"
    for word in ("inspect", "check", "install"):
        assert f"Note: {said}" in crm("pack", word, pack, shop=filled).out, word
    crm("pack", "remove", "mine", shop=filled)
    for word in ("inspect", "check", "install", "upgrade"):
        assert crm("pack", word, pack, "--json", shop=filled).json["notes"][0].startswith(said), word
    article = pack / "benchmarks.yaml"
    article.write_text("title: {zh: 甲, en: A}\nunit: days\nvalue: 3\nreport: paymnt\n", "utf-8")
    kept = crm("playbook", "save", "benchmarks", "own", article, shop=filled)
    assert (kept.code, "Note: benchmarks.yaml:4: own: it is shown nowhere" in kept.err) == (0, True)
    assert crm("playbook", "save", "benchmarks", "own", article, "--json", shop=filled).json["notes"]


def test_what_ships_is_listed_and_the_playbook_is_exported(crm: Crm, filled: Path, tmp_path: Path) -> None:
    names = [one["name"] for one in crm("pack", "list", "--available", "--json", shop=filled).json["packs"]]
    assert {"starter", "cosmetics", "home"} <= set(names)
    own = tmp_path / "own.yaml"
    own.write_text("name: loyal\ntitle: {zh: 忠诚, en: Loyal}\nwhere: {orders: {gte: 2}}\n", "utf-8")
    crm("segment", "save", own, shop=filled)
    target = tmp_path / "ours.crmpack"
    told = crm(
        "pack",
        "export",
        "ours",
        target,
        "--zh",
        "我们的",
        "--en",
        "Ours",
        "--author",
        "Ann",
        "--json",
        shop=filled,
    )
    assert (told.code, told.json["documents"]) == (0, {"segments": 1})
    assert crm("pack", "inspect", target, "--json", shop=filled).json["title"] == {
        "zh": "我们的",
        "en": "Ours",
    }
    again = crm("pack", "export", "ours", target, shop=filled)
    assert (again.code, "is there already" in again.err) == (1, True)


def test_the_playbook_is_read_and_written_document_by_document(
    crm: Crm, filled: Path, pack: Path, tmp_path: Path
) -> None:
    crm("pack", "install", pack, shop=filled)
    listed = crm("playbook", "list", "--json", shop=filled).json["entries"]
    assert [(one["family"], one["name"], one["source"]) for one in listed] == [
        ("segments", "mine_quiet", "mine"),
        ("templates", "mine_hello", "mine"),
    ]
    article = tmp_path / "a.yaml"
    article.write_text("title: {zh: 文, en: A}\ntext: {zh: 一, en: One}\n", "utf-8")
    assert crm("playbook", "save", "articles", "first", article, shop=filled).code == 0
    shown = crm("playbook", "show", "articles", "first", "--json", shop=filled).json
    assert (shown["source"], shown["body"]["text"]["en"], shown["under"]) == ("shop", "One", None)
    assert "One" in crm("playbook", "show", "articles", "first", shop=filled).out
    article.write_text("title: {zh: 文, en: A}\ntxt: x\n", "utf-8")
    wrong = crm("playbook", "save", "articles", "first", article, shop=filled)
    assert (wrong.code, "a.yaml:2: there is no key 'txt' here" in wrong.err) == (1, True)
    article.write_text("title: {zh: 档, en: B}\nedges: [1]\nfield: city\n", "utf-8")
    wrong = crm("playbook", "save", "bands", "towns", article, shop=filled)
    assert (wrong.code, "a.yaml:3: towns: 'city' cannot be cut into bands: choose" in wrong.err) == (1, True)
    told = crm("playbook", "save", "bands", "towns", article, "--json", shop=filled).json
    assert [one["where"] for one in told["faults"]] == ["a.yaml:3"]
    assert crm("playbook", "remove", "articles", "first", shop=filled).code == 0
    assert crm("playbook", "save", "segments", "x", article, shop=filled).code == 2
    for words in (("show", "articles", "first"), ("list", "artikles"), ("remove", "articles", "first")):
        assert crm("playbook", *words, shop=filled).code == 1
