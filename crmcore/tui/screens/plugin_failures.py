"""What went wrong in a plugin lately, with the traceback of each failure."""

from __future__ import annotations

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from crmcore import wide
from crmcore.desk import plugin_view
from crmcore.desk.plugin_view import Failure
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.tui.area import Area
from crmcore.tui.commands import Command
from crmcore.tui.screens.plugin_acts import CopyFailure, LeaveFailures
from crmcore.tui.widgets.virtual_table import Column, ListSource, Row, VirtualTable


class FailuresScreen(Area):
    """The failures of one plugin above the traceback of the one under the cursor."""

    NAME = "plugins"
    HELP_TEXT = mark(
        "A plugin that fails hurts nobody else: what it was asked for is left out, and what happened stands "
        "here. Send the traceback to whoever wrote the plugin."
    )
    ACTS = (CopyFailure, LeaveFailures)
    DEFAULT_CSS = """
    FailuresScreen {
        & #whose { padding: 0 1; text-style: bold; }
        & VirtualTable { height: 1fr; }
        & #trace { height: 2fr; border-top: solid $panel-lighten-2; padding: 0 1; }
    }
    """

    def __init__(self, plugin: str) -> None:
        super().__init__()
        self._plugin = plugin

    def content(self) -> ComposeResult:
        """The list, then the traceback."""
        title = _("Failures of {plugin}").format(plugin=self._plugin)
        yield Static(Text(wide.clean(title)), id="whose")
        yield VirtualTable(
            Column(_("When"), 16), Column(_("While doing"), 16, share=1), Column(_("Why"), 24, share=3)
        )
        with VerticalScroll(id="trace"):
            yield Static(id="told")

    def refresh_content(self) -> None:
        """Read the log."""
        self.fetch(lambda: plugin_view.failures(self.shop, self._plugin), self._show)

    def _show(self, found: list[Failure]) -> None:
        rows = []
        for number, one in enumerate(found):
            cells = (f"{one.logged.at:%Y-%m-%d %H:%M}", one.logged.what, one.logged.reason)
            rows.append(Row(number, tuple(map(wide.clean, cells)), about=one))
        table = self.query_one(VirtualTable)
        table.show(ListSource(rows), empty=_("Nothing went wrong lately."))
        table.focus()

    def allows(self, command: type[Command]) -> bool:
        """There must be something to copy."""
        return self.query_one(VirtualTable).current is not None if command is CopyFailure else True

    @on(VirtualTable.RowMoved)
    def moved(self, event: VirtualTable.RowMoved) -> None:
        """Show its traceback."""
        self.query_one("#told", Static).update(_trace(event.row.about) if event.row else "")
        self.show_commands()

    @on(CopyFailure)
    def copy(self) -> None:
        """Copy it."""
        if row := self.query_one(VirtualTable).current:
            self.app.copy_to_clipboard(_trace(row.about).plain)
            self.crm.done(_("Copied, where the terminal allows it."), undo=False)

    @on(LeaveFailures)
    def leave(self) -> None:
        """Back."""
        self.dismiss(None)


def _trace(failure: Failure) -> Text:
    lines = [str(failure.logged), *failure.detail.splitlines()]
    return Text("\n".join(map(wide.clean, lines)))
