"""A plugin's settings, and an action's parameters, as a form made from what the plugin declares."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, cast

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from crmcore import wide
from crmcore.desk import plugin_view
from crmcore.desk.plugin_view import Asked
from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.tui.dialogs import Dialog
from crmcore.tui.widgets.form import Form, FormField

if TYPE_CHECKING:
    from crmcore.tui.app import CrmApp


def form_fields(asked: Sequence[Asked]) -> list[FormField]:
    """The fields of a form that asks for these."""
    return [
        FormField(
            one.name,
            wide.clean(one.label),
            one.kind,
            one.value,
            one.hint,
            one.options,
            one.wrong,
            one.needed,
        )
        for one in asked
    ]


def typed_values(asked: Sequence[Asked], values: dict[str, str]) -> dict[str, str]:
    """What was typed, as settings take it."""
    known = {one.name: one for one in asked}
    return {name: known[name].typed(text) for name, text in values.items()}


class SettingsScreen(Dialog[bool]):
    """Changes a plugin's settings; returns whether something was changed."""

    def __init__(self, plugin: str, asked: Sequence[Asked]) -> None:
        super().__init__()
        self._plugin, self._asked = plugin, asked

    def compose(self) -> ComposeResult:
        """A form over the values in force."""
        with Vertical(classes="dialog"):
            title = _("Settings of {plugin}").format(plugin=self._plugin)
            yield Static(Text(wide.clean(title), style="bold"))
            yield Form(form_fields(self._asked))

    @on(Form.Saved)
    def save(self, event: Form.Saved) -> None:
        """Keep what was changed, checked by the plugin's own rules as well."""
        if not event.changed:
            self.dismiss(False)
            return
        typed = typed_values(self._asked, event.changed)
        self.query_one(Form).work_on(partial(self._save, typed))

    async def _save(self, typed: dict[str, str]) -> None:
        shop = cast("CrmApp", self.app).shop
        try:
            await asyncio.to_thread(plugin_view.change_settings, shop, self._plugin, typed)
        except CrmError as error:
            self.query_one(Form).fail(None, wide.clean(str(error)))
            return
        self.dismiss(True)

    @on(Form.Left)
    def leave(self) -> None:
        """Change nothing."""
        self.dismiss(False)
