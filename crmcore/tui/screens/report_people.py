"""The customers behind a row of a report."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.widgets import Static

from crmcore import wide
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.shown import labelled
from crmcore.tui.area import Area
from crmcore.tui.commands import Command
from crmcore.tui.screens.segment_members import MemberSource
from crmcore.tui.widgets.virtual_table import Column, VirtualTable


class ShowCustomer(Command):
    """Her card."""

    key = "enter"
    title = mark("Card")
    explanation = mark("Show her whole card; F8 leads back here")


class BackToReport(Command):
    """Back."""

    key = "escape,backspace"
    title = mark("Back")
    explanation = mark("Back to the report")


class PeopleScreen(Area):
    """The first of them, and how many there are."""

    NAME = "reports"
    ACTS = (ShowCustomer, BackToReport)
    DEFAULT_CSS = "PeopleScreen #title { height: 1; padding: 0 1; text-style: bold; }"

    def __init__(self, title: str, count: int, ids: Sequence[int]) -> None:
        super().__init__()
        self._title, self._count, self._ids = title, count, ids

    def content(self) -> ComposeResult:
        """The title and the table."""
        shown = len(self._ids)
        count = _("{count} customers").format(count=f"{self._count:,}")
        more = "" if shown == self._count else "  " + _("(the first {count})").format(count=shown)
        yield Static(Text(wide.clean(labelled(self._title, count + more))), id="title")
        yield VirtualTable(
            Column(_("No."), 9, right=True),
            Column(_("Name"), 16, share=1),
            Column(_("Last order"), 11),
            Column(_("Spent"), 14, right=True),
        )

    def on_mount(self) -> None:
        """The arrow keys go through the table."""
        self.query_one(VirtualTable).focus()

    def refresh_content(self) -> None:
        """Names and figures come as they are looked at."""
        source = MemberSource(self.shop, self._ids, None)
        self.query_one(VirtualTable).show(source, keep=True, empty=_("Nobody known is behind it."))

    @on(VirtualTable.RowChosen)
    @on(ShowCustomer)
    def show_card(self) -> None:
        """Her card."""
        if row := self.query_one(VirtualTable).current:
            self.crm.show_customer(int(str(row.key)))

    @on(BackToReport)
    def back(self) -> None:
        """Back to the report."""
        self.dismiss()
