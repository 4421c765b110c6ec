"""On which day of a year something falls, from the few words in which people write it down.

`11-11` is a day of every year; `2026-11-11` of that year alone; `lunar 8-15` a day of the Chinese lunar
calendar; `lunar eve` the last day before the lunar new year; `term qingming` a solar term; `sunday 2 of 5`
the second Sunday of May.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.records.anniversary import on_year

# The lunar tables reach from 1900 to 2100, and nobody plans or asks about more than this.
YEARS = range(2000, 2100)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# From the beginning of January on, two a month.
_TERMS = (
    "xiaohan", "dahan", "lichun", "yushui", "jingzhe", "chunfen", "qingming", "guyu", "lixia", "xiaoman",
    "mangzhong", "xiazhi", "xiaoshu", "dashu", "liqiu", "chushu", "bailu", "qiufen", "hanlu", "shuangjiang",
    "lidong", "xiaoxue", "daxue", "dongzhi",
)  # fmt: skip
_YEARLY = re.compile(r"(\d{1,2})-(\d{1,2})")
_LUNAR = re.compile(r"lunar (\d{1,2})-(\d{1,2})")
_NTH = re.compile(rf"({'|'.join(_WEEKDAYS)}) ([1-5]) of (\d{{1,2}})")


@dataclass(frozen=True)
class DayRule:
    """A day as it is written down; `on(year)` says when it is."""

    text: str

    def __post_init__(self) -> None:
        self.on(2024)  # a leap year: 29 February may be meant

    def on(self, year: int) -> date | None:
        """The day of that year, None when it has none. Raises `CrmError` for words that name no day."""
        text = " ".join(self.text.lower().split())
        try:
            return _day(text, year)
        except (ValueError, OverflowError):
            raise CrmError(
                _(
                    "{text} names no day: write 11-11, 2026-11-11, 'lunar 8-15', 'lunar eve', "
                    "'term qingming' or 'sunday 2 of 5'"
                ).format(text=repr(self.text))
            ) from None


def _day(text: str, year: int) -> date | None:
    if found := _YEARLY.fullmatch(text):
        date(2000, int(found[1]), int(found[2]))  # there is such a day
        return on_year(f"{int(found[1]):02d}-{int(found[2]):02d}", year)
    if found := _LUNAR.fullmatch(text):
        return lunar_day(year, int(found[1]), int(found[2]))
    if text == "lunar eve":
        return lunar_day(year, 1, 1) - timedelta(days=1)
    if text.startswith("term "):
        return _term(_TERMS.index(text.removeprefix("term ")), year)
    if found := _NTH.fullmatch(text):
        return _weekday(year, int(found[3]), _WEEKDAYS.index(found[1]), int(found[2]))
    fixed = date.fromisoformat(text)
    if fixed.year not in YEARS:
        raise ValueError(text)
    return fixed if fixed.year == year else None


def lunar_day(year: int, month: int, day: int) -> date:
    """The day of a day of the lunar year that begins in `year`; the last of a short month for its 30th."""
    from borax.calendars.lunardate import LunarDate

    if not (1 <= month <= 12 and 1 <= day <= 30):
        raise ValueError(month, day)
    try:
        return _plain(LunarDate(year, month, day).to_solar_date())
    except ValueError:
        return _plain(LunarDate(year, month, 29).to_solar_date())


def _term(index: int, year: int) -> date:
    from borax.calendars.lunardate import TermUtils

    return _plain(TermUtils.nth_term_day(year, index))


def _plain(day: date) -> date:
    return date(day.year, day.month, day.day)


def _weekday(year: int, month: int, weekday: int, nth: int) -> date | None:
    first = date(year, month, 1)
    day = first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
    return day if day.month == month else None
