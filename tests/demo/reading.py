"""Reading the demo's files back without any code of ours: the standard library's csv, and openpyxl."""

from __future__ import annotations

import csv
import re
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from openpyxl import load_workbook

_MOMENT = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2}) (\d{1,2}):(\d{2})(?::(\d{2}))?(?: ([+-]\d{4}))?")


def text_of(path: Path) -> str:
    encoding = "gbk" if path.name.startswith("ExportOrder") else "utf-8-sig"
    return path.read_bytes().decode(encoding)


def rows_of(path: Path) -> list[dict[str, str]]:
    """The rows by column, with Taobao's `="…"` and `'` taken off."""
    table = table_of(path)
    return [dict(zip(table[0], (_bare(cell) for cell in row), strict=True)) for row in table[1:]]


def header_of(path: Path) -> list[str]:
    return table_of(path)[0]


@cache
def table_of(path: Path) -> list[list[str]]:
    if path.suffix != ".xlsx":
        return list(csv.reader(text_of(path).splitlines(keepends=True)))
    book = load_workbook(path, read_only=True)
    try:
        rows = book.worksheets[0].iter_rows(values_only=True)
        return [["" if cell is None else str(cell) for cell in row] for row in rows]
    finally:
        book.close()


def everything_in(path: Path) -> str:
    """All cells of a file as one text."""
    return "\n".join("\t".join(row) for row in table_of(path))


def moments_in(text: str) -> list[tuple[int, ...]]:
    """Every date with a time in the text, as (year, month, day, hour, minute, second) of Shanghai."""
    return [shanghai(*found) for found in _MOMENT.findall(text)]


def shanghai(*parts: str) -> tuple[int, ...]:
    year, month, day, hour, minute = (int(part) for part in parts[:5])
    moment = datetime(year, month, day, hour, minute, int(parts[5] or 0))
    if parts[6]:
        moment += timedelta(hours=8 - int(parts[6][:3]))
    return (*moment.timetuple()[:6],)


def _bare(cell: str) -> str:
    return cell.removeprefix('="').removesuffix('"').removeprefix("'")


def cents(amount: str) -> int:
    whole, _, part = amount.partition(".")
    return int(whole or 0) * 100 + int(part or 0)
