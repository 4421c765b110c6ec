"""The area `today`."""

from __future__ import annotations

from textual.app import ComposeResult

from crmcore.i18n import gettext as _
from crmcore.tui.area import Area
from crmcore.tui.widgets.empty import Empty


class TodayScreen(Area):
    """Not built yet."""

    NAME = "today"

    def content(self) -> ComposeResult:
        """Nothing yet."""
        yield Empty(_("Nothing here yet."))
