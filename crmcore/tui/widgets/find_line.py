"""A line to search a list with, and what the list is, beside each other."""

from __future__ import annotations

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Label

from crmcore import wide
from crmcore.tui.widgets.text_line import TextLine

_PAUSE = 0.04  # between the last key and the search


class _Line(TextLine):
    """Lets Down and Esc go: they lead out of the line."""

    class Out(Message):
        """A key that leads into the list."""

    def on_key(self, event: events.Key) -> None:
        """Down leaves the line."""
        if event.key in ("down", "tab"):
            event.stop()
            event.prevent_default()
            self.post_message(self.Out())


class FindLine(Horizontal):
    """`/ …    1,204 customers, last order ▼`."""

    DEFAULT_CSS = """
    FindLine { height: 1; background: $surface; }
    FindLine Label { width: auto; }
    FindLine .find-sign { padding: 0 1; text-style: bold; }
    FindLine .find-state { padding: 0 1; color: $text-muted; }
    FindLine TextLine { width: 1fr; min-width: 10; }
    """

    class Changed(Message):
        """Another text, after a short pause in typing."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Done(Message):
        """Enter or Down: on into the list."""

    def __init__(self, hint: str, **more: str) -> None:
        super().__init__(**more)  # type: ignore[arg-type]
        self._hint = hint
        self._waiting: Timer | None = None

    def compose(self) -> ComposeResult:
        """The sign of the key, the line, what the list is."""
        yield Label("/", classes="find-sign")
        yield _Line(placeholder=self._hint)
        yield Label("", classes="find-state")

    @property
    def text(self) -> str:
        """What is searched for."""
        return self.query_one(_Line).value.strip()

    def focus_line(self) -> None:
        """Put the cursor here, the old text ready to be replaced."""
        line = self.query_one(_Line)
        line.focus()
        line.select_all()

    def clear(self) -> None:
        """Empty the line; nothing is searched for."""
        with self.prevent(TextLine.Changed):
            self.query_one(_Line).value = ""

    def say(self, state: str) -> None:
        """What the list is: how many, in which order, of whom."""
        self.query_one(".find-state", Label).update(Text(wide.clean(state)))

    @on(TextLine.Changed)
    def _typed(self, event: TextLine.Changed) -> None:
        event.stop()
        if self._waiting is not None:
            self._waiting.stop()
        self._waiting = self.set_timer(_PAUSE, lambda: self.post_message(self.Changed(self.text)))

    @on(TextLine.Submitted)
    @on(_Line.Out)
    def _into(self, event: Message) -> None:
        event.stop()
        self.post_message(self.Done())
