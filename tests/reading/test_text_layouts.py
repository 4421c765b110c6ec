"""Text files in the encodings and layouts that platforms and spreadsheets write. All rows are made up."""

# ruff: noqa: RUF012 - declarations and tables, one line a row
from __future__ import annotations

from pathlib import Path

import pytest

from crmcore.hooks.table_importer import TableImporter
from crmcore.importing.reading import line_of, lines_of, open_tables, peek
from tests.reading.helpers import read

HEADER = ["订单编号", "收货人", "金额"]
ROWS = [["3515300000000001", "王小明", "12.50"], ["3515300000000002", "李雷，先生", "0.00"]]


class Orders(TableImporter):
    platform, record = "made_up", "order"
    columns = {"order_ref": "订单编号", "name": "收货人", "order_total": "金额"}


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def table(delimiter: str = ",", end: str = "\n") -> str:
    return end.join(delimiter.join(row) for row in [HEADER, *ROWS]) + end


def as_dicts() -> list[dict[str, str]]:
    return [dict(zip(HEADER, row, strict=True)) for row in ROWS]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gbk", "gb18030"]
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_delimiters_and_line_ends(tmp_path: Path, encoding: str, delimiter: str, end: str) -> None:
    path = write(tmp_path / "a.csv", table(delimiter, end), encoding)
    assert read(path, tmp_path / "w").rows == as_dicts()


def test_a_clean_utf8_file_is_handed_on_itself(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", table(), "utf-8-sig")
    part = read(path, tmp_path / "w").part
    assert part.is_original
    assert part.skip_lines == 1
    assert not (tmp_path / "w").exists()


def test_the_file_name_says_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "utf8.xls", table("\t"), "gbk")
    got = read(path, tmp_path / "w")
    assert got.rows == as_dicts()
    assert got.part.encoding == "gb18030"


def test_gbk_after_a_long_beginning_in_ascii(tmp_path: Path) -> None:
    text = "a,b\n" + "x,1\n" * 40_000 + "王小明,2\n" + "y,3\n" * 40_000
    got = read(write(tmp_path / "a.csv", text, "gbk"), tmp_path / "w")
    assert len(got.rows) == 80_001
    assert got.rows[40_000] == {"a": "王小明", "b": "2"}


def test_western_text_is_not_taken_for_chinese(tmp_path: Path) -> None:
    text = "name,city\nMüller,Köln\nGarçon,Orléans\nPeña,Málaga\nJosé,Ávila\n"
    got = read(write(tmp_path / "a.csv", text, "cp1252"), tmp_path / "w")
    assert got.column("city") == ["Köln", "Orléans", "Málaga", "Ávila"]
    assert got.part.encoding == "cp1252"


def test_japanese_header_means_cp932(tmp_path: Path) -> None:
    text = "ご注文番号,お名前,メールアドレス\n1,山田たろう,a@example.jp\n"
    got = read(write(tmp_path / "a.csv", text, "cp932"), tmp_path / "w")
    assert got.rows[0]["お名前"] == "山田たろう"


def test_the_importers_encoding_wins(tmp_path: Path) -> None:
    class Latin(Orders):
        encoding = "latin-1"
        columns = {"order_ref": "id", "name": "name"}

    got = read(write(tmp_path / "a.csv", "id,name\n1,Ã¼\n", "latin-1"), tmp_path / "w", Latin())
    assert got.rows == [{"id": "1", "name": "Ã¼"}]


def test_protected_cells(tmp_path: Path) -> None:
    text = (
        "订单编号,收货人,金额\n"
        '="3515300000000001","王小明",12.50\n'
        '"=""3515300000000002""",\'13800000000,`0.00\n'
        '"\t3515300000000003","李雷\t",\t1.00\n'
        '="",\'E2023A,1\n'
    )
    for encoding in ("utf-8", "gbk"):
        got = read(write(tmp_path / f"{encoding}.csv", text, encoding), tmp_path / "w", Orders())
        assert got.column("订单编号") == ["3515300000000001", "3515300000000002", "3515300000000003", ""]
        assert got.column("收货人")[:3] == ["王小明", "13800000000", "李雷"]
        assert got.column("金额") == ["12.50", "0.00", "1.00", "1"]


def test_an_apostrophe_that_protects_nothing_stays(tmp_path: Path) -> None:
    text = "id,street,name\n1,'s-Gravenweg 12,O'Brien\n2,'t Hof,\"a,'b' c\"\n="
    text = text[:-1] + '="3",x,y\n'
    got = read(write(tmp_path / "a.csv", text), tmp_path / "w")
    assert got.column("street") == ["'s-Gravenweg 12", "'t Hof", "x"]
    assert got.column("name") == ["O'Brien", "a,'b' c", "y"]
    assert got.column("id") == ["1", "2", "3"]


def test_header_below_titles_and_with_odd_names(tmp_path: Path) -> None:
    text = "店铺报表\n导出时间,2020-01-01\n\n\ufeff订单编号 ,收货人　,金额,金额,\n1,王,2.00,3.00,\n2,李,4.00,5.00,\n"
    got = read(write(tmp_path / "a.csv", text), tmp_path / "w", Orders())
    assert got.part.columns == ["订单编号", "收货人", "金额", "金额 (2)", "column 5"]
    assert got.column("金额 (2)") == ["3.00", "5.00"]
    assert got.part.first_line == 5
    assert line_of(got.part, 1) == 6


def test_brackets_and_case_of_header_names_do_not_matter(tmp_path: Path) -> None:
    class Shop(Orders):
        columns = {"order_ref": "Order ID", "sku": "商品编码(平台)"}

    got = read(write(tmp_path / "a.csv", "ORDER  id,商品编码（平台）\n1,A\n"), tmp_path / "w", Shop())
    assert got.rows == [{"ORDER id": "1", "商品编码（平台）": "A"}]


def test_header_line_given_by_number(tmp_path: Path) -> None:
    class Third(Orders):
        header = 3

    text = "订单编号,收货人,金额\nnot,the,header\n订单编号,收货人,金额\n1,王,2\n"
    got = read(write(tmp_path / "a.csv", text), tmp_path / "w", Third())
    assert got.column("订单编号") == ["1"]


def test_header_given_as_names(tmp_path: Path) -> None:
    class Bare(Orders):
        header = ["id", "who", "day", "n", "sum"]
        columns = {"order_ref": "id", "buyer_ref": "who"}

    got = read(
        write(tmp_path / "a.txt", " 00004 0001 19970101  2   29.33\r\n 00004 0001 19970118  2  9.73\r\n"),
        tmp_path / "w",
        Bare(),
    )
    assert got.column("id") == ["00004", "00004"]
    assert got.column("sum") == ["29.33", "9.73"]
    assert line_of(got.part, 0) == 1


def test_blank_separated_text_with_header(tmp_path: Path) -> None:
    text = " customer_id  date number_of_cds  dollar_value\r\n 00001 19970101  1   11.77\r\n 00002 19970112  1   12.00\r\n"
    got = read(write(tmp_path / "a.txt", text), tmp_path / "w")
    assert got.part.columns == ["customer_id", "date", "number_of_cds", "dollar_value"]
    assert got.column("dollar_value") == ["11.77", "12.00"]


def test_sep_line(tmp_path: Path) -> None:
    got = read(write(tmp_path / "a.csv", "sep=;\n" + table(";")), tmp_path / "w")
    assert got.rows == as_dicts()
    assert got.part.first_line == 3


def test_tab_separated_file_without_quoting(tmp_path: Path) -> None:
    text = 'order-id\tproduct-name\tqty\n1\t5" pipe\t2\n2\t"Best" shirt\t1\n3\tplain\n'
    got = read(write(tmp_path / "a.txt", text), tmp_path / "w")
    assert got.column("product-name") == ['5" pipe', '"Best" shirt', "plain"]
    assert got.column("qty") == ["2", "1", ""]  # trailing empty columns may be missing there


def test_tab_separated_file_with_quoting(tmp_path: Path) -> None:
    text = 'id\tnote\n1\t"a\tb"\n2\t"say ""hi"""\n'
    got = read(write(tmp_path / "a.txt", text), tmp_path / "w")
    assert got.column("note") == ["a\tb", 'say "hi"']


def test_line_breaks_inside_quotes(tmp_path: Path) -> None:
    text = 'Name,Notes\n#1,"two\nlines, and\n\na gap"\n#2,plain\n'
    got = read(write(tmp_path / "a.csv", text), tmp_path / "w")
    assert got.column("Notes") == ["two\nlines, and\n\na gap", "plain"]
    assert lines_of(got.part, [0, 1]) == {0: 2, 1: 6}


def test_footers_and_empty_lines_are_no_rows(tmp_path: Path) -> None:
    text = "订单编号,收货人,金额\n1,王,2\n\n,,\n2,李,3\n合计,,5\n总计：2 笔,,\n"
    got = read(write(tmp_path / "a.csv", text, "gbk"), tmp_path / "w", Orders())
    assert got.column("订单编号") == ["1", "2"]
    assert got.part.skipped == 4
    assert got.rejects == []
    assert lines_of(got.part, [1]) == {1: 5}


def test_the_importers_own_footers(tmp_path: Path) -> None:
    class Ebay(Orders):
        skip_rows = [r"\d+$", "Seller ID"]
        columns = {"order_ref": "Order Number", "name": "Buyer"}

    text = "\nOrder Number,Buyer\n,\n12-1,ann\n12-2,bob\n\n2,record(s) downloaded\nSeller ID : x\n"
    got = read(write(tmp_path / "a.csv", text), tmp_path / "w", Ebay())
    assert got.column("Buyer") == ["ann", "bob"]
    assert got.rejects == []


def test_trailing_delimiter_in_the_data_alone(tmp_path: Path) -> None:
    got = read(write(tmp_path / "a.csv", "a,b\n1,2,\n3,4,\n"), tmp_path / "w")
    assert got.rows == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]


def test_trailing_delimiter_in_the_header_alone(tmp_path: Path) -> None:
    got = read(write(tmp_path / "a.csv", "a,b,\n1,2\n3,4\n"), tmp_path / "w")
    assert [(row["a"], row["b"]) for row in got.rows] == [("1", "2"), ("3", "4")]
    assert got.rejects == []


def test_one_column(tmp_path: Path) -> None:
    class Phones(TableImporter):
        platform, record = "made_up", "customer"
        columns = {"phone": "手机号"}

    got = read(write(tmp_path / "a.csv", "手机号\n13800000001\n\n13800000002\n"), tmp_path / "w", Phones())
    assert got.column("手机号") == ["13800000001", "13800000002"]


def test_peek_shows_the_start(tmp_path: Path) -> None:
    sample = peek(write(tmp_path / "a.csv", table(";"), "gbk"))
    assert (sample.kind, sample.encoding, sample.delimiter) == ("csv", "gb18030", ";")
    assert sample.rows == [HEADER, *ROWS]


def test_work_files_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    (part,) = open_tables(write(tmp_path / "a.csv", table(), "gbk"), None, tmp_path / "w")
    assert part.csv_path.stat().st_mode & 0o077 == 0


def test_a_clean_file_without_quoting_is_handed_on_too(tmp_path: Path) -> None:
    text = 'order-id\tproduct-name\tqty\n1\t5" pipe\t2\n2\t"Best" shirt\t1\n3\t"\t1\n'
    got = read(write(tmp_path / "a.txt", text), tmp_path / "w")
    assert got.part.is_original
    assert not got.part.quoted
    assert got.column("product-name") == ['5" pipe', '"Best" shirt', '"']
