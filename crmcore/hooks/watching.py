"""Telling a watcher who moved, in its worker process; see `crmcore.hooks.segment_watchers`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crmcore.hooks.jobs import Ask, find_item
from crmcore.hooks.manager import PluginManager
from crmcore.hooks.segment_watchers import SegmentMove
from crmcore.hooks.shop_view import ShopView


def told(
    manager: PluginManager, plugin: str, ask: Ask, watcher: str, moves: list[SegmentMove]
) -> Iterator[Any]:
    """Tell it; answers once, when it has heard."""
    find_item(manager, plugin, "crm_segment_watchers", watcher).told(ShopView(ask), moves)
    yield None
