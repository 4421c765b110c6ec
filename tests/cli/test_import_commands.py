"""import and imports: counts, exit codes, rejected rows, undo."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.cli.conftest import Crm, Files

COUNTS = (
    "id",
    "importer",
    "files",
    "read",
    "new",
    "changed",
    "same",
    "rejected",
    "customers_new",
    "customers_changed",
    "orders_new",
    "orders_changed",
    "seconds",
)


def test_import_counts_rows_and_records(crm: Crm, shop_folder: Path, files: Files) -> None:
    brought = crm("import", files.orders, "--mapping", files.mapping, "--json", shop=shop_folder)
    assert brought.code == 0, brought.err
    (batch,) = brought.json["batches"]
    assert set(COUNTS) <= set(batch)
    assert batch["files"] == [str(files.orders)]
    assert (batch["read"], batch["new"], batch["rejected"]) == (5, 5, 0)
    assert (batch["customers_new"], batch["orders_new"]) == (2, 4)


def test_the_same_file_twice_changes_nothing(crm: Crm, filled: Path, files: Files) -> None:
    again = crm("import", files.orders, "--mapping", files.mapping, "--json", shop=filled)
    assert again.code == 0
    (batch,) = again.json["batches"]
    assert (batch["read"], batch["same"], batch["new"], batch["changed"]) == (5, 5, 0, 0)


def test_rows_set_aside_are_exit_3_and_told_on_stderr(crm: Crm, shop_folder: Path, files: Files) -> None:
    brought = crm("import", files.with_bad_row, "--mapping", files.mapping, "--json", shop=shop_folder)
    assert brought.code == 3
    (batch,) = brought.json["batches"]
    assert (batch["read"], batch["new"], batch["rejected"]) == (6, 5, 1)
    assert "bad.csv:7" in brought.err
    number = batch["id"]
    found = crm("imports", "rejects", number, "--json", shop=shop_folder).json
    assert [(one["line"], one["row"]["order"]) for one in found["rejects"]] == [(7, "A5")]
    assert "bad.csv" in crm("imports", "rejects", number, shop=shop_folder).out


def test_rejected_rows_come_back_as_a_file_to_mend(
    crm: Crm, shop_folder: Path, files: Files, tmp_path: Path
) -> None:
    crm("import", files.with_bad_row, "--mapping", files.mapping, shop=shop_folder)
    written = crm("imports", "rejects", 1, "--to", tmp_path / "mend.csv", "--json", shop=shop_folder)
    assert written.json["count"] == 1
    assert "wrote 1 row set aside by import 1 into a file" in crm("changes", "list", shop=shop_folder).out
    text = (tmp_path / "mend.csv").read_text("utf-8-sig")
    mended = text.replace("not a day", "2026-02-05 09:00:00")
    assert next(csv.DictReader(mended.splitlines()))["order"] == "A5"
    (tmp_path / "mend.csv").write_text(mended, "utf-8")
    again = crm("import", tmp_path / "mend.csv", "--mapping", files.mapping, "--json", shop=shop_folder)
    assert again.code == 0, again.err
    assert again.json["batches"][0]["orders_new"] == 1


def test_a_dry_run_changes_nothing_and_has_the_same_exit_code(
    crm: Crm, shop_folder: Path, files: Files
) -> None:
    tried = crm(
        "import", files.with_bad_row, "--mapping", files.mapping, "--dry-run", "--json", shop=shop_folder
    )
    assert tried.code == 3
    assert tried.json["batches"][0]["orders_new"] == 4
    assert crm("stats", "--json", shop=shop_folder).json["orders"] == 0
    assert crm("imports", "list", "--json", shop=shop_folder).json == {"imports": []}
    shown = crm("import", files.orders, "--mapping", files.mapping, "--dry-run", shop=shop_folder)
    assert "nothing was changed" in shown.out


def test_imports_are_listed_shown_and_undone(crm: Crm, filled: Path, files: Files) -> None:
    (listed,) = crm("imports", "list", "--json", shop=filled).json["imports"]
    assert (listed["id"], listed["state"], listed["read"]) == (1, "done", 5)
    assert crm("imports", "show", 1, "--json", shop=filled).json == listed
    assert "orders.csv" in crm("imports", "list", shop=filled).out
    assert "done" in crm("imports", "show", 1, shop=filled).out
    undone = crm("imports", "undo", 1, "--json", shop=filled)
    assert undone.code == 0, undone.err
    assert undone.json["kept"] == []
    found = crm("stats", "--json", shop=filled).json
    assert (found["customers"], found["orders"], found["order_lines"]) == (0, 0, 0)
    assert crm("imports", "show", 1, "--json", shop=filled).json["state"] == "undone"
    assert crm("imports", "undo", 1, shop=filled).code == 1


def test_an_undo_that_keeps_something_is_exit_3_and_names_it(crm: Crm, filled: Path) -> None:
    crm("customer", "edit", 1, "--set", "city=杭州", shop=filled)
    undone = crm("imports", "undo", 1, "--json", shop=filled)
    assert undone.code == 3
    assert undone.json["kept_count"] >= 1
    assert "customers 1" in undone.err


def test_what_cannot_be_imported_is_told_in_one_line(crm: Crm, shop_folder: Path, files: Files) -> None:
    missing = files.orders.with_name("missing.csv")
    for words, said in (
        (["import", missing, "--mapping", files.mapping], "missing.csv"),
        (["import", files.orders], "orders.csv"),
        (["import", files.orders, "--as", "nothing"], "nothing"),
        (["import", files.orders, "--mapping", missing], "missing.csv"),
        (["imports", "show", 99], "99"),
        (["imports", "undo", 99], "99"),
        (["imports", "resume", 99], "99"),
        (["imports", "rejects", 99], "99"),
    ):
        shown = crm(*words, "--json", shop=shop_folder)
        assert (shown.code, shown.out) == (1, ""), (words, shown)
        assert said in shown.err
        assert "Traceback" not in shown.err


def test_usage(crm: Crm, shop_folder: Path, files: Files) -> None:
    for words in (["import"], ["import", files.orders, "--dry-run", "--watch", files.orders.parent]):
        shown = crm(*words, shop=shop_folder)
        assert (shown.code, shown.out) == (2, ""), shown


def test_another_spelling_of_a_source_is_refused(crm: Crm, filled: Path, files: Files) -> None:
    """It would be another namespace: every order would be there twice."""
    for source in ("Corner", "corner shop", "", "c" * 100):
        shown = crm("import", files.orders, "--mapping", files.mapping, "--source", source, shop=filled)
        assert (shown.code, shown.out) == (2, ""), source
    assert crm("stats", "--json", shop=filled).json["orders"] == 4


def test_a_finished_import_has_nothing_to_resume(crm: Crm, filled: Path) -> None:
    shown = crm("imports", "resume", 1, shop=filled)
    assert shown.code == 1
    assert "nothing to resume" in shown.err
