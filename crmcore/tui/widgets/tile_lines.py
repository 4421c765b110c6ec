"""Tiles side by side as lines of text for a width."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.style import Style

from crmcore import wide
from crmcore.desk.dashboard_view import Shown

_LEAST, _MOST = 36, 4  # columns that a tile takes at least, and tiles beside each other at most
_HIGH = 11  # lines of a tile below its title
_HEADS = 2  # lines of a title


def tiles_beside(width: int) -> int:
    """How many tiles stand beside each other."""
    return max(1, min(width // _LEAST, _MOST))


def tile_lines(tiles: Sequence[Shown], marked: int, width: int) -> list[Content]:
    """The tiles in rows; the one under the cursor has a sign at its title."""
    beside = tiles_beside(width)
    room = width // beside - 2
    found: list[Content] = []
    for first in range(0, len(tiles), beside):
        row = tiles[first : first + beside]
        heads = [wide.wrap(wide.clean(one.title), room - 2)[:_HEADS] or [""] for one in row]
        high = max(map(len, heads))  # figures of one row stand on one line
        blocks = [
            _head(head, high, first + place, marked == first + place, room) + _below(one, room)
            for place, (one, head) in enumerate(zip(row, heads, strict=True))
        ]
        for number in range(max(map(len, blocks))):
            pieces = [block[number] if number < len(block) else Content(" " * room) for block in blocks]
            found.append(Content("  ").join(pieces))
        found.append(Content(""))
    return found


def _head(titles: Sequence[str], high: int, place: int, marked: bool, room: int) -> list[Content]:
    """The title in so many lines, each to be clicked."""
    style = "bold reverse" if marked else "bold"
    click = Style.from_meta({"@click": f"screen.choose({place})"})
    texts = [("> " if marked and not number else "  ") + text for number, text in enumerate(titles)]
    found = [Content.styled(_fit(text, room), style).stylize(click) for text in texts]
    return found + [Content(" " * room)] * (high - len(found))


def _below(one: Shown, room: int) -> list[Content]:
    lines: list[Content] = []
    if one.problem:
        lines += [
            Content.styled(_fit("  " + text, room), "$text-error") for text in _wrapped(one.problem, room)
        ]
    if one.figure:
        lines.append(Content.styled(_fit("  " + one.figure, room), "bold $text-accent"))
    lines += [Content(_fit("  " + text, room)) for text in one.lines]
    if not (one.problem or one.figure or one.lines):
        lines.append(Content.styled(_fit("  -", room), "$text-muted"))
    return lines[:_HIGH]


def _wrapped(text: str, room: int) -> list[str]:
    return wide.wrap("! " + wide.clean(text), room - 2)[:3]


def _fit(text: str, room: int) -> str:
    return wide.pad(wide.cut(wide.clean(text), room), room)
