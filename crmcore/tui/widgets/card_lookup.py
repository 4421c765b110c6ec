"""The line that looks somebody up, and the line that takes a note."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Label, Static

from crmcore.i18n import gettext as _
from crmcore.i18n import phrases
from crmcore.tui.widgets.text_line import TextLine

if TYPE_CHECKING:
    from crmcore.desk.lookup import Lookup

# What a note is kept as; Tab goes from one to the next.
KINDS = ("chat", "note")


class _Typing(TextLine):
    """A line that says when something was pasted, and lets go of keys that move elsewhere."""

    class Key(Message):
        """A key that is not for the text."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    class Pasted(Message):
        """The next change was pasted."""

    other_keys: tuple[str, ...] = ()

    def on_key(self, event: events.Key) -> None:
        """Keys that the line around us answers."""
        if event.key in self.other_keys:
            event.stop()
            event.prevent_default()
            self.post_message(self.Key(event.key))

    def on_paste(self, _event: events.Paste) -> None:
        """Told before the text changes."""
        self.post_message(self.Pasted())


class LookupLine(Horizontal):
    """`Who is this? > …   found 1, maybe 2`."""

    DEFAULT_CSS = """
    LookupLine { height: 1; background: $surface; }
    LookupLine Label { width: auto; }
    LookupLine TextLine { width: 1fr; }
    LookupLine #ask { text-style: bold; color: $foreground; padding: 0 1; }
    LookupLine #counts { padding: 0 1; color: $text-muted; }
    """

    class Changed(Message):
        """Another text; `pasted`: all at once."""

        def __init__(self, text: str, *, pasted: bool) -> None:
            super().__init__()
            self.text, self.pasted = text, pasted

    class Entered(Message):
        """Enter was pressed."""

    class Moved(Message):
        """A key that moves through the results: down or up, or `into` them."""

        def __init__(self, *, down: bool, into: bool) -> None:
            super().__init__()
            self.down, self.into = down, into

    def __init__(self) -> None:
        super().__init__()
        self._pasted = False

    def compose(self) -> ComposeResult:
        """The question, the line, what it found."""
        yield Label(Text(_("Who is this?") + "  >"), id="ask")
        line = _Typing(id="lookup")
        line.other_keys = ("tab", "down", "up", "escape")
        yield line
        yield Label("", id="counts")

    @property
    def _line(self) -> TextLine:
        return self.query_one("#lookup", TextLine)

    @property
    def has_cursor(self) -> bool:
        """Whether the cursor stands here."""
        return self._line.has_focus

    def focus_line(self) -> None:
        """Put the cursor here, the old text ready to be replaced."""
        self._line.focus()
        self._line.select_all()

    def type_on(self, text: str) -> None:
        """Put the cursor at the end of the text and go on with `text`."""
        self._line.focus()
        self._line.cursor_position = len(self._line.value)
        self._line.insert_text_at_cursor(text)

    def take_over(self, text: str, *, pasted: bool, entered: bool) -> None:
        """Stand as if this had been typed (or pasted) here, and Enter pressed."""
        self._pasted = pasted
        self.type_on(text)
        if entered:
            self.call_later(self.post_message, self.Entered())

    def clear(self) -> None:
        """Empty the line without looking anything up."""
        with self.prevent(TextLine.Changed):
            self._line.value = ""
        self.query_one("#counts", Label).update("")

    def show_counts(self, lookup: Lookup) -> None:
        """How many were found, certain and possible ones apart."""
        words = ""
        if lookup.asked:
            more = "+" if lookup.more else ""
            found = [_("found {count}").format(count=f"{len(lookup.certain)}{more}")]
            if lookup.possible:
                found.append(_("maybe {count}").format(count=len(lookup.possible)))
            words = phrases(found)
            if lookup.matches:
                words += "  [Tab]"
        self.query_one("#counts", Label).update(Text(words))

    @on(_Typing.Pasted)
    def _was_pasted(self, event: _Typing.Pasted) -> None:
        event.stop()
        self._pasted = True

    @on(TextLine.Changed)
    def _changed(self, event: TextLine.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(event.value, pasted=self._pasted))
        self._pasted = False

    @on(TextLine.Submitted)
    def _submitted(self, event: TextLine.Submitted) -> None:
        event.stop()
        self.post_message(self.Entered())

    @on(_Typing.Key)
    def _moved(self, event: _Typing.Key) -> None:
        event.stop()
        self.post_message(self.Moved(down=event.name == "down", into=event.name in ("tab", "escape")))


class NoteLine(Horizontal):
    """`Note (chat) > …`: Enter keeps it, Tab says what it is, Esc leaves it for later."""

    DEFAULT_CSS = """
    NoteLine { dock: bottom; height: 1; margin-bottom: 1; background: $surface; }
    NoteLine Label { width: auto; padding: 0 1; text-style: bold; color: $foreground; }
    NoteLine TextLine { width: 1fr; }
    NoteLine Static { width: auto; padding: 0 1; color: $text-muted; }
    """

    class Saved(Message):
        """A note is to be kept."""

        def __init__(self, kind: str, text: str) -> None:
            super().__init__()
            self.kind, self.text = kind, text

    class Left(Message):
        """Esc."""

    def __init__(self) -> None:
        super().__init__()
        self._kind = 0

    def compose(self) -> ComposeResult:
        """What it is, and the line."""
        yield Label(self._words())
        line = _Typing(id="note")
        line.other_keys = ("tab", "escape")
        yield line
        yield Static(Text(_("Tab: kind")))

    def _words(self) -> Text:
        kinds = {"chat": _("what was said"), "note": _("to remember")}
        return Text(_("Note ({kind})").format(kind=kinds[KINDS[self._kind]]) + "  >")

    @property
    def _line(self) -> TextLine:
        return self.query_one("#note", TextLine)

    def start(self, text: str = "") -> None:
        """Put the cursor here; `text` goes behind what stands here already."""
        self._line.focus()
        self._line.cursor_position = len(self._line.value)
        if text:
            self._line.insert_text_at_cursor(text)

    @property
    def text(self) -> str:
        """What stands here."""
        return self._line.value.strip()

    @property
    def has_cursor(self) -> bool:
        """Whether the cursor stands here."""
        return self._line.has_focus

    def put(self, text: str) -> None:
        """Let `text` stand here."""
        self._line.value = text

    def clear(self) -> None:
        """Forget what stands here."""
        self.put("")

    @on(TextLine.Changed)
    def _changed(self, event: TextLine.Changed) -> None:
        event.stop()

    @on(TextLine.Submitted)
    def _submitted(self, event: TextLine.Submitted) -> None:
        event.stop()
        if event.value.strip():
            self.post_message(self.Saved(KINDS[self._kind], event.value.strip()))
        else:
            self.post_message(self.Left())

    @on(_Typing.Key)
    def _other_key(self, event: _Typing.Key) -> None:
        event.stop()
        if event.name == "escape":
            self.post_message(self.Left())
            return
        self._kind = (self._kind + 1) % len(KINDS)
        self.query_one(Label).update(self._words())
