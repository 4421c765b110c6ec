"""The area `reports`: which there are, and what question each answers."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult

from crmcore import wide
from crmcore.analytics import show
from crmcore.analytics.presets import Preset
from crmcore.hooks.reports import Report
from crmcore.i18n import gettext as _
from crmcore.i18n import mark, title_of
from crmcore.tui.area import Area
from crmcore.tui.commands import Command
from crmcore.tui.screens.figures import FiguresScreen
from crmcore.tui.screens.report import ReportScreen
from crmcore.tui.widgets.virtual_table import Column, ListSource, Row, VirtualTable


class OpenReport(Command):
    """Work it out."""

    key = "enter"
    title = mark("Open")
    explanation = mark("Work the report out and show it")


class ShowDashboard(Command):
    """The tiles."""

    key = "d"
    title = mark("Dashboard")
    explanation = mark("Tiles of reports that the shop has chosen, all of one moment")


class ReportsScreen(Area):
    """A list; Enter works one out."""

    NAME = "reports"
    HELP_TEXT = mark(
        "What the shop should know. Enter works a report out; from a row that stands for people, Enter leads "
        "to the customers behind it. Plugins bring reports: see docs/plugins.md."
    )
    ACTS = (OpenReport, ShowDashboard)

    def __init__(self) -> None:
        super().__init__()
        self._presets: dict[str, Preset] = {}

    def content(self) -> ComposeResult:
        """The list."""
        yield VirtualTable(
            Column(_("Report"), 22),
            Column(_("What it answers"), 48, share=1),
            Column(_("Plugin"), 14, drop=1),
        )

    def on_mount(self) -> None:
        """The arrow keys go through the list."""
        self.query_one(VirtualTable).focus()

    def refresh_content(self) -> None:
        """Ask the plugins, and the playbook for what was kept."""
        self.fetch(lambda: (self.shop.reports.all(), self.shop.reports.presets()), self._listed)

    def _listed(self, found: tuple[list[tuple[str, Report]], list[Preset]]) -> None:
        reports, presets = found
        first = Row("", (_("The shop"), _("What does it hold, and who belongs to which segment?"), ""))
        self._presets = {one.name: one for one in presets}
        rows = [first, *map(_row, reports), *map(_kept_row, presets)]
        self.query_one(VirtualTable).show(ListSource(rows), keep=True)

    @on(OpenReport)
    def open_current(self) -> None:
        """The one under the cursor."""
        if row := self.query_one(VirtualTable).current:
            self._open(str(row.key))

    @on(ShowDashboard)
    def show_dashboard(self) -> None:
        """The tiles, over the list."""
        from crmcore.tui.screens.dashboard import DashboardScreen

        self.app.push_screen(DashboardScreen())

    @on(VirtualTable.RowChosen)
    def chosen(self, event: VirtualTable.RowChosen) -> None:
        """Enter or a double click."""
        self._open(str(event.row.key))

    def _open(self, name: str) -> None:
        if preset := self._presets.get(name.removeprefix(_KEPT)):
            self.app.push_screen(ReportScreen(preset.report, preset.typed))
        else:
            self.app.push_screen(ReportScreen(name) if name else FiguresScreen())


_KEPT = "kept:"  # before the key of a preset: it may not meet a report's


def _kept_row(one: Preset) -> Row:
    """A report with parameters that was kept under a name."""
    asked = " ".join([one.report, *(f"{key}={value}" for key, value in one.typed.items())])
    title = title_of(one.zh, one.en) or one.name
    return Row(_KEPT + one.name, tuple(map(wide.clean, (title, asked, one.source))))


def _row(found: tuple[str, Report]) -> Row:
    plugin, report = found
    about = title_of(report.about.get("zh", ""), report.about.get("en", ""))
    return Row(report.name, tuple(map(wide.clean, (show.title(report), about, plugin))))
