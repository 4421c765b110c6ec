"""Raw rows become rows of the table: clean cells, the right number of them, or a reject with its reason."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from crmcore.i18n import gettext as _
from crmcore.importing.reading.cells import DAMAGED, clean
from crmcore.importing.reading.names import same_name, unique_names
from crmcore.importing.reading.part import FOOTER, KEPT_ROWS, Layout, Reject

_UNDECODABLE = re.compile("[\ud800-\udfff]")
# What the protection of a cell begins with.
_STARTS = ("=", "'", "`", "\t")


@dataclass
class Settled:
    """What is left beside the good rows."""

    rejects: list[Reject] = field(default_factory=list)
    skipped: int = 0


def good_rows(
    raw: Iterable[tuple[int, list[str], str | None]],
    layout: Layout,
    rest: Settled,
    *,
    cut_short: bool = False,
) -> Iterator[tuple[int, list[str]]]:
    """The rows that can be used, each with its line; all others go to `rest`.

    `cut_short`: the file's last line has no end, so a last row with too few cells was downloaded in part.
    """
    width = len(layout.columns)
    named = _named_width(layout)
    pads = layout.kind not in ("text", "blanks") or (layout.delimiter == "\t" and not layout.quoted)
    held: tuple[int, list[str], str] | None = None
    for line, cells, problem in raw:
        if held:
            _reject(layout, rest, held[0], held[1], held[2])
            held = None
        if problem is None:
            joined = "".join(cells)
            if "=" in joined or "'" in joined or "`" in joined or "\t" in joined:
                cells = [clean(cell) if cell[:1] in _STARTS or cell[-1:] == "\t" else cell for cell in cells]
            if _no_data(cells, layout) or _is_header(cells, layout):
                rest.skipped += 1
                continue
            problem = _unreadable(joined, layout)
            if problem is None and len(cells) != width:
                problem = _ragged(cells, width, named, pads)
                cells = cells[:width] + [""] * (width - len(cells)) if problem is None else cells
        if problem is None and layout.ids:
            problem = _damaged_id(cells, layout)
        if problem is None:
            yield line, cells
        else:
            held = line, cells, problem
    if held:
        if cut_short and len(held[1]) < width:
            held = (
                *held[:2],
                _("the file ends in the middle of this row: it was downloaded or copied in part"),
            )
        _reject(layout, rest, *held)


def write_clean(rows: Iterable[tuple[int, list[str]]], target: Path) -> None:
    """Write rows as a strict UTF-8 CSV: comma, every cell quoted, LF."""
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerows(cells for _line, cells in rows)


def _no_data(cells: list[str], layout: Layout) -> bool:
    """Empty lines, lines of delimiters, sums and other footers."""
    for cell in cells:
        if first := cell.strip():
            return layout.footers is not None and layout.footers.match(first[:FOOTER]) is not None
    return True


def _is_header(cells: list[str], layout: Layout) -> bool:
    """Whether the header comes again: files that were pasted together."""
    return (
        layout.header_lines > 0
        and len(cells) == len(layout.columns)
        and same_name(cells[0]) == same_name(layout.columns[0])
        and unique_names(cells) == list(layout.columns)
    )


def _named_width(layout: Layout) -> int:
    """The number of columns without the unnamed ones at the end, which come from a trailing delimiter."""
    width = len(layout.columns)
    while width > 1 and layout.columns[width - 1] == f"column {width}":
        width -= 1
    return width


def _ragged(cells: list[str], width: int, named: int, pads: bool) -> str | None:
    """What is wrong with the number of cells; empty ones too many, or unnamed ones missing, are no harm."""
    count = len(cells)
    if count > width and any(cell.strip() for cell in cells[width:]):
        text = _("{count} cells, but the header has {width}: a delimiter or quote sign inside a cell?")
        return text.format(count=count, width=width)
    if count < named and not pads:
        text = _("{count} cells, but the header has {width}")
        return text.format(count=count, width=width)
    return None


def _unreadable(joined: str, layout: Layout) -> str | None:
    """What is wrong with the bytes of a row: NULs, or what its encoding has no sign for."""
    if "\0" in joined:
        return _("holds NUL bytes: this part of the file is damaged")
    try:
        joined.encode()
        broken = layout.encoding.startswith("utf-16") and "\ufffd" in joined
    except UnicodeEncodeError:
        broken = True
    if not broken:
        return None
    text = _("holds bytes that are not {encoding}: this part of the file is damaged")
    return text.format(encoding=layout.encoding)


def _damaged_id(cells: list[str], layout: Layout) -> str | None:
    for position in layout.ids:
        if DAMAGED.fullmatch(cells[position].strip()):
            text = _("{column} {value} has lost its last digits in a spreadsheet; import the original export")
            return text.format(column=layout.columns[position], value=cells[position].strip())
    return None


def _reject(layout: Layout, rest: Settled, line: int, cells: list[str], reason: str) -> None:
    row: dict[str, str] = {}
    if len(rest.rejects) < KEPT_ROWS:
        names = [*layout.columns, *(f"+{extra}" for extra in range(1, len(cells) - len(layout.columns) + 1))]
        row = {name: _printable(cell) for name, cell in zip(names, cells, strict=False)}
    rest.rejects.append(Reject(line, reason, row))


def _printable(cell: str) -> str:
    """The cell without what no database takes: NULs and lone surrogates."""
    return _UNDECODABLE.sub("\ufffd", cell.replace("\0", "\u2400"))[:2000]
