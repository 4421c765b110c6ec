"""Doing what a plugin offers: what it asks for, how it goes, what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from crmcore import wide
from crmcore.desk.plugin_view import PluginAction, result_lines
from crmcore.i18n import gettext as _
from crmcore.shown import labelled
from crmcore.tui.commands import Command, Host
from crmcore.tui.dialogs import Dialog
from crmcore.tui.screens.plugin_acts import StopAction
from crmcore.tui.screens.plugin_settings import form_fields, typed_values
from crmcore.tui.widgets.form import Form
from crmcore.tui.widgets.work_bar import WorkBar

if TYPE_CHECKING:
    from crmcore.tui.app import CrmApp


class ActionScreen(Host, Dialog[None]):
    """Asks for the parameters, does it in a process of its own, shows the result. Esc closes it."""

    ACTS = (StopAction,)
    BINDINGS = [("escape", "close", "")]
    DEFAULT_CSS = """
    ActionScreen {
        & #result { height: auto; max-height: 60vh; }
        & .sheet { width: 90; }
    }
    """

    def __init__(self, action: PluginAction) -> None:
        super().__init__()
        self._action = action

    def compose(self) -> ComposeResult:
        """The title, the form, the bar, the result."""
        action = self._action
        with Vertical(classes="sheet"):
            yield Static(Text(wide.clean(labelled(action.plugin, action.title)), style="bold"))
            yield Static(Text(wide.clean(action.sentence)), classes="hint")
            if action.asked:
                yield Form(form_fields(action.asked), save=_("Do it"))
            yield WorkBar()
            with VerticalScroll(id="result"):
                yield Static(id="told")
            yield Static(id="keys", classes="hint")

    def on_mount(self) -> None:
        """What asks for nothing is done at once."""
        if not self._action.asked:
            self._begin({})

    def allows(self, command: type[Command]) -> bool:
        """Only what goes on can be stopped."""
        del command
        return self.query_one(WorkBar).working

    @on(Form.Saved)
    def asked(self, event: Form.Saved) -> None:
        """Do it."""
        form = self.query_one(Form)
        form.display = False
        self._begin(typed_values(self._action.asked, event.values))

    @on(Form.Left)
    def action_close(self) -> None:
        """Close; what goes on is stopped."""
        self.dismiss(None)

    def _begin(self, values: dict[str, str]) -> None:
        asked = {"plugin": self._action.plugin, "name": self._action.name, "values": values}
        self.query_one(WorkBar).begin("action", asked, what=_("at work"))
        self._say_keys(_("x stops it"))
        self.set_focus(self.query_one("#result"))

    @on(StopAction)
    def stop(self) -> None:
        """Stop it."""
        self.query_one(WorkBar).stop()

    @on(WorkBar.Ended)
    def ended(self, event: WorkBar.Ended) -> None:
        """Show what came of it."""
        told: dict[str, Any] = event.value
        lines = result_lines(told["result"]) + [f"! {warning}" for warning in told["warnings"]]
        self._tell("\n".join(map(wide.clean, lines)) or _("Done."))
        cast("CrmApp", self.app).refresh_area()

    @on(WorkBar.Failed)
    def failed(self, event: WorkBar.Failed) -> None:
        """Show why not."""
        self._tell("! " + wide.clean(str(event.error)))

    def _tell(self, words: str) -> None:
        self.query_one("#told", Static).update(Text(words))
        self._say_keys(_("Esc closes this"))

    def _say_keys(self, words: str) -> None:
        self.query_one("#keys", Static).update(Text(words))
