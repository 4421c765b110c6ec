"""A line to type into: Textual's Input with the cursor where an input method needs it."""

from __future__ import annotations

import unicodedata
from typing import Any, ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding
from textual.geometry import Offset, Region
from textual.screen import Screen
from textual.widgets import Input

_STEERING = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)])

# What Textual's Input does by keys that type nothing: going, deleting, submitting.
_EDITING = {one.action for one in Input.BINDINGS if isinstance(one, Binding)}


class TextLine(Input):
    """One line of text.

    Textual 8 puts the terminal's own cursor one column too far at the end of the text, and before the text
    was scrolled: the window of an input method drifts away from what is typed. Here it stands on the cell
    that is drawn as the cursor, also after the text, the form or the screen moved. Text is kept in NFC, so
    that an accented letter is one character however it was typed. Keys act in the order in which they came.
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
        """The value in NFC, without what would steer the terminal it is drawn on."""
        return unicodedata.normalize("NFC", value.translate(_STEERING))

    @property
    def cursor_screen_offset(self) -> Offset:
        """Where the terminal's cursor belongs: at the cell that is drawn as the cursor."""
        x, y, _width, _height = self.content_region
        before = self.value[: self.cursor_position]
        cells = len(before) if self.password else cell_len(before)
        return Offset(x + cells - int(self.scroll_offset.x), y)

    async def _on_key(self, event: events.Key) -> None:
        """Do at once what a key means to the line.

        Textual lets such a key rise to the application first; letters that follow it closely are typed before
        it, and Backspace then takes the wrong one.
        """
        for binding in self._bindings.key_to_bindings.get(event.key, ()):
            if binding.action in _EDITING:
                event.stop()
                event.prevent_default()
                await self.run_action(binding.action)
                return

    def on_focus(self, _event: events.Focus) -> None:
        """A long text is shown where the cursor stands, once a click has put it there."""
        self.call_after_refresh(self._show_cursor)

    def on_resize(self, _event: events.Resize) -> None:
        """Before it was laid out nothing could be scrolled."""
        if self.has_focus:
            self._show_cursor()

    def _show_cursor(self) -> None:
        before = cell_len(self.value[: self.cursor_position])
        self.scroll_to_region(Region(before, 0, 1, 1), force=True, animate=False)

    def on_mount(self) -> None:
        """Follow the layout: a form that scrolls moves the line, and nothing else tells of it."""
        self.screen.screen_layout_refresh_signal.subscribe(self, self._place_cursor)

    def watch_scroll_x(self, old_value: float, new_value: float) -> None:
        """The text moved under the cursor."""
        super().watch_scroll_x(old_value, new_value)
        self._place_cursor()

    def _place_cursor(self, _screen: Screen[Any] | None = None) -> None:
        if self.has_focus and self.app.cursor_position != self.cursor_screen_offset:
            self.app.cursor_position = self.cursor_screen_offset
            self.refresh()  # the terminal is told with the next paint
