"""What a shop has chosen for its plugins: which are on or off, and their settings; kept as documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crmcore.rules.where import where

TABLE = "plugins"


@dataclass(frozen=True)
class PluginChoices:
    """The plugins a shop switched off and on, and the settings it gave (plugin -> key -> plain JSON)."""

    disabled: frozenset[str]
    enabled: frozenset[str]
    settings: Mapping[str, Mapping[str, object]]


def read(documents: Any) -> PluginChoices:
    """The shop's choices; `documents` is the shop's TinyDB."""
    rows = documents.table(TABLE).all()
    return PluginChoices(
        frozenset(str(row["name"]) for row in rows if row.get("disabled")),
        frozenset(str(row["name"]) for row in rows if row.get("disabled") is False),
        {str(row["name"]): dict(row["settings"]) for row in rows if row.get("settings")},
    )


def switch(documents: Any, plugin: str, *, on: bool) -> None:
    """Switch a plugin on or off, from the next opening of the shop on."""
    documents.table(TABLE).upsert({"name": plugin, "disabled": not on}, where("name") == plugin)


def change_settings(documents: Any, plugin: str, values: Mapping[str, object], reset: bool = False) -> None:
    """Keep these settings of a plugin, over the ones it has; with `reset` in their place."""
    table = documents.table(TABLE)
    row = table.get(where("name") == plugin)
    before = {} if reset or row is None else dict(row.get("settings") or {})
    table.upsert({"name": plugin, "settings": {**before, **values}}, where("name") == plugin)
