"""The process that reads a workbook: it may die of a damaged one, and its memory goes with it.

Run as `python -m crmcore.importing.reading.sheet_child PATH KIND ROWS SHEET…` (ROWS 0: all; no SHEET: all
but hidden ones).
It writes frames to stdout: four bytes of length, then a marshalled tuple; see `sheets`.
"""

from __future__ import annotations

import marshal
import sys
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from crmcore.importing.reading.cells import text_of

_ROWS_A_FRAME = 2_000


def main(arguments: list[str]) -> None:
    """Read the workbook and write its frames: names (all; hidden), for each sheet its rows, the end."""
    import python_calamine

    path, kind, most, only = Path(arguments[0]), arguments[1], int(arguments[2]), arguments[3:]
    out = sys.stdout.buffer
    try:
        book = _open(path, kind)
        names = list(book.sheet_names)
        hidden = [
            one.name
            for one in book.sheets_metadata
            if one.visible is not python_calamine.SheetVisibleEnum.Visible
        ]
        _send(out, "names", (names, hidden))
        for name in only or [one for one in names if one not in hidden]:
            if name in names:
                _send(out, "sheet", name)
                _send_rows(out, book.get_sheet_by_name(name), most)
        _send(out, "end", None)
    except python_calamine.PasswordError:
        _send(out, "password", None)
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        _send(out, "damaged", str(error))
    out.flush()


def _open(path: Path, kind: str) -> Any:
    import python_calamine

    if path.suffix.lower() == f".{kind}":
        return python_calamine.CalamineWorkbook.from_path(str(path))
    # The name says something else than the bytes: from_path would believe the name.
    return python_calamine.CalamineWorkbook.from_filelike(path.open("rb"))


def _send_rows(out: BinaryIO, sheet: Any, most: int) -> None:
    if sheet.start is None:  # nothing in it
        return
    rows = enumerate(sheet.iter_rows(), 1)
    numbered = islice(rows, most) if most else rows
    while batch := [
        (number, [text_of(cell) for cell in row]) for number, row in islice(numbered, _ROWS_A_FRAME)
    ]:
        _send(out, "rows", batch)


def _send(out: BinaryIO, what: str, content: Any) -> None:
    frame = marshal.dumps((what, content))
    out.write(len(frame).to_bytes(4, "big"))
    out.write(frame)


if __name__ == "__main__":
    main(sys.argv[1:])
