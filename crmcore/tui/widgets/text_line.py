"""A line to type into: Textual's Input with the cursor where an input method needs it."""

from __future__ import annotations

import unicodedata
from typing import Any, ClassVar

from textual.geometry import Offset
from textual.widgets import Input


class TextLine(Input):
    """One line of text.

    Textual 8 puts the terminal's own cursor one column too far at the end of the text, and before the text
    was scrolled: the window of an input method drifts away from what is typed. Text is kept in NFC, so that an
    accented letter is one character however it was typed.
    """

    takes_text: ClassVar[bool] = True
    DEFAULT_CSS = """
    TextLine { height: 1; border: none; padding: 0; background: $surface; }
    TextLine:focus { border: none; background: $boost; }
    """

    def __init__(self, value: str | None = None, **more: Any) -> None:
        more.setdefault("select_on_focus", False)
        super().__init__(value=value, **more)
        self.cursor_blink = False

    def validate_value(self, value: str) -> str:
        """The value in NFC."""
        return unicodedata.normalize("NFC", value)

    @property
    def cursor_screen_offset(self) -> Offset:
        """Where the terminal's cursor belongs: at the cell that is drawn as the cursor."""
        x, y, _width, _height = self.content_region
        return Offset(x + self._cursor_offset - self._place_of_view(), y)

    def _place_of_view(self) -> int:
        return int(self.scroll_offset.x)
