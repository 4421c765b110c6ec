"""Help: every key of the screen below, made from its commands."""

from __future__ import annotations

from typing import Any

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Static

from crmcore.i18n import gettext as _
from crmcore.shown import labelled
from crmcore.tui.commands import Host, usable
from crmcore.tui.dialogs import Dialog
from crmcore.tui.widgets.prose import Prose, Sentences


class HelpScreen(Dialog[None]):
    """What the screen below is for, and its keys. Any of the usual keys closes it."""

    BINDINGS = [("escape,f1,question_mark,q,enter", "dismiss", "")]

    def __init__(self, about: Screen[Any]) -> None:
        super().__init__()
        self._about = about

    def compose(self) -> ComposeResult:
        """The text of the screen, then its keys, then the areas."""
        with VerticalScroll(classes="sheet"):
            if text := getattr(self._about, "HELP_TEXT", ""):
                yield Prose(_(text), classes="sheet-text")
            yield Static(self._keys())
            yield Static(Text(_("Esc closes this")), classes="hint")

    def _keys(self) -> Table:
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
        table.add_column(style="bold", no_wrap=True)
        table.add_column()
        app: Any = self.app
        focused = self._about.focused
        nodes = [*focused.ancestors_with_self] if focused is not None else [self._about]
        hosts = dict.fromkeys(node for node in (*nodes, self._about, app) if isinstance(node, Host))
        for _host, command in usable(hosts):
            if command.key:
                sentence = Sentences(labelled(command.words(), command.sentence()))
                table.add_row(command.shown_key(), sentence)
        table.add_row("", "")
        for area in app.areas if app.has_areas else ():
            table.add_row(area.shown_key, area.words)
        return table
