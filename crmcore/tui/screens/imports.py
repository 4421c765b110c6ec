"""The area `imports`: earlier imports, and bringing files in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Group
from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static

from crmcore import wide
from crmcore.background.process import Stopped
from crmcore.desk import found, importing
from crmcore.desk.importing import Outcome
from crmcore.desk.importing_paths import likely_folder, path_in, paths_in
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.importing.history import ImportRow
from crmcore.shown import moment
from crmcore.tui.area import Area
from crmcore.tui.commands import Command
from crmcore.tui.dialogs import Ask, Confirm
from crmcore.tui.screens.import_acts import (
    CloseNews,
    ImportFiles,
    ResumeImport,
    ShowImport,
    StopWork,
    UndoImport,
)
from crmcore.tui.screens.import_detail import DetailScreen, ImportFacts
from crmcore.tui.screens.import_pick import PickScreen
from crmcore.tui.screens.import_plan import PlanScreen
from crmcore.tui.screens.import_words import outcome_table, table_row, told_about, undone_words
from crmcore.tui.widgets.virtual_table import Column, ListSource, VirtualTable
from crmcore.tui.widgets.work_bar import WorkBar


class ImportsScreen(Area):
    """Earlier imports as a table; the running one below it. It goes on while other areas are looked at."""

    NAME = "imports"
    HELP_TEXT = mark(
        "Files of orders, customers or interactions become records. The same file twice changes nothing; a "
        "newer export updates what it knows better. Each import can be taken back."
    )
    ACTS = (ImportFiles, ShowImport, ResumeImport, UndoImport, StopWork, CloseNews)
    DEFAULT_CSS = """
    ImportsScreen {
        & #side { display: none; width: 2fr; border-left: solid $panel-lighten-2; }
        & VirtualTable { width: 3fr; }
        & #news { height: auto; max-height: 45%; display: none; background: $boost; padding: 0 1; }
        & #news.-told { display: block; }
    }
    .-wide ImportsScreen #side, ImportsScreen.-wide #side { display: block; }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[ImportRow] = []
        self._titles: dict[str, str] = {}
        self._folder: Path | None = None
        self._to_newest = False

    def content(self) -> ComposeResult:
        """The table, beside it the import under the cursor, below it what goes on and what came of it."""
        with Horizontal():
            yield VirtualTable(
                Column("#", 4, right=True),
                Column(_("When"), 11),
                Column(_("Files"), 24, share=3, middle=True),
                Column(_("Importer"), 14, share=2, middle=True, drop=3),
                Column(_("Read"), 8, right=True),
                Column(_("New"), 8, right=True, drop=2),
                Column(_("Changed"), 8, right=True, drop=4),
                Column(_("Same"), 8, right=True, drop=5),
                Column(_("Set aside"), 9, right=True, drop=1),
                Column(_("State"), 15),
            )
            with VerticalScroll(id="side"):
                yield ImportFacts()
        with VerticalScroll(id="news"):
            yield Static(id="told")
        yield WorkBar()

    def refresh_content(self) -> None:
        """Load the list."""
        self.fetch(lambda: importing.earlier(self.shop), self._show)

    def _show(self, rows: list[ImportRow]) -> None:
        self._rows = rows
        zone = self.shop.settings.time_zone
        now = moment(self.shop.clock().now, zone)
        table = self.query_one(VirtualTable)
        empty = _("Nothing was imported yet.") + "\n"
        empty += _("Press i to bring in order files, or drop them onto this window.")
        self._titles = importing.titles(self.shop)
        source = ListSource([table_row(one, self._titles, zone, now) for one in rows])
        table.show(source, keep=not self._to_newest, empty=empty)
        self._to_newest = False
        if self.focused is None:
            table.focus()
        self.show_commands()

    @on(VirtualTable.RowMoved)
    def moved(self, event: VirtualTable.RowMoved) -> None:
        """Tell of the import under the cursor beside the table."""
        if self.crm.is_open:
            row = event.row.about if event.row else None
            self.query_one(ImportFacts).show(row, self._titles, self.shop.settings.time_zone)
        self.show_commands()

    @property
    def _current(self) -> ImportRow | None:
        row = self.query_one(VirtualTable).current
        return row.about if row else None

    @property
    def _bar(self) -> WorkBar:
        return self.query_one(WorkBar)

    def allows(self, command: type[Command]) -> bool:
        """One thing at a time; and what fits the import under the cursor."""
        if command is StopWork:
            return self._bar.working
        if command is CloseNews:
            return self.query_one("#news").has_class("-told")
        if command is ImportFiles:
            return self.crm.is_open and not self._bar.working
        row = self._current
        if row is None or command is ShowImport:
            return row is not None
        if self._bar.working:
            return False
        if command is ResumeImport:
            return row.state in ("interrupted", "failed")
        return row.state not in ("undone", "running")

    # --- bringing files in ----------------------------------------------------------------------------------

    @on(ImportFiles)
    def import_files(self) -> None:
        """Pick files."""
        self.in_background(self._import(()), "ask")

    def on_paste(self, event: events.Paste) -> None:
        """Files dropped onto the list."""
        paths = [one for one in paths_in(event.text) if one.exists()]
        if paths and self.crm.is_open and not self._bar.working:
            self.in_background(self._import(paths), "ask")

    async def _import(self, dropped: Sequence[Path]) -> None:
        picked = [one for one in dropped if one.is_file()]
        folder = next((one for one in dropped if one.is_dir()), None) or self._likely_folder()
        ask = not picked
        while True:
            if ask:
                chosen = await self.app.push_screen_wait(PickScreen(folder, picked))
                if chosen is None:
                    return
                picked = chosen
            self._folder = folder = picked[-1].parent
            decided = await self.app.push_screen_wait(PlanScreen(picked))
            if decided is not None:
                break
            ask = True
        self._begin("import", {"batches": decided.batches}, decided.rows)

    def _likely_folder(self) -> Path:
        last = self._rows[0].files[0]["path"] if self._rows else None
        return self._folder or likely_folder(Path(last).parent if last else None)

    def _begin(self, work: str, arguments: dict[str, Any], rows: int | None = None) -> None:
        self._tell(None)
        self._bar.begin(work, arguments, rows=rows, what=_("getting ready"))
        self.show_commands()

    @on(StopWork)
    def stop_work(self) -> None:
        """Stop it; what is in the shop by then stays until it is resumed or taken back."""
        self._bar.stop()

    @on(WorkBar.Ended)
    def ended(self, event: WorkBar.Ended) -> None:
        """Tell what came of it."""
        if event.work == "undo":
            self._tell(undone_words(event.value))
            self._tell_elsewhere(_("The import was taken back."))
        else:
            outcomes = [Outcome.from_json(one) for one in event.value]
            self._tell(self._told_about(outcomes))
            self._to_newest = event.work == "import"
            self._tell_elsewhere(_("The files are in the shop."))
            self.fetch(
                lambda: found.find_out(self.shop), lambda one: self._tell_found(outcomes, one), group="found"
            )
        self.crm.refresh_area()
        self.refresh_content()

    @on(WorkBar.Failed)
    def failed(self, event: WorkBar.Failed) -> None:
        """Stopped, or it could not be done; the cursor goes to the import that this is told of."""
        self._to_newest = event.work == "import"
        if isinstance(event.error, Stopped):
            told = _("Stopped. r goes on with it, u takes back what is in the shop by now.")
            if event.work == "undo":
                told = _("Stopped. u goes on taking it back.")
            self._tell(Text(told))
        else:
            self._tell(Text(wide.clean(str(event.error))))
            if self.app.screen is not self:
                self.crm.complain(event.error)
        self.refresh_content()

    def _tell_elsewhere(self, words: str) -> None:
        """Whoever looks at another area meanwhile gets a toast."""
        if self.app.screen is not self:
            self.crm.done(words, undo=False)

    def _told_about(self, outcomes: list[Outcome]) -> Group:
        head = outcome_table(outcomes, importing.titles(self.shop))
        return told_about(outcomes, head=head, planned=False)

    def _tell_found(self, outcomes: list[Outcome], seen: found.Found) -> None:
        told = self._told_about(outcomes)
        if words := found.sentence(seen):
            ways = _("F2 looks somebody up, F4 shows everybody, F6 the segments.")
            told = Group(Text(words, style="bold"), Text(ways), Text(""), told)
        self._tell(told)

    def _tell(self, what: Any) -> None:
        self.query_one("#news").set_class(what is not None, "-told")
        self.query_one("#told", Static).update("" if what is None else what)
        self.show_commands()

    @on(CloseNews)
    def close_news(self) -> None:
        """Put it away."""
        self._tell(None)

    # --- earlier imports ------------------------------------------------------------------------------------

    @on(VirtualTable.RowChosen)
    @on(ShowImport)
    def show_import(self) -> None:
        """The import under the cursor."""
        if row := self._current:
            self.in_background(self._show_import(row), "ask")

    async def _show_import(self, row: ImportRow) -> None:
        asked = await self.app.push_screen_wait(DetailScreen(row, busy=self._bar.working))
        if asked == "resume":
            await self._resume(row)
        elif asked == "undo":
            await self._undo(row)

    @on(ResumeImport)
    def resume_import(self) -> None:
        """Go on with it."""
        if row := self._current:
            self.in_background(self._resume(row), "ask")

    async def _resume(self, row: ImportRow) -> None:
        files = [str(one["path"]) for one in row.files]
        for path in importing.missing_files(row):
            question = _("{file} is not there any more. Where is it now?").format(file=wide.clean(path.name))
            typed = await self.app.push_screen_wait(Ask(question, str(path)))
            if not typed or not typed.strip():
                return
            files[files.index(str(path))] = str(path_in(typed))
        self._begin("resume", {"id": row.id, "files": files}, row.counts.read)

    @on(UndoImport)
    def undo_import(self) -> None:
        """Take it back, after asking."""
        if row := self._current:
            self.in_background(self._undo(row), "ask")

    async def _undo(self, row: ImportRow) -> None:
        question = _(
            "Take back import {id} ({files})? What it brought goes, what it changed is as before; records "
            "that somebody has changed since stay."
        ).format(id=row.id, files=wide.cut_middle(wide.clean(importing.file_names(row)), 60))
        if await self.app.push_screen_wait(Confirm(question, _("Take back"))):
            self._begin("undo", {"id": row.id})
