"""How a text file separates its cells, found from its first lines."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crmcore.importing.reading.names import hits

BLANKS = " "
_CANDIDATES = (",", "\t", ";", "|")
_SEP_LINE = re.compile(r'\ufeff?"?sep=(.)"?[;,\t]*\s*', re.IGNORECASE)
_LOOK_AT = 200
# A line of nothing but these is empty, whichever of them separates.
_EMPTY = " ,;|\t\r\n"


@dataclass(frozen=True)
class FirstRow:
    """One of the first records: the lines it stands on (1 is the file's first) and its cells."""

    line: int
    last_line: int
    cells: list[str]


@dataclass(frozen=True)
class Dialect:
    """A delimiter (" ": runs of blanks), whether quote signs quote, and the first records read that way."""

    delimiter: str
    quoted: bool
    rows: list[FirstRow]


def dialect_of(text: str, known: Iterable[str] = (), delimiter: str | None = None, width: int = 0) -> Dialect:
    """The dialect of a text by its beginning (whole lines).

    `known` header names decide where they occur; else the separation whose rows are most alike. `delimiter`
    is the mapping's word for it, `width` the number of columns where it is known.
    """
    lines = _real_lines(text)[: 4 * _LOOK_AT]
    skip = 0
    if lines and (sep := _SEP_LINE.fullmatch(lines[0])):
        delimiter, skip = delimiter or sep[1], 1
    choices = (delimiter,) if delimiter else _CANDIDATES
    names = list(known)
    tried = [_read(lines, skip, choice) for choice in choices]
    best = max(tried, key=lambda dialect: _score(dialect, names, width))
    if delimiter is None and _usual_width(best) < 2 and not _hits(best, names):
        blanks = _read(lines, skip, BLANKS)
        widths = {len(row.cells) for row in blanks.rows if row.cells}
        if len(widths) == 1 and widths.pop() >= 2 and len(blanks.rows) >= 2:
            return blanks
    return best


def _real_lines(text: str) -> list[str]:
    """Lines that end in LF, CR or CRLF; str.splitlines would cut at form feeds and U+2028 too."""
    return re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z", text)


def _read(lines: Sequence[str], skip: int, delimiter: str) -> Dialect:
    if delimiter == BLANKS:
        rows = [FirstRow(i, i, line.split()) for i, line in enumerate(lines, 1) if i > skip and line.strip()]
        return Dialect(BLANKS, False, rows[:_LOOK_AT])
    quoted = _parse(lines, skip, delimiter, quoted=True)
    if delimiter == "\t" and any('"' in line for line in lines) and not _alike(quoted):
        # Flat files of some platforms are tab-separated without any quoting: a quote sign is text there.
        return Dialect(delimiter, False, _parse(lines, skip, delimiter, quoted=False))
    return Dialect(delimiter, True, quoted)


def _parse(lines: Sequence[str], skip: int, delimiter: str, *, quoted: bool) -> list[FirstRow]:
    rows: list[FirstRow] = []
    start = skip + 1
    body = iter(lines[skip:])
    if quoted:
        reader = csv.reader(body, delimiter=delimiter)
    else:
        reader = csv.reader(body, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    try:
        for cells in reader:
            last = skip + reader.line_num
            if any(cell.strip(_EMPTY) for cell in cells):
                rows.append(FirstRow(start, last, cells))
            start = last + 1
            if len(rows) >= _LOOK_AT:
                break
    except csv.Error:  # a cell above 128 KB: an unclosed quote
        pass
    return rows


def _alike(rows: Sequence[FirstRow]) -> bool:
    """Whether quoted reading fits: all rows as wide as the first, no quote sign left inside a cell's edge."""
    widths = {len(row.cells) for row in rows}
    return len(widths) <= 1


def _usual_width(dialect: Dialect) -> int:
    counts = Counter(len(row.cells) for row in dialect.rows)
    return counts.most_common(1)[0][0] if counts else 0


def _hits(dialect: Dialect, names: Sequence[str]) -> int:
    return max((hits(row.cells, names) for row in dialect.rows[:15]), default=0) if names else 0


def _score(dialect: Dialect, names: Sequence[str], width: int) -> tuple[float, ...]:
    usual = _usual_width(dialect)
    if not dialect.rows:
        return (0, 0, 0, 0)
    same = sum(1 for row in dialect.rows if len(row.cells) == (width or usual)) / len(dialect.rows)
    return (_hits(dialect, names), usual > 1 and same > 0.5, round(same, 1), usual)
