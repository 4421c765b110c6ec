"""Days and times as people type them: `2026-11-20`, `11-25`, `明天 18:00`, `3天后`, `周五下午3点`, `+2h`."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from crmcore.errors import UsageError
from crmcore.i18n import gettext as _
from crmcore.records.clock import Clock, day_end, day_of, day_start, zone
from crmcore.records.spoken_times import month_day, plainly, weekday

_DAYS = {
    "today": 0,
    "tomorrow": 1,
    "yesterday": -1,
    "今天": 0,
    "明天": 1,
    "后天": 2,
    "大后天": 3,
    "昨天": -1,
    "前天": -2,
}
_ISO_DAY = re.compile(r"^(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|(\d{2})(\d{2}))$")
_SHIFT = re.compile(r"^([+-]\d{1,5})([dw])$")
_HOURS = re.compile(r"^([+-]\d{1,5})(h|min)$")
_DAY_AND_TIME = re.compile(
    r"^(?:(?P<day>\S+?)(?:\s+|t))??(?P<hour>\d{1,2})[:：](?P<minute>\d{2})(?:[:：](?P<second>\d{2}))?$"
)


def day_from(text: str, clock: Clock) -> date:
    """The calendar day somebody typed, in the shop's zone; raises `UsageError` with the forms that work."""
    day = _day(plainly(text.strip().lower()), clock)
    if day is None:
        raise UsageError(
            _("{text!r} is not a day: write 2026-11-20, today, tomorrow, yesterday, +3d or -2w").format(
                text=text
            )
        )
    return day


def instant_from(text: str, clock: Clock, *, end_of_day: bool = False) -> int:
    """The instant somebody typed: UTC seconds.

    A day alone means its first instant, or with `end_of_day` its last one (a thing due on a day is due until
    the day is over); a time alone means today. What carries its own offset is taken as written; everything
    else is in the shop's zone. Raises `UsageError` with the forms that work.
    """
    word = plainly(text.strip().lower())
    if word in ("now", "现在"):
        return clock.now
    if shift := _HOURS.match(word):
        return clock.now + int(shift[1]) * (3600 if shift[2] == "h" else 60)
    if (moment := _with_offset(word)) is not None:
        return moment
    parts = _DAY_AND_TIME.match(word)
    day = (
        day_of(clock.now, clock.zone)
        if parts and not parts["day"]
        else _day(parts["day"] if parts else word, clock)
    )
    if day is None:
        raise UsageError(
            _(
                "{text!r} is not a time: write 2026-11-20 18:00, 18:00, today, tomorrow 9:30, +3d or +2h"
            ).format(text=text)
        )
    if parts:
        return _local(day, parts, clock)
    return day_end(day, clock.zone) if end_of_day else day_start(day, clock.zone)


def _day(word: str, clock: Clock) -> date | None:
    """The day of a word in one of our forms, None for any other word."""
    try:
        if word in _DAYS:
            return clock.today + timedelta(days=_DAYS[word])
        if (named := weekday(word, clock.today) or month_day(word, clock.today)) is not None:
            return named
        if shift := _SHIFT.match(word):
            return _near_enough(clock.today + timedelta(days=int(shift[1]) * (7 if shift[2] == "w" else 1)))
        if found := _ISO_DAY.match(word):
            year, month, day = (int(part) for part in found.groups() if part is not None)
            return _near_enough(date(year, month, day))
    except (ValueError, OverflowError):
        raise UsageError(_("there is no day {text!r} in the calendar").format(text=word)) from None
    return None


def _near_enough(day: date) -> date:
    """The day, where counting on from it stays within the calendar; raises `ValueError` beyond."""
    if not 1900 <= day.year <= 2199:
        raise ValueError(day)
    return day


def _local(day: date, parts: re.Match[str], clock: Clock) -> int:
    try:
        clock_time = time(int(parts["hour"]), int(parts["minute"]), int(parts["second"] or 0))
    except ValueError:
        raise UsageError(_("there is no time {text!r} on the clock").format(text=parts[0])) from None
    return int(datetime.combine(day, clock_time, zone(clock.zone)).timestamp())


def _with_offset(word: str) -> int | None:
    try:
        moment = datetime.fromisoformat(word.upper())
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    try:
        _near_enough(moment.date())
    except ValueError:
        raise UsageError(_("there is no day {text!r} in the calendar").format(text=word)) from None
    return int(moment.timestamp())
