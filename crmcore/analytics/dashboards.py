"""Dashboards: tiles that the shop has chosen, kept in the playbook, refreshed together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from crmcore.analytics.presets import texts
from crmcore.analytics.reports import Reports, ShopLike
from crmcore.analytics.tiles import Shown, Tile, choices, shown, tile_from
from crmcore.errors import CrmError, NotFoundError, UsageError
from crmcore.i18n import gettext as _
from crmcore.i18n import title_of
from crmcore.rules.fields import suggestion

if TYPE_CHECKING:
    from crmcore.analytics.live import Live

FAMILY = "dashboards"
HOME = "home"
MOST = 24  # more tiles than these no screen shows
# What a shop sees that has chosen nothing yet.
DEFAULT = (
    Tile("sales", {"by": "day"}, "sales", "paid"),
    Tile("sales", {"by": "month"}, "sales", "orders"),
    Tile("repurchase", {}, "months", "rate"),
    Tile("members", {}, "members", "old_turnover_share"),
    Tile("payment", {}, "months", "rate"),
    Tile("satisfaction", {}, "months", "complaints"),
    Tile("lapsed", {}, "bands", "", "rows"),
    Tile("grades", {}, "grades", "", "chart"),
)


class Dashboards:
    """The dashboards of one shop."""

    def __init__(self, shop: ShopLike, reports: Reports) -> None:
        self._shop, self._reports = shop, reports

    def names(self) -> list[str]:
        """Every dashboard; `home` is always there."""
        kept = [entry.name for entry in self._shop.playbook.all(FAMILY)]
        return sorted({HOME, *kept}, key=lambda name: (name != HOME, name))

    def titles(self) -> list[tuple[str, str]]:
        """Every dashboard with its title in the language in force, "" where it has none."""
        kept = {entry.name: texts(entry.body.get("title")) for entry in self._shop.playbook.all(FAMILY)}
        titles = {name: title_of(one.get("zh", ""), one.get("en", "")) for name, one in kept.items()}
        return [(name, titles.get(name, "")) for name in self.names()]

    def get(self, name: str = HOME) -> list[Tile]:
        """Its tiles; what is no tile (a pack may hold anything) is left out. Raises `NotFoundError`."""
        entry = self._shop.playbook.get(FAMILY, name)
        if entry is None:
            if name == HOME:
                return list(DEFAULT)
            hint = suggestion(name, self.names())
            raise NotFoundError(_("there is no dashboard {name}{hint}").format(name=repr(name), hint=hint))
        bodies = entry.body.get("tiles")
        tiles = []
        for body in bodies if isinstance(bodies, list) else []:
            try:
                tiles.append(tile_from(body))
            except UsageError:
                continue
        return tiles[:MOST]

    def save(self, name: str, tiles: Sequence[Tile]) -> None:
        """Keep it; raises `UsageError`, `NotFoundError` or `SettingError` for a tile that is none."""
        self._shop.permit("dashboard")
        if not name.strip() or len(tiles) > MOST:
            raise UsageError(_("a dashboard has a name, and {most} tiles at most").format(most=MOST))
        for tile in tiles:
            self._reports.check(tile.report, tile.typed)
        there = self._shop.playbook.get(FAMILY, name)
        kept = {"title": there.body["title"]} if there is not None and "title" in there.body else {}
        self._shop.playbook.save(FAMILY, name, {**kept, "tiles": [tile.body() for tile in tiles]})

    def add(self, name: str, tile: Tile) -> None:
        """Put a tile behind those of a dashboard, which is made where there is none.

        The report is worked out once, to see that the tile shows something. Raises what `save` raises.
        """
        found = shown(tile, self._reports.run(tile.report, tile.typed), 40)
        if found.problem:
            raise UsageError(found.problem)
        known = self.get(name) if name in self.names() else []
        self.save(name, [*known, tile])

    def take_off(self, name: str, place: int) -> None:
        """Take the tile at that place (from 1) off; raises `UsageError` when there is none."""
        tiles = self.get(name)
        if not 1 <= place <= len(tiles):
            raise UsageError(_("{name} has tiles 1 to {last}").format(name=name, last=len(tiles)))
        self.save(name, [tile for at, tile in enumerate(tiles, 1) if at != place])

    def remove(self, name: str) -> None:
        """Forget a dashboard of the shop's own; raises `NotFoundError`."""
        self._shop.permit("dashboard")
        self._shop.playbook.remove(FAMILY, name)

    def choices(self, report: str, typed: dict[str, str] | None = None) -> list[Tile]:
        """The tiles that a report can be, with these parameters; the report is worked out once."""
        return choices(self._reports.run(report, typed))

    def open(self, name: str = HOME, as_of: date | None = None) -> Board:
        """A dashboard that can be refreshed; close it, or use it with `with`. Raises what `get` raises.

        Its tiles speak of now, or of the end of the day `as_of`.
        """
        return Board(self._reports, self.get(name), as_of)


@dataclass
class Board:
    """A dashboard at work: its reports' records stay in a process of their own until it is closed."""

    reports: Reports
    tiles: Sequence[Tile]
    as_of: date | None = None
    _live: Live | None = None

    def __enter__(self) -> Board:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def refresh(self, width: int = 40, told: Callable[[str], None] | None = None) -> list[Shown]:
        """Every tile as of now, or of its day, all of one moment. Raises `PluginFailure` and `Stopped`."""
        asked, refused = self._asked()
        if self._live is None:
            self._live = self.reports.live(asked, self.as_of)
        found: dict[Any, Any] = dict(zip(map(_key, asked), self._live.refresh(told), strict=True))
        found |= refused
        return [shown(tile, found[_key((tile.report, tile.typed))], width) for tile in self.tiles]

    def close(self) -> None:
        """Let go of the process and its records."""
        if self._live is not None:
            self._live.close()
            self._live = None

    def _asked(self) -> tuple[list[tuple[str, Any]], dict[Any, str]]:
        """The different reports that the tiles show, each once; and why some cannot be asked for."""
        asked: dict[Any, tuple[str, Any]] = {}
        refused: dict[Any, str] = {}
        for tile in self.tiles:
            one = (tile.report, tile.typed)
            try:
                self.reports.check(*one)
                asked[_key(one)] = one
            except CrmError as error:
                refused[_key(one)] = str(error)
        return list(asked.values()), refused


def _key(one: tuple[str, Any]) -> Any:
    return one[0], tuple(sorted(one[1].items()))
