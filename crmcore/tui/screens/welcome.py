"""First run: a demo, a shop from files, or another shop."""

from __future__ import annotations

from typing import Any

from textual.app import ComposeResult
from textual.screen import Screen

from crmcore.i18n import gettext as _
from crmcore.tui.widgets.empty import Empty


class WelcomeScreen(Screen[Any]):
    """Not built yet."""

    def compose(self) -> ComposeResult:
        """Nothing yet."""
        yield Empty(_("no shop yet"))
