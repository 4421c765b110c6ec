"""Questions and sheets of the screen "Who is this?": what and until when; a text to copy; a text to read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Label, OptionList, Static, TextArea
from textual.widgets.option_list import Option

from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.shown import labelled
from crmcore.tui.dialogs import Dialog, plain
from crmcore.tui.widgets.card import Lines
from crmcore.tui.widgets.prose import Prose
from crmcore.tui.widgets.text_line import TextLine


@dataclass(frozen=True)
class Told:
    """What was typed: the text, and when it is due (an instant, None: no day was given)."""

    text: str
    due_at: int | None


class WhatWhen(Dialog[Told | None]):
    """A text and a day or time; Enter goes on and saves, Esc leaves.

    `read` makes an instant of what was typed; what it raises is shown and the form stays.
    """

    BINDINGS = [("escape", "dismiss(None)", "")]

    def __init__(self, title: str, read: Callable[[str], int], *, text: str = "", when: str = "") -> None:
        super().__init__()
        self._title, self._read, self._text, self._when = title, read, text, when

    def compose(self) -> ComposeResult:
        """Two lines, and room for what is wrong."""
        with Vertical(classes="dialog"):
            yield Label(plain(self._title))
            yield TextLine(value=self._text, placeholder=_("what"), id="what")
            yield TextLine(value=self._when, placeholder=_("until when"), id="when")
            hint = _("until when: today, tomorrow 18:00, +3d, 11-25; empty: no day.  Enter saves, Esc leaves")
            yield Prose(hint, classes="hint")
            yield Label("", id="wrong")

    @on(TextLine.Submitted, "#what")
    def go_on(self) -> None:
        """Enter in the first line."""
        self.query_one("#when").focus()

    @on(TextLine.Submitted, "#when")
    def save(self) -> None:
        """Enter in the second line."""
        text = self.query_one("#what", TextLine).value.strip()
        when = self.query_one("#when", TextLine).value.strip()
        if not text:
            self._complain(_("write what it is about"))
            self.query_one("#what").focus()
            return
        try:
            due_at = self._read(when) if when else None
        except CrmError as error:
            self._complain(str(error))
            return
        self.dismiss(Told(text, due_at))

    def _complain(self, words: str) -> None:
        self.query_one("#wrong", Label).update(Text(f"! {words}", style="bold"))


class CopySheet(Dialog[str | None]):
    """What can be copied of a customer; returns the chosen text. All of it stands there to be selected."""

    BINDINGS = [("escape,q", "dismiss(None)", "")]
    DEFAULT_CSS = """
    CopySheet OptionList { height: auto; border: none; padding: 0; background: $surface; }
    CopySheet OptionList:focus { border: none; }
    CopySheet TextArea { height: 8; border: none; padding: 0; background: $boost; }
    CopySheet Label { width: 1fr; }
    """

    def __init__(self, pieces: Sequence[tuple[str, str]], whole: str) -> None:
        super().__init__()
        self._pieces, self._whole = pieces, whole

    def compose(self) -> ComposeResult:
        """The pieces, then the whole card as plain text."""
        with Vertical(classes="sheet"):
            yield Label(Text(_("Copy: Enter takes the line")))
            yield OptionList(
                *(Option(Content(labelled(title, text))) for title, text in self._pieces),
                Option(Content(_("the whole card"))),
            )
            hint = _("Where the clipboard cannot be reached: hold Shift and select with the mouse.")
            yield Label(Text(hint), classes="hint")
            yield TextArea(self._whole, read_only=True, soft_wrap=True)

    @on(OptionList.OptionSelected)
    def chosen(self, event: OptionList.OptionSelected) -> None:
        """Enter or a click."""
        place = event.option_index
        self.dismiss(self._pieces[place][1] if place < len(self._pieces) else self._whole)


class Sheet(Dialog[None]):
    """Lines to read, laid over the card; the usual keys close it."""

    BINDINGS = [("escape,q,enter", "dismiss", "")]
    DEFAULT_CSS = """
    Sheet > Vertical { width: 100%; max-width: 110; height: auto; max-height: 90%; }
    Sheet Lines { height: auto; max-height: 75vh; }
    """

    def __init__(self, title: str, make: Callable[[int], Sequence[Content]]) -> None:
        super().__init__()
        self._title, self._make = title, make

    def compose(self) -> ComposeResult:
        """The title, the lines, how to leave."""
        with Vertical(classes="sheet"):
            yield Label(plain(self._title, "bold"))
            yield Lines()
            yield Static(Text(_("Esc closes this")), classes="hint")

    def on_mount(self) -> None:
        """Lines are made for a width, which is known once it is laid out."""
        self.query_one(Lines).focus()
        self.call_after_refresh(self.show)

    def show(self, make: Callable[[int], Sequence[Content]] | None = None) -> None:
        """Draw the lines, or those that are known by now."""
        self._make = make or self._make
        if self.is_mounted:
            self.query_one(Lines).show(self._make)
