"""An entry of the calendar as a document says it, and the occasion that it makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from crmcore.calendar.days import YEARS, DayRule
from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.rules.fields import suggestion
from crmcore.rules.names import check_slug
from crmcore.rules.occasions import Occasion, Period

KINDS = ("platform", "festival", "season", "own", "off")
MOST_DAYS = 200  # nothing that comes round each year is longer
_KEYS = ("name", "title", "kind", "day", "before", "after", "run_up", "since", "years")
_YEAR_KEYS = ("day", "first", "last", "prepare")
# How far from today periods are worked out.
_BACK, _AHEAD = 25, 6


@dataclass(frozen=True)
class CalendarEntry:
    """What comes round: `before` and `after` count the days around `day` that belong to it.

    `day` is a `DayRule`'s text, "" where `years` alone says when. `run_up` counts the days in which one
    prepares for the first. `years` are exceptions: year -> day, first, last, prepare (days; one will do).
    `since` is the first year there was one.
    """

    name: str
    zh: str = ""
    en: str = ""
    kind: str = "own"
    day: str = ""
    before: int = 0
    after: int = 0
    run_up: int = 0
    years: Mapping[int, Mapping[str, date]] = field(default_factory=dict)
    since: int = YEARS[0]

    def occasion(self, today: date, source: str = "crmcore") -> Occasion:
        """Its periods, some decades back and some years ahead."""
        span = range(max(today.year - _BACK, YEARS[0]), min(today.year + _AHEAD, YEARS[-1]) + 1)
        rule = DayRule(self.day) if self.day else None
        found = {year: one for year in span if year >= self.since and (one := self._period(rule, year))}
        return Occasion(self.name, self.zh, self.en, self.kind, found, source)

    def _period(self, rule: DayRule | None, year: int) -> Period | None:
        said = self.years.get(year, {})
        main = said.get("day") or (rule.on(year) if rule else None) or said.get("last") or said.get("first")
        if main is None:
            return None
        first = said.get("first", main - timedelta(days=self.before))
        last = said.get("last", main + timedelta(days=self.after))
        first, last = min(first, main), max(last, main)
        prepare = min(said.get("prepare", first - timedelta(days=self.run_up)), first)
        return Period(prepare, first, main, last)

    def as_document(self) -> dict[str, Any]:
        """The document that `from_document` reads, of plain JSON."""
        title = {key: text for key, text in (("zh", self.zh), ("en", self.en)) if text}
        body: dict[str, Any] = {"name": self.name, "kind": self.kind} | ({"title": title} if title else {})
        body |= {"day": self.day} if self.day else {}
        body |= {key: days for key in ("before", "after", "run_up") if (days := getattr(self, key))}
        body |= {"since": self.since} if self.since != YEARS[0] else {}
        if self.years:
            body["years"] = {
                str(year): {key: day.isoformat() for key, day in said.items()}
                for year, said in self.years.items()
            }
        return body


def from_document(body: Mapping[str, Any]) -> CalendarEntry:
    """The entry that a document describes; documents come from packs too. Raises `CrmError`."""
    for key in body:
        if key not in _KEYS:
            raise CrmError(
                _("a day of the calendar has no key {key}{hint}").format(
                    key=repr(key), hint=suggestion(str(key), _KEYS)
                )
            )
    name = check_slug(body.get("name"))
    title = body.get("title") or {}
    title = {"zh": title, "en": title} if isinstance(title, str) else title
    kind = body.get("kind", "own")
    if not isinstance(title, Mapping) or not all(isinstance(one, str) for one in title.values()):
        raise CrmError(_("{name}: title is a text or {{zh: …, en: …}}").format(name=name))
    if kind not in KINDS:
        raise CrmError(
            _("{name}: kind is one of {kinds}, not {kind}").format(
                name=name, kinds=joined(KINDS), kind=repr(kind)
            )
        )
    years = _years(name, body.get("years") or {})
    day = str(body.get("day") or "")
    if day:
        DayRule(day)
    elif not years:
        raise CrmError(_("{name}: say when it is: `day`, or `years` with days").format(name=name))
    since = body.get("since", YEARS[0])
    if isinstance(since, bool) or not isinstance(since, int) or since not in YEARS:
        raise CrmError(_("{name}: since is a year, not {value}").format(name=name, value=repr(since)))
    before, after, run_up = (_count(name, key, body.get(key, 0)) for key in ("before", "after", "run_up"))
    titles = title.get("zh", ""), title.get("en", "")
    return CalendarEntry(name, *titles, kind, day, before, after, run_up, years, since)


def _count(name: str, key: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_DAYS:
        raise CrmError(
            _("{name}: {key} is a number of days from 0 to {most}, not {value}").format(
                name=name, key=key, most=MOST_DAYS, value=repr(value)
            )
        )
    return value


def _years(name: str, value: Any) -> dict[int, dict[str, date]]:
    if not isinstance(value, Mapping) or len(value) > len(YEARS):
        raise CrmError(_("{name}: years is a mapping of years").format(name=name))
    found: dict[int, dict[str, date]] = {}
    for year, said in value.items():
        if not str(year).isdecimal() or int(year) not in YEARS or not isinstance(said, Mapping) or not said:
            raise CrmError(
                _("{name}: {year} is no year from {first} to {last} with days").format(
                    name=name, year=repr(year), first=YEARS[0], last=YEARS[-1]
                )
            )
        found[int(year)] = {_year_key(name, key): _date(name, int(year), day) for key, day in said.items()}
        _check_order(name, found[int(year)])
    return found


def _year_key(name: str, key: Any) -> str:
    if key in _YEAR_KEYS:
        return str(key)
    raise CrmError(
        _("{name}: a year has no key {key}{hint}").format(
            name=name, key=repr(key), hint=suggestion(str(key), _YEAR_KEYS)
        )
    )


def _date(name: str, year: int, value: Any) -> date:
    try:
        day = value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        day = None
    if day is None or abs(day.year - year) > 1:  # what is sold for New Year begins in the year before
        raise CrmError(
            _("{name}: {value} is no day in or around {year}").format(name=name, value=repr(value), year=year)
        )
    return day


def _check_order(name: str, said: Mapping[str, date]) -> None:
    days = [said[key] for key in ("prepare", "first", "last") if key in said]
    if days and (days != sorted(days) or (days[-1] - days[0]).days > MOST_DAYS):
        raise CrmError(
            _("{name}: its days go from prepare to first to last, at most {most} days").format(
                name=name, most=MOST_DAYS
            )
        )
