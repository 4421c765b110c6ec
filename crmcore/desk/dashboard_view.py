"""The dashboard as people look at it: tiles with figures, what a report can put there, tiles taken off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from crmcore import wide
from crmcore.analytics.dashboards import HOME, Board
from crmcore.analytics.live import WHAT
from crmcore.analytics.results import Result
from crmcore.analytics.tiles import Shown, Tile, choices, shown
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.records.clock import day_of
from crmcore.shop import Shop
from crmcore.store.schema import orders

_WHAT = {"figure": mark("figure"), "rows": mark("first rows"), "chart": mark("chart")}


@dataclass(frozen=True)
class Offer:
    """Something of a report that can be a tile, in words."""

    words: str
    tile: Tile


def boards(shop: Shop) -> list[tuple[str, str]]:
    """The dashboards there are: name, and what it is called with how many tiles it has."""
    found = []
    for name, title in shop.dashboards.titles():
        words = title or (_("the shop's own") if name == HOME else name)
        found.append((name, f"{words} ({len(shop.dashboards.get(name))})"))
    return found


def open_board(shop: Shop, name: str = HOME, as_of: date | None = None) -> Board:
    """A dashboard, to be refreshed, as of now or of a day; whoever opens it closes it."""
    return shop.dashboards.open(name, as_of)


def stop(shop: Shop) -> None:
    """End the round that goes on."""
    shop.worker.stop(WHAT)


def offers(result: Result) -> list[Offer]:
    """What a report that was worked out can put on the dashboard."""
    found = []
    for tile in choices(result):
        one = shown(tile, result, 40)
        words = f"{one.title}  {one.figure}" if one.figure else f"{one.title}  ({_(_WHAT[tile.what])})"
        found.append(Offer(wide.clean(words), tile))
    return found


def put(shop: Shop, tile: Tile) -> None:
    """Put a tile behind those of the dashboard; raises `UsageError` where there are too many."""
    shop.dashboards.save(HOME, [*shop.dashboards.get(HOME), tile])


def take_off(shop: Shop, place: int, name: str = HOME) -> None:
    """Take the tile at that place (from 0) off."""
    shop.dashboards.take_off(name, place + 1)


def move(shop: Shop, place: int, steps: int, name: str = HOME) -> int:
    """Move a tile so many places on; returns where it stands now."""
    tiles = shop.dashboards.get(name)
    to = max(0, min(place + steps, len(tiles) - 1))
    tiles.insert(to, tiles.pop(place))
    shop.dashboards.save(name, tiles)
    return to


def as_usual(shop: Shop, name: str = HOME) -> None:
    """Forget what the shop made of it: the pack's shows again, or what a shop sees that has chosen none.

    Raises `NotFoundError` where the shop has changed nothing.
    """
    shop.dashboards.remove(name)


def has_nothing(found: Sequence[Shown]) -> bool:
    """Whether there are tiles, and none of them has anything to show."""
    return bool(found) and not any(one.figure or one.lines or one.problem for one in found)


def first_order(shop: Shop) -> date | None:
    """The day of the shop's first order, None where there is none: why an earlier day has nothing to show."""
    c = orders.c
    with shop.database.read() as connection:
        at = connection.scalar(sa.select(sa.func.min(sa.func.coalesce(c.placed_at, c.paid_at))))
    return None if at is None else day_of(at, shop.settings.time_zone)


def why_nothing(first: date | None, as_of: date | None, *, bring: str, later: str) -> str:
    """Why no tile has anything to show; `first` is the day of the shop's first order.

    `bring` and `later` say how order files and a later day are asked for.
    """
    if first is None:
        return _("Nothing to show yet: {way} brings in your order files.").format(way=bring)
    if as_of is not None and as_of < first:
        words = _("Nothing to show by {day}: the first order is of {first}. {way} asks for a later day.")
        return words.format(day=as_of, first=first, way=later)
    return _("None of these tiles has anything to show: the shop's records say nothing of it.")


__all__ = ["HOME", "Board", "Shown", "Tile"]
