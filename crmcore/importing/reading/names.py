"""Header names: one normal form to compare them by, and finding the line they stand in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from crmcore.i18n import joined
from crmcore.wide import cut

# The header is looked for in this many lines.
HEADER_WITHIN = 15
# So many columns of a terminal are shown of a name.
_SHOWN = 40

_FULL_WIDTH = str.maketrans({"（": "(", "）": ")", "：": ":"})
_AROUND = "\"'`=\ufeff \t\r\n\xa0\u3000\u200b"


@lru_cache(maxsize=8192)
def same_name(name: str) -> str:
    """The normal form of a header name: no BOM, no blanks of any width, half-width brackets, lower case."""
    bare = "".join(name.strip(_AROUND).split())
    return bare.translate(_FULL_WIDTH).replace("\u200b", "").casefold()


def unique_names(cells: Sequence[str]) -> list[str]:
    """The cells of a header as column names: stripped, a number behind repeated ones, unnamed ones numbered.

    `["a", "a", ""]` gives `["a", "a (2)", "column 3"]`.
    """
    names: list[str] = []
    seen: set[str] = set()
    for position, cell in enumerate(cells, 1):
        base = " ".join(cell.strip(_AROUND).split()) or f"column {position}"
        name, count = base, 1
        while same_name(name) in seen:
            count += 1
            name = f"{base} ({count})"
        seen.add(same_name(name))
        names.append(name)
    return names


def listed(columns: Sequence[str], most: int) -> str:
    """The first names in one line for people: a header may be a page of text, or thousands of columns."""
    shown = [cut(name, _SHOWN) for name in columns[:most]]
    return joined([*shown, "…"] if len(columns) > most else shown)


def matching(columns: Sequence[str], names: Iterable[str]) -> list[str]:
    """The columns that carry one of the names, in the order of the names."""
    by_form = {same_name(column): column for column in reversed(columns)}
    found = (by_form.get(same_name(name)) for name in names)
    return list(dict.fromkeys(column for column in found if column is not None))


def hits(cells: Iterable[str], known: Iterable[str]) -> int:
    """How many of the cells are known header names."""
    forms = {same_name(name) for name in known}
    return len({same_name(cell) for cell in cells} & forms)


def header_row(rows: Sequence[Sequence[str]], known: Iterable[str] = ()) -> int | None:
    """The index of the header among the first rows: the one with the most known names.

    Without known names (or when none occurs): the first row about as wide as the widest, which passes over
    title lines. None when all rows are empty.
    """
    rows = rows[:HEADER_WITHIN]
    forms = {same_name(name) for name in known} - {""}
    counts = [len({same_name(cell) for cell in row} & forms) for row in rows]
    if counts and max(counts) > 0:
        return counts.index(max(counts))
    widths = [sum(1 for cell in row if cell.strip()) for row in rows]
    widest = max(widths, default=0)
    return next((i for i, width in enumerate(widths) if width and width >= 0.6 * widest), None)
