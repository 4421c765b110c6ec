"""The card as a widget: lines that scroll, drawn anew for each width."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.widgets import Static

from crmcore.tui.widgets.card_lines import Card, fitting_lines

MakeLines = Callable[[int], Sequence[Content]]


class Lines(VerticalScroll):
    """Lines of text made for a width; they scroll where they do not fit."""

    DEFAULT_CSS = """
    Lines { scrollbar-size-vertical: 1; scrollbar-gutter: stable; }
    Lines > Static { width: 1fr; height: auto; text-wrap: nowrap; text-overflow: clip; }
    """

    def __init__(self, **more: str) -> None:
        super().__init__(**more)  # type: ignore[arg-type]
        self._make: MakeLines | None = None
        self._drawn_for = Size(0, 0)

    def compose(self) -> ComposeResult:
        """One text."""
        yield Static(markup=False)

    def show(self, make: MakeLines, *, keep_place: bool = False) -> None:
        """Show what `make` returns for the width, from the top or from where one was."""
        self._make = make
        self._draw()
        if not keep_place:
            self.scroll_home(animate=False)

    def on_resize(self, _event: events.Resize) -> None:
        """Another size: other lines."""
        if self._make is not None and self.size != self._drawn_for:
            self._draw()

    def _draw(self) -> None:
        assert self._make is not None
        self._drawn_for = self.size
        width = self.scrollable_content_region.width
        if not width:
            return  # not laid out yet: that comes with a resize
        for text in self.query(Static):
            text.update(Content("\n").join(self._make(width)))


class CardView(Lines):
    """The card of a customer; it has the keys of the card while it has the focus."""

    class Typed(Message):
        """A character that is no key of the card: the beginning of a note."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def show_card(self, card: Card, *, keep_place: bool = False) -> None:
        """Show a card."""
        self.show(lambda width: fitting_lines(card, width, self.size.height), keep_place=keep_place)

    def on_key(self, event: events.Key) -> None:
        """A Chinese character starts a note: no key of ours is one."""
        if event.character and event.is_printable and ord(event.character[0]) > 0x2E7F:
            event.stop()
            self.post_message(self.Typed(event.character))

    def on_paste(self, event: events.Paste) -> None:
        """So does text that is pasted onto the card."""
        if event.text.strip():
            event.stop()
            self.post_message(self.Typed(event.text))
