"""What the screen Today shows: the queues, the rows of one of them, what the row is about."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from crmcore.desk.brief import Brief, brief
from crmcore.desk.today import Day, Queue, Task, look
from crmcore.i18n import gettext as _
from crmcore.shown import moment
from crmcore.tui.area import Area
from crmcore.tui.commands import Command, Commands
from crmcore.tui.screens import today_commands as commands
from crmcore.tui.widgets.card import Lines
from crmcore.tui.widgets.queues import QueueBar, Tab
from crmcore.tui.widgets.today_lines import person_lines, task_lines
from crmcore.tui.widgets.virtual_table import Column, ListSource, Row, VirtualTable


class TodayView(Area):
    """The queues of the day, the rows of one of them, and what the row is about."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide"), (180, "-broad")]
    ACTS: ClassVar[Commands] = commands.SHOWING
    DEFAULT_CSS = """
    TodayView #desk { height: 1fr; layout: horizontal; }
    TodayView QueueBar { width: 28; padding: 1 1 0 1; }
    TodayView #rows { width: 1fr; height: 1fr; }
    TodayView #progress { height: 1; padding: 0 1; color: $text-muted; }
    TodayView #task { height: 5; border-top: solid $panel; display: none; }
    TodayView #side { width: 48; border-left: solid $panel; padding-left: 1; }
    TodayView.-broad #side { width: 76; }
    TodayView.-narrow #desk { layout: vertical; }
    TodayView.-narrow QueueBar { width: 1fr; padding: 0 1; }
    TodayView.-narrow #task { display: block; }
    TodayView.-narrow #side { display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._day: Day | None = None
        self._queue = ""
        self._mine = False
        self.going: set[object] = set()  # tasks that are being finished: not shown any more
        self._her: Brief | None = None
        self._wait: Timer | None = None

    def content(self) -> ComposeResult:
        """Queues, rows, and what the row is about: below the rows, or beside them."""
        with Vertical(id="desk"):
            yield QueueBar()
            with Vertical(id="rows"):
                yield Static("", id="progress", markup=False)
                yield VirtualTable(
                    Column(_("When"), 14),
                    Column(_("Customer"), 14, share=1),
                    Column(_("To do"), 20, share=4),
                    Column(_("Owner"), 8, drop=1),
                )
                yield Lines(id="task")
            yield Lines(id="side")

    def on_mount(self) -> None:
        """The keys belong to the rows."""
        for lines in self.query(Lines):
            lines.can_focus = False
        self.query_one(VirtualTable).focus()

    # --- what is shown --------------------------------------------------------------------------------------

    def refresh_content(self) -> None:
        """Look at the shop anew."""
        self.fetch(partial(look, self.shop, mine=self._mine), self._show, group="look", busy=True)

    def _show(self, day: Day) -> None:
        self._day = day
        names = [queue.name for queue in day.queues]
        if self._queue not in names or not self._left(day.queue(self._queue)):
            self._queue = self._following(day) or (self._queue if self._queue in names else names[0])
        self.show_queue()

    def _following(self, day: Day) -> str:
        """The first queue with something in it, from the one that is shown on; "" where all are empty."""
        names = [queue.name for queue in day.queues]
        start = names.index(self._queue) if self._queue in names else 0
        turned = day.queues[start:] + day.queues[:start]
        return next((queue.name for queue in turned if self._left(queue)), "")

    def _left(self, queue: Queue) -> list[Task]:
        return [task for task in queue.tasks if task.key not in self.going]

    def show_queue(self, *, keep: bool = True) -> None:
        """Show the rows of the queue; with `keep` the cursor stays on its row, or where that was."""
        day = self._day
        if day is None:
            return
        gone = {queue.name: len(queue.tasks) - len(self._left(queue)) for queue in day.queues}
        tabs = [Tab(one.name, one.title, one.count - gone[one.name]) for one in day.queues]
        self.query_one(QueueBar).show(tabs, self._queue)
        open_ = sum(tab.count for tab in tabs)
        self.query_one("#progress", Static).update(Text(self._progress(day, open_)))
        queue = day.queue(self._queue)
        rows = [_row(task) for task in self._left(queue)]
        table = self.query_one(VirtualTable)
        table.show(ListSource(rows), keep=keep, empty=self._nothing(day, open_))
        self.show_commands()

    def _progress(self, day: Day, open_: int) -> str:
        done = day.done + len(self.going)
        words = _("{done} of {all} done today").format(done=f"{done:,}", all=f"{done + open_:,}")
        whose = _("mine and nobody's") if self._mine else _("everybody's")
        queue = day.queue(self._queue)
        more = ""
        if queue.count > len(queue.tasks):
            more = "  " + _("(the first {count} are shown)").format(count=len(queue.tasks))
        return f"{words}  ({whose}){more}"

    def _nothing(self, day: Day, open_: int) -> str:
        if open_:
            return _("Nothing in this queue.") + "\n" + _("Tab shows the next one.")
        words = _("Nothing due today.")
        if day.next is not None and day.next.due_at is not None:
            when = moment(day.next.due_at, self.shop.settings.time_zone)
            coming = _("Next: {when}, {name}: {what}").format(
                when=when, name=day.next.name, what=day.next.what
            )
            return f"{words}\n{coming}"
        return words + "\n" + _("Promises, complaints and calls that are noted on a card (F2) come up here.")

    @property
    def chosen(self) -> Task | None:
        """The task under the cursor."""
        row = self.query_one(VirtualTable).current
        return row.about if row else None

    @property
    def tasks(self) -> list[Task]:
        """Every task of the day that is shown in a queue."""
        return [task for queue in self._day.queues for task in queue.tasks] if self._day else []

    @on(VirtualTable.RowMoved)
    def moved(self) -> None:
        """Another row: what it is about, and after a moment who she is."""
        if self._wait is not None:
            self._wait.stop()
        if self._her is not None and (self.chosen is None or self._her.id != self.chosen.customer_id):
            self._her = None
        self._show_details()
        if self.chosen is not None and not self.has_class("-narrow"):
            self._wait = self.set_timer(0.12, self._look_her_up)
        self.show_commands()

    def _look_her_up(self) -> None:
        if self.chosen is not None:
            self.fetch(partial(brief, self.shop, self.chosen.customer_id), self._found_her, group="her")

    def _found_her(self, her: Brief) -> None:
        self._her = her
        self._show_details()

    def _show_details(self) -> None:
        task, her = self.chosen, self._her

        def below(width: int) -> list[Content]:
            return task_lines(task, width) if task else []

        def beside(width: int) -> list[Content]:
            return task_lines(task, width, most=6) + (person_lines(her, width) if her else []) if task else []

        self.query_one("#task", Lines).show(below)
        self.query_one("#side", Lines).show(beside)

    # --- going about ----------------------------------------------------------------------------------------

    def allows(self, command: type[Command]) -> bool:
        """What is done to a row needs one; a state and an owner need an interaction."""
        if command in commands.ON_THING:
            return self.chosen is not None and self.chosen.interaction_id is not None
        return self.chosen is not None if command in commands.ON_TASK else True

    @on(QueueBar.Chosen)
    def choose_queue(self, event: QueueBar.Chosen) -> None:
        """A click on a queue."""
        self._queue = event.name
        self.show_queue(keep=False)

    @on(commands.NextQueue)
    def next_queue(self) -> None:
        """To the right."""
        self._turn(1)

    @on(commands.FormerQueue)
    def former_queue(self) -> None:
        """To the left."""
        self._turn(-1)

    def _turn(self, step: int) -> None:
        if self._day is not None:
            names = [queue.name for queue in self._day.queues]
            self._queue = names[(names.index(self._queue) + step) % len(names)]
            self.show_queue(keep=False)

    @on(commands.NextRow)
    def next_row(self) -> None:
        """Down."""
        self.query_one(VirtualTable).cursor += 1

    @on(commands.FormerRow)
    def former_row(self) -> None:
        """Up."""
        self.query_one(VirtualTable).cursor -= 1

    @on(commands.MineOrAll)
    def mine_or_all(self) -> None:
        """Switch."""
        self._mine = not self._mine
        self.refresh_content()

    @on(commands.OpenCard)
    @on(VirtualTable.RowChosen)
    def open_card(self) -> None:
        """Her card."""
        if self.chosen is not None:
            self.crm.show_customer(self.chosen.customer_id)


def _row(task: Task) -> Row:
    cells = (("! " if task.late else "") + task.when, task.name, task.what, task.owner or "")
    return Row(task.key, cells, "error" if task.late else "", task)
