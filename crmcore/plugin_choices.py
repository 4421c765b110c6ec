"""What a shop has chosen for its plugins: which are on or off, and their settings; kept as documents.

Choosing is an act like any other on the playbook: one write, with what it replaced in the journal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from crmcore.hooks.discovery import PluginConfig, require_name
from crmcore.i18n import gettext as _
from crmcore.playbook.bands import plugin_bands
from crmcore.playbook.playbook import Playbook
from crmcore.rules.where import where
from crmcore.store.playbook_tables import PLUGINS

if TYPE_CHECKING:
    from crmcore.hooks.manager import PluginManager
    from crmcore.packs.faults import Fault
    from crmcore.packs.packs import Packs
    from crmcore.store.database import Write

# Of the acts. No plugin need be loaded for one, so that one that hangs can be switched off.
KIND = "documents"


class ShopLike(Protocol):
    """What is asked of the shop."""

    @property
    def documents(self) -> Any: ...  # noqa: D102
    @property
    def packs(self) -> Packs: ...  # noqa: D102
    @property
    def plugin_config(self) -> PluginConfig: ...  # noqa: D102
    @property
    def plugins(self) -> PluginManager: ...  # noqa: D102
    def write(self, why: str, kind: str = "edit") -> AbstractContextManager[Write]: ...  # noqa: D102


@dataclass(frozen=True)
class PluginChoices:
    """The plugins a shop switched off and on, and the settings in force (plugin -> key -> plain JSON).

    What the shop set itself goes, key by key, before what its packs suggest, and that before bands of the
    playbook that are called like a plugin.
    """

    disabled: frozenset[str]
    enabled: frozenset[str]
    settings: Mapping[str, Mapping[str, object]]


def read(documents: Any) -> PluginChoices:
    """The shop's choices; `documents` is the shop's TinyDB."""
    rows = documents.table(PLUGINS).all()
    playbook = Playbook(documents)
    settings = plugin_bands(playbook)
    for layer in reversed(playbook.layers("settings")):
        for plugin, body in layer.entries.items():
            named = {key: value for key, value in body.items() if key != "name"}
            settings[plugin] = {**settings.get(plugin, {}), **named}
    for row in rows:
        if row.get("settings"):
            settings[str(row["name"])] = {**settings.get(str(row["name"]), {}), **row["settings"]}
    return PluginChoices(
        frozenset(str(row["name"]) for row in rows if row.get("disabled")),
        frozenset(str(row["name"]) for row in rows if row.get("disabled") is False),
        settings,
    )


def over(config: PluginConfig, documents: Any) -> PluginConfig:
    """What the plugins would be loaded by if these were the shop's documents."""
    chosen = read(documents)
    return replace(config, disabled=chosen.disabled, enabled=chosen.enabled, settings=chosen.settings)


def switch(shop: ShopLike, plugin: str, *, on: bool, anyway: bool, loaded: bool) -> list[Fault]:
    """Switch a plugin on or off; returns what works until then and does not any more.

    `loaded`: whether the plugins are in use already. Where they are not and one of them hangs, nothing in
    this shop works until it is off, and nobody is asked what would be missed.

    Raises `NotFoundError` for a plugin that is not there and, unless it is to be done `anyway`,
    `StillUsedError` where something would not work any more.
    """
    from crmcore.hooks.answering import silent
    from crmcore.packs.switching import StillUsedError

    require_name(shop.plugin_config, plugin)  # not loaded: one that hangs can be switched off too
    stops: list[Fault] = []
    in_use = on or loaded or not silent(shop.plugin_config)

    def look() -> None:
        stops[:] = shop.packs.stopping(plugin, on=on) if in_use else []
        if stops and not anyway:
            raise StillUsedError(plugin, stops, on=on)

    why = _("plugin {name}: switched on") if on else _("plugin {name}: switched off")
    _settled(shop, why.format(name=plugin), look, lambda: keep_switch(shop.documents, plugin, on=on))
    return stops


def set_up(shop: ShopLike, plugin: str, typed: Mapping[str, str], *, reset: bool) -> None:
    """Keep settings of a plugin over those that the shop has; with `reset` these alone.

    Raises `SettingError`, `NotFoundError`, `PackError` where others could not be used with them.
    """
    from crmcore.packs.overlay import Edited

    kept: dict[str, object] = {}

    def look() -> None:
        own = {} if reset else own_settings(shop.documents, plugin)
        under = read(Edited(shop.documents, "settings", plugin, own)).settings.get(plugin, {})
        checked = shop.plugins.check_settings(plugin, typed, text=True, over=under)
        kept.clear()
        kept.update({**own, **checked})
        shop.packs.refuse_breaking("settings", plugin, kept)

    why = _("plugin {name}: settings").format(name=plugin)
    _settled(shop, why, look, lambda: keep_settings(shop.documents, plugin, kept))


def own_settings(documents: Any, plugin: str) -> dict[str, object]:
    """The settings of a plugin that the shop has made itself."""
    row = documents.table(PLUGINS).get(where("name") == plugin)
    return {} if row is None else dict(row.get("settings") or {})


def keep_switch(documents: Any, plugin: str, *, on: bool) -> None:
    """Write down that a plugin is on or off."""
    documents.table(PLUGINS).upsert({"name": plugin, "disabled": not on}, where("name") == plugin)


def keep_settings(documents: Any, plugin: str, settings: Mapping[str, object]) -> None:
    """Write down the shop's own settings of a plugin, in the place of those it has."""
    documents.table(PLUGINS).upsert({"name": plugin, "settings": dict(settings)}, where("name") == plugin)


def _settled(shop: ShopLike, why: str, look: Callable[[], None], keep: Callable[[], None]) -> None:
    storage = shop.documents.storage
    storage.settled(look, lambda _write: keep(), lambda: shop.write(why, kind=KIND))
