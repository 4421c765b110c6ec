"""What is in force where the playbook says nothing: what a pack's document of that name stands in for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from crmcore.analytics.dashboards import FAMILY as DASHBOARDS
from crmcore.analytics.dashboards import HOME
from crmcore.calendar.china import CHINA
from crmcore.packs.plan import BuiltIn
from crmcore.regions.regions import TABLE as CITY_TIERS

if TYPE_CHECKING:
    from crmcore.hooks.manager import PluginManager
    from crmcore.segments.segments import Segments

_CORE = "crmcore"


class ShopLike(Protocol):
    """What is asked of the shop."""

    @property
    def plugins(self) -> PluginManager: ...  # noqa: D102
    @property
    def segments(self) -> Segments: ...  # noqa: D102


def standing(shop: ShopLike) -> BuiltIn:
    """What stands under the playbook: family -> name -> who brings it, a plugin or "crmcore" for ours.

    Segments that follow from bands are whoever's the bands are. Plugins are asked: not within a write.
    """
    plugins = shop.plugins
    return {
        "segments": {name: one.source for name, one in shop.segments.known().items()},
        "campaigns": {kind.name: plugin for plugin, kind in plugins.campaign_kinds().values},
        "mappings": {importer.name: plugin for plugin, importer in plugins.importers().values},
        "calendars": {entry.name: _CORE for entry in CHINA},
        "regions": {CITY_TIERS: _CORE},
        DASHBOARDS: {HOME: _CORE},
    }
