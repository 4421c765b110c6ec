"""Before an import: what the files are, what importing them would do, what is to be chosen by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from crmcore import wide
from crmcore.background.process import Stopped
from crmcore.desk import importing
from crmcore.desk.importing import FileToImport, Outcome
from crmcore.desk.importing_paths import path_in, paths_in
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, mark
from crmcore.tui.area import Area
from crmcore.tui.commands import Command
from crmcore.tui.dialogs import Ask, Choose, Confirm
from crmcore.tui.screens.import_acts import (
    ChooseImporter,
    ChooseMapping,
    ImportNow,
    LeaveOut,
    LeavePlan,
    NameSource,
    StopPlan,
)
from crmcore.tui.screens.import_pick import shown_size
from crmcore.tui.screens.import_words import outcome_table, told_about
from crmcore.tui.widgets.virtual_table import Column, ListSource, Row, VirtualTable
from crmcore.tui.widgets.work_bar import WorkBar


@dataclass(frozen=True)
class Decided:
    """What is to be imported: batches for the background process, and how many rows they have, if known."""

    batches: list[dict[str, Any]]
    rows: int | None


class PlanScreen(Area):
    """Returns what was `Decided`, None for "back"."""

    NAME = "imports"
    HELP_TEXT = mark(
        "What the files are and what importing them would change. Nothing has been written yet: the plan is "
        "worked out and taken back. Read is always the sum of new, changed, same and set aside."
    )
    ACTS = (ImportNow, ChooseImporter, ChooseMapping, NameSource, LeaveOut, StopPlan, LeavePlan)
    DEFAULT_CSS = """
    PlanScreen {
        & VirtualTable { height: auto; max-height: 40%; }
        & #plan { padding: 1 1 0 1; }
        & #plan Static { width: 1fr; }
    }
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        super().__init__()
        self._paths = list(paths)
        self._files: list[FileToImport] = []
        self._source: str | None = None
        self._plan: list[Outcome] | None = None
        self._again = False

    def content(self) -> ComposeResult:
        """The files above the plan."""
        yield VirtualTable(
            Column(_("File"), 20, share=2, middle=True),
            Column(_("What it is"), 18, share=1),
            Column(_("Sure"), 6, right=True, drop=1),
            Column(_("Sheet"), 8, share=1, drop=3),
            Column(_("Size"), 8, right=True, drop=2),
        )
        yield WorkBar()
        with VerticalScroll(id="plan"):
            yield Static(Text(_("Looking at the files")), id="told")

    def on_mount(self) -> None:
        """Find out what the files are."""
        self.query_one(VirtualTable).focus()
        self.fetch(lambda: importing.recognise(self.shop, self._paths), self._recognised, group="recognise")

    def allows(self, command: type[Command]) -> bool:
        """Importing needs files that are known; a plan that is being made can be stopped."""
        if command is StopPlan:
            return self._bar.working
        if command is ImportNow:
            return self._ready
        return True if command is LeavePlan else bool(self._files)

    @property
    def _bar(self) -> WorkBar:
        return self.query_one(WorkBar)

    @property
    def _ready(self) -> bool:
        return bool(self._files) and all(one.importer for one in self._files)

    def on_paste(self, event: events.Paste) -> None:
        """Files dropped onto the plan join it."""
        known = {one.path for one in self._files}
        more = [one for one in paths_in(event.text) if one.is_file() and one not in known]
        if more:
            self.fetch(lambda: importing.recognise(self.shop, more), self._join, group="recognise")

    def _join(self, more: list[FileToImport]) -> None:
        self._files += more
        self._changed()

    # --- what the files are ---------------------------------------------------------------------------------

    def _recognised(self, found: list[FileToImport]) -> None:
        self._files = found
        self._changed()

    def _changed(self) -> None:
        """Other files, or they are something else: show them, and plan anew."""
        rows = [Row(one.path, self._cells(one), "" if one.importer else "error", one) for one in self._files]
        self.query_one(VirtualTable).show(ListSource(rows), keep=True)
        self._plan = None
        if self._bar.working:
            self._again = True
            self._bar.stop()
        elif self._ready:
            self._begin_plan()
        self._show_plan()

    def _cells(self, one: FileToImport) -> tuple[str, ...]:
        what = one.title if one.importer else _("unknown")
        sure = _("chosen") if one.chosen else f"{one.score:.0%}" if one.importer else ""
        if one.mapping is not None:
            what = f"{what} ({one.mapping.name})"
        sheets = joined(one.sheets)
        size = shown_size(one.size)
        return tuple(wide.clean(cell) for cell in (one.path.name, what, sure, sheets, size))

    @property
    def _under_cursor(self) -> FileToImport | None:
        row = self.query_one(VirtualTable).current
        return row.about if row else None

    def _replace(self, old: FileToImport, new: FileToImport) -> None:
        self._files = [new if one is old else one for one in self._files]
        self._changed()

    @on(ChooseImporter)
    def choose_importer(self) -> None:
        """Choose among all importers."""
        if one := self._under_cursor:
            self.in_background(self._choose_importer(one), "ask")

    async def _choose_importer(self, one: FileToImport) -> None:
        known = importing.importers(self.shop)
        question = _("What is {file}?").format(file=wide.clean(one.path.name))
        titles = [wide.clean(importing.title(importer)) for importer in known]
        chosen = await self.app.push_screen_wait(Choose(question, titles))
        if chosen is not None:
            self._replace(one, importing.with_importer(one, known[chosen]))

    @on(ChooseMapping)
    def choose_mapping(self) -> None:
        """Ask for a mapping file."""
        if one := self._under_cursor:
            self.in_background(self._choose_mapping(one), "ask")

    async def _choose_mapping(self, one: FileToImport) -> None:
        question = _("Which mapping file says what the columns of {file} mean?")
        question = question.format(file=wide.clean(one.path.name))
        beside = str(one.path.with_suffix(".yaml"))
        hint = _("A YAML file; docs/fields.md says what stands in one. Enter: take it, Esc: leave it.")
        typed = await self.app.push_screen_wait(Ask(question, beside, hint))
        if typed and typed.strip():
            self._replace(one, importing.with_mapping(one, path_in(typed)))

    @on(NameSource)
    def name_source(self) -> None:
        """Ask for the source."""
        self.in_background(self._name_source(), "ask")

    async def _name_source(self) -> None:
        question = _("Which shop do the order numbers belong to?")
        hint = _("Such as shopify:acme; empty: the platform alone. Numbers of one source never clash.")
        typed = await self.app.push_screen_wait(Ask(question, self._source or "", hint))
        if typed is not None and (typed.strip() or None) != self._source:
            self._source = typed.strip() or None
            self._changed()

    @on(LeaveOut)
    def leave_out(self) -> None:
        """One file less."""
        if one := self._under_cursor:
            self._files = [other for other in self._files if other is not one]
            self._changed()

    # --- the plan -------------------------------------------------------------------------------------------

    def _begin_plan(self) -> None:
        asked = {"batches": importing.batches(self._files, self._source), "dry_run": True}
        self._bar.begin("import", asked, what=_("working out what would change"))

    @on(StopPlan)
    def stop_plan(self) -> None:
        """No plan."""
        self._bar.stop()

    @on(WorkBar.Ended)
    def planned(self, event: WorkBar.Ended) -> None:
        """The plan is there."""
        if not self._go_on_planning():
            self._plan = [Outcome.from_json(one) for one in event.value]
            self._show_plan()

    @on(WorkBar.Failed)
    def not_planned(self, event: WorkBar.Failed) -> None:
        """A file cannot be used after all, or planning was stopped."""
        if self._go_on_planning():
            return
        stopped = isinstance(event.error, Stopped)
        text = _("There is no plan; the files can be imported without one.") if stopped else str(event.error)
        self.query_one("#told", Static).update(Text(text))
        self.show_commands()

    def _go_on_planning(self) -> bool:
        """Whether something was chosen meanwhile, so that the plan is made anew."""
        if not self._again:
            return False
        self._again = False
        self._changed()
        return True

    def _show_plan(self) -> None:
        told = self.query_one("#told", Static)
        unknown = [one.problem for one in self._files if one.importer is None]
        if unknown:
            ways = _("a says what it is, m names a mapping file, Del leaves it out.")
            told.update(Text("\n\n".join([*map(wide.clean, unknown), ways])))
        elif self._plan is None:
            told.update(Text("" if self._files else _("No file is left: Esc goes back to picking.")))
        else:
            told.update(
                told_about(
                    self._plan, head=outcome_table(self._plan, importing.titles(self.shop)), planned=True
                )
            )
        self.show_commands()

    # --- the end --------------------------------------------------------------------------------------------

    @on(VirtualTable.RowChosen)
    @on(ImportNow)
    def import_now(self) -> None:
        """Go."""
        if not self._ready:
            return
        if self._plan is None and self._bar.working:
            self.in_background(self._import_without_plan(), "ask")
        else:
            self._decide()

    async def _import_without_plan(self) -> None:
        question = _("The plan is not worked out yet. Import without it? An import can be undone.")
        if await self.app.push_screen_wait(Confirm(question, _("Import"))):
            self._decide()

    def _decide(self) -> None:
        rows = sum(one.read for one in self._plan) if self._plan else None
        self.dismiss(Decided(importing.batches(self._files, self._source), rows))

    @on(LeavePlan)
    def leave(self) -> None:
        """Back."""
        self.dismiss(None)
