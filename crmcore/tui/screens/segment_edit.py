"""A segment being written: its text, beside it what it would find by now and what may stand at the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.dom import DOMNode
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static, TextArea

from crmcore.desk import segment_edit as edit
from crmcore.desk.segment_edit import Found, Hint
from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.segments.completion import FieldInfo
from crmcore.segments.preview import Previews
from crmcore.store.stopping import Stop, StoppedError
from crmcore.tui.area import Area
from crmcore.tui.commands import Command
from crmcore.tui.dialogs import Confirm
from crmcore.tui.widgets.card import Lines
from crmcore.tui.widgets.segment_lines import found_lines, hint_lines

# Seconds after the last key until the rule is asked.
_PAUSE = 0.15
# What Textual's TextArea does by keys that type nothing: going, deleting.
_EDITING = {one.action for one in TextArea.BINDINGS if isinstance(one, Binding)}


class SaveSegment(Command):
    """Keep it."""

    key = "ctrl+s"
    title = mark("Save")
    explanation = mark("Keep the segment as the shop's own")
    works_while_typing = True


class TakeHint(Command):
    """What is proposed first."""

    key = "tab"
    title = mark("Complete")
    explanation = mark("Put the marked proposal where the cursor stands")
    works_while_typing = True


class NextHint(Command):
    """The next proposal."""

    key = "ctrl+n"
    title = mark("Next suggestion")
    explanation = mark("Mark the next of the proposals")
    works_while_typing = True


class LeaveSegment(Command):
    """Leave it."""

    key = "escape"
    title = mark("Back")
    explanation = mark("Back to the segments; asks where something was written")
    works_while_typing = True


class RuleText(TextArea):
    """The rule as YAML."""

    takes_text: ClassVar[bool] = True
    DEFAULT_CSS = """
    RuleText, RuleText:focus { border: none; padding: 0 1; background: $surface; }
    """

    class Moved(Message):
        """The cursor stands elsewhere."""

    def watch(self, obj: DOMNode, attribute_name: str, callback: Any, init: bool = True) -> None:
        """Follow the application's theme by its signal: that can be let go of again.

        `TextArea` watches the attribute, and Textual keeps each of them until the application ends.
        """
        if obj is self.app and attribute_name == "theme":
            self.app.theme_changed_signal.subscribe(self, lambda _theme: self._app_theme_changed())
        else:
            super().watch(obj, attribute_name, callback, init)

    def on_unmount(self) -> None:
        """Let go of it."""
        self.app.theme_changed_signal.unsubscribe(self)

    @property
    def before(self) -> str:
        """The text up to the cursor."""
        return self.get_text_range((0, 0), self.cursor_location)

    def watch_selection(self, _old: object, _new: object) -> None:
        """Other proposals fit there."""
        self.post_message(self.Moved())

    def take(self, hint: Hint) -> None:
        """Put a proposal in the place of the word that is being typed."""
        row, column = self.cursor_location
        word = edit.word_before(self.before)
        self.replace(hint.text, (row, column - len(word)), (row, column))

    async def _on_key(self, event: events.Key) -> None:
        """Do at once what a key means to the text, as `TextLine` does: letters that follow come after it.

        Enter keeps the indentation of the line, and goes deeper after a colon.
        """
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            self._new_line()
            return
        for binding in self._bindings.key_to_bindings.get(event.key, ()):
            if binding.action in _EDITING:
                event.stop()
                event.prevent_default()
                await self.run_action(binding.action)
                return

    def _new_line(self) -> None:
        row, column = self.cursor_location
        line = self.document.get_line(row)[:column]
        depth = len(line) - len(line.lstrip(" "))
        self.insert("\n" + " " * (depth + (2 if line.rstrip().endswith(":") else 0)))


class SegmentEditor(Area):
    """The text of one segment; `name` is the one that is changed, None for a new one."""

    NAME = "segments"
    HELP_TEXT = mark(
        "Write the rule: what it would find is counted while you type, at once from a part of the customers "
        "and from all where time allows. Below stand the fields that may be meant, how full each is and what "
        "it holds; Tab takes the marked one."
    )
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]
    ACTS = (SaveSegment, TakeHint, NextHint, LeaveSegment)
    DEFAULT_CSS = """
    SegmentEditor {
        & #title { height: 1; padding: 0 1; text-style: bold; }
        & #both { layout: vertical; height: 1fr; }
        & RuleText { height: 1fr; }
        & #beside { height: 12; border-top: solid $panel-lighten-2; padding: 0 1; }
        & #found { height: 3; }
        & #hints { height: 1fr; }
        &.-wide #both { layout: horizontal; }
        &.-wide #beside { height: 1fr; width: 1fr; border-top: none; border-left: solid $panel-lighten-2; }
        &.-wide #found { height: 9; }
    }
    """

    def __init__(self, name: str | None) -> None:
        super().__init__()
        self._name = name
        self._kept = ""  # the text as it was, to know whether something was written
        self._previews: Previews | None = None
        self._fields: Sequence[FieldInfo] = ()
        self._hints: Sequence[Hint] = ()
        self._marked = 0
        self._stop = Stop()
        self._wait: Timer | None = None

    def content(self) -> ComposeResult:
        """The text; beside it (below, on a narrow screen) what is found, and the proposals."""
        yield Static(Text(self._words()), id="title")
        with Horizontal(id="both"):
            yield RuleText(tab_behavior="focus", show_line_numbers=False)
            with Vertical(id="beside"):
                yield Lines(id="found")
                yield Lines(id="hints")

    def on_mount(self) -> None:
        """The cursor stands in the text."""
        for lines in self.query(Lines):
            lines.can_focus = False
        self.query_one(RuleText).focus()

    def refresh_content(self) -> None:
        """Fetch the text once, and the fields beside it."""
        if self._previews is not None:
            return
        shop, name = self.shop, self._name
        self._previews = previews = Previews(shop.segments)
        begin = partial(edit.written, shop, name) if name else partial(edit.begun, shop)
        self.fetch(begin, self._begin, group="text")
        self.fetch(previews.fields, self._take_fields, group="fields")

    def _words(self) -> str:
        if self._name is None:
            return _("A new segment")
        return _("Segment {name}").format(name=self._name)

    def _begin(self, text: str) -> None:
        self._kept = text
        self.query_one(RuleText).load_text(text)

    def _take_fields(self, fields: list[FieldInfo]) -> None:
        self._fields = fields
        self._propose()

    # --- while it is written --------------------------------------------------------------------------------

    @on(TextArea.Changed)
    def typed(self) -> None:
        """Ask the rule once nothing is typed for a moment; what is asked of the text before ends."""
        self._stop.ask()
        if self._wait is not None:
            self._wait.stop()
        self._wait = self.set_timer(_PAUSE, self._look)

    def _look(self) -> None:
        if self._previews is None:
            return
        self._stop = Stop()
        text = self.query_one(RuleText).text
        job = partial(edit.look, self._previews, text, self._stop)
        self.fetch(job, self._found, group="look", failed=self._not_found)

    def _found(self, found: Found) -> None:
        self.query_one("#found", Lines).show(partial(found_lines, found))

    def _not_found(self, error: CrmError) -> None:
        if not isinstance(error, StoppedError):
            self._found(Found(str(error)))

    @on(RuleText.Moved)
    def moved(self) -> None:
        """Other proposals."""
        self._propose()

    def _propose(self) -> None:
        self._hints, self._marked = edit.hints(self._fields, self.query_one(RuleText).before), 0
        self._show_hints()

    def _show_hints(self) -> None:
        self.query_one("#hints", Lines).show(partial(hint_lines, self._hints, self._marked))

    @on(NextHint)
    def next_hint(self) -> None:
        """Mark the next."""
        if self._hints:
            self._marked = (self._marked + 1) % len(self._hints)
            self._show_hints()

    @on(TakeHint)
    def take_hint(self) -> None:
        """Write the marked one."""
        if self._hints:
            self.query_one(RuleText).take(self._hints[self._marked])

    # --- keeping --------------------------------------------------------------------------------------------

    @on(SaveSegment)
    def save(self) -> None:
        """Keep it; ask before somebody else's of that name is put aside."""
        self.in_background(self._save(self.query_one(RuleText).text), "dialog")

    async def _save(self, text: str) -> None:
        aside = edit.replaces(self.shop, text, self._name)
        if aside is not None:
            question = _("There is a segment of that name: {title}. Put yours in its place?")
            if not await self.app.push_screen_wait(Confirm(question.format(title=aside), _("Replace"))):
                return
        self.fetch(partial(edit.keep, self.shop, text), self._saved, group="save")

    def _saved(self, name: str) -> None:
        self.dismiss()
        self.crm.done(_("{name} is kept").format(name=name))

    @on(LeaveSegment)
    def leave(self) -> None:
        """Back."""
        self.in_background(self._leave(), "dialog")

    async def _leave(self) -> None:
        if self.query_one(RuleText).text != self._kept:
            question = _("What you have written is not kept. Leave it?")
            if not await self.app.push_screen_wait(Confirm(question, _("Leave"))):
                return
        self.dismiss()

    def on_unmount(self) -> None:
        """Nobody waits for an answer any more."""
        self._stop.ask()
