"""Who came into a segment and who left it, since the shop keeps that."""

from __future__ import annotations

from functools import partial

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.widgets import Static

from crmcore import wide
from crmcore.desk import segment_history as desk
from crmcore.desk.segment_history import History, MoveLine
from crmcore.desk.segment_view import SegmentRow
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.tui.area import Area
from crmcore.tui.commands import Command
from crmcore.tui.dialogs import Confirm
from crmcore.tui.widgets.virtual_table import Column, ListSource, Row, VirtualTable


class ShowMoved(Command):
    """Her card."""

    key = "enter"
    title = mark("Card")
    explanation = mark("Show her whole card; F6 leads back here")


class KeepNoLonger(Command):
    """Keep it no longer."""

    key = "delete"
    title = mark("Stop recording")
    explanation = mark("Who enters and leaves is no longer recorded; what happened stays written")


class LeaveHistory(Command):
    """Back."""

    key = "escape,backspace"
    title = mark("Back")
    explanation = mark("Back to the segments")


class HistoryScreen(Area):
    """How many at the end of each day, and who moved, the newest first."""

    NAME = "segments"
    ACTS = (ShowMoved, KeepNoLonger, LeaveHistory)
    DEFAULT_CSS = "HistoryScreen #title { height: 1; padding: 0 1; text-style: bold; }"

    def __init__(self, segment: SegmentRow) -> None:
        super().__init__()
        self._segment = segment

    def content(self) -> ComposeResult:
        """The title and the table."""
        yield Static(Text(wide.clean(self._segment.title)), id="title", markup=False)
        yield VirtualTable(
            Column(_("Day"), 10),
            Column("", 6),
            Column(_("Customer"), 16, share=1, most=40),
            Column(_("Because"), 24, share=2, drop=1),
        )

    def on_mount(self) -> None:
        """The arrow keys go through the table."""
        self.query_one(VirtualTable).focus()

    def refresh_content(self) -> None:
        """Look at it as it stands."""
        self.fetch(partial(desk.history, self.shop, self._segment.name), self._show)

    def _show(self, found: History) -> None:
        now = f"{found.members[-1]:,}" if found.members else "0"
        words = _("{segment}: {count} now, recorded since {day}").format(
            segment=self._segment.title, count=now, day=found.since
        )
        line = f"{words}  {wide.spark(list(found.members), 30)}"
        self.query_one("#title", Static).update(Text(wide.clean(line)))
        rows = [_row(place, one) for place, one in enumerate(found.moves)]
        self.query_one(VirtualTable).show(
            ListSource(rows), keep=True, empty=_("Nobody has come or left yet.")
        )

    @on(VirtualTable.RowChosen)
    @on(ShowMoved)
    def show_card(self) -> None:
        """Her card."""
        if row := self.query_one(VirtualTable).current:
            self.crm.show_customer(row.about.customer_id)

    @on(KeepNoLonger)
    def keep_no_longer(self) -> None:
        """Ask first."""
        self.in_background(self._drop(), "dialog")

    async def _drop(self) -> None:
        question = _("Stop recording who enters and leaves? What happened stays written.")
        if await self.app.push_screen_wait(Confirm(question, _("Stop recording"))):
            self.fetch(
                partial(desk.drop, self.shop, self._segment.name), lambda _none: self.leave(), group="drop"
            )

    @on(LeaveHistory)
    def leave(self) -> None:
        """Back."""
        self.dismiss()


def _row(place: int, one: MoveLine) -> Row:
    what = "+ " + _("came") if one.entered else "- " + _("left")
    return Row(place, (one.day, what, wide.clean(one.name), wide.clean(one.because)), "", one)
