"""The form of a campaign: made of a ready plan, or changed while it is a draft."""

from __future__ import annotations

import asyncio
from functools import partial

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from crmcore import wide
from crmcore.desk import campaign_edit as edit
from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.shop import Shop
from crmcore.tui.dialogs import Confirm, Dialog
from crmcore.tui.widgets.form import Form, FormField


class CampaignForm(Dialog[str | None]):
    """Returns the name of the campaign that was made or changed; None when Esc was pressed."""

    def __init__(self, shop: Shop, *, kind: str | None = None, name: str | None = None) -> None:
        super().__init__()
        self._shop, self._kind, self._name = shop, kind, name

    def compose(self) -> ComposeResult:
        """The form over what the plan, or the campaign, says."""
        title = _("A new campaign") if self._kind else _("Campaign {name}").format(name=self._name)
        with Vertical(classes="sheet"):
            yield Static(Text(wide.clean(title), style="bold"))
            yield Form([self._field(one) for one in edit.questions(self._shop, self._kind, self._name)])

    def _field(self, one: edit.Question) -> FormField:
        check = partial(edit.wrong, self._shop, one.name)
        return FormField(one.name, one.title, one.kind, one.value, one.hint, one.choices, check, one.needed)

    @on(Form.Saved)
    def save(self, event: Form.Saved) -> None:
        """Keep what was typed."""
        typed = event.values if self._kind else event.changed
        self.query_one(Form).work_on(partial(self._save, typed))

    async def _save(self, typed: dict[str, str]) -> None:
        try:
            if self._kind:
                name = await asyncio.to_thread(edit.make, self._shop, self._kind, typed)
            else:
                name = await asyncio.to_thread(edit.change, self._shop, self._name or "", typed)
        except CrmError as error:
            self.query_one(Form).fail(None, wide.clean(str(error)))
            return
        self.dismiss(name)

    @on(Form.Left)
    def leave(self, event: Form.Left) -> None:
        """Change nothing; what was typed is asked about."""
        self.run_worker(self._leave(event.changed), group="leave", exclusive=True, exit_on_error=False)

    async def _leave(self, changed: bool) -> None:
        question = _("What you have written is not kept. Leave it?")
        if not changed or await self.app.push_screen_wait(Confirm(question, _("Leave"))):
            self.dismiss(None)
