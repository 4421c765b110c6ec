"""Tables written into files for people (csv, xlsx) and for machines (json).

A spreadsheet runs a cell that starts with `=`, `+`, `-` or `@`; a customer may have put it there. In csv such
text gets an apostrophe in front; in xlsx it is written as text, which a spreadsheet never runs. json is raw.
"""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from crmcore import temporary
from crmcore.errors import FileError, UsageError
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, ngettext

if TYPE_CHECKING:
    from io import TextIOWrapper

    from xlsxwriter import Workbook

Cell = str | int | float | Decimal | None
# Hears sentences about what could not be written as it is.
Warn = Callable[[str], None]

# A number may begin with a sign, a phone number does.
_NUMBER = re.compile(r"[+-]?[\d .,]+")
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# A sheet of an xlsx file holds no more than these rows, its header among them.
SHEET_ROWS = 1_048_576
CELL_CHARS = 32_767
_CUTS_NAMED = 5
SCRATCH = "crm-export"
ENDINGS = (".csv", ".xlsx", ".json")


def silent(_sentence: str) -> None:
    """For who does not want to hear of it."""


def write_table(
    file: Path, columns: Sequence[str], rows: Iterable[Sequence[Cell]], warn: Warn = silent
) -> int:
    """Write the rows into `file`, in the format its name ends with; returns how many rows that were.

    The file appears whole or not at all, over an older one of that name; texts that a cell of an xlsx file
    cannot hold are cut, and `warn` hears where. Raises `UsageError` for another ending, `FileError` where it
    cannot be written.
    """
    ending = file.suffix.lower()
    if ending not in ENDINGS:
        known = joined(ENDINGS)
        raise UsageError(_("{file}: name a file that ends with {known}").format(file=file, known=known))
    if not file.absolute().parent.is_dir():
        raise FileError(_("there is no folder {folder}").format(folder=file.absolute().parent))
    with temporary.draft_of(file) as draft:
        if ending == ".xlsx":
            cuts = _Cuts(columns)
            count = _xlsx(draft, columns, rows, cuts)
            cuts.tell(warn)
            return count
        return (_csv if ending == ".csv" else _json)(draft, columns, rows)


@dataclass
class _Cuts:
    """The texts that were cut: how many, and the places of the first, as the spreadsheet names them."""

    columns: Sequence[str]
    count: int = 0
    places: list[str] = field(default_factory=list)

    def text(self, value: str, sheet: int, line: int, position: int) -> str:
        """What of the text the cell holds."""
        if len(value) <= CELL_CHARS:
            return value
        self.count += 1
        if len(self.places) < _CUTS_NAMED:
            place = _("{column} in row {row}").format(column=self.columns[position], row=f"{line + 1:,}")
            if sheet > 1:
                place = _("{place} of sheet {number}").format(place=place, number=sheet)
            self.places.append(place)
        return value[:CELL_CHARS]

    def tell(self, warn: Warn) -> None:
        """Say what was cut, where something was."""
        if not self.count:
            return
        places = joined(self.places) + (" …" if self.count > len(self.places) else "")
        text = ngettext(
            "{count} text is longer than the {most} characters of a cell of xlsx and was cut: {places}. csv "
            "and json hold it whole.",
            "{count} texts are longer than the {most} characters of a cell of xlsx and were cut: {places}. "
            "csv and json hold them whole.",
            self.count,
        )
        warn(text.format(count=f"{self.count:,}", most=f"{CELL_CHARS:,}", places=places))


def neutral(value: Cell) -> Cell:
    """The cell as a spreadsheet may have it: text that it would run gets an apostrophe in front."""
    if not isinstance(value, str) or not value.startswith(_RISKY) or _NUMBER.fullmatch(value):
        return value
    return f"'{value}"


def _csv(file: Path, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    # The byte order mark tells Excel that this is UTF-8; without it Chinese arrives broken.
    with file.open("w", encoding="utf-8-sig", newline="", errors="backslashreplace") as stream:
        writer = csv.writer(stream)
        writer.writerow([neutral(column) for column in columns])
        count = 0
        for row in rows:
            writer.writerow([neutral(value) for value in row])
            count += 1
    return count


def _json(file: Path, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    with file.open("w", encoding="utf-8", errors="backslashreplace") as stream:
        return _json_rows(stream, columns, rows)


def _json_rows(stream: TextIOWrapper, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    count = 0
    stream.write("[")
    for row in rows:
        record = dict(zip(columns, row, strict=True))
        stream.write(("," if count else "") + "\n" + json.dumps(record, ensure_ascii=False))
        count += 1
    stream.write("\n]\n")
    return count


def _xlsx(file: Path, columns: Sequence[str], rows: Iterable[Sequence[Cell]], cuts: _Cuts) -> int:
    from xlsxwriter.exceptions import FileCreateError

    temporary.sweep(SCRATCH)
    try:
        # Its sheets are gathered here first; the library leaves them behind where the disk is full.
        with temporary.folder(SCRATCH) as scratch:
            return _book(file, scratch, columns, rows, cuts)
    except FileCreateError as error:
        number, reason = error.args[0].errno, error.args[0].strerror
        # What its archive still holds back is written when it is let go, just now: it must find room.
        with suppress(OSError):  # it may not even have been begun
            os.truncate(file, 0)
    raise OSError(number, reason)


def _book(
    file: Path, scratch: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]], cuts: _Cuts
) -> int:
    import xlsxwriter

    options = {
        "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "tmpdir": scratch
    }  # fmt: skip
    book = xlsxwriter.Workbook(str(file), options)
    try:
        with book:
            return _sheets(book, columns, rows, cuts)
    finally:  # the library closes them itself only where all went well
        for sheet in book.worksheets():
            with suppress(OSError):
                sheet.row_data_fh.close()


def _sheets(book: Workbook, columns: Sequence[str], rows: Iterable[Sequence[Cell]], cuts: _Cuts) -> int:
    count = 0
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, columns)
    for row in rows:
        if count and count % (SHEET_ROWS - 1) == 0:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, columns)
        line = count % (SHEET_ROWS - 1) + 1
        for position, value in enumerate(row):
            if isinstance(value, str):
                text = cuts.text(value, len(book.worksheets()), line, position)
                sheet.write_string(line, position, text)
            elif value is not None:
                sheet.write(line, position, value)
        count += 1
    return count
