"""Days that come round: sale events, festivals, seasons, a shop's own; what rules ask of them.

An occasion is known by its name and has a period for each year. A rule asks of a dated field whether it falls
into one (`during`), and of the day of the question how far the next or the last one is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from crmcore.errors import RuleError
from crmcore.i18n import gettext as _
from crmcore.i18n import title_of


@dataclass(frozen=True)
class Period:
    """One year's days: `first` to `last`, both included; `main` is the day it is about.

    `prepare` is when its run-up begins, which goes on to the day before `first`.
    """

    prepare: date
    first: date
    main: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True)
class Occasion:
    """Something that comes round: its name, titles, kind and periods by year, the earliest first.

    `kind`: platform (a sale event), festival, season, own (a day of the shop's), off (a day off). `source`
    says who brings it: "crmcore", the shop or a pack.
    """

    name: str
    zh: str
    en: str
    kind: str
    periods: Mapping[int, Period]
    source: str = "crmcore"

    @property
    def title(self) -> str:
        """The title in the language in force, else the name."""
        return title_of(self.zh, self.en) or self.name

    def days_until(self, day: date) -> int | None:
        """Calendar days until the next main day, 0 on it; None when none is known."""
        ahead = [(one.main - day).days for one in self.periods.values() if one.main >= day]
        return min(ahead, default=None)

    def days_since(self, day: date) -> int | None:
        """Calendar days since the last main day, 0 on it; None when none is known."""
        return min(((day - one.main).days for one in self.periods.values() if one.main <= day), default=None)

    def next(self, day: date) -> Period | None:
        """The period that runs on that day, else the next one."""
        return next((one for one in self.periods.values() if one.last >= day), None)

    def running(self, day: date) -> bool:
        """Whether the day lies in one of its periods."""
        return any(day in one for one in self.periods.values())


@dataclass(frozen=True)
class During:
    """An occasion as a rule compares a day with it: in every year (`year` None), or in one."""

    label: str
    spans: tuple[tuple[date, date], ...]

    def __str__(self) -> str:
        return self.label


@dataclass(frozen=True, eq=False)
class Occasions:
    """The occasions of one shop by name; two are the same only when they are one object."""

    by_name: Mapping[str, Occasion]

    def __iter__(self) -> Iterator[Occasion]:
        return iter(self.by_name.values())

    def during(self, value: Any) -> During:
        """What "double_11" or "double_11 2025" means; raises `RuleError`, naming what there is."""
        name, _gap, year = value.strip().partition(" ") if isinstance(value, str) else ("", "", "")
        found = self.by_name.get(name) or next(
            (one for one in self if name and name in (one.zh, one.en.lower())), None
        )
        if found is None:
            raise RuleError(_unknown(value, self.by_name))
        if not year:
            return During(found.title, tuple((one.first, one.last) for one in found.periods.values()))
        if not year.isdecimal() or int(year) not in found.periods:
            known = sorted(found.periods)
            raise RuleError(
                _("{name} has no year {year}: it is known from {first} to {last}").format(
                    name=found.name,
                    year=repr(year),
                    first=known[0] if known else "?",
                    last=known[-1] if known else "?",
                )
            )
        period = found.periods[int(year)]
        return During(f"{found.title} {year}", ((period.first, period.last),))

    def today(self, day: date) -> tuple[str, ...]:
        """The names of the occasions that run on that day."""
        return tuple(one.name for one in self if one.running(day))


def _unknown(value: Any, names: Mapping[str, Occasion]) -> str:
    from crmcore.rules.fields import suggestion

    words = {title: one.name for one in names.values() for title in (one.zh, one.en.lower()) if title}
    hint = suggestion(str(value).split(" ")[0], names, words, see="crm calendar list")
    return _("there is no occasion {name} in the calendar{hint}").format(name=repr(value), hint=hint)
