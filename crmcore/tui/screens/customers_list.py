"""The list of the screen "Customers": what is listed, found as one types, sorted, narrowed."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from crmcore.desk.listing import ORDERS, Asked, Listing, Lists
from crmcore.desk.segment_groups import groups
from crmcore.i18n import gettext as _
from crmcore.i18n import ngettext
from crmcore.tui.area import Area
from crmcore.tui.dialogs import Choose
from crmcore.tui.screens import customers_commands as commands
from crmcore.tui.screens.customers_rows import CustomerRows, columns
from crmcore.tui.widgets.card import Lines
from crmcore.tui.widgets.find_line import FindLine
from crmcore.tui.widgets.virtual_table import ListSource, VirtualTable


class CustomersList(Area):
    """The customers as a table of any length."""

    AUTO_FOCUS = "VirtualTable"  # a letter pressed at once is a command, no text
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide"), (180, "-broad")]

    def __init__(self) -> None:
        super().__init__()
        self.asked = Asked()
        self._lists: Lists | None = None
        self._listing: Listing | None = None
        self._only = ""  # whom the list is narrowed down to, in words

    def content(self) -> ComposeResult:
        """The search line, the table, the glance beside it."""
        yield FindLine(_("name, phone, order number, pinyin initials"))
        with Horizontal(id="list"):
            yield VirtualTable(*columns(""), markable=True, id="customers")
            yield Lines(id="glance")

    def on_mount(self) -> None:
        """The keys go to the table."""
        self.table.focus()

    @property
    def table(self) -> VirtualTable:
        """The table."""
        return self.query_one("#customers", VirtualTable)

    @property
    def lists(self) -> Lists:
        """The lists of the open shop."""
        if self._lists is None or self._lists.shop is not self.shop:
            if self._lists is not None:  # ids, tags and segments of another shop mean nothing in this one
                self.asked, self._only, self._listing = Asked(), "", None
                self.table.marked.clear()
            self._lists = Lists(self.shop)
            self.table.set_columns(*columns(self.shop.settings.currency))
        return self._lists

    def looked_anew(self) -> None:
        """What stands beside the list may have changed too."""

    # --- what is listed ---------------------------------------------------------------------------------

    def refresh_content(self) -> None:
        """Shown (again), or records have changed: take the list anew where it is no longer true."""
        lists, listing = self.lists, self._listing
        if listing is None:
            self.load()
            return

        def look() -> bool:
            return bool(listing.mark) and lists.is_current(listing)

        def looked(current: bool) -> None:
            if not current:
                self.table.show(CustomerRows(lists, listing), keep=True, empty=self._nobody())
                self._load_whole(keep=True)
            self.looked_anew()

        self.fetch(look, looked, group="look")

    def narrow(self, *, tag: str | None = None, segment: str | None = None, words: str = "") -> None:
        """Show only those of a tag or a segment; `words` say which in the language in force."""
        self._only = words or tag or segment or ""
        self.query_one(FindLine).clear()
        self.asked = replace(self.asked, text="", tag=tag, segment=segment)
        self.load()

    def load(self) -> None:
        """Fetch the list that is asked for: its first rows at once, then the whole."""
        asked, lists = self.asked, self.lists
        self.table.stale = True

        def show(listing: Listing) -> None:
            if self.asked == asked:
                self._show(listing, keep=False)
                if listing.more and not asked.text:
                    self._load_whole(keep=True)

        self.fetch(partial(lists.first, asked), show, group="list", failed=self._failed, busy=True)

    def _load_whole(self, *, keep: bool) -> None:
        asked = self.asked

        def show(listing: Listing) -> None:
            if self.asked == asked:
                self._show(listing, keep=keep)

        self.fetch(partial(self.lists.whole, asked), show, group="list", failed=self._failed, busy=True)

    def _failed(self, error: Exception) -> None:
        self.table.stale = False
        self.crm.complain(error)  # type: ignore[arg-type]

    def _show(self, listing: Listing, *, keep: bool) -> None:
        self._listing = listing
        rows = CustomerRows(self.lists, listing) if listing.count else ListSource([])
        self.table.show(rows, keep=keep, empty=self._nobody())
        by_match = bool(listing.asked.text)
        self.table.sorted_by(None if by_match else listing.asked.order, listing.asked.descending)
        self.query_one(FindLine).say(self._state(listing))

    def _state(self, listing: Listing) -> str:
        asked, count = listing.asked, listing.count
        if asked.text:
            found = [_("found {count}").format(count=f"{count:,}" + ("+" if listing.more else ""))]
        else:
            more = "+" if listing.more and listing.total is None else ""
            words = ngettext("{count} customer", "{count} customers", count)
            found = [words.format(count=f"{count:,}{more}")]
            found.append(_("by {order}").format(order=ORDERS[asked.order].words))
        found += [self._only] if self._only else []
        marked = len(self.table.marked)
        found += [_("{count} marked").format(count=marked)] if marked else []
        return "  ".join(found)

    def _nobody(self) -> str:
        if self.asked.text:
            return _("Nobody is known by that.") + "\n" + _("Try a part of it. Esc shows everybody again.")
        if self.asked.tag or self.asked.segment:
            return _("Nobody here.") + "\n" + _("Esc shows everybody again.")
        return _("No customers yet.") + "\n" + _("Import your orders (F7), or add somebody with n.")

    # --- finding, sorting, narrowing --------------------------------------------------------------------

    @on(commands.FindInList)
    def find(self) -> None:
        """Into the line."""
        self.query_one(FindLine).focus_line()

    @on(FindLine.Changed)
    def typed(self, event: FindLine.Changed) -> None:
        """Another text."""
        if self.crm.is_open and event.text != self.asked.text:
            self.asked = replace(self.asked, text=event.text)
            self.load()

    @on(FindLine.Done)
    def found(self) -> None:
        """On into the table."""
        self.table.focus()

    @on(commands.SortList)
    def sort(self) -> None:
        """Choose an order."""
        self.in_background(self._sort(), "dialog")

    async def _sort(self) -> None:
        orders = list(ORDERS.values())
        titles = [one.words + (" *" if one.name == self.asked.order else "") for one in orders]
        chosen = await self.app.push_screen_wait(
            Choose(_("Sort by (the same once more: turned round)"), titles)
        )
        if chosen is not None:
            name = orders[chosen].name
            turned = not self.asked.descending if name == self.asked.order else None
            self._sort_by(name, turned)

    @on(VirtualTable.SortAsked)
    def sort_by_header(self, event: VirtualTable.SortAsked) -> None:
        """A click on a title."""
        self._sort_by(event.name, event.descending)

    def _sort_by(self, name: str, descending: bool | None) -> None:
        self.query_one(FindLine).clear()
        self.asked = replace(self.asked, text="").by(name, descending)
        self.load()

    @on(commands.NarrowList)
    def choose_filter(self) -> None:
        """A tag or a segment."""
        lists = self.lists

        def options() -> list[tuple[str, str | None, str | None]]:
            tags = [(_("tag {tag}").format(tag=one), one, None) for one in lists.tags()]
            known = [one for group in groups(lists.shop, usable=True) for one in group.segments]
            return [*tags, *((_("segment {name}").format(name=one.title), None, one.name) for one in known)]

        def choose(found: list[tuple[str, str | None, str | None]]) -> None:
            self.in_background(self._choose_filter(found), "dialog")

        self.fetch(options, choose, group="options", busy=True)

    async def _choose_filter(self, found: list[tuple[str, str | None, str | None]]) -> None:
        everybody = (_("everybody"), None, None)
        options = [everybody, *found]
        chosen = await self.app.push_screen_wait(Choose(_("Show only"), [words for words, *_rest in options]))
        if chosen is not None:
            words, tag, segment = options[chosen]
            self.narrow(tag=tag, segment=segment, words=words if chosen else "")

    @on(commands.ShowAll)
    def show_all(self) -> None:
        """Everybody, nobody marked; the cursor back in the table."""
        self.table.focus()
        self.table.clear_marks()
        if self.asked.text or self.asked.tag or self.asked.segment:
            self.narrow()
        elif self._listing:
            self.query_one(FindLine).say(self._state(self._listing))
