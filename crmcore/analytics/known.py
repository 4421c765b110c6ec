"""What a shop's playbook and calendar tell reports: benchmarks, occasions, campaigns, tiers of cities."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

import sqlalchemy as sa

from crmcore.calendar.calendar import calendar_of
from crmcore.errors import CrmError, NotFoundError
from crmcore.playbook.bands import FAMILY as BANDS
from crmcore.playbook.playbook import Playbook
from crmcore.records.clock import day_of
from crmcore.regions.regions import city_tiers
from crmcore.store.database import Database
from crmcore.store.schema_campaigns import campaigns

if TYPE_CHECKING:
    from crmcore.hooks.manager import PluginManager

Family = Mapping[str, Mapping[str, Any]]


class ShopLike(Protocol):
    """What is asked of a shop."""

    @property
    def database(self) -> Database: ...  # noqa: D102
    @property
    def playbook(self) -> Playbook: ...  # noqa: D102
    @property
    def plugins(self) -> PluginManager: ...  # noqa: D102


def known(shop: ShopLike, today: date, zone: str) -> dict[str, Family]:
    """The families that reports may read, as they are in force: built-in ones, packs' and the shop's own."""
    return {
        "bands": _bands(shop),
        "benchmarks": {one.name: dict(one.body) for one in shop.playbook.all("benchmarks")},
        "calendars": _occasions(shop.playbook, today),
        "campaigns": _campaigns(shop.database, today, zone),
        "regions": _tiers(shop.playbook),
    }


# Bands that segments have from a plugin's setting: the name for reports -> plugin, setting.
_OF_PLUGINS = {
    "lapse": ("lapse", "bands"),
    "order_value": ("order_value", "bands"),
    "age": ("age", "bands"),
    "buyer_grade": ("buyer_grade", "orders"),
    "rfm_recency": ("rfm_cells", "recency"),
    "rfm_frequency": ("rfm_cells", "frequency"),
    "rfm_monetary": ("rfm_cells", "monetary"),
}


def _bands(shop: ShopLike) -> Family:
    """Name -> `edges` as the segments have them, so that a report tells the same people apart."""
    found: dict[str, Mapping[str, Any]] = {one.name: dict(one.body) for one in shop.playbook.all(BANDS)}
    for name, (plugin, setting) in _OF_PLUGINS.items():
        with suppress(NotFoundError):  # switched off, or left out
            found[name] = {"edges": list(shop.plugins.setting(plugin, setting))}
    return found


def _occasions(playbook: Playbook, today: date) -> Family:
    """Name -> titles and periods, each its first and last day (ISO text), the earliest first."""
    return {
        one.name: {
            "title": {"zh": one.zh, "en": one.en},
            "kind": one.kind,
            "periods": [[found.first.isoformat(), found.last.isoformat()] for found in one.periods.values()],
        }
        for one in calendar_of(playbook, today).occasions
    }


def _campaigns(database: Database, today: date, zone: str) -> Family:
    """Name -> the days from its beginning to its end, or to today while it runs."""
    c = campaigns.c
    query = sa.select(c.name, c.started_at, c.ended_at).where(c.started_at.is_not(None))
    with database.read() as connection:
        rows = connection.execute(query.order_by(c.id.desc()).limit(1000)).all()
    found = {}
    for row in rows:
        last = today if row.ended_at is None else day_of(row.ended_at, zone)
        found[row.name] = {"periods": [[day_of(row.started_at, zone).isoformat(), last.isoformat()]]}
    return found


def _tiers(playbook: Playbook) -> Family:
    try:
        tiers = city_tiers(playbook)
    except CrmError:  # `crm calendar` and the segments tell of a table that is none
        return {}
    return {"city_tiers": {"tiers": {str(tier): list(cities) for tier, cities in tiers.items()}}}
