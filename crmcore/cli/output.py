"""What the commands print: results on stdout, everything else on stderr.

A person at a terminal gets tables that fit it; a pipe gets plain aligned text without control codes. What
comes from customers' data is cleaned of everything that could steer a terminal.
"""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import click

from crmcore import wide

GAP = "  "
# A column of text is cut down to so many places, not further.
LEAST = 6
LEAST_TITLE = 6  # of a column of figures
_RAW_CONTROLS = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True)
class Column:
    """A column of a table: its title, whether its values stand on the right (figures), are never cut."""

    title: str
    right: bool = False
    whole: bool = False


def print_json(document: Any) -> None:
    """The one JSON document of a command with --json; what could steer a terminal is written as escapes."""
    indent = 2 if sys.stdout.isatty() else None
    try:
        text = _dumped(document, indent)
    except ValueError:  # a plugin's own figures may be no numbers
        text = _dumped(_without_nan(document), indent)
    click.echo(_RAW_CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def _dumped(document: Any, indent: int | None) -> str:
    # What JSON has no form of (a day, an exact amount) is written as text.
    return json.dumps(document, ensure_ascii=False, allow_nan=False, default=str, indent=indent)


def _without_nan(value: Any) -> Any:
    """Plain data with null in the place of what is no number: JSON knows neither NaN nor infinity."""
    if isinstance(value, dict):
        return {key: _without_nan(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def say(text: str = "") -> None:
    """One line of the result."""
    click.echo(wide.clean(text))


def note(text: str) -> None:
    """One line that is no result: progress, a warning, a hint."""
    click.echo(wide.clean(text), err=True)


def table(columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> None:
    """Rows under their titles, one line each; None is an empty cell.

    At a terminal the widest texts, and titles that are wider than their figures, are cut until the rows fit;
    a pipe gets everything.
    """
    cells = [[("" if value is None else wide.clean(str(value))) for value in row] for row in rows]
    titles = [column.title for column in columns]
    filled = [max((wide.width(row[index]) for row in cells), default=0) for index in range(len(columns))]
    widths = [max(wide.width(title), size) for title, size in zip(titles, filled, strict=True)]
    people = sys.stdout.isatty()
    if people:
        least = [
            width if column.whole else max(size, LEAST_TITLE) if column.right else LEAST
            for width, size, column in zip(widths, filled, columns, strict=True)
        ]
        widths = fitted(widths, least, shutil.get_terminal_size().columns)
    _line(titles, widths, columns, bold=people and "NO_COLOR" not in os.environ)
    for row in cells:
        _line(row, widths, columns)


def _line(cells: Sequence[str], widths: Sequence[int], columns: Sequence[Column], bold: bool = False) -> None:
    parts = [
        wide.pad(wide.cut(cell, size), size, right=column.right)
        for cell, size, column in zip(cells, widths, columns, strict=True)
    ]
    line = GAP.join(parts).rstrip()
    click.echo(click.style(line, bold=True) if bold else line)


def fitted(widths: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """The widths for a screen of that many columns: the widest that may give way do, down to their least."""
    found = list(widths)
    excess = sum(found) + len(GAP) * (len(found) - 1) - room
    while excess > 0:
        yielding = [place for place, size in enumerate(found) if size > least[place]]
        if not yielding:
            break
        found[max(yielding, key=lambda place: found[place])] -= 1
        excess -= 1
    return found


class Progress:
    """How far a long act has got: one line on stderr that is written over, for people only."""

    def __init__(self) -> None:
        self._people = sys.stderr.isatty()
        self._last = 0.0
        self._width = 0

    def __call__(self, done: int, total: int, what: str) -> None:
        """Show what is done and its share; at most ten times a second."""
        now = time.monotonic()
        if not self._people or (now - self._last < 0.1 and done != total):
            return
        self._last = now
        share = f" {done * 100 // total:3d}%" if total else f" {done:,}" if done else ""
        text = wide.clean(f"{what}{share}")
        click.echo("\r" + wide.pad(text, self._width), err=True, nl=False)
        self._width = wide.width(text)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Take the line away."""
        if self._width:
            click.echo("\r" + " " * self._width + "\r", err=True, nl=False)
            self._width = 0
