"""The dashboard: tiles of reports that the shop has chosen, all of one moment."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from crmcore import wide
from crmcore.desk import dashboard_view as view
from crmcore.desk.dashboard_view import Board, Shown
from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.tui.area import Area
from crmcore.tui.asking import ask_day
from crmcore.tui.commands import Command
from crmcore.tui.dialogs import Choose
from crmcore.tui.screens.report import ReportScreen
from crmcore.tui.widgets.card import Lines
from crmcore.tui.widgets.tile_lines import tile_lines, tiles_beside

# Seconds after which the tiles are looked at again: one new order costs a moment.
_OFTEN = 60.0


class OpenTile(Command):
    """The report behind it."""

    key = "enter"
    title = mark("Report")
    explanation = mark("The report behind the tile")


class MoveTile(Command):
    """Forward."""

    key = "m"
    title = mark("Forward")
    explanation = mark("Move the tile one place towards the front")


class TakeOff(Command):
    """Off."""

    key = "delete"
    title = mark("Remove")
    explanation = mark("Take the tile off the dashboard; d in a report puts one on it")


class UsualTiles(Command):
    """The usual ones."""

    key = "u"
    title = mark("As usual")
    explanation = mark("The tiles that a shop has which has chosen none")
    in_bar = False


class ChooseBoard(Command):
    """Another one."""

    key = "b"
    title = mark("Switch")
    explanation = mark("Another dashboard: the shop's own, and those that packs bring")


class BoardAsOf(Command):
    """Another day."""

    key = "a"
    title = mark("As of")
    explanation = mark("As it was at the end of an earlier day; nothing typed is today")


class RefreshTiles(Command):
    """Once more."""

    key = "r"
    title = mark("Recalculate")
    explanation = mark("Work the tiles out once more, from the records as they are now")


class LeaveTiles(Command):
    """Back."""

    key = "escape,backspace"
    title = mark("Back")
    explanation = mark("Back to the list of reports")


class DashboardScreen(Area):
    """Tiles beside each other, as many as the width takes."""

    NAME = "reports"
    HELP_TEXT = mark(
        "Figures, first rows and charts of reports beside each other. The arrow keys go from tile to tile, "
        "Enter opens its report, a shows them as of an earlier day; d in a report puts a figure of it here."
    )
    ACTS = (OpenTile, MoveTile, TakeOff, BoardAsOf, RefreshTiles, UsualTiles, LeaveTiles, ChooseBoard)
    BINDINGS = [
        ("left", "step(-1)", ""),
        ("right,tab", "step(1)", ""),
        ("up", "row(-1)", ""),
        ("down", "row(1)", ""),
    ]
    DEFAULT_CSS = """
    DashboardScreen {
        & #said { height: auto; max-height: 3; padding: 0 1; color: $text-muted; }
        & Lines { padding: 0 1; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._which, self._switched = view.HOME, False
        self._as_of: date | None = None
        self._board: Board | None = None
        self._tiles: Sequence[Shown] = ()
        self._marked = 0
        self._first_order: date | None = None  # looked up only where there is nothing to show
        self._busy = False
        self._left: Board | None = None

    def content(self) -> ComposeResult:
        """How fresh it is, and the tiles."""
        yield Static(id="said", markup=False)
        yield Lines()

    def on_mount(self) -> None:
        """Arrow keys go from tile to tile, not through the text."""
        self.query_one(Lines).can_focus = False
        self.set_interval(_OFTEN, self._again)

    def _again(self) -> None:
        if self.is_current and self.crm.is_open:
            self.refresh_content()

    def refresh_content(self) -> None:
        """Work the tiles out; a round that goes on is not disturbed."""
        if not self._busy:
            self._busy = True
            self._tell(_("reading the shop's records") + "…")
            self.fetch(self._round, self._show, group="board", failed=self._failed, busy=True)

    def _round(self) -> list[Shown]:
        """In a thread: the tiles, as of now or of a day; a board that was left meanwhile is closed here."""
        board = self._board = self._board or view.open_board(self.shop, self._which, self._as_of)
        width = self.size.width
        try:
            found = board.refresh(width // tiles_beside(width) - 6)
            self._first_order = view.first_order(self.shop) if view.has_nothing(found) else None
            return found
        finally:
            if board is self._left:
                board.close()

    def _tell(self, words: str) -> None:
        self.query_one("#said", Static).update(Text("\n".join(map(wide.clean, words.split("\n")))))

    def _show(self, found: list[Shown]) -> None:
        self._busy = False
        if self._switch():
            return
        self._tiles = found
        self._marked = max(0, min(self._marked, len(found) - 1))
        count = len(found)
        told = _("as of {day}").format(day=self._as_of) if self._as_of else _("as of now")
        if view.has_nothing(found):
            told += "\n" + view.why_nothing(self._first_order, self._as_of, bring="F7", later="a")
        self._tell(told if count else _("No tiles: d in a report puts one here."))
        self._draw()

    def _failed(self, error: CrmError) -> None:
        self._busy = False
        if not self._switch():
            self._tell(f"! {error}")

    def _draw(self) -> None:
        def lines(width: int) -> list[Content]:
            return tile_lines(self._tiles, self._marked, width)

        self.query_one(Lines).show(lines, keep_place=True)
        self.show_commands()

    # --- going ----------------------------------------------------------------------------------------------

    def action_step(self, steps: int) -> None:
        """The next tile, or the one before."""
        if self._tiles:
            self._marked = (self._marked + steps) % len(self._tiles)
            self._draw()

    def action_row(self, rows: int) -> None:
        """The tile below or above."""
        to = self._marked + rows * tiles_beside(self.query_one(Lines).scrollable_content_region.width)
        if 0 <= to < len(self._tiles):
            self._marked = to
            self._draw()
        self.query_one(Lines).scroll_relative(y=6 * rows, animate=False)

    def action_choose(self, place: int) -> None:
        """A click: the tile, and then its report."""
        if place == self._marked:
            self.open_tile()
        else:
            self._marked = place
            self._draw()

    # --- acts -----------------------------------------------------------------------------------------------

    def allows(self, command: type[Command]) -> bool:
        """Most need a tile."""
        if command in (LeaveTiles, BoardAsOf, RefreshTiles, UsualTiles, ChooseBoard):
            return True
        return bool(self._tiles)

    @on(OpenTile)
    def open_tile(self) -> None:
        """Its report, asked as the tile asks."""
        if self._tiles:
            tile = self._tiles[self._marked].tile
            self.app.push_screen(ReportScreen(tile.report, tile.typed, self._as_of))

    @on(TakeOff)
    def take_off(self) -> None:
        """Take it off."""
        self._change(partial(view.take_off, self.shop, self._marked, self._which))

    @on(MoveTile)
    def move_tile(self) -> None:
        """One place forward."""
        place, self._marked = self._marked, max(self._marked - 1, 0)
        self._change(partial(view.move, self.shop, place, -1, self._which))

    @on(UsualTiles)
    def usual_tiles(self) -> None:
        """The usual ones."""
        self._change(partial(view.as_usual, self.shop, self._which))

    def _change(self, act: partial[Any]) -> None:
        def changed(_none: object) -> None:
            self._close()
            self.crm.done(_("the dashboard is changed"))
            self.refresh_content()

        if not self._busy:
            self.fetch(act, changed, group="change")

    @on(ChooseBoard)
    def choose_board(self) -> None:
        """One of those that there are."""
        self.in_background(self._choose_board(), "dialog")

    async def _choose_board(self) -> None:
        boards = await asyncio.to_thread(view.boards, self.shop)
        lines = [wide.clean(words) for _name, words in boards]
        place = await self.app.push_screen_wait(Choose(_("Which dashboard?"), lines))
        if place is not None:
            self._which, self._marked = boards[place][0], 0
            self._another()

    @on(BoardAsOf)
    def choose_day(self) -> None:
        """Another day."""
        self.in_background(self._choose_day(), "dialog")

    async def _choose_day(self) -> None:
        if (day := await ask_day(self, self._as_of)) is not None:
            self._as_of = day[0]
            self._another()

    def _another(self) -> None:
        """What was chosen, at once or after the round that goes on."""
        self._switched = True
        if not self._busy:
            self._switch()

    def _switch(self) -> bool:
        """Show what was chosen, once no round goes on; whether anything was."""
        switched, self._switched = self._switched, False
        if switched:
            self._close()
            self.refresh_content()
        return switched

    @on(RefreshTiles)
    def again(self) -> None:
        """Once more."""
        self.refresh_content()

    @on(LeaveTiles)
    def leave(self) -> None:
        """Back."""
        self.dismiss()

    def on_unmount(self) -> None:
        """Let go of the process that holds the records."""
        self._close()

    def _close(self) -> None:
        board, self._board = self._board, None
        if board is None:
            return
        if self._busy:  # a round goes on in a thread
            self._left = board
            view.stop(self.shop)
        else:
            board.close()
