"""What the commands print: results on stdout, everything else on stderr.

A person at a terminal gets tables that fit it; a pipe gets plain aligned text without control codes. What
comes from customers' data is cleaned of everything that could steer a terminal.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import click

from crmcore.cli import wide

_RAW_CONTROLS = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True)
class Column:
    """A column of a table: its title, and whether its values stand on the right (figures)."""

    title: str
    right: bool = False


def print_json(document: Any) -> None:
    """The one JSON document of a command with --json; what could steer a terminal is written as escapes."""
    text = json.dumps(document, ensure_ascii=False, indent=2 if sys.stdout.isatty() else None)
    click.echo(_RAW_CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def say(text: str = "") -> None:
    """One line of the result."""
    click.echo(wide.clean(text))


def note(text: str) -> None:
    """One line that is no result: progress, a warning, a hint."""
    click.echo(wide.clean(text), err=True)


def table(columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> None:
    """Rows under their titles; None is an empty cell."""
    cells = [[("" if value is None else wide.clean(str(value))) for value in row] for row in rows]
    if sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
        _terminal_table(columns, cells)
        return
    widths = [
        max([wide.width(column.title), *(wide.width(row[index]) for row in cells)])
        for index, column in enumerate(columns)
    ]
    for row in [[column.title for column in columns], *cells]:
        line = "  ".join(
            wide.pad(value, size, right=column.right)
            for value, size, column in zip(row, widths, columns, strict=True)
        )
        click.echo(line.rstrip())


def _terminal_table(columns: Sequence[Column], cells: Sequence[Sequence[str]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        shown.add_column(Text(column.title), justify="right" if column.right else "left", overflow="ellipsis")
    for row in cells:
        shown.add_row(*(Text(value) for value in row))
    Console(highlight=False).print(shown)


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
        share = f" {done * 100 // total:3d} %" if total else f" {done:,}" if done else ""
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
