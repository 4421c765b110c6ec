"""The customers: a table of any length with what can be done to one of them, or to all that are marked."""

from __future__ import annotations

import asyncio
from functools import partial

from textual import on
from textual.timer import Timer

from crmcore.desk.brief import Brief, brief
from crmcore.desk.card_acts import tags_in_use
from crmcore.desk.tagging import Tagged, tag_customers
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, mark, ngettext
from crmcore.tui.commands import Command
from crmcore.tui.dialogs import Ask
from crmcore.tui.screens import customers_commands as commands
from crmcore.tui.screens.customers_list import CustomersList
from crmcore.tui.widgets.card import Lines
from crmcore.tui.widgets.customer_glance import glance_lines
from crmcore.tui.widgets.find_line import FindLine
from crmcore.tui.widgets.virtual_table import VirtualTable

_GLANCE_PAUSE = 0.12  # so long the cursor rests on a row before the glance follows
_OF_ONE = (commands.OpenCard, commands.EditCustomer, commands.SplitCustomer, commands.MarkRow)


class CustomersScreen(CustomersList):
    """Everybody the shop knows."""

    NAME = "customers"
    HELP_TEXT = mark(
        "Everybody the shop knows. / finds as you type; s or a click on a title sorts; Space marks several, "
        "t tags them in one act. e edits, n adds, D shows who may be one person."
    )
    ACTS = commands.ON_LIST
    DEFAULT_CSS = """
    CustomersScreen #list { height: 1fr; }
    CustomersScreen #customers { width: 1fr; }
    CustomersScreen #glance { display: none; width: 42; border-left: solid $panel; padding-left: 1; }
    CustomersScreen.-wide #glance, CustomersScreen.-broad #glance { display: block; }
    CustomersScreen.-broad #glance { width: 64; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._resting: Timer | None = None
        self._glance_of: int | None = None

    def looked_anew(self) -> None:
        """The glance may have changed too."""
        self._glance_of = None
        self._rest()

    # --- the customer under the cursor ------------------------------------------------------------------

    def allows(self, command: type[Command]) -> bool:
        """Most need a customer; going back needs something to go back from."""
        if command is commands.ShowAll:
            asked = self.asked
            narrowed = bool(asked.text or asked.tag or asked.segment or self.table.marked)
            return narrowed or not self.table.has_focus
        if command in _OF_ONE:
            return self.her is not None
        if command is commands.MergeMarked:
            return len(self.table.marked) == 2
        return command is not commands.TagCustomers or self.her is not None or bool(self.table.marked)

    @property
    def her(self) -> int | None:
        """The customer under the cursor."""
        row = self.table.current
        return row.key if row is not None and isinstance(row.key, int) and row.key > 0 else None

    @on(commands.OpenCard)
    @on(VirtualTable.RowChosen)
    def open_card(self) -> None:
        """Her card."""
        if self.her is not None:
            self.crm.show_customer(self.her)

    @on(VirtualTable.RowMoved)
    def moved(self) -> None:
        """The glance follows when the cursor rests."""
        self.show_commands()
        if self._resting is not None:
            self._resting.stop()
        self._resting = self.set_timer(_GLANCE_PAUSE, self._rest)

    def on_resize(self) -> None:
        """There may be room for the glance now."""
        self.call_after_refresh(self._rest)

    def _rest(self) -> None:
        her, pane = self.her, self.query_one("#glance", Lines)
        if her is None or not pane.display or her == self._glance_of or not self.crm.is_open:
            return
        self._glance_of = her

        def show(found: Brief) -> None:
            if self.her == her:
                pane.show(lambda width: glance_lines(found, width))

        self.fetch(partial(brief, self.shop, her), show, group="glance", failed=lambda _error: None)

    # --- acts -------------------------------------------------------------------------------------------

    @on(commands.MarkRow)
    def mark_row(self) -> None:
        """What Space does."""
        self.table.action_mark()

    @on(VirtualTable.MarksChanged)
    def marks_changed(self) -> None:
        """Say how many."""
        if self._listing is not None:
            self.query_one(FindLine).say(self._state(self._listing))
        self.show_commands()

    @on(commands.TagCustomers)
    def tag(self) -> None:
        """The marked ones, else the one under the cursor."""
        self.in_background(self._tag(), "dialog")

    async def _tag(self) -> None:
        ids = [key for key in self.table.marked if isinstance(key, int)]
        if not ids and self.her is not None:
            ids = [self.her]
        words = ngettext("Tag {count} customer", "Tag {count} customers", len(ids)).format(count=len(ids))
        known = joined(await asyncio.to_thread(tags_in_use, self.shop))
        hint = _("apart by commas; -TAG takes one off.") + (f"  {known}" if known else "")
        typed = await self.app.push_screen_wait(Ask(words, "", hint))
        if typed is None or not typed.strip() or not ids:
            return

        def done(tagged: Tagged) -> None:
            said = joined([*tagged.on, *(f"-{one}" for one in tagged.off)])
            self.table.clear_marks()
            self.crm.done(_("tagged: {tags}").format(tags=said), undo=bool(tagged.count))
            self.crm.refresh_area()

        self.fetch(partial(tag_customers, self.shop, ids, typed), done, group="act", busy=True)

    @on(commands.EditCustomer)
    def edit(self) -> None:
        """Her record."""
        from crmcore.tui.screens.customer_form import CustomerForm

        if self.her is not None:
            self.app.push_screen(CustomerForm(self.her))

    @on(commands.NewCustomer)
    def add(self) -> None:
        """Somebody new."""
        from crmcore.tui.screens.customer_form import CustomerForm

        self.app.push_screen(CustomerForm(None))

    @on(commands.ShowDuplicates)
    def duplicates(self) -> None:
        """Pairs side by side."""
        from crmcore.tui.screens.duplicates import DuplicatesScreen

        self.app.push_screen(DuplicatesScreen())

    @on(commands.MergeMarked)
    def compare(self) -> None:
        """The two that are marked."""
        from crmcore.tui.screens.duplicates import DuplicatesScreen

        one, other = [key for key in self.table.marked if isinstance(key, int)]
        self.table.clear_marks()
        self.app.push_screen(DuplicatesScreen((one, other)))

    @on(commands.SplitCustomer)
    def split(self) -> None:
        """Take her apart."""
        from crmcore.tui.screens.split import SplitScreen

        if self.her is not None:
            self.app.push_screen(SplitScreen(self.her))
