"""Broken rows are set aside with their line and the reason, and the rest goes on. All rows are made up."""

# ruff: noqa: RUF012 - declarations and tables, one line a row
from __future__ import annotations

from pathlib import Path

import pytest

from crmcore.hooks.table_importer import TableImporter
from crmcore.importing.reading import careful, line_of, open_tables
from crmcore.importing.reading.part import KEPT_ROWS
from tests.reading.helpers import read, strict


class Orders(TableImporter):
    platform, record = "made_up", "order"
    columns = {"order_ref": "id", "name": "name"}


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_too_few_and_too_many_cells(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", b"id,name,sum\n1,a,1\n2,b\n3,c,3\n4,d,e,4\n5,f,5\n")
    got = read(path, tmp_path / "w")
    assert got.column("id") == ["1", "3", "5"]
    assert [line for line, _reason in got.rejects] == [3, 5]
    assert "2" in got.rejects[0][1]
    assert "3" in got.rejects[0][1]
    assert got.part.rejects[1].row == {"id": "4", "name": "d", "sum": "e", "+1": "4"}
    assert line_of(got.part, 2) == 6


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_nul_bytes(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path / "a.csv", "id,name\n1,王\n2,李\0x\n3,赵\n".encode(encoding))
    got = read(path, tmp_path / "w")
    assert got.column("id") == ["1", "3"]
    assert [(one.line, one.row["name"]) for one in got.part.rejects] == [(3, "李␀x")]


@pytest.mark.parametrize(("encoding", "bad"), [("utf-8", b"\xff\xfe"), ("gb18030", b"\xff\xff")])
def test_bytes_that_do_not_decode(tmp_path: Path, encoding: str, bad: bytes) -> None:
    good = "".join(f"{i},王小明和李雷在西湖边走路\n" for i in range(200)).encode(encoding)
    path = write(tmp_path / "a.csv", b"id,name\n" + good + b"x," + bad + b"y\n" + good)
    got = read(path, tmp_path / "w")
    assert len(got.rows) == 400
    assert [line for line, _reason in got.rejects] == [202]
    got.part.rejects[0].row["name"].encode()


def test_a_quote_that_is_never_closed(tmp_path: Path) -> None:
    lines = ["id,name,sum", '1,"a",1', '2,"b,2', '3,"c",3', "4,d,4", '5,"e ""x""",5']
    got = read(write(tmp_path / "a.csv", "\n".join(lines).encode() + b"\n"), tmp_path / "w")
    assert got.column("id") == ["1", "3", "4", "5"]
    assert [line for line, _reason in got.rejects] == [3]
    assert got.rows[-1]["name"] == 'e "x"'


def test_a_quote_that_is_never_closed_at_the_very_end(tmp_path: Path) -> None:
    got = read(write(tmp_path / "a.csv", b'id,name\n1,a\n2,"b\n'), tmp_path / "w")
    assert got.column("id") == ["1"]
    assert [line for line, _reason in got.rejects] == [3]


def test_quotes_inside_a_cell(tmp_path: Path) -> None:
    got = read(write(tmp_path / "a.csv", b'id,name\n1,5" pipe\n2,"6" pipe"\n3,"x" y\n'), tmp_path / "w")
    assert got.column("id") == ["1", "2", "3"]
    assert got.rows[0]["name"] == '5" pipe'


def test_the_last_row_was_downloaded_in_part(tmp_path: Path) -> None:
    for encoding in ("utf-8", "gbk"):
        path = write(tmp_path / f"{encoding}.csv", "id,name,sum\n1,王,1\n2,李".encode(encoding))
        got = read(path, tmp_path / "w")
        assert got.column("id") == ["1"]
        ((line, reason),) = got.rejects
        assert line == 3
        assert "part" in reason


def test_a_last_row_without_line_end_that_is_whole(tmp_path: Path) -> None:
    got = read(write(tmp_path / "a.csv", b"id,name\n1,a\n2,b"), tmp_path / "w")
    assert got.column("id") == ["1", "2"]
    assert got.part.is_original


def test_mixed_line_ends(tmp_path: Path) -> None:
    got = read(write(tmp_path / "a.csv", b"id,name\r\n1,a\n2,b\r\n3,c\r4,d\n"), tmp_path / "w")
    assert got.column("id") == ["1", "2", "3", "4"]


def test_order_numbers_that_a_spreadsheet_damaged(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", b"id,name\n1.23457E+17,a\n123457000000000001,b\n")
    got = read(path, tmp_path / "w", Orders())
    assert got.column("name") == ["b"]
    ((line, reason),) = got.rejects
    assert line == 2
    assert "1.23457E+17" in reason


def test_careful_gives_what_the_fast_road_gives(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", b'id,name\n1,"a ""b"", c"\n2,\n3,"x\ny"\n')
    (part,) = open_tables(path, None, tmp_path / "w")
    assert part.is_original
    again = careful(part)
    assert not again.is_original
    assert strict(again) == strict(part)
    assert careful(again).columns == part.columns


def test_rejects_do_not_fill_the_memory(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", b"id,name\n" + b"only one cell\n" * (KEPT_ROWS + 5) + b"1,a\n")
    got = read(path, tmp_path / "w")
    assert got.column("id") == ["1"]
    assert len(got.rejects) == KEPT_ROWS + 5
    assert got.part.rejects[KEPT_ROWS - 1].row == {"id": "only one cell"}
    assert got.part.rejects[-1].row == {}
    assert got.part.rejects[-1].line == KEPT_ROWS + 6


def test_a_line_that_never_ends(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", b"id,name\n1,a\n" + b"x" * 5_000_000 + b"\n2,b\n")
    got = read(path, tmp_path / "w")
    assert got.column("id") == ["1", "2"]
    ((line, reason),) = got.rejects
    assert line == 3
    assert "longer" in reason


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_files_pasted_together(tmp_path: Path, encoding: str) -> None:
    text = "订单编号,收货人\n1,王\n2,李\n订单编号,收货人\n3,赵\n"
    got = read(write(tmp_path / "a.csv", text.encode(encoding)), tmp_path / "w")
    assert got.column("订单编号") == ["1", "2", "3"]
    assert got.part.skipped == 1
    assert line_of(got.part, 2) == 5


def test_only_a_whole_word_is_a_footer(tmp_path: Path) -> None:
    got = read(
        write(tmp_path / "a.csv", "商品,数量\n小计算器,1\n合计划,2\n小计,3\n".encode()), tmp_path / "w"
    )
    assert got.column("商品") == ["小计算器", "合计划"]
    assert got.part.skipped == 1
