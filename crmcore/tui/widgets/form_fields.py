"""What a form asks for: its fields, how their text is checked, and the widget for one out of several."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from crmcore import wide
from crmcore.i18n import gettext as _
from crmcore.i18n import mark

Check = Callable[[str], str | None]  # the typed text -> what is wrong with it and how to write it
YES, NO = "true", "false"
_BOOL = ((YES, mark("yes")), (NO, mark("no")))


@dataclass(frozen=True)
class FormField:
    """One thing that a form asks for.

    `kind`: text, int, decimal, date (YYYY-MM-DD), bool ("true", "false") or choice, one of `choices` (value,
    words); `value` is the text it starts with. `check` is asked for what is not blank, after the kind's own
    check. `hint` is one line about what to write. Blank is fine unless `needed`.
    """

    name: str
    title: str
    kind: str = "text"
    value: str = ""
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    check: Check | None = None
    needed: bool = False

    @property
    def options(self) -> tuple[tuple[str, str], ...]:
        """The values to choose among with their words; () where text is typed."""
        if self.kind == "bool":
            return tuple((value, _(words)) for value, words in _BOOL)
        return self.choices if self.kind == "choice" else ()

    def wrong(self, text: str) -> str | None:
        """What is wrong with the text and how to write it; None where nothing is."""
        text = text.strip()
        if not text:
            return _("write something here") if self.needed else None
        if self.options:
            return None
        found = _KINDS[self.kind](text) if self.kind in _KINDS else None
        return found or (self.check(text) if self.check else None)


def _whole(text: str) -> str | None:
    fits = re.fullmatch(r"[+-]?\d+", text) is not None
    return None if fits else _("{text!r} is not a whole number: write 3").format(text=text)


def _decimal(text: str) -> str | None:
    try:
        fits = Decimal(text).is_finite()
    except InvalidOperation:
        fits = False
    return None if fits else _("{text!r} is not a number: write 12.5").format(text=text)


def _day(text: str) -> str | None:
    try:
        date.fromisoformat(text)
    except ValueError:
        return _("{text!r} is not a day: write {example}").format(text=text, example="2026-11-21")
    return None


_KINDS: dict[str, Check] = {"int": _whole, "decimal": _decimal, "date": _day}


class Choice(Widget, can_focus=True):
    """One of several values, on one line: Left, Right and Space change it, so does a click."""

    DEFAULT_CSS = """
    Choice { height: 1; background: $surface; }
    Choice:focus { background: $boost; text-style: bold; }
    """
    BINDINGS: ClassVar = [("left", "turn(-1)", ""), ("right,space", "turn(1)", "")]

    place: reactive[int] = reactive(0)

    class Changed(Message):
        """Another value is chosen."""

    def __init__(self, options: tuple[tuple[str, str], ...], value: str, **more: str) -> None:
        super().__init__(**more)  # type: ignore[arg-type]
        self._options = options
        values = [one for one, _words in options]
        self.set_reactive(Choice.place, values.index(value) if value in values else 0)

    @property
    def value(self) -> str:
        """The chosen value."""
        return self._options[self.place][0]

    @value.setter
    def value(self, value: str) -> None:
        self.place = [one for one, _words in self._options].index(value)

    def action_turn(self, steps: int) -> None:
        """The next or the one before."""
        self.place = (self.place + steps) % len(self._options)
        self.post_message(self.Changed())

    def on_click(self, _event: events.Click) -> None:
        """A click turns it too."""
        self.action_turn(1)

    def render(self) -> Text:
        """The value between the keys that change it."""
        return Text("< " + wide.clean(self._options[self.place][1]) + " >", no_wrap=True, overflow="ellipsis")
