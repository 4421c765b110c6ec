"""Plugins that hang, or end their process, while they are only looked at: found without being loaded here."""

from __future__ import annotations

from crmcore.errors import PluginFailure
from crmcore.hooks.discovery import BUILT_IN, PluginConfig, find_plugins
from crmcore.hooks.worker import Worker

# Who waits for this wants to switch such a plugin off.
SECONDS = 10.0


def silent(config: PluginConfig) -> list[str]:
    """The plugins that give no answer within `SECONDS`; crmcore's own are not asked.

    Nothing is written into the log: whoever loads them will hear of it.
    """
    strange = [one.name for one in find_plugins(config) if one.source != BUILT_IN and not config.is_off(one)]
    if not strange:
        return []
    found = []
    with Worker(config, load_seconds=SECONDS) as worker:
        for name in strange:
            try:
                worker.describe(name, timeout=SECONDS)
            except PluginFailure:
                found.append(name)
    return found
