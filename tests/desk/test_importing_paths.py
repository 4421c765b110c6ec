"""Paths as people type, paste and drop them."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest

from crmcore.desk.importing_paths import complete, entries, likely_folder, path_in, paths_in, split_typed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("订单 1月.csv", "it's (2).xlsx", "orders.csv", "notes.doc", ".hidden.csv"):
        (tmp_path / name).touch()
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "a.csv").touch()
    return tmp_path


def test_one_path_with_blanks_and_quotation_marks(folder: Path) -> None:
    for name in ("订单 1月.csv", "it's (2).xlsx"):
        path = folder / name
        assert paths_in(str(path)) == [path]
        assert paths_in(f"  {path}\n") == [path]
        assert paths_in(f'"{path}"') == [path]


@pytest.mark.skipif(os.name == "nt", reason="how terminals of POSIX systems quote")
def test_dropped_files_as_terminals_write_them(folder: Path) -> None:
    both = [folder / "订单 1月.csv", folder / "it's (2).xlsx"]
    assert paths_in(" ".join(shlex.quote(str(one)) for one in both) + " ") == both
    escaped = [str(one).replace(" ", r"\ ").replace("'", r"\'").replace("(", r"\(") for one in both]
    assert paths_in(" ".join(escaped)) == both
    assert paths_in("\r\n".join(one.as_uri() for one in both)) == both


def test_names_relative_to_a_folder_wildcards_and_what_is_not_there(folder: Path) -> None:
    assert paths_in("orders.csv", folder) == [folder / "orders.csv"]
    assert paths_in("*.csv old/*", folder) == [
        folder / "orders.csv",
        folder / "订单 1月.csv",
        folder / "old/a.csv",
    ]
    assert paths_in("nothing.csv", folder) == [folder / "nothing.csv"]
    assert paths_in("~/nothing-there.csv") == [Path.home() / "nothing-there.csv"]
    assert paths_in("'half", folder) == [folder / "'half"]
    assert paths_in(" \n ") == []


def test_completion_up_to_what_all_have_in_common(folder: Path) -> None:
    assert complete("ol", folder) == f"old{os.sep}"
    assert complete("o", folder) == "o"  # old, orders.csv
    assert complete("OR", folder) == "orders.csv"
    assert complete(f"{folder}/订", None) == f"{folder}/订单 1月.csv"
    assert complete("zz", folder) == "zz"
    assert split_typed(f"{folder}/old/a") == (folder / "old", "a")


def test_a_folder_shows_folders_then_tables(folder: Path) -> None:
    os.utime(folder / "orders.csv", (5, 5))
    shown = [one.path.name for one in entries(folder)]
    assert shown[0] == "old"
    assert shown[-2:] == ["orders.csv", "notes.doc"]
    assert ".hidden.csv" not in shown
    assert entries(folder / "not there") == []
    assert likely_folder(folder / "old") == folder / "old"


def test_one_path_that_need_not_be_there(folder: Path) -> None:
    assert path_in(" new shop ", folder) == folder / "new shop"
    assert path_in('"new shop"', folder) == folder / "new shop"
    assert path_in("~/new shop") == Path.home() / "new shop"
