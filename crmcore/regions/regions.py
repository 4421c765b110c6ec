"""What rules may ask of a place: the tier of its city, the part of the country of its province."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.playbook.playbook import Playbook
from crmcore.regions.china import PARTS, TIERS, province_forms
from crmcore.rules.around import Grouping
from crmcore.rules.fields import FieldType, Groups

FAMILY, TABLE = "regions", "city_tiers"
MOST_TIERS, MOST_CITIES = 9, 5_000


def city_tiers(playbook: Playbook) -> dict[int, tuple[str, ...]]:
    """The cities of each tier, as the shop or a pack has them, else as everybody does. Raises `CrmError`."""
    entry = playbook.get(FAMILY, TABLE)
    if entry is None:
        return {tier: tuple(cities.split()) for tier, cities in TIERS.items()}
    return read_tiers(entry.body)


def read_tiers(body: Mapping[str, Any]) -> dict[int, tuple[str, ...]]:
    """The table of a document `{name: city_tiers, tiers: {1: [北京, …], 2: […]}}`. Raises `CrmError`."""
    tiers = body.get("tiers")
    if not isinstance(tiers, Mapping) or not tiers or len(tiers) > MOST_TIERS:
        raise CrmError(_("city_tiers: tiers is a mapping {{1: [city, …], 2: […]}} of at most nine"))
    found: dict[int, tuple[str, ...]] = {}
    seen: dict[str, Any] = {}
    for tier, cities in tiers.items():
        if not str(tier).isdecimal() or not 1 <= int(tier) <= MOST_TIERS:
            raise CrmError(
                _("city_tiers: a tier is a number from 1 to 9, not {tier}").format(tier=repr(tier))
            )
        if not isinstance(cities, list | tuple) or not all(
            isinstance(one, str) and one.strip() for one in cities
        ):
            raise CrmError(_("city_tiers: tier {tier} is a list of cities").format(tier=tier))
        for city in cities:
            if seen.setdefault(_short(city), tier) != tier:
                raise CrmError(
                    _("city_tiers: {city} stands in tier {one} and in tier {two}").format(
                        city=city, one=seen[_short(city)], two=tier
                    )
                )
        found[int(tier)] = tuple(_short(one) for one in cities)
    if len(seen) > MOST_CITIES:
        raise CrmError(_("city_tiers: at most {most} cities").format(most=MOST_CITIES))
    return found


def groupings(playbook: Playbook) -> tuple[Grouping, ...]:
    """`city_tier` beside every `city`, `area` beside every `province`; the built-in tiers for a bad table."""
    try:
        return _groupings(tuple(city_tiers(playbook).items()))
    except CrmError:  # `problem` tells it
        return usual()


def usual() -> tuple[Grouping, ...]:
    """The same with the built-in tables."""
    return _groupings(tuple((tier, tuple(cities.split())) for tier, cities in TIERS.items()))


def problem(playbook: Playbook) -> str | None:
    """Why the shop's own table cannot be used, None when it can."""
    try:
        city_tiers(playbook)
    except CrmError as error:
        return str(error)
    return None


@lru_cache(maxsize=8)
def _groupings(tiers: tuple[tuple[int, tuple[str, ...]], ...]) -> tuple[Grouping, ...]:
    cities = {form: tier for tier, names in tiers for name in names for form in (name, f"{name}市")}
    parts = {
        form: part for part, names in PARTS.items() for name in names.split() for form in province_forms(name)
    }
    return (
        Grouping(
            "city_tier",
            "city",
            FieldType.INT,
            "城市级别",
            "City tier",
            "1 to 3, absent elsewhere",
            Groups(cities),
        ),
        Grouping(
            "area",
            "province",
            FieldType.TEXT,
            "大区",
            "Part of the country",
            "华东, 华北, 华南 …",
            Groups(parts),
        ),
    )


def _short(city: str) -> str:
    return city.strip().removesuffix("市") if len(city.strip()) > 2 else city.strip()
