"""What is asked before a config pack is made: a name and a place; for an export, what shall be in it too."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from crmcore import wide
from crmcore.desk import pack_making as desk
from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.packs.faults import PackError
from crmcore.shop import Shop
from crmcore.tui.dialogs import Dialog
from crmcore.tui.screens.who_dialogs import Sheet
from crmcore.tui.widgets.campaign_lines import told_lines
from crmcore.tui.widgets.form import Form, FormField


class _PackForm(Dialog[str | None]):
    """Returns what was made; None when Esc was pressed. What is wrong is told, and the form stays."""

    HEAD: ClassVar[str]
    SAVE: ClassVar[str]

    def __init__(self, shop: Shop) -> None:
        super().__init__()
        self._shop = shop

    def compose(self) -> ComposeResult:
        """The form."""
        with Vertical(classes="dialog"):
            yield Static(Text(_(self.HEAD), style="bold"))
            yield Form(self.fields(), save=_(self.SAVE))

    def fields(self) -> list[FormField]:
        """What it asks."""
        raise NotImplementedError

    def make(self, typed: dict[str, str]) -> str:
        """Make it; raises `CrmError`."""
        raise NotImplementedError

    def _name_field(self) -> FormField:
        return FormField("name", _("Name"), hint=_("small letters, digits and _"), needed=True)

    def _place_field(self, ending: str) -> FormField:
        hint = _("where it is written; empty: {place}")
        default = desk.own_folder(self._shop) / f"…{ending}"
        return FormField("place", _("Where to"), hint=hint.format(place=default))

    @on(Form.Saved)
    def saved(self, event: Form.Saved) -> None:
        """Make it."""
        self.query_one(Form).work_on(partial(self._made, event.values))

    async def _made(self, typed: dict[str, str]) -> None:
        try:
            told = await asyncio.to_thread(self.make, typed)
        except PackError as error:
            found = [(one.where, one.text) for one in error.faults]
            self.app.push_screen(Sheet(_("Nothing was written"), partial(told_lines, found)))
            return
        except CrmError as error:
            self.query_one(Form).fail(None, wide.clean(str(error)))
            return
        self.dismiss(told)

    @on(Form.Left)
    def left(self) -> None:
        """Make none."""
        self.dismiss(None)


class NewPackForm(_PackForm):
    """A pack to start from; returns its folder."""

    HEAD = mark("A new pack")
    SAVE = mark("Make it")

    def fields(self) -> list[FormField]:
        """Its name and place."""
        return [self._name_field(), self._place_field("")]

    def make(self, typed: dict[str, str]) -> str:
        """Write it."""
        return desk.new(self._shop, typed)


class ExportForm(_PackForm):
    """The shop's playbook as a pack; returns what was written, in words."""

    HEAD = mark("What the shop has learned, as a pack")
    SAVE = mark("Export")

    def fields(self) -> list[FormField]:
        """What is in it, how it is called, where it goes."""
        which = _("segments templates/welcome …; empty: all that the shop wrote itself")
        common = _("words that are nobody's though a customer is called so, commas between")
        return [
            self._name_field(),
            FormField("zh", _("Chinese title")),
            FormField("en", _("English title")),
            FormField("author", _("Author"), value=self._shop.actor),
            FormField("version", _("Version"), value="1.0.0", needed=True),
            FormField("items", _("What"), hint=which),
            FormField("all", _("Packs' texts too"), "bool", "false"),
            FormField("allow", _("Common words"), hint=common),
            self._place_field(".crmpack"),
        ]

    def make(self, typed: dict[str, str]) -> str:
        """Search it and write it."""
        return desk.export(self._shop, typed)
