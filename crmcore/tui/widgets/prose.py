"""Running text that breaks its lines as Chinese is set: no line begins with a comma or a full stop."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, ConsoleOptions
from rich.text import Text
from textual.geometry import Size
from textual.widgets import Static

from crmcore import wide


def broken(text: str, columns: int) -> list[str]:
    """The lines of a text in so many columns; it may hold names of people: nothing steers the terminal."""
    return [line for one in text.split("\n") for line in wide.wrap(wide.clean(one), max(columns, 1)) or [""]]


class Sentences:
    """Running text as a part of what Rich draws."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """Its lines at the width there is."""
        yield Text("\n".join(broken(self._text, options.max_width)))


class Prose(Static):
    """A text of sentences, broken anew to the room there is."""

    def __init__(self, text: str, *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self._text = text

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """As many rows as its lines take."""
        return len(broken(self._text, width))

    def render(self) -> Text:
        """Its lines at the width it has now."""
        return Text("\n".join(broken(self._text, self.content_size.width)))
