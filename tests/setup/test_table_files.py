"""Tables for people and machines: nothing a spreadsheet would run, whole files or none."""

from __future__ import annotations

import json
import subprocess
import sys
import zlib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from crmcore import table_files
from crmcore.errors import FileError, UsageError

RISKY = ["=1+1", "+cmd|x", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1+1"]
HARMLESS = ["+8613800138000", "-12.50", "+44 20 7946 0000", "a=b", "", "李雷"]


@pytest.mark.parametrize("text", RISKY)
def test_what_a_spreadsheet_would_run_is_made_text(text: str) -> None:
    assert table_files.neutral(text) == f"'{text}"


@pytest.mark.parametrize("value", [*HARMLESS, -5, 1.5, None, Decimal("-1.00")])
def test_what_is_harmless_stays(value: object) -> None:
    assert table_files.neutral(value) == value  # type: ignore[arg-type]


def test_headers_are_neutral_too(tmp_path: Path) -> None:
    table_files.write_table(tmp_path / "x.csv", ["=a"], [])
    assert (tmp_path / "x.csv").read_text("utf-8-sig") == "'=a\n"


def test_json_is_raw(tmp_path: Path) -> None:
    rows = [(text, 1) for text in [*RISKY, "\ud800"]]
    assert table_files.write_table(tmp_path / "x.json", ["text", "n"], rows) == len(rows)
    read = json.loads((tmp_path / "x.json").read_text("utf-8"))
    assert [one["text"] for one in read] == [*RISKY, "\ud800"]


def test_a_sheet_that_is_full_goes_on_in_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_files, "SHEET_ROWS", 4)
    rows = [(number, "x" * 40_000) for number in range(7)]
    told: list[str] = []
    assert table_files.write_table(tmp_path / "x.xlsx", ["n", "text"], rows, told.append) == 7
    book = openpyxl.load_workbook(tmp_path / "x.xlsx")
    numbers = [[row[0] for row in sheet.iter_rows(values_only=True)] for sheet in book]
    assert numbers == [["n", 0, 1, 2], ["n", 3, 4, 5], ["n", 6]]
    [cut] = told
    assert cut.startswith("7 texts are longer than the 32,767 characters of a cell of xlsx and were cut: ")
    assert "text in row 2, text in row 3, text in row 4, text in row 2 of sheet 2, " in cut
    table_files.write_table(tmp_path / "x.csv", ["n", "text"], rows, told.append)
    table_files.write_table(tmp_path / "y.xlsx", ["n", "text"], [(1, "x" * 32_767)], told.append)
    assert told == [cut]


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("older")

    def rows() -> Iterator[tuple[int]]:
        yield (1,)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        table_files.write_table(tmp_path / "x.csv", ["n"], rows())
    assert (tmp_path / "x.csv").read_text() == "older"
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of its own that has no room but for 128 KB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    order = ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(folder)]
    if sys.platform != "linux" or subprocess.run(order, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here: it takes Linux, and root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("ending", ["csv", "json", "xlsx"])
def test_a_full_disk_is_told_and_leaves_the_older_file(full_disk: Path, ending: str) -> None:
    file = full_disk / f"x.{ending}"
    file.write_text("older")
    rows = [
        (number, "".join(map(str, (zlib.crc32(b"%d %d" % (number, i)) for i in range(40)))))
        for number in range(900)
    ]
    with pytest.raises(FileError, match=rf"x\.{ending} cannot be written: there is no room left on the disk"):
        table_files.write_table(file, ["n", "text"], rows)
    assert file.read_text() == "older"
    assert [path.name for path in full_disk.iterdir()] == [file.name]


def test_a_folder_that_takes_no_file_is_told(tmp_path: Path) -> None:
    name = "x" * 252  # with its ending, longer than a name may be
    for ending in ("csv", "json", "xlsx"):
        with pytest.raises(FileError, match=rf"{ending} cannot be written: its name is too long"):
            table_files.write_table(tmp_path / f"{name}.{ending}", ["n"], [])
    assert list(tmp_path.iterdir()) == []


def test_refusals(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.csv, \.xlsx, \.json"):
        table_files.write_table(tmp_path / "x.pdf", ["n"], [])
    with pytest.raises(FileError, match="no folder"):
        table_files.write_table(tmp_path / "no" / "x.csv", ["n"], [])
