"""Cells as text: protection signs off, numbers and dates the way people write them."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

# What a spreadsheet leaves of a number above 15 digits.
DAMAGED = re.compile(r"\d(?:\.\d+)?[Ee]\+1[4-9]")

_FORMULA = re.compile(r'="(.*)"', re.DOTALL)
_EDGE = "\t"


def clean(cell: str) -> str:
    """A cell without its protection, in any nesting: `="…"`, a leading ' or `, tabs at its ends.

    A leading apostrophe goes only where it protects something: before a cell that has a digit in it, does not
    begin with a small letter ('s-Gravenweg 12) and has no other apostrophe.
    """
    while True:
        before = cell
        cell = cell.strip(_EDGE)
        if cell.startswith("=") and (formula := _FORMULA.fullmatch(cell.strip())):
            cell = formula[1].replace('""', '"')
        elif cell[:1] in ("'", "`") and protects(cell):
            cell = cell[1:]
        if cell == before:
            return cell


def protects(cell: str) -> bool:
    """Whether the sign a cell begins with is a spreadsheet's protection and not the text's own."""
    rest = cell[1:]
    if not rest:
        return True
    if len(rest) > 60 or "a" <= rest[0] <= "z" or cell[0] in rest:
        return False
    return any(sign.isdigit() for sign in rest) or rest[0] in "=+-@"


def text_of(value: object) -> str:
    """A spreadsheet's cell as text: 12.0 -> 12, a date -> 2020-02-26 12:30:21, true, empty.

    A whole number above 15 digits comes back in its exponent form, the mark of a damaged id.
    """
    if isinstance(value, str):
        return clean(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return _number(value)
    if isinstance(value, datetime):
        rounded = value + timedelta(microseconds=500_000) if value.microsecond else value
        return rounded.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):  # a moment at midnight comes as a plain date: one form for both
        return f"{value.isoformat()} 00:00:00"
    if isinstance(value, time):
        return value.isoformat()
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
    return str(value)


def _number(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return ""
    if value == int(value):
        return str(int(value)) if abs(value) < 10**15 else f"{value:.14E}"
    # Fifteen digits are what a spreadsheet keeps; never the exponent form for small amounts.
    text = f"{value:.15g}"
    return text if "e" not in text else f"{value:.12f}".rstrip("0")
