"""The calendar and the tiers of cities as people look at them and change them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from crmcore.calendar import calendar as calendars
from crmcore.calendar.china import CHINA
from crmcore.calendar.entries import CalendarEntry, from_document
from crmcore.errors import CrmError, UsageError
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, mark
from crmcore.playbook.playbook import OWN
from crmcore.regions import regions
from crmcore.shop import Shop

# What the calendar names as the source of its own days (`CalendarEntry.occasion`).
_CORE = "crmcore"
KINDS = {
    "platform": mark("sale event"),
    "festival": mark("festival"),
    "season": mark("season"),
    "own": mark("own day"),
    "off": mark("day off"),
}


@dataclass(frozen=True)
class DayLine:
    """One occasion in words: its next days, the day on which preparing begins, how many days until then.

    `own`: the shop wrote it down, or other days in its place.
    """

    name: str
    title: str
    kind: str
    days: str
    prepare: str
    until: int
    source: str
    own: bool


@dataclass(frozen=True)
class TierLine:
    """One tier of cities."""

    tier: int
    cities: tuple[str, ...]


def days(shop: Shop) -> tuple[list[DayLine], list[str]]:
    """What comes round, the nearest first, and what is wrong with entries that cannot be used."""
    calendar = shop.calendar
    own = {entry.name for entry in shop.playbook.all(calendars.FAMILY) if entry.own}
    lines = []
    for one in calendar.ahead():
        first, last = one.period.first.isoformat(), one.period.last.isoformat()
        lines.append(
            DayLine(
                one.occasion.name,
                one.occasion.title,
                _(KINDS[one.occasion.kind]),
                first if first == last else f"{first} – {last}",
                one.period.prepare.isoformat(),
                max(one.days, 0),
                _whose(one.occasion.source),
                one.occasion.name in own,
            )
        )
    return lines, list(calendar.problems)


def _whose(source: str) -> str:
    if source == OWN:
        return _("this shop's own")
    return _("built-in") if source == _CORE else source


def written(shop: Shop, name: str | None) -> dict[str, str]:
    """What the form starts with: the entry of that name, else a blank one."""
    found = (_entry(shop, name) if name else None) or CalendarEntry(name or "")
    typed = {"name": found.name, "day": found.day, "kind": found.kind, "zh": found.zh, "en": found.en}
    return {**typed, "run_up": str(found.run_up)}


def keep_day(shop: Shop, typed: Mapping[str, str]) -> str:
    """Write a day of the shop's own down; returns its name. Raises `UsageError`.

    What the form does not ask for (days around it, single years) stays as it is known.
    """
    shop.permit("calendar.add")
    said = {key: text.strip() for key, text in typed.items()}
    entry = replace(
        _entry(shop, said["name"]) or CalendarEntry(said["name"]),
        day=said["day"],
        kind=said["kind"],
        zh=said["zh"],
        en=said["en"],
        run_up=int(said["run_up"] or 0),
    )
    return calendars.add(shop.playbook, entry, shop.clock().today).name


def _entry(shop: Shop, name: str) -> CalendarEntry | None:
    """The entry in force: the shop's, a pack's, or the one that everybody knows."""
    kept = shop.playbook.get(calendars.FAMILY, name)
    if kept is not None:
        return from_document(kept.body)
    return next((one for one in CHINA if one.name == name), None)


def forget_day(shop: Shop, name: str) -> None:
    """Forget a day of the shop's own; raises `NotFoundError`."""
    shop.permit("calendar.remove")
    calendars.remove(shop.playbook, name)


def tiers(shop: Shop) -> tuple[list[TierLine], bool]:
    """The tiers of cities, and whether they are the shop's own; raises `CrmError` for a bad table."""
    entry = shop.playbook.get(regions.FAMILY, regions.TABLE)
    found = regions.city_tiers(shop.playbook)
    return [TierLine(tier, cities) for tier, cities in sorted(found.items())], bool(entry and entry.own)


def as_typed(line: TierLine) -> str:
    """The cities of a tier as they are typed."""
    return " ".join(line.cities)


def keep_tier(shop: Shop, tier: int, typed: str) -> list[str]:
    """Keep the cities of a tier; one that stood in another tier leaves that. Raises `UsageError`.

    Returns what leads nowhere with it: segments of plugins that ask for a tier without a city.
    """
    shop.permit("playbook.save")
    cities = list(dict.fromkeys(one for one in re.split(r"[\s,，、;；]+", typed) if one))
    if not cities:
        raise UsageError(_("write the cities of the tier, apart by blanks"))
    table = {str(one): list(names) for one, names in regions.city_tiers(shop.playbook).items()}
    table = {one: [city for city in names if city not in cities] for one, names in table.items()}
    table[str(tier)] = cities
    body = {"tiers": {one: names for one, names in table.items() if names}}
    try:
        regions.read_tiers(body)
    except CrmError as error:
        raise UsageError(str(error)) from None
    notes = shop.packs.notes_on(regions.FAMILY, regions.TABLE, body)
    shop.playbook.save(regions.FAMILY, regions.TABLE, body)
    return notes


def usual_tiers(shop: Shop) -> None:
    """Forget the shop's own tiers; raises `NotFoundError` where it has none."""
    shop.permit("playbook.remove")
    shop.playbook.remove(regions.FAMILY, regions.TABLE)


def shown_cities(line: TierLine) -> str:
    """The cities in one line for people."""
    return joined(line.cities)
