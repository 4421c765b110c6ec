"""What the lists behind Campaigns have in common: channels, templates, days, tiers, the suppression list."""

from __future__ import annotations

from typing import Any

from textual import on

from crmcore.tui.area import Area
from crmcore.tui.screens import reach_commands as commands
from crmcore.tui.widgets.virtual_table import VirtualTable


class ReachList(Area):
    """A screen over Campaigns with one table, whose commands follow the cursor."""

    NAME = "campaigns"

    @property
    def current(self) -> Any:
        """What the row under the cursor is about; None where there is no row."""
        row = self.query_one(VirtualTable).current
        return row.about if row else None

    def on_mount(self) -> None:
        """The arrow keys go through the list."""
        self.query_one(VirtualTable).focus()

    @on(VirtualTable.RowMoved)
    def moved(self) -> None:
        """Other commands."""
        self.show_commands()

    @on(commands.LeaveList)
    def leave(self) -> None:
        """Back."""
        self.dismiss()
