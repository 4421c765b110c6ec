"""The screens and tiles that plugins bring: which there are, and what stands in them now."""

from __future__ import annotations

from dataclasses import dataclass

from crmcore.access import Access
from crmcore.errors import PluginFailure
from crmcore.hooks.screens import Page
from crmcore.i18n import in_words, title_of
from crmcore.shop import Shop

SECONDS = 10.0


@dataclass(frozen=True)
class PluginScreen:
    """A screen that a plugin brings."""

    plugin: str
    name: str
    title: str


def screens(shop: Shop) -> list[PluginScreen]:
    """Every plugin's screens."""
    return [
        PluginScreen(plugin, one.name, title_of(one.zh, one.en) or one.name)
        for plugin, one in shop.plugins.screens().values
    ]


def page(shop: Shop, plugin: str, name: str) -> Page:
    """What stands on a plugin's screen now; raises `PluginFailure`."""
    shop.permit("plugin.screen")
    found = shop.worker.shown(plugin, "crm_screens", name, Access(shop), timeout=SECONDS)
    if not isinstance(found, Page):
        raise PluginFailure(plugin, f"crm_screens {name}", type(found).__name__)
    return found


def tiles(shop: Shop) -> list[tuple[str, str]]:
    """Titles and texts of the plugins' tiles; one that fails says so in its text."""
    found = []
    for plugin, tile in shop.plugins.tiles().values:
        try:
            words = shop.worker.shown(plugin, "crm_tiles", tile.name, Access(shop), timeout=SECONDS)
            text = None if words is None else in_words(words)
        except PluginFailure as failure:
            text = f"! {failure.reason}"
        if text is not None:
            found.append((title_of(tile.zh, tile.en) or tile.name, text))
    return found
