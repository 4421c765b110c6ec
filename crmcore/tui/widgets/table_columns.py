"""How a table lays its columns out in the width there is, and a row into them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from crmcore import wide

GUTTER = 2  # the cursor's sign and the mark's
_ROOMY = 100  # columns of a terminal from which on the gaps between columns are wider


@dataclass(frozen=True)
class Column:
    """One column of a table.

    `title` is in the language in force. `width` is what it takes at least, in columns of the terminal; what
    is left over goes to those with a `share`, in proportion, up to `most` (0: without end; figures that stand
    far from their words are hard to read). `right` sets numbers to the right. One with a
    `sort` name can be sorted by; `descending` says which way first. Where the width is too small, columns are
    left out, the one with the highest `drop` first; 0 never is. What does not fit is cut at its end, with
    `middle` in its middle.
    """

    title: str
    width: int
    share: int = 0
    right: bool = False
    sort: str | None = None
    descending: bool = False
    drop: int = 0
    most: int = 0
    middle: bool = False


@dataclass(frozen=True)
class Place:
    """Where a column stands: its number among all, the first terminal column it takes, and how many."""

    number: int
    start: int
    width: int


def fit(columns: Sequence[Column], room: int) -> list[Place]:
    """The columns that fit into `room` terminal columns, from left to right."""
    gap = 2 if room >= _ROOMY else 1
    room -= GUTTER + gap - 1  # with room to spare, numbers do not touch what stands beside the table
    kept = dict(enumerate(columns))
    while _least(kept.values(), gap) > room:
        number = max(kept, key=lambda one: (kept[one].drop, one))
        if not kept[number].drop:
            break
        del kept[number]
    widths = _shared(kept, room - _least(kept.values(), gap))
    places: list[Place] = []
    start = GUTTER
    for number, width in widths.items():
        width = min(width, GUTTER + room - start)
        if width <= 0:
            break
        places.append(Place(number, start, width))
        start += width + gap
    return places


def _least(columns: Collection[Column], gap: int) -> int:
    return sum(one.width for one in columns) + gap * max(len(columns) - 1, 0)


def _shared(kept: dict[int, Column], spare: int) -> dict[int, int]:
    widths = {number: one.width for number, one in kept.items()}
    shares = sum(one.share for one in kept.values())
    # Those with an end first: what they leave goes to the others.
    for number, one in sorted(kept.items(), key=lambda item: item[1].most == 0):
        if one.share and spare > 0:
            more = spare * one.share // shares
            if one.most:
                more = min(more, max(one.most - one.width, 0))
            widths[number] += more
            spare, shares = spare - more, shares - one.share
    return widths


def line(columns: Sequence[Column], places: Sequence[Place], cells: Sequence[str]) -> str:
    """A row's cells in their places, without the gutter; cleaned, cut and padded."""
    text = ""
    at = GUTTER
    for place in places:
        text += " " * (place.start - at)
        column = columns[place.number]
        cell = wide.clean(cells[place.number]) if place.number < len(cells) else ""
        cell = (wide.cut_middle if column.middle else wide.cut)(cell, place.width)
        text += wide.pad(cell, place.width, right=column.right)
        at = place.start + place.width
    return text
