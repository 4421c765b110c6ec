"""The area `reports`."""

from __future__ import annotations

from textual.app import ComposeResult

from crmcore.i18n import gettext as _
from crmcore.tui.area import Area
from crmcore.tui.widgets.empty import Empty


class ReportsScreen(Area):
    """Not built yet."""

    NAME = "reports"

    def content(self) -> ComposeResult:
        """Nothing yet."""
        yield Empty(_("Nothing here yet."))
