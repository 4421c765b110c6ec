"""Spreadsheets that are really HTML tables or SpreadsheetML 2003, as rows of text."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from crmcore.importing.reading.cells import clean
from crmcore.importing.reading.encoding import HEAD, guess

_CHARSET = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_ROW, _CELL = ("tr", "row"), ("td", "th", "cell")
_BLOCK = 1 << 18


def markup_encoding(head: bytes) -> str:
    """The encoding that the file's own declaration or its bytes tell; GB2312 is read as GB18030."""
    by_bytes = guess(head)
    if by_bytes.startswith("utf-16") or by_bytes == "utf-8-sig":
        return by_bytes
    if found := _CHARSET.search(head[:4096]):
        named = found[1].decode("ascii").lower()
        if named in ("gb2312", "gbk", "gb18030"):
            return "gb18030" if by_bytes != "utf-8" or head.isascii() else "utf-8"
        try:
            codecs.lookup(named)
        except LookupError:
            return by_bytes
        # A file that says utf-8 and is not: the bytes are right.
        return named if named != "utf-8" or by_bytes == "utf-8" else by_bytes
    return by_bytes


def markup_rows(path: Path, encoding: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of all tables in the file, each with its number counted from 1."""
    parser = _Rows()
    with path.open("r", encoding=encoding, errors="replace", newline="") as file:
        number = 0
        while block := file.read(_BLOCK):
            parser.feed(block)
            for row in parser.take():
                number += 1
                yield number, row
        parser.close()
        parser.end_row()
        for row in parser.take():
            number += 1
            yield number, row


def first_markup_rows(head: bytes, encoding: str) -> list[list[str]]:
    """The rows in the first 64 KB."""
    parser = _Rows()
    parser.feed(head[:HEAD].decode(encoding, "replace"))
    return parser.take()


class _Rows(HTMLParser):
    """Collects the cells of `tr` and of SpreadsheetML `Row`."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.done: list[list[str]] = []
        self.row: list[str] | None = None
        self.cell: list[str] | None = None
        self.span = 1

    def take(self) -> list[list[str]]:
        """The rows finished since the last call."""
        done, self.done = self.done, []
        return done

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        name = tag.rpartition(":")[2]
        if name in _ROW:
            self.end_row()
            self.row = []
        elif name in _CELL and self.row is not None:
            self._end_cell()
            given = {key.rpartition(":")[2]: value or "" for key, value in attrs}
            if given.get("index", "").isdecimal():  # SpreadsheetML leaves empty cells out
                self.row += [""] * (min(int(given["index"]), 1000) - 1 - len(self.row))
            self.span = min(int(given["colspan"]), 1000) if given.get("colspan", "").isdecimal() else 1
            self.cell = []
        elif name == "br" and self.cell is not None:
            self.cell.append("\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name in _CELL:
            self._end_cell()
        elif name in _ROW or name == "table":
            self.end_row()

    def handle_data(self, data: str) -> None:
        if self.cell is not None:
            self.cell.append(data)

    def end_row(self) -> None:
        """Finish the row that is open."""
        self._end_cell()
        if self.row:
            self.done.append(self.row)
        self.row = None

    def _end_cell(self) -> None:
        if self.cell is not None and self.row is not None:
            self.row.append(clean("".join(self.cell).strip()))
            self.row += [""] * (self.span - 1)
        self.cell = None
