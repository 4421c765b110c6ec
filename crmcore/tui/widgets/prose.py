"""Running text that breaks its lines as Chinese is set: no line begins with a comma or a full stop."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, ConsoleOptions
from rich.text import Text
from textual.geometry import Size
from textual.widgets import Static

from crmcore import wide


class Sentences:
    """Running text as a part of what Rich draws."""

    def __init__(self, text: str) -> None:
        self._text = wide.clean(text)

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """Its lines at the width there is."""
        yield Text("\n".join(wide.wrap(self._text, max(options.max_width, 1))))


class Prose(Static):
    """A text of sentences, broken anew to the room there is."""

    def __init__(self, text: str, *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self._text = wide.clean(text)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """As many rows as its lines take."""
        return len(wide.wrap(self._text, max(width, 1)))

    def render(self) -> Text:
        """Its lines at the width it has now."""
        return Text("\n".join(wide.wrap(self._text, max(self.content_size.width, 1))))
