"""A screen that a plugin brings: its lines and its table."""

from __future__ import annotations

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.widgets import Static

from crmcore import wide
from crmcore.desk import pages
from crmcore.desk.pages import PluginScreen
from crmcore.errors import CrmError
from crmcore.hooks.screens import Page
from crmcore.i18n import gettext as _
from crmcore.i18n import in_words, mark
from crmcore.tui.area import Area
from crmcore.tui.commands import Command
from crmcore.tui.widgets.virtual_table import Column, ListSource, Row, VirtualTable


class LeavePage(Command):
    """Back."""

    key = "escape"
    title = mark("Back")
    explanation = mark("Leave this screen")


class PageScreen(Area):
    """What the plugin's function says, asked anew each time; a failing one leaves a sentence here."""

    ACTS = (LeavePage,)
    HELP_TEXT = mark(
        "This screen is a plugin's. Enter on a row opens the customer's card where the row has one."
    )
    DEFAULT_CSS = "PageScreen Static { height: auto; padding: 0 1; }"

    def __init__(self, screen: PluginScreen) -> None:
        super().__init__()
        self._which = screen

    def content(self) -> ComposeResult:
        """The lines and the table."""
        yield Static(Text(wide.clean(self._which.title), style="bold"), id="title")
        yield Static(id="lines", markup=False)
        yield VirtualTable(Column("", 10, share=1))

    def on_mount(self) -> None:
        """The arrow keys go through the table."""
        self.query_one(VirtualTable).focus()

    def refresh_content(self) -> None:
        """Ask the plugin."""
        which = self._which
        self.fetch(
            lambda: pages.page(self.shop, which.plugin, which.name),
            self._show,
            failed=self._failed,
            busy=True,
        )

    def _show(self, page: Page) -> None:
        lines = [wide.clean(in_words(one)) for one in page.lines]
        self.query_one("#lines", Static).update(Text("\n".join(lines)))
        titles = [wide.clean(in_words(one)) for one in page.columns]
        table = self.query_one(VirtualTable)
        table.display = bool(titles)
        if titles:
            table.set_columns(*(Column(one, max(wide.width(one), 10), share=1) for one in titles))
        customers = [*page.customers] or [None] * len(page.rows)
        rows = [
            Row(place, tuple(wide.clean(str(one)) for one in row), "", whom)
            for place, (row, whom) in enumerate(zip(page.rows, customers, strict=True))
        ]
        table.show(ListSource(rows), keep=True, empty=_("There is nothing here."))

    def _failed(self, error: CrmError) -> None:
        self.query_one("#lines", Static).update(Text("! " + wide.clean(str(error))))
        self.query_one(VirtualTable).display = False

    @on(VirtualTable.RowChosen)
    def chosen(self, event: VirtualTable.RowChosen) -> None:
        """Her card, where the row is about somebody."""
        if event.row.about is not None:
            self.crm.show_customer(event.row.about)

    @on(LeavePage)
    def leave(self) -> None:
        """Back."""
        self.dismiss()
