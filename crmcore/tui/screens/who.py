"""The area `who`."""

from __future__ import annotations

from textual.app import ComposeResult

from crmcore.i18n import gettext as _
from crmcore.tui.area import Area
from crmcore.tui.widgets.empty import Empty


class WhoScreen(Area):
    """Not built yet."""

    NAME = "who"

    def content(self) -> ComposeResult:
        """Nothing yet."""
        yield Empty(_("Nothing here yet."))

    def show_customer(self, customer_id: int) -> None:
        """Show her card."""
        self.notify(str(customer_id))
