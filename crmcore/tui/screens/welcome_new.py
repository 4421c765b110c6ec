"""What a new shop needs to know: where it stands, its language, currency and time zone."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from crmcore.desk import starting
from crmcore.desk.importing_paths import path_in
from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.records.settings import ShopSettings
from crmcore.tui.dialogs import Dialog
from crmcore.tui.widgets.form import Form, FormField


class NewShopScreen(Dialog[str | None]):
    """Makes the shop; returns how it is named to open it, None when nothing was made."""

    def compose(self) -> ComposeResult:
        """A form that could be kept as it is."""
        settings = starting.default_settings()
        with Vertical(classes="dialog"):
            yield Static(Text(_("A new shop"), style="bold"))
            yield Static(Text(_("The currency and the time zone stay what it is made with.")), classes="hint")
            yield Form(
                [
                    FormField(
                        "folder",
                        _("Folder"),
                        value=str(starting.new_folder()),
                        hint=_("where its records are kept; it is made"),
                        needed=True,
                    ),
                    FormField(
                        "language",
                        _("Language"),
                        "choice",
                        settings.language,
                        choices=(("zh", "中文"), ("en", "English")),
                    ),
                    FormField(
                        "currency",
                        _("Currency"),
                        value=settings.currency,
                        hint=_("three letters: CNY, USD, EUR"),
                        check=starting.wrong_currency,
                        needed=True,
                    ),
                    FormField(
                        "zone",
                        _("Time zone"),
                        value=settings.time_zone,
                        hint=_("where its days begin and end: Asia/Shanghai, Europe/London"),
                        check=starting.wrong_zone,
                        needed=True,
                    ),
                ],
                save=_("Make the shop"),
            )

    @on(Form.Saved)
    def make(self, event: Form.Saved) -> None:
        """Make it."""
        told = event.values
        folder = path_in(told["folder"])
        settings = ShopSettings(told["currency"], told["zone"], told["language"])
        self.query_one(Form).work_on(partial(self._make, folder, settings))

    async def _make(self, folder: Path, settings: ShopSettings) -> None:
        try:
            made = await asyncio.to_thread(starting.make_shop, folder, settings)
        except CrmError as error:
            self.query_one(Form).fail("folder", str(error))
            return
        self.dismiss(made)

    @on(Form.Left)
    def leave(self) -> None:
        """Make none."""
        self.dismiss(None)
