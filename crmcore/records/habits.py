"""What somebody mostly does: the value that comes up again and again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from crmcore.records.anniversary import on_year


@dataclass(frozen=True)
class Habit:
    """A value that came up `times` of `of`."""

    value: str
    times: int
    of: int

    @property
    def share(self) -> float:
        """Its share, above 0 and up to 1."""
        return self.times / self.of


def habit(values: Iterable[str | None], *, least: int = 2, share: float = 0.5) -> Habit | None:
    """The value that comes up most, at least `least` times and in that share; None where none does.

    `values` come newest first: of equally frequent ones the newest counts. None among them is not counted.
    """
    known = [one for one in values if one]
    for value, times in Counter(known).most_common(1):
        if times >= least and times >= share * len(known):
            return Habit(value, times, len(known))
    return None


def usual(values: Iterable[str | None], *, least: int = 2, share: float = 0.5) -> str | None:
    """The value of the `habit`; None where there is none."""
    found = habit(values, least=least, share=share)
    return found.value if found else None


def year_later(day: date) -> date:
    """The same day of the next year; 28 February for the 29th."""
    return on_year(f"{day:%m-%d}", day.year + 1)


def season_again(day: date, *, years: int = 1) -> date:
    """The first day of the season in which `day` lies, so many years later.

    Seasons are those of `season_of`: 3 October lies in autumn, which begins on 1 September; the winter in
    which 20 January lies began in the December before.
    """
    first = (day.month // 3) * 3 or 12
    year = day.year - 1 if day.month < 3 else day.year
    return date(year + years, first, 1)
