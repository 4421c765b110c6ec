"""The calendar of one shop: what everybody knows, what packs bring, what the shop wrote down itself.

An entry of the playbook's family `calendars` takes the place of the built-in one of its name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from crmcore.calendar.china import CHINA
from crmcore.calendar.entries import CalendarEntry, from_document
from crmcore.errors import CrmError, NotFoundError, UsageError
from crmcore.i18n import gettext as _
from crmcore.playbook.playbook import Playbook
from crmcore.rules.fields import suggestion
from crmcore.rules.occasions import Occasion, Occasions, Period

FAMILY = "calendars"
OFF = "off"


@dataclass(frozen=True)
class Ahead:
    """An occasion with the period that runs or comes next; `days` until its first, below 0 where it runs."""

    occasion: Occasion
    period: Period
    days: int


@dataclass(frozen=True)
class Calendar:
    """What comes round, as known on the day `today`; `problems` says which entries cannot be used."""

    today: date
    occasions: Occasions
    problems: tuple[str, ...] = ()

    def get(self, name: str) -> Occasion:
        """The occasion of that name; `NotFoundError` with the nearest one when there is none."""
        if found := self.occasions.by_name.get(name):
            return found
        raise NotFoundError(
            _("there is no occasion {name} in the calendar{hint}").format(
                name=repr(name), hint=suggestion(name, self.occasions.by_name, see="crm calendar list")
            )
        )

    def ahead(self, days: int | None = None) -> list[Ahead]:
        """What runs or comes within so many days (None: whenever), the nearest first."""
        found = [
            Ahead(one, period, (period.first - self.today).days)
            for one in self.occasions
            if (period := one.next(self.today)) is not None
        ]
        return sorted((one for one in found if days is None or one.days <= days), key=lambda one: one.days)

    def off(self, day: date | None = None) -> Occasion | None:
        """The day off that the shop has on that day (today), None when it works."""
        wanted = day or self.today
        return next((one for one in self.occasions if one.kind == OFF and one.running(wanted)), None)


def calendar_of(playbook: Playbook, today: date) -> Calendar:
    """The shop's calendar, as known on that day; an entry that cannot be read is left out and told."""
    found: dict[str, Occasion] = dict(_built_in(today.year))
    problems: list[str] = []
    for entry in playbook.all(FAMILY):
        try:
            found[entry.name] = from_document(entry.body).occasion(today, entry.source)
        except CrmError as error:  # a newer version wrote it, or somebody by hand
            problems.append(str(error))
    return Calendar(today, Occasions(found), tuple(problems))


def add(playbook: Playbook, entry: CalendarEntry, today: date) -> Occasion:
    """Write an entry of the shop's own down, in place of what has its name.

    Raises `UsageError` where it cannot be one.
    """
    try:
        checked = from_document(entry.as_document())
    except CrmError as error:
        raise UsageError(str(error)) from None
    playbook.save(FAMILY, checked.name, checked.as_document())
    return checked.occasion(today, "shop")


def remove(playbook: Playbook, name: str) -> None:
    """Forget an entry of the shop's own; what it stood in place of shows again. Raises `NotFoundError`."""
    playbook.remove(FAMILY, name)


@lru_cache(maxsize=4)
def _built_in(year: int) -> tuple[tuple[str, Occasion], ...]:
    return tuple(_made(date(year, 1, 1)))


def _made(today: date) -> Iterator[tuple[str, Occasion]]:
    for entry in CHINA:
        yield entry.name, entry.occasion(today)
