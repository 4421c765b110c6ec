"""Who belongs to a segment: a page of a million, why each of them does, copies and files."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Sequence
from datetime import date
from functools import partial

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.timer import Timer
from textual.widgets import Static

from crmcore.desk import segment_view as view
from crmcore.i18n import gettext as _
from crmcore.i18n import mark, ngettext
from crmcore.shop import Shop
from crmcore.tui.commands import Command
from crmcore.tui.screens import segment_commands as commands
from crmcore.tui.screens.segment_acts import SegmentScreen
from crmcore.tui.widgets.card import Lines
from crmcore.tui.widgets.segment_lines import why_lines
from crmcore.tui.widgets.virtual_table import Column, Row, Source, VirtualTable
from crmcore.tui.widgets.work_bar import WorkBar

_COPIED = 1000


class MemberSource(Source):
    """Members by id; their names and figures are fetched as they are looked at."""

    def __init__(self, shop: Shop, ids: Sequence[int], as_of: date | None) -> None:
        self._shop, self._ids, self._as_of = shop, ids, as_of

    @property
    def count(self) -> int:
        """How many."""
        return len(self._ids)

    def page(self, first: int, count: int) -> Sequence[Row]:
        """Their names, last orders and totals."""
        found = view.people(self._shop, self._ids[first : first + count], self._as_of)
        return [Row(one.id, (str(one.id), one.name, one.last_order, one.total), "", one) for one in found]

    def place_of(self, key: Hashable) -> int | None:
        """They stand in the order of their ids."""
        place = bisect_left(self._ids, int(str(key)))
        return place if place < len(self._ids) and self._ids[place] == key else None


class MembersScreen(SegmentScreen):
    """Who belongs to one segment."""

    NAME = "segments"
    HELP_TEXT = mark(
        "Who belongs to the segment. w says why the customer under the cursor does; x writes all of them "
        "into a file, y copies the first thousand. Esc leads back to the segments."
    )
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]
    ACTS = commands.OF_MEMBERS
    DEFAULT_CSS = """
    MembersScreen #said { height: 1; padding: 0 1; }
    MembersScreen #side { display: none; width: 56; border-left: solid $panel; padding-left: 1; }
    MembersScreen.-wide #side { display: block; }
    """

    def __init__(self, segment: view.SegmentRow, as_of: date | None) -> None:
        super().__init__()
        self._segment = segment
        self.as_of = as_of
        self._ids: Sequence[int] | None = None
        self._wait: Timer | None = None

    def content(self) -> ComposeResult:
        """Which segment, who belongs to it, why beside it, long work."""
        yield Static("", id="said", markup=False)
        with Horizontal():
            yield VirtualTable(
                Column(_("Number"), 9, right=True),
                Column(_("Customer"), 20, share=2),
                Column(_("Last order"), 12),
                Column(_("Total spent"), 16, right=True, share=1),
            )
            yield Lines(id="side")
        yield WorkBar()

    def on_mount(self) -> None:
        """The keys belong to the rows."""
        self.query_one(Lines).can_focus = False
        self.query_one(VirtualTable).focus()

    @property
    def segment(self) -> view.SegmentRow | None:
        """Always this one."""
        return self._segment

    @property
    def member(self) -> view.MemberRow | None:
        """The one under the cursor."""
        row = self.query_one(VirtualTable).current
        return row.about if row else None

    # --- the list -------------------------------------------------------------------------------------------

    def refresh_content(self) -> None:
        """Ask who belongs to it: here, or as of a day gone by in a process that can be stopped."""
        self._say()
        if self.as_of is None:
            job = partial(view.ids, self.shop, self._segment.name, self._begun)
            self.fetch(job, self._show, group="ids", busy=True, reads=True)
        elif not self.work.working and self._ids is None:
            given = {"name": self._segment.name, "as_of": str(self.as_of)}
            self.looking = True
            self.work.begin("segment_ids", given, what=_("looking who belonged to it"))

    def _begun(self, first: Sequence[int]) -> None:
        """Called in the thread that reads them all, which takes a second where they are a million."""
        self.call_later(self._show_first, first)

    def _show_first(self, first: Sequence[int]) -> None:
        if self._ids is None and self.as_of is None:
            self._list(first)

    def _show(self, ids: Sequence[int]) -> None:
        self._ids = ids
        self._say()
        self._list(ids)

    def _list(self, ids: Sequence[int]) -> None:
        table = self.query_one(VirtualTable)
        source = MemberSource(self.shop, ids, self.as_of)
        table.show(source, keep=True, empty=_("Nobody belongs to it.\nPress w to see why somebody does not."))

    def _say(self) -> None:
        count = "…" if self._ids is None else f"{len(self._ids):,}"
        words = ngettext(
            "{segment}: {count} customer, {day}", "{segment}: {count} customers, {day}", len(self._ids or ())
        ).format(segment=self._segment.title, count=count, day=self.day_words)
        self.query_one("#said", Static).update(Text(words, style="bold"))

    def day_changed(self) -> None:
        """Who belonged to it on that day."""
        self._ids = None
        self.refresh_content()

    @on(WorkBar.Ended)
    def heard_who(self, event: WorkBar.Ended) -> None:
        """Who belonged to it."""
        if event.work == "segment_ids":
            self._show(event.value)

    # --- the one under the cursor ---------------------------------------------------------------------------

    def allows(self, command: type[Command]) -> bool:
        """Some need a customer."""
        if command is commands.CopyMembers:
            return bool(self._ids)  # the first of them alone would be taken for all
        if command is commands.ShowCard:
            return self.member is not None
        return super().allows(command)

    @on(VirtualTable.RowMoved)
    def moved(self) -> None:
        """Why she belongs to it, beside her, once the cursor rests."""
        if self._wait is not None:
            self._wait.stop()
        if self.member is not None and self.has_class("-wide"):
            self._wait = self.set_timer(0.12, self._show_beside)
        self.show_commands()

    def _show_beside(self) -> None:
        if (member := self.member) is not None:
            self.fetch(
                partial(view.why, self.shop, self._segment.name, member.id, self.as_of),
                lambda why: self.query_one("#side", Lines).show(lambda width: why_lines(why, width)),
                group="beside",
                reads=True,
            )

    def say_why(self) -> None:
        """Why she belongs to it; where nobody does, of whom is asked."""
        if self.member is None:
            super().say_why()
        else:
            self.show_why(self._segment, self.member.id)

    @on(commands.ShowCard)
    @on(VirtualTable.RowChosen)
    def show_card(self) -> None:
        """Her card."""
        if self.member is not None:
            self.crm.show_customer(self.member.id)

    @on(commands.CopyMembers)
    def copy(self) -> None:
        """Numbers and names, a line each."""
        ids = (self._ids or ())[:_COPIED]

        def copied(found: list[view.MemberRow]) -> None:
            self.app.copy_to_clipboard("\n".join(f"{one.id}\t{one.name}" for one in found))
            words = _("{count} numbers and names copied; where that does not work, x writes a file")
            self.crm.done(words.format(count=len(found)), undo=False)

        self.fetch(partial(view.people, self.shop, ids, self.as_of), copied, group="copy")

    @on(commands.CloseMembers)
    def close_members(self) -> None:
        """Back to the segments."""
        self.dismiss()
