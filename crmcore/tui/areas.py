"""The areas of the application: names, keys, titles, and where their screens are (imported on use)."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmcore.i18n import gettext as _
from crmcore.i18n import mark

if TYPE_CHECKING:
    from crmcore.tui.area import Area


@dataclass(frozen=True)
class AreaEntry:
    """One area: the mode's name, its key, its title (marked) and `module:Class` of its screen."""

    name: str
    key: str
    title: str
    target: str

    @property
    def shown_key(self) -> str:
        """The key as people read it."""
        return self.key.upper()

    @property
    def words(self) -> str:
        """The title in the language in force."""
        return _(self.title)

    def make(self) -> Area:
        """The screen."""
        module, _colon, name = self.target.partition(":")
        screen: Area = getattr(importlib.import_module(module), name)()
        return screen


AREAS = (
    AreaEntry("who", "f2", mark("Who?"), "crmcore.tui.screens.who:WhoScreen"),
    AreaEntry("today", "f3", mark("Today"), "crmcore.tui.screens.today:TodayScreen"),
    AreaEntry("customers", "f4", mark("Customers"), "crmcore.tui.screens.customers:CustomersScreen"),
    AreaEntry("campaigns", "f5", mark("Campaigns"), "crmcore.tui.screens.campaigns:CampaignsScreen"),
    AreaEntry("segments", "f6", mark("Segments"), "crmcore.tui.screens.segments:SegmentsScreen"),
    AreaEntry("imports", "f7", mark("Import"), "crmcore.tui.screens.imports:ImportsScreen"),
    AreaEntry("reports", "f8", mark("Reports"), "crmcore.tui.screens.reports:ReportsScreen"),
    AreaEntry("plugins", "f9", mark("Plugins"), "crmcore.tui.screens.plugins:PluginsScreen"),
)
