"""Workbooks (xlsx, xls, xlsb, ods) as rows of text, read by calamine in a process of their own.

calamine loads a sheet whole, about 100 bytes a cell; a damaged workbook can end its process or ask for all
the memory there is (tried: 3 of 4 fuzzing runs aborted). Neither reaches ours.
"""

from __future__ import annotations

import marshal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from crmcore.errors import FileError
from crmcore.i18n import gettext as _
from crmcore.importing.reading.kind import encrypted

_COMMAND = [sys.executable, "-P", "-X", "utf8", "-m", "crmcore.importing.reading.sheet_child"]

NumberedRows = Iterator[tuple[int, list[str]]]


class Book:
    """A workbook that is being read, from its first sheet to its last; use it in a `with`.

    `most` limits the rows of each sheet, `only` names the sheets wanted (those that exist); without it all
    come but `hidden` ones: those are what somebody put away. Its methods raise `FileError` when the workbook
    is damaged or has a password.
    """

    def __init__(self, path: Path, kind: str, *, most: int = 0, only: Sequence[str] = ()) -> None:
        self.path = path
        self._process = subprocess.Popen(
            [*_COMMAND, str(path.absolute()), kind, str(most), *only],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._waiting: tuple[str, Any] | None = None
        self.names: list[str] = []
        self.hidden: list[str] = []

    def __enter__(self) -> Self:
        try:
            self.names, self.hidden = self._next("names")
        except FileError:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def sheets(self) -> Iterator[tuple[str, NumberedRows]]:
        """Each sheet's name and rows, numbered as the spreadsheet shows; take them before going on."""
        while True:
            what, content = self._frame()
            if what == "end":
                return
            if what == "sheet":
                yield content, self._rows()

    def _rows(self) -> NumberedRows:
        while True:
            what, content = self._frame()
            if what != "rows":
                self._waiting = what, content
                return
            yield from content

    def _next(self, wanted: str) -> Any:
        what, content = self._frame()
        return content if what == wanted else ([], [])

    def _frame(self) -> tuple[str, Any]:
        if self._waiting is not None:
            frame, self._waiting = self._waiting, None
            return frame
        pipe = self._process.stdout
        assert pipe is not None  # asked for above
        length = int.from_bytes(pipe.read(4), "big")
        body = pipe.read(length)
        if not length or len(body) < length:
            raise FileError(_damaged(self.path, _("its parts do not fit together")))
        what, content = marshal.loads(body)  # written by our own process
        if what == "password":
            raise FileError(encrypted(self.path))
        if what == "damaged":
            raise FileError(_damaged(self.path, content))
        return what, content

    def _stop(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process.wait()


def _damaged(path: Path, reason: str) -> str:
    text = _(
        "{path}: the workbook is damaged ({reason}); open it in a spreadsheet and save it as csv or xlsx"
    )
    return text.format(path=path, reason=reason)
