"""A message template being written: its text, and below it what is wrong with it by now."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static, TextArea

from crmcore import wide
from crmcore.desk import template_view as view
from crmcore.desk.template_view import Remark
from crmcore.errors import UsageError
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.people import People
from crmcore.tui.area import Area
from crmcore.tui.asking import ask_and_act
from crmcore.tui.dialogs import Confirm
from crmcore.tui.screens import reach_commands as commands
from crmcore.tui.screens.who_dialogs import Sheet
from crmcore.tui.widgets.campaign_lines import preview_lines
from crmcore.tui.widgets.card import Lines
from crmcore.tui.widgets.card_parts import wrapped

# Seconds after the last key until the text is looked at.
_PAUSE = 0.4


class TemplateText(TextArea):
    """The template as YAML."""

    takes_text: ClassVar[bool] = True
    DEFAULT_CSS = """
    TemplateText, TemplateText:focus { border: none; padding: 0 1; background: $surface; height: 1fr; }
    """


class TemplateEditor(Area):
    """The text of one template; `name` is the one that is changed, None for a new one."""

    NAME = "campaigns"
    HELP_TEXT = mark(
        "Write the message: #客户昵称# or {{ called }} stands for her name, any field of the card may stand "
        "between braces. What keeps it from being sent is told below while you type; ^R shows it as one "
        "customer would get it."
    )
    ACTS = commands.OF_TEXT
    DEFAULT_CSS = """
    TemplateEditor {
        & #title { height: 1; padding: 0 1; text-style: bold; }
        & #remarks { height: auto; max-height: 10; border-top: solid $panel-lighten-2; padding: 0 1; }
    }
    """

    def __init__(self, name: str | None) -> None:
        super().__init__()
        self._name = name
        self._before: str | None = None
        self._timer: Timer | None = None

    def content(self) -> ComposeResult:
        """The text, the remarks."""
        title = self._name or _("A new template")
        with Vertical():
            yield Static(Text(wide.clean(title)), id="title", markup=False)
            yield TemplateText()
            yield Lines(id="remarks")

    def on_mount(self) -> None:
        """The cursor is in the text."""
        self.query_one("#remarks", Lines).can_focus = False
        self.query_one(TemplateText).focus()

    def refresh_content(self) -> None:
        """Load the text once."""
        if self._before is None:
            self.fetch(partial(view.text_of, self.shop, self._name), self._loaded)

    def _loaded(self, text: str) -> None:
        self._before = text
        self.query_one(TemplateText).load_text(text)
        self._look()

    @on(TextArea.Changed)
    def changed(self) -> None:
        """Look at it when the typing pauses."""
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_PAUSE, self._look)

    def _look(self) -> None:
        if self._before is not None:
            text = self.query_one(TemplateText).text
            self.fetch(partial(view.remarks, self.shop, text), self._show, group="remarks")

    def _show(self, found: list[Remark]) -> None:
        self.query_one("#remarks", Lines).show(partial(_remark_lines, found))

    @on(commands.SaveText)
    def save(self) -> None:
        """Keep it; one that is half finished is kept too, and its errors stay told."""
        text = self.query_one(TemplateText).text
        self.fetch(partial(view.save, self.shop, text), partial(self._saved, text), group="save")

    def _saved(self, text: str, name: str) -> None:
        self._before, self._name = text, name
        self.query_one("#title", Static).update(Text(wide.clean(name)))
        self.crm.done(_("{name} is kept").format(name=name))

    @on(commands.PreviewText)
    def preview(self) -> None:
        """Of whom? Then what she would read."""
        self.in_background(self._preview(), "dialog")

    async def _preview(self) -> None:
        hint = _("A name, nickname, phone, order number; Enter looks her up")
        text = self.query_one(TemplateText).text
        found = await ask_and_act(self, _("What would who read?"), hint, partial(self._written, text))
        if found is not None:
            self.app.push_screen(Sheet(found[0], partial(preview_lines, (), found[1])))

    def _written(self, text: str, typed: str) -> tuple[str, list[tuple[str, str]]]:
        hits = People(self.shop).find(typed, 1)
        if not hits:
            raise UsageError(_("nobody is known by that"))
        her = hits[0]
        return f"{her.name or her.shown}  #{her.customer_id}", view.preview(self.shop, text, her.customer_id)

    @on(commands.LeaveText)
    def leave(self) -> None:
        """What is not kept is asked about."""
        self.in_background(self._leave(), "dialog")

    async def _leave(self) -> None:
        question = _("What you have written is not kept. Leave it?")
        same = self._before is None or self.query_one(TemplateText).text == self._before
        if same or await self.app.push_screen_wait(Confirm(question, _("Leave"))):
            self.dismiss()


def _remark_lines(found: list[Remark], width: int) -> list[Content]:
    if not found:
        return wrapped(_("No problems found."), width, 1, head=[("✓ ", "$text-success")])
    lines: list[Content] = []
    for one in found:
        head = ("✗ ", "bold $text-error") if one.error else ("! ", "bold $text-warning")
        lines += wrapped(one.text, width, 3, head=[head])
    return lines
