"""While the shop opens: the line that looks somebody up, drawn before what reads a shop is imported."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult

from crmcore.i18n import gettext as _
from crmcore.tui.area import Area
from crmcore.tui.widgets.card_lookup import LookupLine
from crmcore.tui.widgets.empty import Empty


class OpeningScreen(Area):
    """Looks as "Who is this?" does before anything is typed; what is typed here is handed on to it."""

    NAME = "who"

    def __init__(self) -> None:
        super().__init__()
        self.text, self.pasted, self.entered = "", False, False

    def content(self) -> ComposeResult:
        """The line, and what to do with it."""
        yield LookupLine()
        yield Empty(
            _("Type or paste what you have of her."),
            _("Nickname, name, phone or its last 4 digits, order number, address, pinyin initials."),
        )

    def on_mount(self) -> None:
        """The cursor stands in the line."""
        self.query_one(LookupLine).focus_line()

    @on(LookupLine.Changed)
    def typed(self, event: LookupLine.Changed) -> None:
        """Keep what is typed."""
        self.text, self.pasted = event.text, event.pasted

    @on(LookupLine.Entered)
    def went_on(self) -> None:
        """Keep that Enter was pressed."""
        self.entered = True

    def hand_on(self, line: LookupLine) -> None:
        """Go on in another line where one was in this one."""
        if self.text:
            line.take_over(self.text, pasted=self.pasted, entered=self.entered)
