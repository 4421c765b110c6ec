"""The rows of a text file one by one, whatever state it is in.

This is the careful road: every line is looked at, a bad one is set aside and the rest goes on.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from io import TextIOWrapper

from crmcore.i18n import gettext as _
from crmcore.importing.reading.part import LONGEST, Layout

# A quoted cell that runs over more lines than this was never closed.
MOST_LINES = 500

Raw = tuple[int, list[str], str | None]
Parse = Callable[[str], tuple[list[str], str | None]]
# So much of a line that is too long is kept with its reject.
_SHOWN = 200


def text_rows(layout: Layout) -> Iterator[Raw]:
    """Every record below the header: its first line, its cells, and why it cannot be used (None: it can).

    Bytes that do not decode come as lone surrogates: see `settle`.
    """
    with layout.path.open("rb") as raw:
        text = TextIOWrapper(raw, layout.encoding, errors=_error_mode(layout.encoding), newline="")
        lines = _Lines(text)
        for _count in range(layout.header_lines):
            lines.next()
        if layout.kind == "blanks":
            yield from _blank_rows(lines)
        elif layout.quoted:
            yield from _quoted_rows(lines, layout)
        else:
            yield from _plain_rows(lines, layout.delimiter)


def _error_mode(encoding: str) -> str:
    # UTF-16 has no surrogate escape; a broken pair becomes U+FFFD and the row goes on.
    return "replace" if encoding.startswith("utf-16") else "surrogateescape"


class _Lines:
    """Lines of text with their numbers, that can be handed back."""

    def __init__(self, text: TextIOWrapper) -> None:
        self.text = text
        self.number = 0
        self.waiting: list[str] = []

    def next(self) -> str:
        """The next line with its end; "" at the end of the file."""
        if self.waiting:
            line = self.waiting.pop()
        else:
            line = self.text.readline(LONGEST)
            if len(line) == LONGEST:
                while self.text.readline(LONGEST)[-1:] not in ("\n", "\r", ""):
                    pass
        if line:
            self.number += 1
        return line

    def give_back(self, lines: list[str]) -> None:
        """Put lines back, to be read again in the same order."""
        self.waiting.extend(reversed(lines))
        self.number -= len(lines)


def _blank_rows(lines: _Lines) -> Iterator[Raw]:
    while line := lines.next():
        yield (lines.number, line.split(), None) if len(line) < LONGEST else _too_long(lines.number, line)


def _plain_rows(lines: _Lines, delimiter: str) -> Iterator[Raw]:
    while line := lines.next():
        cells = line.rstrip("\r\n").split(delimiter)
        yield (lines.number, cells, None) if len(line) < LONGEST else _too_long(lines.number, line)


def _too_long(number: int, line: str) -> Raw:
    return number, [line[:_SHOWN]], _("this line is longer than any row can be")


def _quoted_rows(lines: _Lines, layout: Layout) -> Iterator[Raw]:
    delimiter, width = layout.delimiter, len(layout.columns)
    parse = _parser(delimiter)
    while line := lines.next():
        start = lines.number
        if len(line) >= LONGEST:
            yield _too_long(start, line)
        elif '"' not in line:
            yield start, line.rstrip("\r\n").split(delimiter), None
        else:
            yield from _quoted_record(line, start, lines, parse, width)


def _quoted_record(line: str, start: int, lines: _Lines, parse: Parse, width: int) -> Iterator[Raw]:
    """The record that begins with a line that has quote signs in it."""
    cells, trouble = parse(line)
    if trouble != "open":
        yield start, cells, None
        return
    # A quote is open at the end of the line: the cell goes on below, or was never closed.
    more: list[str] = []
    length = len(line)
    while trouble == "open" and len(more) < MOST_LINES and length < LONGEST and (following := lines.next()):
        more.append(following)
        length += len(following)
        if '"' in following:
            cells, trouble = parse(line + "".join(more))
    if trouble is None and len(cells) <= width and length < LONGEST:
        yield start, cells, None
        return
    lines.give_back(more)
    yield start, parse(line)[0], _("a quote sign is opened and never closed")


class _Record:
    """An iterator of one text at a time, for a csv reader that is kept from record to record."""

    def __init__(self) -> None:
        self.text: str | None = None

    def __iter__(self) -> _Record:
        return self

    def __next__(self) -> str:
        text, self.text = self.text, None
        if text is None:
            raise StopIteration
        return text


def _parser(delimiter: str) -> Parse:
    """A function from a record's text to its cells and trouble: "open" (ends inside quotes) or "bad"."""
    record = _Record()
    strict = csv.reader(record, delimiter=delimiter, strict=True)

    def parse(text: str) -> tuple[list[str], str | None]:
        record.text = text
        try:
            return next(strict, []), None
        except csv.Error as error:
            record.text = None
            trouble = "open" if "unexpected end" in str(error) else "bad"
        try:
            cells = next(csv.reader([text], delimiter=delimiter), [])
        except csv.Error:
            return text.rstrip("\r\n").split(delimiter), "bad"
        return [cell.rstrip("\r\n") for cell in cells] if trouble == "open" else cells, trouble

    return parse
