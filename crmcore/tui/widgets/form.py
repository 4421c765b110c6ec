"""`Form`: fields one under the other, each checked where it stands."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Button, Static
from textual.worker import Worker

from crmcore import wide
from crmcore.i18n import mark
from crmcore.tui.commands import Command, Host
from crmcore.tui.widgets.form_fields import Choice, FormField
from crmcore.tui.widgets.text_line import TextLine

__all__ = ["Form", "FormField"]

_WIDEST_TITLE = 24


class SaveForm(Command):
    """Keep what the form says."""

    key = "ctrl+s"
    title = mark("Save")
    explanation = mark("Keep what the form says")
    works_while_typing = True


class LeaveForm(Command):
    """Leave the form as it was."""

    key = "escape"
    title = mark("Cancel")
    explanation = mark("Leave without keeping anything")
    works_while_typing = True


class _Rows(VerticalScroll, can_focus=False, inherit_bindings=False):
    """The rows: the arrow keys go to the form and walk through its fields, however many there are."""


class Form(Host, Vertical):
    """Fields with their titles, a line of what is wrong under each, and the keys that save and leave.

    ```python
    yield Form([FormField("age", _("Age"), "int", "30", hint=_("in years"))])

    @on(Form.Saved)                      # ^S or the button, once every field is right
    def saved(self, event): event.values["age"]; event.changed          # text of all; of those that changed

    @on(Form.Left)                       # Esc; event.changed says whether something was typed
    ```

    Enter goes to the next field, and from the last one saves. `work_on(work)` does what saving takes, once
    however often the key is pressed. `fail(name, words)` shows an error that only saving brought to light.
    """

    DEFAULT_CSS = """
    Form { height: auto; }
    Form .form-fields { height: auto; max-height: 65vh; scrollbar-size-vertical: 1; }
    /* What saving said takes lines: the keys stay in view. */
    Form.-told .form-fields { max-height: 52vh; }
    Form .form-row { height: 1; }
    Form .form-title { color: $text-muted; }
    Form .form-error { height: auto; color: $text-error; display: none; }
    Form .form-error.-shown { display: block; }
    Form .form-message { height: auto; text-style: bold; color: $text-warning; display: none; }
    Form .form-message.-shown { display: block; }
    Form .form-hint { height: auto; min-height: 1; max-height: 3; color: $text-muted; }
    Form .form-keys { height: 1; align-horizontal: right; }
    Form .form-keys Button { margin-left: 2; }
    """
    ACTS = (SaveForm, LeaveForm)
    BINDINGS: ClassVar = [("up", "app.focus_previous", ""), ("down", "app.focus_next", "")]

    class Saved(Message):
        """Every field is right and shall be kept: the text of all, and of those that changed."""

        def __init__(self, values: dict[str, str], changed: dict[str, str]) -> None:
            super().__init__()
            self.values, self.changed = values, changed

    class Left(Message):
        """Leave without keeping; `changed`: something was typed."""

        def __init__(self, changed: bool) -> None:
            super().__init__()
            self.changed = changed

    def __init__(self, fields: Sequence[FormField], *, save: str = "", **more: str) -> None:
        super().__init__(**more)  # type: ignore[arg-type]
        self.fields = {one.name: one for one in fields}
        self._save = save or SaveForm.words()
        self._work: Worker[None] | None = None
        self._editors: dict[str, TextLine | Choice] = {}
        self._errors: dict[str, Static] = {}
        self._hint = Static(classes="form-hint")
        self._message = Static(classes="form-message")

    def compose(self) -> ComposeResult:
        """The fields, the hint of the one with the focus, the keys."""
        widest = max((wide.width(one.title) for one in self.fields.values()), default=0)
        column = min(widest, _WIDEST_TITLE) + 2
        with _Rows(classes="form-fields"):
            for field in self.fields.values():
                yield from self._row(field, column)
        yield self._message
        yield self._hint
        with Horizontal(classes="form-keys"):
            yield Button(Text(f"{self._save} {SaveForm.shown_key()}"), compact=True, classes="form-save")
            yield Button(Text(f"{LeaveForm.words()} Esc"), compact=True, classes="form-leave")

    def _row(self, field: FormField, column: int) -> ComposeResult:
        editor = Choice(field.options, field.value) if field.options else TextLine(field.value)
        self._editors[field.name] = editor
        error = self._errors[field.name] = Static(classes="form-error")
        title = Static(Text(wide.cut(field.title, column - 2)), classes="form-title")
        title.styles.width = column
        error.styles.margin = (0, 0, 0, column)
        with Horizontal(classes="form-row"):
            yield title
            yield editor
        yield error

    # --- what it holds ----------------------------------------------------------------------------------

    @property
    def values(self) -> dict[str, str]:
        """The text of every field, without blanks around it."""
        return {name: editor.value.strip() for name, editor in self._editors.items()}

    @property
    def changed(self) -> dict[str, str]:
        """The text of those that are not as they were."""
        return {name: text for name, text in self.values.items() if text != self.fields[name].value.strip()}

    def set_value(self, name: str, text: str) -> None:
        """Write into a field."""
        self._editors[name].value = text

    def rebase(self, name: str, text: str) -> None:
        """Somebody else wrote this meanwhile: what is typed is a change of that from now on."""
        self.fields[name] = replace(self.fields[name], value=text)

    def fail(self, name: str | None, words: str) -> None:
        """Show what is wrong with a field (None: with no one in particular), and go there."""
        if name is None or name not in self._errors:
            self._tell(words)
            return
        self._show_error(name, words)
        self._editors[name].focus()

    def _show_error(self, name: str, words: str | None) -> None:
        error = self._errors[name]
        error.update(Text(f"! {words}" if words else ""))
        error.set_class(bool(words), "-shown")

    def _tell(self, words: str) -> None:
        self._message.update(Text(f"! {words}" if words else ""))
        self._message.set_class(bool(words), "-shown")
        self.set_class(bool(words), "-told")

    # --- what is done with it -----------------------------------------------------------------------------

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Tell what to write in the field."""
        name = self._name_of(event.widget)
        self._hint.update(Text(wide.clean(self.fields[name].hint) if name else ""))

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """Check the field that is left."""
        if name := self._name_of(event.widget):
            self._show_error(name, self.fields[name].wrong(self._editors[name].value))

    @on(TextLine.Changed)
    def typed(self, event: TextLine.Changed) -> None:
        """An error goes as soon as it is mended."""
        event.stop()
        name = self._name_of(event.input)
        if name and self._errors[name].has_class("-shown"):
            self._show_error(name, self.fields[name].wrong(event.value))

    @on(TextLine.Submitted)
    def next_field(self, event: TextLine.Submitted) -> None:
        """Enter: the next field; from the last one, save."""
        event.stop()
        if event.input is list(self._editors.values())[-1]:
            self.save()
        else:
            self.screen.focus_next()

    @on(SaveForm)
    @on(Button.Pressed, ".form-save")
    def save(self) -> None:
        """Check everything; go to the first field that is wrong, or say that it shall be kept."""
        self._tell("")
        wrong = {name: one.wrong(self._editors[name].value) for name, one in self.fields.items()}
        for name, words in wrong.items():
            self._show_error(name, words)
        first = next((name for name, words in wrong.items() if words), None)
        if first is not None:
            self._editors[first].focus()
            return
        self.post_message(self.Saved(self.values, self.changed))

    def work_on(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do what saving takes; while that goes on, neither saving once more nor leaving does anything."""
        if not self._at_work:
            # A description: without one Textual writes the job out with all its values.
            self._work = self.run_worker(work(), group="save", description="save", exit_on_error=False)

    @on(LeaveForm)
    @on(Button.Pressed, ".form-leave")
    def leave(self) -> None:
        """Leave."""
        if not self._at_work:
            self.post_message(self.Left(bool(self.changed)))

    @property
    def _at_work(self) -> bool:
        return self._work is not None and not self._work.is_finished

    def _name_of(self, widget: object) -> str | None:
        return next((name for name, editor in self._editors.items() if editor is widget), None)
