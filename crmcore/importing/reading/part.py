"""What reading a file gives: tables of text, and the rows that had to be set aside."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

# Rejects keep their cells up to this many; beyond it the line number must do, so that memory stays flat.
KEPT_ROWS = 10_000

# Lines that a spreadsheet or a platform adds below (or between) the data, told by their first cell.
FOOTERS = re.compile(r"(?:合计|总计|小计|汇总|本页小计)(?:\s*[:：(（].*)?\Z", re.DOTALL)

# A footer shows in this much of its first cell; a mapping's own patterns are not matched with more.
FOOTER = 200

# A line, or a record over several lines, that is longer than this (in characters) is no row of a table.
LONGEST = 2_000_000


@dataclass(frozen=True)
class Reject:
    """A row that could not be read: where it begins, why, and its cells by column name as far as known."""

    line: int
    reason: str
    row: dict[str, str]


@dataclass(frozen=True)
class Layout:
    """How one table lies in its file: enough to read it again.

    `kind` is text, blanks, xlsx, xls, html or batches. `header_lines` counts the lines up to and with the
    header. `columns` are the cleaned, unique names in the file's order; `ids` the positions of those whose
    cells must not be damaged numbers; `footers` a pattern of first cells. `starts` (batches only) pairs the
    index of each batch's first record with its line.
    """

    path: Path
    kind: str
    columns: tuple[str, ...]
    encoding: str = "utf-8"
    delimiter: str = ","
    quoted: bool = True
    header_lines: int = 1
    sheet: str | None = None
    ids: frozenset[int] = frozenset()
    footers: re.Pattern[str] | None = FOOTERS
    own_footers: bool = False
    starts: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class TablePart:
    """One table of one file, ready for a strict CSV reader.

    `csv_path` is strict UTF-8: the file itself where it already is that, else a clean copy. Skip
    `skip_lines` lines; then every record is a row, in order, its cells those of `columns`. `quoted` False:
    quote signs are text. `first_line` is the line in `file` where the data begins. `rejects` are the rows set
    aside, `skipped` the footers and empty lines, which are no rows. `notes` are sentences for people.
    `in_pieces`: `csv_path` is never there; `pieces` are such files in its place, as far as they are written.
    """

    file: Path
    sheet: str | None
    columns: list[str]
    csv_path: Path
    delimiter: str
    quoted: bool
    skip_lines: int
    first_line: int
    layout: Layout
    work_dir: Path
    encoding: str | None = None
    rejects: list[Reject] = field(default_factory=list)
    skipped: int = 0
    notes: list[str] = field(default_factory=list)
    in_pieces: bool = False
    pieces: list[Path] = field(default_factory=list)

    @property
    def is_original(self) -> bool:
        """Whether `csv_path` is the user's file itself."""
        return self.csv_path == self.file
