"""The first rows of a table in the room of a tile: whole figures and whole headings, fewer columns."""

from __future__ import annotations

from collections.abc import Sequence

from crmcore import wide
from crmcore.analytics.show import cell, is_figure, title
from crmcore.hooks.reports import Table

_ROWS = 5
_TEXT = 12  # columns that a text keeps at least where there is not room for all of it
_HEADS = 2  # lines of a heading at most
_WORD = 4  # columns of a heading that is never broken: two Chinese characters are one word
_BETWEEN = 2


def first_rows(table: Table, currency: str, width: int) -> list[str]:
    """The first rows under their headings, in lines of at most `width` columns.

    A figure or a heading that is cut says something else, so what has no room is left out as a column: first
    the number in front of the words of a row, then from the right. A heading may take two lines; only texts
    are cut.
    """
    rows = [
        [cell(value, one, currency) for value, one in zip(row, table.columns, strict=True)]
        for row in table.rows[:_ROWS]
    ]
    if not rows:
        return []
    right = [is_figure(one) for one in table.columns]
    titles = [title(one) for one in table.columns]
    wish = [max(wide.width(row[place]) for row in rows) for place in range(len(titles))]
    least = [
        max(size if figure else min(size, _TEXT), _narrowest(text))
        for size, figure, text in zip(wish, right, titles, strict=True)
    ]
    places = _fitting(least, right, width)
    sizes = _spread(
        [least[place] for place in places],
        [max(wish[place], wide.width(titles[place])) for place in places],
        width,
    )
    heads = [wide.wrap(titles[place], size) for place, size in zip(places, sizes, strict=True)]
    high = max(map(len, heads))
    heads = [[""] * (high - len(head)) + head for head in heads]
    lines = [[head[number] for head in heads] for number in range(high)]
    lines += [[row[place] for place in places] for row in rows]
    return [_line(line, sizes, [right[place] for place in places], width) for line in lines]


def _narrowest(text: str) -> int:
    """The least columns in which a heading stands whole."""
    for size in range(min(_WORD, wide.width(text)), wide.width(text)):
        lines = wide.wrap(text, size)
        if len(lines) <= _HEADS and all(wide.width(line) <= size for line in lines):
            return size
    return wide.width(text)


def _fitting(least: Sequence[int], right: Sequence[bool], width: int) -> list[int]:
    """The places of the columns that there is room for; one at least."""
    places = list(range(len(least)))
    if _needed(least) > width and len(places) > 1 and right[0] and not right[1]:
        del places[0]
    while len(places) > 1 and _needed([least[place] for place in places]) > width:
        places.pop()
    return places


def _needed(sizes: Sequence[int]) -> int:
    return sum(sizes) + _BETWEEN * (len(sizes) - 1)


def _spread(least: Sequence[int], wish: Sequence[int], width: int) -> list[int]:
    """The room that is left over, to whoever can use it, from the left."""
    sizes, left = list(least), max(0, width - _needed(least))
    for place, size in enumerate(wish):
        more = max(0, min(size - sizes[place], left))
        sizes[place], left = sizes[place] + more, left - more
    return sizes


def _line(texts: Sequence[str], sizes: Sequence[int], right: Sequence[bool], width: int) -> str:
    pieces = [
        wide.pad(wide.cut(text, size), size, right=figure)
        for text, size, figure in zip(texts, sizes, right, strict=True)
    ]
    return wide.cut((" " * _BETWEEN).join(pieces), width)


__all__ = ["first_rows"]
