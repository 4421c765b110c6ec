"""One import: what it brought, and the rows it set aside with their reasons."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Group
from rich.table import Table
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from crmcore import wide
from crmcore.desk import importing
from crmcore.desk.importing_paths import path_in
from crmcore.i18n import gettext as _
from crmcore.i18n import mark, ngettext
from crmcore.importing.history import ImportRow
from crmcore.importing.reject import Reject
from crmcore.shown import labelled, moment, word
from crmcore.tui.area import Area
from crmcore.tui.commands import Command
from crmcore.tui.dialogs import Ask
from crmcore.tui.screens.import_acts import ExportRejects, LeaveDetails, ResumeImport, UndoImport
from crmcore.tui.widgets.virtual_table import Column, ListSource, Row, VirtualTable


class ImportFacts(Static):
    """An import in a few lines."""

    DEFAULT_CSS = "ImportFacts { padding: 0 1; height: auto; }"

    def show(self, row: ImportRow | None, titles: Mapping[str, str], zone: str) -> None:
        """Tell of this one; None: of none."""
        self.update(facts(row, titles, zone) if row else "")


def facts(row: ImportRow, titles: Mapping[str, str], zone: str) -> Group:
    """An import in a few lines: what and when, the sum of its rows, its files."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")

    def line(title: str, value: str) -> None:
        table.add_row(title, Text(wide.clean(value)))

    state = word(row.state)
    if row.state in ("running", "interrupted", "failed"):
        state += f" {row.progress:.0%}"
    line(_("State"), labelled(state, row.message) if row.message else state)
    line(_("Began"), f"{moment(row.started_at, zone)}  {row.actor}")
    if row.finished_at:
        line(_("Ended"), moment(row.finished_at, zone))
    line(_("Importer"), titles.get(row.importer, row.importer))
    if row.source != row.importer:
        line(_("Source"), row.source)
    counts = row.counts
    summands = (
        (_("{count} new"), counts.new), (_("{count} changed"), counts.changed),
        (_("{count} same"), counts.same), (_("{count} set aside"), counts.rejected),
    )  # fmt: skip
    total = " + ".join(words.format(count=f"{count:,}") for words, count in summands)
    line(_("Read"), f"{counts.read:,} = {total}")
    people = _("{new} new, {changed} changed")
    line(
        _("Customers"),
        people.format(new=f"{counts.customers_new:,}", changed=f"{counts.customers_changed:,}"),
    )
    line(_("Orders"), people.format(new=f"{counts.orders_new:,}", changed=f"{counts.orders_changed:,}"))
    for one in row.files:
        line(_("File"), str(one["path"]))
    return Group(table)


class DetailScreen(Area):
    """One import. Returns "resume" or "undo" when that was asked for, else None."""

    NAME = "imports"
    HELP_TEXT = mark(
        "What one import brought. Rows that cannot be used are set aside with the reason: write them into a "
        "file, mend them there, and import that file."
    )
    ACTS = (ResumeImport, UndoImport, ExportRejects, LeaveDetails)
    DEFAULT_CSS = """
    DetailScreen {
        & #facts { height: auto; max-height: 60%; }
        & #rows { padding: 1 1 0 1; height: auto; text-style: bold; }
        & VirtualTable { min-height: 4; }
    }
    """

    def __init__(self, row: ImportRow, *, busy: bool) -> None:
        super().__init__()
        self._row, self._busy = row, busy

    def content(self) -> ComposeResult:
        """The facts above the rows set aside."""
        with VerticalScroll(id="facts"):
            yield ImportFacts()
        yield Static(id="rows")
        yield VirtualTable(
            Column(_("Line"), 7, right=True),
            Column(_("Reason"), 38, share=1),
            Column(_("Row"), 14, share=3, drop=2),
            Column(_("File"), 12, share=1, drop=1, middle=True),
        )

    def refresh_content(self) -> None:
        """Load the rows."""
        self.query_one(ImportFacts).show(self._row, importing.titles(self.shop), self.shop.settings.time_zone)
        self.fetch(lambda: importing.rejects(self.shop, self._row.id), self._show_rejects, busy=True)

    def _show_rejects(self, found: list[Reject]) -> None:
        count = self._row.counts.rejected
        told = _("No row was set aside.")
        if count:
            told = ngettext("{count} row set aside", "{count} rows set aside", count).format(
                count=f"{count:,}"
            )
            if len(found) < count:
                told += " " + _("(the first {count})").format(count=f"{len(found):,}")
        self.query_one("#rows", Static).update(Text(told))
        rows = []
        for number, one in enumerate(found):
            cells = " ".join(cell for cell in one.row.values() if cell)
            line = f"{one.sheet}:{one.line}" if one.sheet else str(one.line)
            rows.append(Row(number, tuple(map(wide.clean, (line, one.reason, cells, one.file.name)))))
        table = self.query_one(VirtualTable)
        table.show(ListSource(rows))
        table.focus()

    def allows(self, command: type[Command]) -> bool:
        """What fits the state."""
        if command is ResumeImport:
            return not self._busy and self._row.state in ("interrupted", "failed")
        if command is UndoImport:
            return not self._busy and self._row.state not in ("undone", "running")
        return self._row.counts.rejected > 0 if command is ExportRejects else True

    @on(ResumeImport)
    def resume(self) -> None:
        """The list does it."""
        self.dismiss("resume")

    @on(UndoImport)
    def undo(self) -> None:
        """The list does it."""
        self.dismiss("undo")

    @on(LeaveDetails)
    def leave(self) -> None:
        """Back."""
        self.dismiss(None)

    @on(ExportRejects)
    def export(self) -> None:
        """Ask for a place, then write."""
        self.in_background(self._export(), "export")

    async def _export(self) -> None:
        place = str(importing.rejects_file(self.shop, self._row.id))
        hint = _("A csv file that spreadsheets open. Enter: write it, Esc: leave it.")
        typed = await self.app.push_screen_wait(Ask(_("Where to write the rows set aside?"), place, hint))
        if not typed or not typed.strip():
            return
        path = path_in(typed)

        def told(written: tuple[int, list[str]]) -> None:
            count, warnings = written
            text = _("{count} rows written into {file}.").format(count=f"{count:,}", file=path)
            self.crm.done(text, undo=False)
            for warning in warnings:
                self.crm.notify(warning, severity="warning", timeout=10)

        self.fetch(lambda: importing.export_rejects(self.shop, self._row.id, path), told, group="write")
