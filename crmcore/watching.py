"""Bringing an open shop up to this moment: what plugins work out, who moved, and who hears of it."""

from __future__ import annotations

from functools import partial

from crmcore.access import Access
from crmcore.hooks.segment_watchers import SegmentMove
from crmcore.segments.telling import PATIENCE, begin_all, tell_all
from crmcore.shop import SYSTEM, Shop


def bring_up_to_date(shop: Shop, seconds: float) -> list[str]:
    """Work out what is missing, for so long at most, catch up with kept segments, tell plugins who moved.

    Returns sentences about what is not worked out yet, or went wrong. The next call goes on.
    """
    kept = bool(shop.register.kept())
    watchers = shop.plugins.segment_watchers().values if kept else []
    if watchers:
        begin_all(shop.database, watchers)
    said = shop.freshen(seconds)
    if watchers:
        said += tell_all(shop.database, watchers, partial(_tell, shop), actor=SYSTEM)
    return said


def _tell(shop: Shop, plugin: str, watcher: str, moves: list[SegmentMove]) -> None:
    shop.worker.watch(plugin, watcher, moves, Access(shop), timeout=PATIENCE)
