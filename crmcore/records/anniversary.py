"""Days of the year: birthdays that come round, and ages. 29 February is the 28th in common years."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

# A leap year's days: a birthday may be any of them.
YEAR_DAYS = tuple(f"{date(2000, 1, 1) + timedelta(days=n):%m-%d}" for n in range(366))


def on_year(month_day: str, year: int) -> date:
    """The day of that year on which an anniversary falls: 29 February on the 28th in common years."""
    month, day = int(month_day[:2]), int(month_day[3:])
    if (month, day) == (2, 29) and not calendar.isleap(year):
        day = 28
    return date(year, month, day)


def days_to(month_day: str, today: date, *, since: bool) -> int:
    """Calendar days until the next anniversary, or since the last one; 0 on the day itself."""
    this = on_year(month_day, today.year)
    if since:
        last = this if this <= today else on_year(month_day, today.year - 1)
        return (today - last).days
    following = this if this >= today else on_year(month_day, today.year + 1)
    return (following - today).days


def age_on(birthday: str, today: date) -> int | None:
    """Full years since YYYY-MM-DD, None when the year is unknown or the day lies ahead.

    Who was born on 29 February grows older on the 28th in common years.
    """
    if birthday.startswith("-") or birthday > today.isoformat():
        return None
    born = int(birthday[:4])
    return today.year - born - (on_year(birthday[-5:], today.year) > today)


def born_by(age: int, today: date) -> str:
    """The last birthday, as text, of somebody who is at least that old today."""
    years = min(max(age, 0), today.year)  # nobody is born before the year 1
    if years == 0:
        return today.isoformat()
    # On the last day of a common February those born on the 29th have their day too.
    leaps = f"{today:%m-%d}" == "02-28" and not calendar.isleap(today.year)
    return f"{today.year - years:04d}-{'02-29' if leaps else f'{today:%m-%d}'}"
