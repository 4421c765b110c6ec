"""The people of one part of a campaign's plan."""

from __future__ import annotations

from functools import partial

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.widgets import Static

from crmcore import wide
from crmcore.desk import campaign_view as view
from crmcore.desk.campaign_view import Part, PersonLine
from crmcore.i18n import gettext as _
from crmcore.i18n import mark, ngettext
from crmcore.tui.area import Area
from crmcore.tui.commands import Command
from crmcore.tui.widgets.virtual_table import Column, ListSource, Row, VirtualTable


class ShowHer(Command):
    """Her card."""

    key = "enter"
    title = mark("Card")
    explanation = mark("Show her whole card; F5 leads back here")


class BackToCampaign(Command):
    """Back."""

    key = "escape,backspace"
    title = mark("Back")
    explanation = mark("Back to the campaign")


class CampaignPeople(Area):
    """The first of them, and how many there are."""

    NAME = "campaigns"
    ACTS = (ShowHer, BackToCampaign)
    DEFAULT_CSS = "CampaignPeople #title { height: 1; padding: 0 1; text-style: bold; }"

    def __init__(self, name: str, plan_id: int, part: Part) -> None:
        super().__init__()
        self._campaign, self._plan_id, self._part = name, plan_id, part

    def content(self) -> ComposeResult:
        """The title and the table."""
        number = self._part.people
        count = ngettext("{count} customer", "{count} customers", number).format(count=f"{number:,}")
        yield Static(Text(wide.clean(f"{self._part.what}  {count}")), id="title")
        yield VirtualTable(
            Column(_("No."), 9, right=True),
            Column(_("Name"), 16, share=1, most=40),
            Column(_("Why"), 24, share=1, most=50),
            Column(_("Afterwards"), 16, share=1, drop=1),
        )

    def on_mount(self) -> None:
        """The arrow keys go through the table."""
        self.query_one(VirtualTable).focus()

    def refresh_content(self) -> None:
        """The first of them."""
        self.fetch(partial(view.people, self.shop, self._campaign, self._plan_id, self._part), self._show)

    def _show(self, found: list[PersonLine]) -> None:
        rows = [Row(one.id, (str(one.id), wide.clean(one.name), one.why, one.later)) for one in found]
        self.query_one(VirtualTable).show(ListSource(rows), keep=True, empty=_("Nobody."))

    @on(VirtualTable.RowChosen)
    @on(ShowHer)
    def show_card(self) -> None:
        """Her card."""
        if row := self.query_one(VirtualTable).current:
            self.crm.show_customer(int(str(row.key)))

    @on(BackToCampaign)
    def back(self) -> None:
        """Back."""
        self.dismiss()
