"""Workbooks, old and new, and pages that only call themselves one. All rows are made up."""

# ruff: noqa: RUF012 - declarations and tables, one line a row
from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter
import xlwt

from crmcore.hooks.table_importer import TableImporter
from crmcore.importing.reading import lines_of, peek
from tests.reading.helpers import read, read_all

HEADER = ["订单编号", "下单时间", "数量", "金额", "备注"]


class Orders(TableImporter):
    platform, record = "made_up", "order_line"
    columns = {
        "order_ref": "订单编号",
        "placed_at": "下单时间",
        "quantity": "数量",
        "order_total": "金额",
        "note": "备注",
    }


def xlsx(path: Path, *sheets: tuple[str, list[list[object]]]) -> Path:
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for name, rows in sheets:
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for position, cell in enumerate(row):
                    if isinstance(cell, (date, datetime)):
                        sheet.write_datetime(number, position, cell, moment)
                    elif cell is not None:
                        sheet.write(number, position, cell)
    return path


def test_cells_become_the_text_people_mean(tmp_path: Path) -> None:
    path = xlsx(
        tmp_path / "a.xlsx",
        ("s", [HEADER, ["3515300000000001", datetime(2020, 2, 26, 12, 30, 21), 12.0, 0.1 + 0.2, True],
               [578539, date(2020, 2, 26), -3, 1240.5, None]]),
    )  # fmt: skip
    got = read(path, tmp_path / "w")
    assert [list(row.values()) for row in got.rows] == [
        ["3515300000000001", "2020-02-26 12:30:21", "12", "0.3", "true"],
        ["578539", "2020-02-26 00:00:00", "-3", "1240.5", ""],
    ]


def test_hidden_sheets_are_left_out_unless_they_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        for name, number in (("orders", "1"), ("last year", "2"), ("drafts", "3")):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, HEADER)
            sheet.write_row(1, 0, [number, "2025-01-01 10:00:00", "1", "2", ""])
            if name == "last year":
                sheet.hide()
            if name == "drafts":
                sheet.very_hidden()
    assert [one.name for one in peek(path).sheets] == ["orders"]
    got = read(path, tmp_path / "w", Orders())
    assert [row["订单编号"] for row in got.rows] == ["1"]
    assert got.part.notes == ["hidden sheets left out: last year, drafts"]

    class Named(Orders):
        sheet = "last year"

    got = read(path, tmp_path / "w", Named())
    assert [row["订单编号"] for row in got.rows] == ["2"]
    assert got.part.notes == []


def test_numbers_above_15_digits_are_damaged(tmp_path: Path) -> None:
    path = xlsx(
        tmp_path / "a.xlsx",
        (
            "s",
            [
                HEADER,
                [351530000000000123, "2020-01-01", 1, 1, "x"],
                ["351530000000000124", "2020-01-01", 1, 1, "y"],
            ],
        ),
    )
    got = read(path, tmp_path / "w", Orders())
    assert got.column("备注") == ["y"]
    ((line, reason),) = got.rejects
    assert line == 2
    assert "订单编号" in reason


def test_every_sheet_that_has_the_columns(tmp_path: Path) -> None:
    row = ["1", "2020-01-01", 1, 1, ""]
    path = xlsx(
        tmp_path / "a.xlsx",
        ("说明", [["这里没有订单"]]),
        ("一月", [["店铺报表"], [], HEADER, row, [None] * 5, ["合计", None, None, 9, None]]),
        ("空", []),
        ("二月", [HEADER, ["2", *row[1:]]]),
    )
    first, second = read_all(path, tmp_path / "w", Orders())
    assert (first.part.sheet, second.part.sheet) == ("一月", "二月")
    assert first.column("订单编号") == ["1"]
    assert second.column("订单编号") == ["2"]
    assert first.part.skipped == 2
    assert lines_of(first.part, [0]) == {0: 4}
    assert "说明" in first.part.notes[0]


def test_the_sheet_that_was_asked_for(tmp_path: Path) -> None:
    class January(Orders):
        sheet = "一月"

    row = ["1", "2020-01-01", 1, 1, ""]
    path = xlsx(tmp_path / "a.xlsx", ("一月", [HEADER, row]), ("二月", [HEADER, row]))
    assert [one.part.sheet for one in read_all(path, tmp_path / "w", January())] == ["一月"]


@pytest.mark.parametrize("name", ["a.csv", "a.xls", "a.xlsx", "a"])
def test_a_workbook_is_known_by_its_bytes(tmp_path: Path, name: str) -> None:
    xlsx(tmp_path / "real.xlsx", ("s", [HEADER, ["1", "x", 1, 1, "y"]])).rename(tmp_path / name)
    assert read(tmp_path / name, tmp_path / "w").column("订单编号") == ["1"]
    assert peek(tmp_path / name).kind == "xlsx"


@pytest.mark.parametrize("name", ["a.xls", "a.xlsx", "a.csv"])
def test_old_workbooks(tmp_path: Path, name: str) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("订单")
    for position, cell in enumerate(HEADER):
        sheet.write(0, position, cell)
    style = xlwt.easyxf(num_format_str="yyyy-mm-dd hh:mm:ss")
    sheet.write(1, 0, "3515300000000001")
    sheet.write(1, 1, datetime(2020, 1, 2, 3, 4, 5), style)
    sheet.write(1, 2, 2)
    sheet.write(1, 3, 9.9)
    with (tmp_path / name).open("wb") as file:
        book.save(file)
    got = read(tmp_path / name, tmp_path / "w", Orders())
    assert list(got.rows[0].values()) == ["3515300000000001", "2020-01-02 03:04:05", "2", "9.9", ""]
    assert peek(tmp_path / name).kind == "xls"


@pytest.mark.parametrize("encoding", ["utf-8", "gb2312", "utf-16"])
def test_html_that_calls_itself_xls(tmp_path: Path, encoding: str) -> None:
    page = (
        f'<html><head><meta charset="{encoding}"></head><body><table border=1>'
        "<tr><th>订单编号</th><th>备注</th></tr>"
        '<tr><td>="351"</td><td>a &amp; b<br>c</td></tr><tr><td colspan=2>合计</td></tr>'
        "<tr><td>'352<td>李雷</table></body></html>"
    )
    path = tmp_path / "a.xls"
    path.write_bytes(page.encode(encoding))
    got = read(path, tmp_path / "w", Orders())
    assert got.rows == [{"订单编号": "351", "备注": "a & b\nc"}, {"订单编号": "352", "备注": "李雷"}]
    assert peek(path).kind == "html"


def test_spreadsheetml_of_2003(tmp_path: Path) -> None:
    page = """<?xml version="1.0" encoding="utf-8"?>
    <Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:x">
    <Worksheet ss:Name="s"><Table>
    <Row><Cell><Data ss:Type="String">订单编号</Data></Cell><Cell><Data>金额</Data></Cell><Cell><Data>备注</Data></Cell></Row>
    <Row><Cell><Data ss:Type="String">351</Data></Cell><Cell ss:Index="3"><Data>x</Data></Cell></Row>
    </Table></Worksheet></Workbook>"""
    path = tmp_path / "a.xls"
    path.write_text(page, encoding="utf-8")
    got = read(path, tmp_path / "w", Orders())
    assert got.rows == [{"订单编号": "351", "金额": "", "备注": "x"}]


def test_a_csv_that_calls_itself_xls(tmp_path: Path) -> None:
    path = tmp_path / "a.xls"
    path.write_bytes("订单编号\t备注\n1\tx\n".encode("utf-16"))
    assert read(path, tmp_path / "w", Orders()).rows == [{"订单编号": "1", "备注": "x"}]
