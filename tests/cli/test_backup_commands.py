"""backup, restore, check and move: nothing is lost on the way, and nothing is written over by mistake."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import Crm, Files
from tests.cli.test_plugin_commands import PETS


def _state(crm: Crm, shop: object) -> list[object]:
    """What a move or a restore must not change."""
    questions = (
        ["stats"],
        ["customer", "show", 1],
        ["customer", "find", "李雷"],
        ["segment", "members", "active", "--as-of", "2026-02-10"],
        ["changes", "list"],
        ["imports", "list"],
    )
    return [crm("--lang", "en", *words, "--json", shop=shop).json for words in questions]


def test_a_backup_is_one_file_that_is_a_shop(crm: Crm, filled: Path, tmp_path: Path) -> None:
    file = tmp_path / "b" / "shop-backup.db"
    file.parent.mkdir()
    made = crm("backup", file, "--json", shop=filled)
    assert made.json == {"file": str(file), "bytes": file.stat().st_size}
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    assert _state(crm, f"sqlite:///{file}") == _state(crm, filled)


def test_a_backup_never_writes_over_a_file(crm: Crm, filled: Path, tmp_path: Path) -> None:
    (tmp_path / "b.db").write_text("mine")
    for file, said in ((tmp_path / "b.db", "already"), (tmp_path / "no" / "b.db", "no folder")):
        shown = crm("backup", file, shop=filled)
        assert (shown.code, shown.out) == (1, "")
        assert said in shown.err
    assert (tmp_path / "b.db").read_text() == "mine"


def test_restore_brings_everything_back_and_keeps_what_was_there(
    crm: Crm, filled: Path, tmp_path: Path
) -> None:
    before = _state(crm, filled)
    crm("backup", tmp_path / "b.db", shop=filled)
    crm("customer", "add", "--name", "later", shop=filled)
    asked = crm("restore", tmp_path / "b.db", shop=filled)
    assert (asked.code, asked.out) == (2, "")
    restored = crm("restore", tmp_path / "b.db", "--yes", "--json", shop=filled)
    assert restored.code == 0, restored.err
    assert _state(crm, filled) == before
    kept = restored.json["kept"]
    assert crm("stats", "--json", shop=f"sqlite:///{kept}").json["customers"] == 3
    assert crm("check", shop=filled).code == 0


@pytest.mark.parametrize("damage", ["missing", "garbage"])
def test_restore_works_where_the_database_is_lost(
    crm: Crm, filled: Path, tmp_path: Path, damage: str
) -> None:
    with sqlite3.connect(filled / "shop.db") as connection:
        connection.execute("UPDATE changes SET at = unixepoch('2026-05-01T20:00Z')")  # the shop's May 2nd
    connection.close()
    before = _state(crm, filled)
    crm("backup", tmp_path / "b.db", shop=filled)
    for file in filled.glob("shop.db*"):
        file.unlink()
    if damage == "garbage":
        (filled / "shop.db").write_bytes(b"SQLite format 3\x00" + b"garbage" * 2000)
    lost = crm("stats", shop=filled)
    assert lost.code == 1, lost
    restored = crm("restore", tmp_path / "b.db", "--yes", shop=filled)
    assert restored.code == 0, restored.err
    assert "since 2026-05-02 is not known" in " ".join(restored.err.split())
    assert _state(crm, filled) == before


def test_restore_refuses_what_is_no_backup(crm: Crm, filled: Path, tmp_path: Path) -> None:
    before = _state(crm, filled)
    (tmp_path / "text.db").write_text("no database")
    sqlite3.connect(tmp_path / "other.db").execute("CREATE TABLE t (x)").connection.close()
    crm("backup", tmp_path / "good.db", shop=filled)
    whole = (tmp_path / "good.db").read_bytes()
    (tmp_path / "torn.db").write_bytes(whole[: len(whole) // 2])
    crm("init", tmp_path / "dollars", "--currency", "USD")
    for file in ("missing.db", "text.db", "other.db", "torn.db", "dollars/shop.db"):
        shown = crm("restore", tmp_path / file, "--yes", shop=filled)
        assert (shown.code, shown.out) == (1, ""), file
    assert _state(crm, filled) == before


def test_check_finds_what_is_wrong_and_rebuild_mends_it(crm: Crm, filled: Path) -> None:
    assert crm("check", "--json", shop=filled).json == {"ok": True, "refusals_missing": False, "problems": []}
    with sqlite3.connect(filled / "shop.db") as connection:
        connection.execute("UPDATE cards SET total_spent = 1 WHERE customer_id = 1")
        connection.execute("DELETE FROM search_texts WHERE customer_id = 2")
    connection.close()
    found = crm("check", "--json", shop=filled)
    assert found.code == 1
    assert [one["count"] for one in found.json["problems"]] == [1, 1]
    assert "figures" in crm("check", shop=filled).out
    assert crm("check", "--rebuild", shop=filled).code == 0
    with sqlite3.connect(filled / "shop.db") as connection:
        connection.execute("UPDATE orders SET customer_id = 77 WHERE number = 'A3'")
    connection.close()
    assert "orders.customer_id" in crm("check", shop=filled).out


def test_check_finds_a_damaged_file(crm: Crm, filled: Path) -> None:
    sqlite3.connect(filled / "shop.db").execute("PRAGMA wal_checkpoint(TRUNCATE)").connection.close()
    with (filled / "shop.db").open("r+b") as file:
        file.seek(40 * 4096)
        file.write(b"\xff" * 4096 * 4)
    shown = crm("check", "--json", shop=filled)
    assert shown.code == 1


@pytest.mark.parametrize(
    "harm", ["DROP TABLE order_lines", "UPDATE meta SET value = 'abc' WHERE key = 'schema_version'"]
)
def test_a_database_that_lacks_something_is_damaged(crm: Crm, filled: Path, harm: str) -> None:
    with sqlite3.connect(filled / "shop.db") as connection:
        connection.execute(harm)
    connection.close()
    for command in ("check", "stats"):
        told = crm(command, "--json", shop=filled)
        assert (told.code, told.out) == (1, "")
        assert "crm restore" in told.err


def test_a_shop_moves_to_postgresql_and_back(
    crm: Crm, filled: Path, files: Files, empty_postgresql_url: str, tmp_path: Path
) -> None:
    (filled / "plugins" / "pets.py").write_text(PETS, "utf-8")
    crm("customer", "edit", 1, "--tag", "VIP", shop=filled)
    crm("log", 1, "complaint", "broken", shop=filled)
    before = _state(crm, filled)
    moved = crm("move", empty_postgresql_url, "--json", shop=filled)
    assert moved.code == 0, moved.err
    assert yaml.safe_load((filled / "shop.yaml").read_text("utf-8"))["database"] == empty_postgresql_url
    assert _state(crm, filled) == before
    assert crm("segment", "count", "has_dress", shop=filled).out == "1\n"
    assert crm("check", shop=filled).code == 0
    # New ids go on where the old database stopped, and what was imported before is known.
    added = crm("customer", "add", "--name", "later", "--json", shop=filled).json["id"]
    assert added == 3
    again = crm("import", files.orders, "--mapping", files.mapping, "--json", shop=filled)
    assert again.code == 0, again.err
    assert again.json["batches"][0]["same"] == 5
    gone = crm("stats", shop=f"sqlite:///{filled}/shop.db")
    assert gone.code == 1
    assert "has moved to" in gone.err
    (filled / "plugins" / "pets.py").unlink()  # a bare database has no plugins of the folder's own
    before = _state(crm, filled)
    crm("backup", tmp_path / "from-postgresql.db", shop=filled)
    assert _state(crm, f"sqlite:///{tmp_path}/from-postgresql.db") == before
    assert crm("move", f"sqlite:///{filled}/second.db", shop=filled).code == 0
    assert _state(crm, filled) == before


def test_restore_into_postgresql(crm: Crm, filled: Path, empty_postgresql_url: str, tmp_path: Path) -> None:
    crm("backup", tmp_path / "b.db", shop=filled)
    before = _state(crm, filled)
    assert crm("move", empty_postgresql_url, shop=filled).code == 0
    crm("customer", "add", "--name", "later", shop=filled)
    assert crm("restore", tmp_path / "b.db", "--yes", shop=filled).code == 0
    assert _state(crm, filled) == before


def test_a_shop_is_never_moved_over_another(
    crm: Crm, filled: Path, postgresql_url: str, tmp_path: Path
) -> None:
    assert crm("customer", "add", "--name", "theirs", shop=postgresql_url).code == 0
    for url in (
        postgresql_url,
        f"sqlite:///{filled}/shop.db",
        "mysql://host/x",
        f"sqlite:///{tmp_path}/no/x.db",
    ):
        shown = crm("move", url, shop=filled)
        assert (shown.code, shown.out) == (1, ""), url
    assert crm("move", "postgres.example/shop", shop=filled).code == 2  # no file of that name is made
    assert crm("stats", "--json", shop=filled).json["customers"] == 2
    assert crm("stats", "--json", shop=postgresql_url).json["customers"] == 1


def test_a_backup_of_a_copy_of_the_folder_opens(crm: Crm, filled: Path, tmp_path: Path) -> None:
    shutil.copytree(filled, tmp_path / "copied")
    assert _state(crm, tmp_path / "copied") == _state(crm, filled)
