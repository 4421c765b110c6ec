"""Questions laid over a screen: yes or no, one of several, one line of text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, OptionList
from textual.widgets.option_list import Option

from crmcore.i18n import gettext as _
from crmcore.tui.widgets.prose import Prose, broken
from crmcore.tui.widgets.text_line import TextLine
from crmcore.wide import clean


def plain(words: str, style: str = "") -> Text:
    """Lines of text that may hold names of people: no markup, nothing that steers the terminal."""
    return Text("\n".join(map(clean, words.split("\n"))), style=style)


T = TypeVar("T")


class Dialog(ModalScreen[T]):
    """What is laid over a screen until it is answered."""

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Close it, once: a key pressed twice at once would close what lies under it, or end the program."""
        return super().dismiss(result) if self.is_active else AwaitComplete()


class Confirm(Dialog[bool]):
    """A question before something that cannot be taken back: `yes` names the deed, `no` leaving it (Esc)."""

    BINDINGS = [("escape,n", "no", ""), ("y", "yes", "")]

    def __init__(self, question: str, yes: str, no: str = "") -> None:
        super().__init__()
        self._question, self._yes, self._no = question, yes, no or _("Cancel")

    def compose(self) -> ComposeResult:
        """The question and two buttons; the harmless one has the focus."""
        with Vertical(classes="dialog"):
            yield Prose(self._question)
            with Horizontal(classes="buttons"):
                yield Button(Text(self._no + " (Esc)"), id="no")
                yield Button(Text(self._yes + " (y)"), id="yes", variant="error")

    @on(Button.Pressed, "#yes")
    def action_yes(self) -> None:
        """Do it."""
        self.dismiss(True)

    @on(Button.Pressed, "#no")
    def action_no(self) -> None:
        """Leave it."""
        self.dismiss(False)


# Columns for a line to choose, in a dialog that is not narrowed.
_ROOM = 51


class Choose(Dialog[int | None]):
    """One of several lines; returns its place, None when nothing was chosen."""

    BINDINGS = [("escape", "dismiss(None)", "")]

    def __init__(self, question: str, choices: Sequence[str]) -> None:
        super().__init__()
        self._question, self._choices = question, choices

    def compose(self) -> ComposeResult:
        """The question above a list."""
        with Vertical(classes="dialog"):
            yield Prose(self._question)
            yield OptionList(*(Option(Text("\n".join(broken(one, _ROOM)))) for one in self._choices))

    @on(OptionList.OptionSelected)
    def chosen(self, event: OptionList.OptionSelected) -> None:
        """Enter or a click."""
        self.dismiss(event.option_index)


class Ask(Dialog[str | None]):
    """One line of text; returns it, None when Esc was pressed."""

    BINDINGS = [("escape", "dismiss(None)", "")]

    def __init__(self, question: str, text: str = "", hint: str = "") -> None:
        super().__init__()
        self._question, self._text, self._hint = question, text, hint

    def compose(self) -> ComposeResult:
        """The question above the line."""
        with Vertical(classes="dialog"):
            yield Prose(self._question)
            yield TextLine(value=self._text)
            if self._hint:
                yield Prose(self._hint, classes="hint")

    @on(TextLine.Submitted)
    def answered(self, event: TextLine.Submitted) -> None:
        """Enter."""
        self.dismiss(event.value)
