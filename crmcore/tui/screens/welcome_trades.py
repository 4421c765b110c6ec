"""What does the shop sell? The trades that have rules of their own, to choose among for a new shop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, OptionList, Static
from textual.widgets.option_list import Option

from crmcore import wide
from crmcore.desk.starting import Trade
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.tui.commands import Command, Host
from crmcore.tui.dialogs import Dialog


class GoOn(Command):
    """With what is chosen."""

    key = "ctrl+s"
    title = mark("Go on")
    explanation = mark("Go on with the trades that are chosen")


class NoTrade(Command):
    """With none of them."""

    key = "escape"
    title = mark("None of these")
    explanation = mark("Go on without the rules of a trade; F9 switches them on later")


class TradesScreen(Host, Dialog[list[str]]):
    """A list with a box before each trade; returns the names of those that are chosen."""

    ACTS = (GoOn, NoTrade)
    BINDINGS: ClassVar = [("space", "turn", "")]
    DEFAULT_CSS = (
        "TradesScreen .keys { height: 1; align-horizontal: right; } TradesScreen Button { margin-left: 2; }"
    )

    def __init__(self, trades: Sequence[Trade]) -> None:
        super().__init__()
        self._trades = trades
        self._chosen: set[str] = set()

    def compose(self) -> ComposeResult:
        """The question, the trades, the keys."""
        told = _("Each brings rules of its own, such as when a jar is empty, or who wears which size.")
        with Vertical(classes="dialog"):
            yield Static(Text(_("What does the shop sell?"), style="bold"))
            yield Static(Text(told), classes="hint")
            yield OptionList(*(Option(self._words(one)) for one in self._trades))
            yield Static(
                Text(_("Enter, Space or a click chooses a line, or takes that back.")), classes="hint"
            )
            with Horizontal(classes="keys"):
                yield Button(Text(f"{GoOn.words()} {GoOn.shown_key()}"), compact=True, id="on")
                yield Button(Text(f"{NoTrade.words()} {NoTrade.shown_key()}"), compact=True, id="none")

    def _words(self, one: Trade) -> Text:
        return Text(wide.clean(f"[{'x' if one.name in self._chosen else ' '}] {one.title}"))

    def action_turn(self) -> None:
        """Choose the line under the cursor, or not."""
        trades = self.query_one(OptionList)
        if trades.highlighted is not None:
            self._turn(trades.highlighted)

    @on(OptionList.OptionSelected)
    def clicked(self, event: OptionList.OptionSelected) -> None:
        """Enter or a click."""
        self._turn(event.option_index)

    def _turn(self, place: int) -> None:
        self._chosen ^= {self._trades[place].name}
        self.query_one(OptionList).replace_option_prompt_at_index(place, self._words(self._trades[place]))

    @on(GoOn)
    @on(Button.Pressed, "#on")
    def go_on(self) -> None:
        """With these."""
        self.dismiss([one.name for one in self._trades if one.name in self._chosen])

    @on(NoTrade)
    @on(Button.Pressed, "#none")
    def none_of_them(self) -> None:
        """With none."""
        self.dismiss([])
