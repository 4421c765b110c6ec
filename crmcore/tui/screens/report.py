"""One report: worked out, shown as tables and charts, asked otherwise, followed to its customers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial
from pathlib import Path

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from crmcore import wide
from crmcore.analytics import files, show
from crmcore.analytics.results import Result
from crmcore.desk import dashboard_view
from crmcore.desk.plugin_view import asked_for
from crmcore.errors import CrmError, UsageError
from crmcore.hooks.reports import Table
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.tui.area import Area
from crmcore.tui.asking import ask_and_act, ask_day
from crmcore.tui.commands import Command
from crmcore.tui.dialogs import Choose, Confirm
from crmcore.tui.screens import report_commands as commands
from crmcore.tui.screens.report_people import PeopleScreen
from crmcore.tui.screens.report_questions import QuestionsScreen
from crmcore.tui.screens.who_dialogs import Sheet
from crmcore.tui.widgets.card import Lines
from crmcore.tui.widgets.card_parts import wrapped
from crmcore.tui.widgets.report_lines import report_charts, report_table
from crmcore.tui.widgets.virtual_table import Column, ListSource, VirtualTable


class ReportScreen(Area):
    """The head (day, currency, what it says), then one of its tables or its chart."""

    NAME = "reports"
    HELP_TEXT = mark(
        "A report says which day it speaks of, which orders count, and in words what follows. Enter on a row "
        "shows the customers behind it; p asks otherwise, a as of an earlier day, x writes it into a file."
    )
    ACTS = commands.OF_REPORT
    DEFAULT_CSS = """
    ReportScreen {
        & #head { height: auto; max-height: 40%; padding: 0 1; }
        & #which { height: 1; padding: 0 1; text-style: bold; }
        & Lines { height: 1fr; padding: 0 1; display: none; }
        &.-chart Lines { display: block; }
        &.-chart VirtualTable { display: none; }
    }
    """

    def __init__(self, name: str, typed: Mapping[str, str] | None = None, as_of: date | None = None) -> None:
        super().__init__()
        self._report = name
        self._typed: Mapping[str, str] = typed or {}
        self._as_of = as_of
        self._result: Result | None = None
        self._place = 0
        self._at_work = False

    def content(self) -> ComposeResult:
        """Head, table, chart."""
        yield Static(id="head", markup=False)
        yield Static(id="which", markup=False)
        yield VirtualTable(Column("", 10, share=1))
        yield Lines()

    def on_mount(self) -> None:
        """The arrow keys go through the table."""
        self.query_one(VirtualTable).focus()

    def refresh_content(self) -> None:
        """Work it out, the first time it is shown."""
        if self._result is None and not self._at_work:
            self._run()

    # --- working it out -------------------------------------------------------------------------------------

    def _run(self) -> None:
        self._at_work = True
        self._tell(_("reading the shop's records"))
        job = partial(
            self.shop.reports.run,
            self._report,
            self._typed,
            as_of=self._as_of,
            told=lambda words: self.app.call_from_thread(self._tell, words),
        )
        self.fetch(job, self._found, group="report", failed=self._failed, busy=True)

    def _tell(self, words: str) -> None:
        stops = _("Esc stops it")
        self.query_one("#which", Static).update(Text(f"{words}…  {stops}"))

    def _found(self, result: Result) -> None:
        self._at_work, self._result = False, result
        self._place = min(self._place, len(result.findings.tables) - 1)
        self._draw()

    def _failed(self, error: CrmError) -> None:
        self._at_work = False
        self.query_one("#which", Static).update(Text(wide.clean(str(error))))
        self.query_one(VirtualTable).show(
            ListSource([]), empty=_("It could not be worked out: {reason}").format(reason=error)
        )
        self.show_commands()

    # --- showing it -----------------------------------------------------------------------------------------

    @property
    def _table(self) -> Table | None:
        return self._result.findings.tables[self._place] if self._result else None

    def _draw(self) -> None:
        result, table = self._result, self._table
        if result is None or table is None:
            return
        head = [show.title(result.report), *show.preamble(result), *show.sentences(result)[:3]]
        self.query_one("#head", Static).update(Text("\n".join(map(wide.clean, head))))
        number = len(result.findings.tables)
        which = show.title(table) + (f"  ({self._place + 1}/{number})" if number > 1 else "")
        self.query_one("#which", Static).update(Text(wide.clean(which)))
        self.query_one("#head", Static).display = self.size.height >= 20
        self._draw_table(result, table)
        self.show_commands()

    def _draw_table(self, result: Result, table: Table) -> None:
        columns, rows = report_table(table, result.currency)
        shown = self.query_one(VirtualTable)
        shown.set_columns(*columns)
        shown.show(ListSource(rows), empty=_("There is nothing to count in this time."))
        charts = [one for one in result.findings.charts if one.table == table.name]
        self.query_one(Lines).show(partial(report_charts, charts, table, result.currency))

    # --- commands -------------------------------------------------------------------------------------------

    def allows(self, command: type[Command]) -> bool:
        """What fits what is shown."""
        if command is commands.LeaveReport:
            return True
        if self._result is None or self._at_work:
            return command is commands.Again and not self._at_work
        table = self._table
        if command is commands.PeopleBehind:
            return table is not None and bool(table.drill) and bool(table.rows)
        if command is commands.NextTable:
            return len(self._result.findings.tables) > 1
        if command is commands.Parameters:
            return self._result.report.parameters is not None
        return True

    @on(commands.NextTable)
    def next_table(self) -> None:
        """The next one, round about."""
        if self._result is not None:
            self._place = (self._place + 1) % len(self._result.findings.tables)
            self._draw()

    @on(commands.Picture)
    def picture(self) -> None:
        """The other one of chart and table."""
        self.toggle_class("-chart")
        self.query_one(Lines if self.has_class("-chart") else VirtualTable).focus()

    @on(commands.Words)
    def words(self) -> None:
        """All sentences, laid over."""
        if (result := self._result) is not None:
            said = [*show.preamble(result), *show.sentences(result)]

            def lines(width: int) -> list[Content]:
                return [one for text in said for one in wrapped(text, width, 12)]

            self.app.push_screen(Sheet(show.title(result.report), lines))

    @on(commands.Again)
    def again(self) -> None:
        """Once more."""
        self._run()

    @on(commands.LeaveReport)
    def leave(self) -> None:
        """Stop; or back."""
        if self._at_work:
            self.shop.reports.stop(self._report)
        else:
            self.dismiss()

    @on(VirtualTable.RowChosen)
    @on(commands.PeopleBehind)
    def people_behind(self) -> None:
        """The customers behind the row."""
        result, table, row = self._result, self._table, self.query_one(VirtualTable).current
        if result is None or table is None or row is None or not table.drill:
            return
        title = "  ".join([show.title(table), *row.cells[:2]])
        job = partial(self.shop.reports.behind, result, table.name, int(str(row.key)))
        self.fetch(job, partial(self._show_people, title), group="people", busy=True)

    def _show_people(self, title: str, found: tuple[int, list[int]]) -> None:
        self.app.push_screen(PeopleScreen(title, *found))

    @on(commands.Parameters)
    def parameters(self) -> None:
        """A form; then it is worked out anew."""
        self.in_background(self._ask_otherwise(), "dialog")

    async def _ask_otherwise(self) -> None:
        asked = asked_for(self.shop.reports.fields(self._report), self._typed)
        called = show.title(self._result.report) if self._result else self._report
        typed = await self.app.push_screen_wait(QuestionsScreen(called, asked))
        if typed is not None:
            self._typed = typed
            self._run()

    @on(commands.ReportAsOf)
    def ask_day(self) -> None:
        """Ask for the day."""
        self.in_background(self._ask_day(), "dialog")

    async def _ask_day(self) -> None:
        if (day := await ask_day(self, self._as_of)) is not None:
            self._as_of = day[0]
            self._run()

    @on(commands.KeepNote)
    def keep_note(self) -> None:
        """Ask for period and text."""
        self.in_background(self._keep_note(), "dialog")

    async def _keep_note(self) -> None:
        kept = await ask_and_act(
            self, _("What was found out?"), _("the period, then the cause: 2026-11 double eleven"), self._kept
        )
        if kept:
            self.crm.done(_("kept"), undo=False)
            self._run()

    def _kept(self, typed: str) -> bool:
        period, _blank, text = typed.strip().partition(" ")
        if not text.strip():
            raise UsageError(_("write the period, then what was found out"))
        self.shop.reports.keep_note(self._report, period, text)
        return True

    @on(commands.PutOnDashboard)
    def put_on_dashboard(self) -> None:
        """Ask which of its figures."""
        if self._result is not None:
            self.in_background(self._put(dashboard_view.offers(self._result)), "dialog")

    async def _put(self, offers: list[dashboard_view.Offer]) -> None:
        lines = [one.words for one in offers]
        place = await self.app.push_screen_wait(Choose(_("What shall stand on the dashboard?"), lines))
        if place is not None:
            told = _("it stands on the dashboard")
            job = partial(dashboard_view.put, self.shop, offers[place].tile)
            self.fetch(job, lambda _none: self.crm.done(told), group="put")

    @on(commands.ReportFile)
    def export(self) -> None:
        """Ask for the file, then write it."""
        if (result := self._result) is not None:
            self.in_background(self._export(result), "dialog")

    async def _export(self, result: Result) -> None:
        folder = self.shop.place.folder / "exports" if self.shop.place.folder else Path.cwd()
        proposed = folder / f"{self._report}-{result.as_of}.html"

        file = await ask_and_act(
            self,
            _("Write the report into which file?"),
            _("The ending says what kind: html, xlsx, csv or json. Enter writes it, Esc leaves"),
            lambda typed: files.checked(Path(typed.strip()).expanduser()),
            text=str(proposed),
        )
        if file is None:
            return
        over = _("{file} is there already. Write over it?").format(file=file)
        if file.exists() and not await self.app.push_screen_wait(Confirm(over, _("Write over it"))):
            return
        told = _("written into {file}").format(file=file)
        cut: list[str] = []

        def written(_none: None) -> None:
            self.crm.done(told, undo=False)
            for sentence in cut:
                self.crm.notify(sentence, severity="warning", timeout=10)

        self.fetch(lambda: self.shop.reports.into_file(result, file, cut.append), written, group="file")
