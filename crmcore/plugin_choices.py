"""What a shop has chosen for its plugins: which are on or off, and their settings; kept as documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crmcore.playbook.bands import plugin_bands
from crmcore.playbook.playbook import Playbook
from crmcore.rules.where import where

TABLE = "plugins"


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
    rows = documents.table(TABLE).all()
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


def switch(documents: Any, plugin: str, *, on: bool) -> None:
    """Switch a plugin on or off, from the next opening of the shop on."""
    documents.table(TABLE).upsert({"name": plugin, "disabled": not on}, where("name") == plugin)


def changed(
    documents: Any, plugin: str, values: Mapping[str, object], reset: bool = False
) -> dict[str, object]:
    """The settings of a plugin that the shop has with these over its own; with `reset` these alone."""
    row = documents.table(TABLE).get(where("name") == plugin)
    before = {} if reset or row is None else dict(row.get("settings") or {})
    return {**before, **values}


def change_settings(documents: Any, plugin: str, values: Mapping[str, object], reset: bool = False) -> None:
    """Keep these settings of a plugin, over the ones it has; with `reset` in their place."""
    settings = changed(documents, plugin, values, reset)
    documents.table(TABLE).upsert({"name": plugin, "settings": settings}, where("name") == plugin)
