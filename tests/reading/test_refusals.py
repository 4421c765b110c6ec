"""Files that cannot be read at all: each says what it is, why, and what to do next."""

# ruff: noqa: RUF012 - declarations and tables, one line a row
from __future__ import annotations

import os
import sys
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from crmcore.errors import FileError, MappingError
from crmcore.hooks.table_importer import Batch, TableImporter
from crmcore.importing.reading import bind, open_tables, peek


class Orders(TableImporter):
    platform, record = "made_up", "order"
    columns = {"order_ref": "订单编号", "name": "收货人"}


def refusal(path: Path, importer: TableImporter | None = None) -> str:
    with pytest.raises(FileError) as caught:
        open_tables(path, importer, path.parent / "w")
    assert path.name in str(caught.value)
    return str(caught.value)


def put(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_missing(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "gone.csv")


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "exports").mkdir()
    assert "--watch" in refusal(tmp_path / "exports")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_not_allowed(tmp_path: Path) -> None:
    path = put(tmp_path / "a.csv", b"a,b\n1,2\n")
    path.chmod(0)
    assert "permissions" in refusal(path)


def test_empty(tmp_path: Path) -> None:
    assert "empty" in refusal(put(tmp_path / "a.csv", b""))


def test_empty_while_its_download_goes_on(tmp_path: Path) -> None:
    put(tmp_path / "a.csv.part", b"half")
    assert "still being downloaded" in refusal(put(tmp_path / "a.csv", b""))


def test_only_empty_lines(tmp_path: Path) -> None:
    assert "empty lines" in refusal(put(tmp_path / "a.csv", b"\n\n  \n,,\n"))


def test_a_header_without_rows_is_a_table_without_rows(tmp_path: Path) -> None:
    (part,) = open_tables(put(tmp_path / "a.csv", b"a,b\n"), None, tmp_path / "w")
    assert part.columns == ["a", "b"]


@pytest.mark.parametrize("name", ["a.csv.crdownload", "a.xlsx.part", "a.csv.download", "B.CSV.PARTIAL"])
def test_half_downloaded_by_its_name(tmp_path: Path, name: str) -> None:
    assert "download has not finished" in refusal(put(tmp_path / name, b"a,b\n1,2\n"))


def workbook(path: Path) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for number in range(200):
            sheet.write_row(number, 0, ["订单编号" if not number else str(number), "收货人"])
    return path


def test_half_a_workbook(tmp_path: Path) -> None:
    whole = workbook(tmp_path / "whole.xlsx").read_bytes()
    message = refusal(put(tmp_path / "a.xlsx", whole[: len(whole) // 2]))
    assert "in part" in message


def test_a_damaged_workbook(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx")
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/worksheets/sheet1.xml"] = b"<worksheet><sheetData><row"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    refusal(path)


def test_a_workbook_with_a_password(tmp_path: Path) -> None:
    # The container of an encrypted xlsx: OLE with a stream of that name.
    data = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(400)
    )
    assert "password" in refusal(put(tmp_path / "a.xlsx", data))


def test_a_workbook_that_unpacks_to_fill_the_memory(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx")
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet2.xml", "w") as part,
    ):
        for _million in range(101):
            part.write(b"A" * 1_000_000)
    assert "packed a thousandfold" in refusal(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are of POSIX")
def test_a_pipe_keeps_nobody_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.csv")
    assert "a pipe or a device" in refusal(tmp_path / "a.csv")


@pytest.mark.skipif(os.name == "nt" or sys.platform == "darwin", reason="names there are always text")
def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    path = put(Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.csv")), b"a,b\n1,2\n")
    assert "rename" in refusal(path)


def test_a_header_that_is_a_page_of_text_is_told_in_short(tmp_path: Path) -> None:
    message = refusal(put(tmp_path / "a.csv", b"x" * 50_000 + b",b\n1,2\n"), Orders())
    assert len(message) < 500


def test_half_an_old_workbook(tmp_path: Path) -> None:
    refusal(put(tmp_path / "a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)))


def test_a_zip_of_exports(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("orders.csv", "a,b\n")
    message = refusal(path)
    assert "orders.csv" in message
    assert "unpack" in message


@pytest.mark.parametrize(
    ("magic", "name"), [(b"%PDF-1.4", "PDF"), (b"\x89PNG\r\n", "PNG"), (b"\x1f\x8b\x08", "gzip")]
)
def test_other_kinds_of_file(tmp_path: Path, magic: bytes, name: str) -> None:
    assert name in refusal(put(tmp_path / "a.csv", magic + bytes(50)))


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    assert "not a table" in refusal(put(tmp_path / "a.csv", bytes(range(256)) * 20))


def test_the_mark_of_an_open_spreadsheet(tmp_path: Path) -> None:
    assert "orders.xlsx" in refusal(put(tmp_path / "~$orders.xlsx", b"x" * 165))
    assert "orders.csv" in refusal(put(tmp_path / ".~lock.orders.csv#", b",root,host;"))


def test_a_file_that_is_open_in_a_spreadsheet_is_read_and_said(tmp_path: Path) -> None:
    put(tmp_path / ".~lock.a.csv#", b",root,host;")
    (part,) = open_tables(put(tmp_path / "a.csv", b"a,b\n1,2\n"), None, tmp_path / "w")
    assert "open in a spreadsheet" in part.notes[0]


def test_locked_by_another_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows refuses to open a file that Excel holds; nothing here can make that happen for real."""

    def locked(self: Path, *_args: object, **_options: object) -> None:
        error = PermissionError(13, "Permission denied")
        error.winerror = 32  # type: ignore[attr-defined]
        raise error

    path = put(tmp_path / "a.csv", b"a,b\n1,2\n")
    monkeypatch.setattr(Path, "open", locked)
    with pytest.raises(FileError, match="another program"):
        peek(path)


def test_a_web_page_without_a_table(tmp_path: Path) -> None:
    assert "web page" in refusal(put(tmp_path / "a.xls", b"<html><body>Please log in</body></html>"))


def test_none_of_the_importers_columns(tmp_path: Path) -> None:
    message = refusal(put(tmp_path / "a.csv", b"foo,bar\n1,2\n"), Orders())
    assert "orders" in message
    assert "foo, bar" in message
    assert "--as" in message


def test_header_line_that_is_not_there(tmp_path: Path) -> None:
    class Ninth(Orders):
        header = 9

    assert "line 9" in refusal(put(tmp_path / "a.csv", b"a,b\n1,2\n"), Ninth())


def test_a_sheet_that_is_not_there(tmp_path: Path) -> None:
    class Second(Orders):
        sheet = "订单信息"

    message = refusal(workbook(tmp_path / "a.xlsx"), Second())
    assert "订单信息" in message
    assert "Sheet1" in message


def test_the_column_that_identifies_a_row_is_missing() -> None:
    with pytest.raises(MappingError) as caught:
        bind(Orders(), ["订单编码", "收货人"])
    assert "order_ref" in str(caught.value)
    assert "'订单编码'" in str(caught.value)
    with pytest.raises(MappingError, match="订单编号"):
        bind(Orders(), ["foo", "收货人"])


def test_batches_that_do_not_fit(tmp_path: Path) -> None:
    class Own(Orders):
        def read(self, path: Path):  # type: ignore[no-untyped-def]
            yield Batch({"订单编号": ["1", "2"], "收货人": ["a"]}, 1)

    assert "batches" in refusal(put(tmp_path / "a.bin", b"x"), Own())
