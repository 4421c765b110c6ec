"""Any table written as text reads back the same; no bytes at all make reading fail in an unplanned way."""

# ruff: noqa: RUF012 - declarations and tables, one line a row
from __future__ import annotations

import csv
import io
import string
import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from crmcore.errors import FileError
from crmcore.hooks.table_importer import TableImporter
from crmcore.importing.reading import careful, lines_of, open_tables, peek
from crmcore.importing.reading.cells import clean
from crmcore.importing.reading.part import FOOTERS
from tests.examples import examples
from tests.reading.helpers import read, read_part, strict

HEADER = ["订单编号", "收货人姓名", "联系手机", "宝贝标题", "订单金额"]
HANZI = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"


class Known(TableImporter):
    platform, record = "made_up", "order"
    columns = {
        "order_ref": "订单编号",
        "name": "收货人姓名",
        "phone": "联系手机",
        "title": "宝贝标题",
        "order_total": "订单金额",
    }


def texts(alphabet: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    # A cell that a spreadsheet would protect is another cell when it is read: see the tests of protection.
    return st.text(alphabet, max_size=12).filter(
        lambda cell: clean(cell) == cell and not FOOTERS.match(cell.strip())
    )


ANY = st.characters(
    exclude_categories=("Cs", "Cc", "Cn"), exclude_characters="\ufffd\ufeff"
) | st.sampled_from("\n,;|\t\" '=a1")
CHINESE = st.sampled_from(HANZI + string.ascii_letters + string.digits + ",;|\" '=\n")


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[list[str]], bytes]:
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]))
    width = draw(st.integers(2, len(HEADER)))
    cells = texts(CHINESE if encoding == "gb18030" else ANY)
    filled = st.lists(cells, min_size=width, max_size=width).filter(
        lambda row: any(cell.strip(" ,;|\t\n\u3000") for cell in row)
    )
    rows = draw(
        st.lists(filled, max_size=8).filter(
            lambda rows: not any(FOOTERS.match("".join(row).strip()) for row in rows)
        )
    )
    target = io.StringIO()
    writer = csv.writer(
        target,
        delimiter=draw(st.sampled_from([",", ";", "|", "\t"])),
        quoting=draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
        lineterminator=draw(st.sampled_from(["\n", "\r\n"])),
    )
    writer.writerows([HEADER[:width], *rows])
    text = target.getvalue()
    if draw(st.booleans()):
        text = text.rstrip("\r\n") if not text.rstrip("\r\n").endswith(("\t", ",", ";", "|")) else text
    return rows, text.encode(encoding)


@given(tables())
@settings(max_examples=examples(25), deadline=None)
def test_any_table_reads_back(table: tuple[list[list[str]], bytes]) -> None:
    rows, data = table
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(data)
        got = read(path, Path(folder) / "w", Known())
        assert got.rejects == []
        assert [list(row.values()) for row in got.rows] == rows
        # The careful road says the same, and every record has its own line.
        assert strict(careful(got.part)) == got.rows
        lines = lines_of(got.part, range(len(rows)))
        assert sorted(set(lines.values())) == [lines[index] for index in range(len(rows))]


STARTS = [b"", b"a,b\n1,2\n", b"\xef\xbb\xbf", b"\xff\xfe", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"<table><tr><td>", "订单编号,金额\n".encode("gbk"), b"a\tb\n", b'a,"b\n', b"sep=;\n"]  # fmt: skip


@given(
    st.sampled_from(STARTS),
    st.binary(max_size=600) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")),
)
@example(b"", b"\r")
@example(b"", b'"')
@settings(max_examples=examples(50), deadline=None)
def test_no_bytes_make_it_crash(start: bytes, rest: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(start + rest)
        try:
            peek(path)
            parts = open_tables(path, None, Path(folder) / "w")
        except FileError:
            return
        for part in parts:
            got = read_part(part)
            for reject in got.part.rejects:
                assert reject.reason
                "".join(reject.row.values()).encode()
            assert len(lines_of(got.part, range(len(got.rows)))) == len(got.rows)
