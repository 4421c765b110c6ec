"""The form of a customer's record: edited in place, or told of somebody new."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Label

from crmcore import wide
from crmcore.desk import editing
from crmcore.desk.brief_words import same_reason
from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.playbook.own_fields import own_fields
from crmcore.records.customer import CustomerCard, Duplicate
from crmcore.tui.dialogs import Choose, Confirm, Dialog
from crmcore.tui.widgets.form import Form, FormField

if TYPE_CHECKING:
    from crmcore.tui.app import CrmApp


class CustomerForm(Dialog[int | None]):
    """Her record, or a blank one (None); returns the id of whoever was kept, None where nobody was.

    ```python
    self.app.push_screen(CustomerForm(customer_id))     # says itself what it did, and refreshes the area
    ```
    """

    DEFAULT_CSS = """
    CustomerForm .sheet { height: auto; }
    CustomerForm #about { text-style: bold; }
    """

    def __init__(self, customer_id: int | None) -> None:
        super().__init__()
        self._customer_id = customer_id
        self._seen: CustomerCard | None = None

    @property
    def crm(self) -> CrmApp:
        """The application."""
        return cast("CrmApp", self.app)

    @property
    def form(self) -> Form:
        """The form, once it is there."""
        return self.query_one(Form)

    def compose(self) -> ComposeResult:
        """The title; the form comes with the card."""
        with Vertical(classes="sheet"):
            yield Label(Text(_("New customer") if self._customer_id is None else "…"), id="about")

    def on_mount(self) -> None:
        """Fetch the card, then show the form."""
        self._work(self._begin)

    def _work(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        guarded: Any = partial(self._guarded, work)
        self.run_worker(guarded, group="form", description="form", exclusive=True, exit_on_error=False)

    def _save(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self.form.work_on(partial(self._guarded, work))

    async def _guarded(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            await work()
        except CrmError as error:
            if self.query(Form):
                self.form.fail(None, str(error))
            else:
                self.crm.complain(error)
                self.dismiss(None)
        except Exception as error:  # noqa: BLE001 - the face's edge: people get a line, the log the traceback
            self.crm.own_fault(error)

    async def _begin(self) -> None:
        if self._customer_id is not None:
            seen = await asyncio.to_thread(editing.read_card, self.crm.shop, self._customer_id)
            called = f"{seen.name or seen.nickname or ''} #{seen.id}".strip()
            self.query_one("#about", Label).update(Text(wide.clean(called)))
            self._seen = seen
        shop = self.crm.shop
        own = await asyncio.to_thread(lambda: own_fields(shop.playbook))
        fields = [_form_field(one) for one in editing.edit_fields(self._seen, shop.settings.currency, own)]
        await self.query_one(".sheet").mount(Form(fields, save=_("Add") if self._customer_id is None else ""))
        self.form.query("TextLine").first().focus()

    @on(Form.Left)
    def left(self, event: Form.Left) -> None:
        """Ask before something typed is lost."""
        if event.changed:
            self._work(self._leave)
        else:
            self.dismiss(None)

    async def _leave(self) -> None:
        question = Confirm(_("Leave without keeping what you typed?"), _("Leave"))
        if await self.app.push_screen_wait(question):
            self.dismiss(None)

    @on(Form.Saved)
    def saved(self, event: Form.Saved) -> None:
        """Keep it."""
        if self._seen is None:
            self._save(partial(self._add, event.changed))
        elif event.changed:
            self._save(partial(self._edit, self._seen, event.changed))
        else:
            self.dismiss(None)

    # --- editing ----------------------------------------------------------------------------------------

    async def _edit(self, seen: CustomerCard, typed: dict[str, str]) -> None:
        conflict = await asyncio.to_thread(editing.save, self.crm.shop, seen, typed)
        if conflict is not None:
            self._show_both(conflict, typed)
            return
        self._end(seen.id, _("Saved {name}").format(name=seen.name or seen.nickname or f"#{seen.id}"))

    def _show_both(self, conflict: editing.Conflict, typed: dict[str, str]) -> None:
        """Take over what the other one wrote, but for what was typed here too: there both are shown."""
        self._seen = conflict.card
        said = _("{actor} changed her meanwhile: look again, then save").format(actor=conflict.actor)
        for name, theirs in conflict.theirs.items():
            if name not in self.form.fields:
                continue
            self.form.rebase(name, theirs)
            if name not in typed or typed[name] == theirs:
                self.form.set_value(name, theirs)
            else:
                written = _("{actor} wrote: {text}").format(actor=conflict.actor, text=theirs or "-")
                self.form.fail(name, wide.clean(written))
        self.form.fail(None, said)

    # --- adding -----------------------------------------------------------------------------------------

    async def _add(self, typed: dict[str, str]) -> None:
        shop = self.crm.shop
        maybe = await asyncio.to_thread(editing.maybe_known, shop, typed)
        if maybe:
            chosen = await self._which(maybe)
            if chosen is None:
                return
            if chosen < len(maybe):
                self.dismiss(maybe[chosen].customer_id)
                self.crm.show_customer(maybe[chosen].customer_id)
                return
        number = await asyncio.to_thread(editing.add, shop, typed)
        self._end(number, _("Added {name}").format(name=typed.get("name") or f"#{number}"))

    async def _which(self, maybe: list[Duplicate]) -> int | None:
        known = [
            _("open {name} ({reason})").format(
                name=f"{one.name or ''} #{one.customer_id}".strip(), reason=same_reason(one.reason)
            )
            for one in maybe
        ]
        anyway = [] if any(one.certain for one in maybe) else [_("somebody else: add her")]
        return await self.app.push_screen_wait(
            Choose(_("She may be known already:"), [wide.clean(one) for one in [*known, *anyway]])
        )

    def _end(self, customer_id: int, said: str) -> None:
        self.dismiss(customer_id)
        self.crm.done(said)
        self.crm.refresh_area()


def _form_field(one: editing.EditField) -> FormField:
    kind = "choice" if one.choices else "text"
    return FormField(one.name, one.title, kind, one.value, one.hint, one.choices, one.check)
