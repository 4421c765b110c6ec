"""Figures and bars as lines of text: titles and numbers in columns, bars at the end of the line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

from crmcore import wide
from crmcore.tui.widgets.card_parts import line

_LONGEST_TITLE = 34


@dataclass(frozen=True)
class Bar:
    """One bar: its title, its number as it is written, and how long it is (0 to 1; None: not known yet)."""

    title: str
    number: str
    share: float | None


def bar_lines(bars: Sequence[Bar], width: int) -> list[Content]:
    """Each bar on its line: title, number, percent, bar. A Chinese character takes its two columns."""
    title = min(max((wide.width(one.title) for one in bars), default=0), _LONGEST_TITLE, max(width // 2, 8))
    number = max((len(one.number) for one in bars), default=0)
    room = max(width - title - number - 13, 0)
    found = []
    for one in bars:
        percent = "" if one.share is None else f"{100 * one.share:.1f}%"
        text = f"{wide.pad(wide.cut(one.title, title), title)}  {one.number:>{number}}  {percent:>7}  "
        bar = "" if one.share is None else wide.bar(one.share, room)
        found.append(line([(text, ""), (bar, "$text-primary")], width))
    return found


def figure_lines(figures: Sequence[tuple[str, str]], width: int) -> list[Content]:
    """Titles and figures, in two columns of them where there is room."""
    title = max((wide.width(one) for one, _figure in figures), default=0)
    figure = max((wide.width(one) for _title, one in figures), default=0)
    cells = [f"{wide.pad(one, title)}  {wide.pad(value, figure, right=True)}" for one, value in figures]
    if width < 2 * (title + figure + 2) + 6:
        return [line([(cell, "")], width) for cell in cells]
    half = (len(cells) + 1) // 2
    right = [*cells[half:], ""]
    return [
        line([(f"{left}      {other}", "")], width) for left, other in zip(cells[:half], right, strict=False)
    ]
