"""Workbooks (xlsx, xls, xlsb, ods) as rows of text, through calamine.

calamine loads a whole sheet: about 100 bytes a cell are held while it is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from crmcore.errors import FileError
from crmcore.i18n import gettext as _
from crmcore.importing.reading.cells import text_of
from crmcore.importing.reading.kind import encrypted


def open_book(path: Path, kind: str) -> Any:
    """The workbook of that kind (xlsx, xls); raises `FileError` when it is damaged or has a password."""
    import python_calamine

    try:
        if path.suffix.lower() == f".{kind}":
            return python_calamine.CalamineWorkbook.from_path(str(path))
        # The name says something else than the bytes: from_path would believe the name.
        with path.open("rb") as file:
            return python_calamine.CalamineWorkbook.from_filelike(file)
    except python_calamine.PasswordError:
        raise FileError(encrypted(path)) from None
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise FileError(_damaged(path, error)) from None


def sheet_names(book: Any) -> list[str]:
    """The names of the sheets, in the workbook's order."""
    return list(book.sheet_names)


def sheet_rows(book: Any, path: Path, name: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of a sheet with their numbers as the spreadsheet shows them."""
    import python_calamine

    try:
        sheet = book.get_sheet_by_name(name)
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise FileError(_damaged(path, error)) from None
    if sheet.start is None:  # nothing in it
        return
    for number, row in enumerate(sheet.iter_rows(), 1):
        yield number, [text_of(cell) for cell in row]


def _damaged(path: Path, error: Exception) -> str:
    text = _(
        "{path}: the workbook cannot be read ({reason}); open it in a spreadsheet and save it as csv or xlsx"
    )
    return text.format(path=path, reason=error)
