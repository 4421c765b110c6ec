"""What a report can be asked, as a form made from its parameters."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from crmcore import wide
from crmcore.desk.plugin_view import Asked
from crmcore.i18n import gettext as _
from crmcore.tui.dialogs import Dialog
from crmcore.tui.screens.plugin_settings import form_fields, typed_values
from crmcore.tui.widgets.form import Form


class QuestionsScreen(Dialog[dict[str, str] | None]):
    """Returns what was typed; None when Esc was pressed."""

    def __init__(self, report: str, asked: Sequence[Asked]) -> None:
        super().__init__()
        self._report, self._asked = report, asked

    def compose(self) -> ComposeResult:
        """The form."""
        with Vertical(classes="dialog"):
            title = _("{report}: what to ask").format(report=self._report)
            yield Static(Text(wide.clean(title), style="bold"))
            yield Form(form_fields(self._asked), save=_("Show"))

    @on(Form.Saved)
    def saved(self, event: Form.Saved) -> None:
        """Ask that."""
        typed = typed_values(self._asked, event.values)
        self.dismiss({name: text for name, text in typed.items() if text != ""})

    @on(Form.Left)
    def left(self) -> None:
        """As before."""
        self.dismiss(None)
