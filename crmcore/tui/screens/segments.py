"""Segments: what there is, how many belong to each, and the rule of the one under the cursor."""

from __future__ import annotations

import asyncio
from datetime import date
from functools import partial

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.timer import Timer
from textual.widgets import Static

from crmcore import wide
from crmcore.desk import segment_edit, segment_history
from crmcore.desk import segment_view as view
from crmcore.desk.segment_groups import SegmentGroup, groups
from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.i18n import mark, ngettext
from crmcore.shown import labelled
from crmcore.tui.commands import Command
from crmcore.tui.dialogs import Confirm
from crmcore.tui.screens import segment_commands as commands
from crmcore.tui.screens.segment_acts import SegmentScreen
from crmcore.tui.widgets.card import Lines
from crmcore.tui.widgets.segment_lines import segment_lines
from crmcore.tui.widgets.virtual_table import Column, ListSource, Row, VirtualTable
from crmcore.tui.widgets.work_bar import WorkBar
from crmcore.watching import bring_up_to_date


class SegmentsScreen(SegmentScreen):
    """Every segment with its count; counted one by one in the background."""

    NAME = "segments"
    HELP_TEXT = mark(
        "Segments are named rules about customers; who belongs to one is worked out anew each time. Enter "
        "lists who belongs to it, w says why somebody is in it or not, x writes them into a file."
    )
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]
    ACTS = commands.OF_LIST
    DEFAULT_CSS = """
    SegmentsScreen #said { height: 1; padding: 0 1; color: $text-muted; }
    SegmentsScreen #side { display: none; width: 52; border-left: solid $panel; padding-left: 1; }
    SegmentsScreen.-wide #side { display: block; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._groups: list[SegmentGroup] = []
        self._counts: dict[str, int | str] = {}  # how many, or why that cannot be told
        self._left: list[str] = []  # still to be counted
        self._customers = 0
        self._counted_at: tuple[tuple[tuple[int, ...], date], date | None] | None = None
        self._told: list[str] = []
        self._beside = ""  # whose rule is shown
        self._wait: Timer | None = None

    def content(self) -> ComposeResult:
        """How far counting is, the segments, the rule beside them, long work."""
        yield Static("", id="said", markup=False)
        with Horizontal():
            yield VirtualTable(
                Column(_("Segment"), 24, share=3),
                Column(_("Customers"), 10, right=True),
                Column(_("Share"), 7, right=True),
                Column(_("From"), 18, share=1, drop=1),
                Column(_("Name"), 20, share=1, drop=2),
            )
            yield Lines(id="side")
        yield WorkBar()

    def on_mount(self) -> None:
        """The keys belong to the rows."""
        self.query_one(Lines).can_focus = False
        self.query_one(VirtualTable).focus()

    @property
    def segment(self) -> view.SegmentRow | None:
        """The one under the cursor."""
        row = self.query_one(VirtualTable).current
        return row.about if row else None

    # --- the list -------------------------------------------------------------------------------------------

    def refresh_content(self) -> None:
        """List them; count again when anything has changed since."""
        shop = self.shop
        self.fetch(lambda: (groups(shop), view.everybody(shop), view.stamp(shop)), self._list, group="list")

    def _list(self, found: tuple[list[SegmentGroup], int, tuple[tuple[int, ...], date]]) -> None:
        first = not self._groups
        self._groups, self._customers, stamp = found
        usable = self._usable()
        if self._counted_at != (stamp, self.as_of):
            self._counted_at = (stamp, self.as_of)
            self._left = usable
            if self.as_of is None:
                self.fetch(lambda: bring_up_to_date(self.shop, view.FRESHEN), self._freshened, group="count")
            elif not self.work.working:
                day = {"names": usable, "as_of": str(self.as_of)}
                self.looking = True
                self.work.begin("segment_counts", day, what=_("counting"))
            else:  # when the file is written
                self._counted_at = None
        elif self._left and self.as_of is None:
            self._count_next()
        self._show()
        if first:
            self.query_one(VirtualTable).cursor = 1  # below the first heading

    def _usable(self) -> list[str]:
        return [one.name for group in self._groups for one in group.segments if not one.error]

    def _freshened(self, told: list[str]) -> None:
        self._told = told
        self._count_next()

    def _count_next(self) -> None:
        """One after the other; leaving the screen ends it, coming back goes on."""
        if self._left and self.as_of is None and self.is_current:
            name = self._left[0]
            self.fetch(
                partial(view.count, self.shop, name),
                partial(self._counted, name),
                group="count",
                failed=lambda error: self._counted(name, str(error)),
                reads=True,
            )

    def on_screen_suspend(self, _event: events.ScreenSuspend) -> None:
        """What is counted behind the list takes nothing from the screen that is looked at now."""
        self.workers.cancel_group(self, "count")

    def _counted(self, name: str, count: int | str) -> None:
        self._counts[name] = count
        if name in self._left:
            self._left.remove(name)
        self._show()
        if self.as_of is None:
            self._count_next()

    @on(WorkBar.Heard)
    def heard(self, event: WorkBar.Heard) -> None:
        """A count as of a day gone by."""
        if event.name == "count" and self.as_of is not None:
            name, count, error = event.value
            self._counted(name, error if count is None else count)

    def day_changed(self) -> None:
        """Counts of another day."""
        self._counts.clear()
        self._counted_at = None
        self.refresh_content()

    def work_over(self) -> None:
        """Counted, or stopped: the rest is counted when somebody comes back."""
        if self.as_of is not None and self.looking and self._left:
            self._left = []
            self._counted_at = None
            self._show()
        elif self.as_of is not None and not self.looking:
            self.refresh_content()

    def _show(self) -> None:
        rows = [row for group in self._groups for row in (_heading(group), *map(self._row, group.segments))]
        self.query_one(VirtualTable).show(
            ListSource(rows),
            keep=True,
            empty=_("No segments.\nPlugins bring some: F9 switches them on."),
        )
        self.query_one("#said", Static).update(Text(self._said()))

    def _said(self) -> str:
        words = ngettext("{count} customer, {day}", "{count} customers, {day}", self._customers)
        words = words.format(count=f"{self._customers:,}", day=self.day_words)
        if self._left:
            done = len(self._usable()) - len(self._left)
            words += "  " + _("counting: {done} of {all}").format(done=done, all=done + len(self._left))
        return "  ".join([words, *self._told])

    def _row(self, one: view.SegmentRow) -> Row:
        count = self._counts.get(one.name)
        wrong = one.error or (count if isinstance(count, str) else None)
        if wrong is not None:
            return Row(
                one.name, ("! " + labelled(one.title, wrong), "!", "", one.source, one.name), "error", one
            )
        if count is None:
            return Row(one.name, (one.title, "…", "", one.source, one.name), "", one)
        share = f"{100 * int(count) / self._customers:.1f}%" if self._customers else ""
        cells = (one.title, f"{count:,}", share, one.source, one.name)
        return Row(one.name, cells, "" if count else "muted", one)

    # --- the one under the cursor ---------------------------------------------------------------------------

    @on(VirtualTable.RowMoved)
    def moved(self) -> None:
        """Its rule beside it, once the cursor rests."""
        name = self.segment.name if self.segment else ""
        if name == self._beside:  # only its count is another one
            return
        self._beside = name
        if self._wait is not None:
            self._wait.stop()
        self._wait = self.set_timer(0.08, self._show_beside)
        self.show_commands()

    def _show_beside(self) -> None:
        if (segment := self.segment) is not None:
            self.fetch(
                lambda: self.shop.segments.as_yaml(segment.name),
                lambda yaml: self.query_one("#side", Lines).show(
                    lambda width: segment_lines(segment, yaml, width)
                ),
                group="beside",
                failed=self._no_rule,
            )

    def _no_rule(self, _error: CrmError) -> None:
        """What is wrong with it stands on its row."""

    # --- written and forgotten ------------------------------------------------------------------------------

    def allows(self, command: type[Command]) -> bool:
        """One that cannot be used can be changed; only the shop's own can be forgotten."""
        if command is commands.NewSegment:
            return True
        if command is commands.EditSegment:
            return self.segment is not None
        if command is commands.ForgetSegment:
            return self.segment is not None and self.segment.own
        return super().allows(command)

    @on(commands.NewSegment)
    def new_segment(self) -> None:
        """Write one."""
        self._edit(None)

    @on(commands.EditSegment)
    def edit_segment(self) -> None:
        """Change the one under the cursor."""
        if (segment := self.segment) is not None:
            self._edit(segment.name)

    def _edit(self, name: str | None) -> None:
        from crmcore.tui.screens.segment_edit import SegmentEditor

        self._beside = ""
        self.app.push_screen(SegmentEditor(name))

    @on(commands.ShowHistory)
    def show_history(self) -> None:
        """Who came and left; one that is not kept yet is kept from today on, when somebody wants that."""
        if (segment := self.segment) is not None:
            self.in_background(self._history(segment), "dialog")

    async def _history(self, segment: view.SegmentRow) -> None:
        from crmcore.tui.screens.segment_history import HistoryScreen

        if not await asyncio.to_thread(segment_history.is_kept, self.shop, segment.name):
            question = _("Record who enters and who leaves {title}, from today on?")
            words = question.format(title=segment.title)
            if not await self.app.push_screen_wait(Confirm(words, _("Record"))):
                return
            await asyncio.to_thread(segment_history.keep, self.shop, segment.name)
        await self.app.push_screen(HistoryScreen(segment))

    @on(commands.ForgetSegment)
    def forget_segment(self) -> None:
        """Forget it; undo brings it back."""
        if (segment := self.segment) is not None:
            self.fetch(partial(segment_edit.forget, self.shop, segment.name), self._forgotten, group="forget")

    def _forgotten(self, _none: None) -> None:
        self.crm.done(_("forgotten"))
        self.refresh_content()

    @on(commands.OpenMembers)
    @on(VirtualTable.RowChosen)
    def open_members(self) -> None:
        """Who belongs to it."""
        from crmcore.tui.screens.segment_members import MembersScreen

        segment = self.segment
        if segment is not None and not segment.error:
            self.app.push_screen(MembersScreen(segment, self.as_of))


def _heading(group: SegmentGroup) -> Row:
    return Row(("group", group.name), (f"── {wide.clean(group.title)} ({len(group.segments)})",), "heading")
