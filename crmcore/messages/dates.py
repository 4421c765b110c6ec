"""Days that a text names, so that a message does not speak of one that is over.

Read: 2026-12-05, 2026/12/5, 2026年12月5日, 12月5日, 12/5, 5 December, Dec 5. A day without a year is taken
in the year that lies nearest to the day of sending.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "january"), ("feb", "february"), ("mar", "march"), ("apr", "april"), ("may",),
            ("jun", "june"), ("jul", "july"), ("aug", "august"), ("sep", "september", "sept"),
            ("oct", "october"), ("nov", "november"), ("dec", "december"),
        ),
        start=1,
    )
    for name in names
}  # fmt: skip
_NAMES = "|".join(sorted(_MONTHS, key=len, reverse=True))
_FULL = re.compile(r"(?<!\d)(20\d{2})[-/.年](\d{1,2})[-/.月](\d{1,2})(?!\d)")
_CHINESE = re.compile(r"(?<![\d年])(?<!\d[-/.])(\d{1,2})月(\d{1,2})[日号]")
_SLASH = re.compile(r"(?<![\d/.年-])(\d{1,2})/(\d{1,2})(?![\d/%])")
_DAY_MONTH = re.compile(rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th)?\s+({_NAMES})\b", re.IGNORECASE)
_MONTH_DAY = re.compile(rf"\b({_NAMES})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?\b", re.IGNORECASE)
# A day after or before these words is the last one of an offer.
_LAST = re.compile(
    r"(截止|截至|止于|有效期至|最后一天|仅限|until|till|ends?|expires?|by)[^\d\n]{0,8}$", re.IGNORECASE
)
_LAST_AFTER = re.compile(r"^\s*[日号]?\s*(止|截止|前|结束|为止)", re.IGNORECASE)


def days_in(text: str, near: date) -> Iterator[tuple[date, bool]]:
    """The days that a text names, and whether each is said to be the last day of something."""
    for found, day in _found(text, near):
        before, after = text[: found.start()], text[found.end() :]
        last = bool(_LAST.search(before[-20:]) or _LAST_AFTER.match(after[:8]))
        yield day, last


def _found(text: str, near: date) -> Iterator[tuple[re.Match[str], date]]:
    for match in _FULL.finditer(text):
        if day := _day(int(match[1]), int(match[2]), int(match[3])):
            yield match, day
    for pattern in (_CHINESE, _SLASH):
        for match in pattern.finditer(text):
            if day := _nearest(int(match[1]), int(match[2]), near):
                yield match, day
    for match in _DAY_MONTH.finditer(text):
        if day := _nearest(_MONTHS[match[2].lower()], int(match[1]), near):
            yield match, day
    for match in _MONTH_DAY.finditer(text):
        if day := _nearest(_MONTHS[match[1].lower()], int(match[2]), near):
            yield match, day


def _nearest(month: int, number: int, near: date) -> date | None:
    """The day of that month in the year in which it lies nearest: in December, 1月5日 is next January's."""
    days = [one for year in (near.year - 1, near.year, near.year + 1) if (one := _day(year, month, number))]
    return min(days, key=lambda one: abs(one - near)) if days else None


def _day(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None
