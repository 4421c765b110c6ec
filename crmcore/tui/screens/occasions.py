"""The calendar (sale events, festivals, the shop's own days and days off) and the tiers of cities."""

from __future__ import annotations

import asyncio
from functools import partial

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from crmcore import wide
from crmcore.desk import occasions as desk
from crmcore.desk.occasions import DayLine, TierLine
from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.shop import Shop
from crmcore.tui.asking import ask_and_act
from crmcore.tui.commands import Command
from crmcore.tui.dialogs import Confirm, Dialog
from crmcore.tui.screens import reach_commands as commands
from crmcore.tui.screens.reach_list import ReachList
from crmcore.tui.widgets.form import Form, FormField
from crmcore.tui.widgets.virtual_table import Column, ListSource, Row, VirtualTable


class DaysScreen(ReachList):
    """The nearest first."""

    HELP_TEXT = mark(
        "What comes round: segments, facts and campaigns ask these days. A day of the shop's own, or other "
        "days in the place of known ones, is written down here; forgotten, the known ones show again."
    )
    ACTS = commands.OF_DAYS

    def content(self) -> ComposeResult:
        """The list."""
        yield VirtualTable(
            Column(_("Title"), 14, share=1, most=30),
            Column(_("Days"), 23),
            Column(_("In days"), 8, right=True),
            Column(_("Kind"), 10, drop=2),
            Column(_("Run-up from"), 11, drop=3),
            Column(_("Name"), 14, share=1, drop=1, most=20),
            Column(_("From"), 10, drop=4),
        )

    def refresh_content(self) -> None:
        """List them."""
        self.fetch(partial(desk.days, self.shop), self._show)

    def _show(self, found: tuple[list[DayLine], list[str]]) -> None:
        lines, problems = found
        empty = _("Nothing comes round.\nPress n to write down a day of the shop's own.")
        self.query_one(VirtualTable).show(ListSource(list(map(_day_row, lines))), keep=True, empty=empty)
        for problem in problems:
            self.crm.notify(wide.clean(problem), severity="warning", markup=False)
        self.show_commands()

    def allows(self, command: type[Command]) -> bool:
        """Only what the shop wrote can be forgotten."""
        one: DayLine | None = self.current
        if command is commands.ForgetOne:
            return one is not None and one.own
        return one is not None if command is commands.EditOne else True

    @on(commands.NewOne)
    def new(self) -> None:
        """The form, blank."""
        self.in_background(self._form(None), "dialog")

    @on(commands.EditOne)
    @on(VirtualTable.RowChosen)
    def edit(self) -> None:
        """The form over what is written."""
        if one := self.current:
            self.in_background(self._form(one.name), "dialog")

    async def _form(self, name: str | None) -> None:
        values = await asyncio.to_thread(desk.written, self.shop, name)
        kept = await self.app.push_screen_wait(DayForm(self.shop, values, new=name is None))
        if kept is not None:
            self.crm.done(_("{name} is written down").format(name=kept))
            self.refresh_content()

    @on(commands.ForgetOne)
    def forget(self) -> None:
        """At once: a key takes it back."""
        if one := self.current:
            told = _("{name} is forgotten").format(name=one.name)
            self.fetch(
                partial(desk.forget_day, self.shop, one.name), lambda _none: self._gone(told), group="act"
            )

    def _gone(self, told: str) -> None:
        self.crm.done(told)
        self.refresh_content()

    @on(commands.ShowRegions)
    def regions(self) -> None:
        """Tiers of cities."""
        self.app.push_screen(RegionsScreen())


class DayForm(Dialog[str | None]):
    """Returns the name of the day that was written down; None when Esc was pressed."""

    def __init__(self, shop: Shop, values: dict[str, str], *, new: bool) -> None:
        super().__init__()
        self._shop, self._values, self._new = shop, values, new

    def compose(self) -> ComposeResult:
        """The form."""
        values = self._values
        kinds = tuple((name, _(words)) for name, words in desk.KINDS.items())
        when = _("11-11, 2026-11-11, lunar 8-15, term qingming, sunday 2 of 5")
        slug = _("small letters, digits and _; how rules call it")
        named = [FormField("name", _("Name"), "text", values["name"], slug, needed=True)] if self._new else []
        with Vertical(classes="dialog"):
            title = _("A day of the shop's own") if self._new else values["name"]
            yield Static(Text(wide.clean(title), style="bold"))
            yield Form(
                [
                    *named,
                    FormField("day", _("When"), "text", values["day"], when, needed=self._new),
                    FormField("kind", _("Kind"), "choice", values["kind"], "", kinds),
                    FormField("zh", _("Chinese title"), "text", values["zh"]),
                    FormField("en", _("English title"), "text", values["en"]),
                    FormField("run_up", _("Run-up"), "int", values["run_up"], _("days of preparing before")),
                ]
            )

    @on(Form.Saved)
    def save(self, event: Form.Saved) -> None:
        """Write it down."""
        typed = {**self._values, **event.values}
        self.query_one(Form).work_on(partial(self._save, typed))

    async def _save(self, typed: dict[str, str]) -> None:
        try:
            name = await asyncio.to_thread(desk.keep_day, self._shop, typed)
        except CrmError as error:
            self.query_one(Form).fail(None, wide.clean(str(error)))
            return
        self.dismiss(name)

    @on(Form.Left)
    def leave(self) -> None:
        """Change nothing."""
        self.dismiss(None)


class RegionsScreen(ReachList):
    """One row a tier."""

    HELP_TEXT = mark(
        "Which cities count as which tier: segments, reports and facts by city tier follow this table. A "
        "city stands in one tier; one that is written into another leaves the first."
    )
    ACTS = commands.OF_REGIONS

    def __init__(self) -> None:
        super().__init__()
        self._own = False

    def content(self) -> ComposeResult:
        """The table."""
        yield VirtualTable(
            Column(_("Tier"), 5, right=True),
            Column(_("Cities"), 7, right=True),
            Column(_("Which"), 30, share=1),
        )

    def refresh_content(self) -> None:
        """List them."""
        self.fetch(partial(desk.tiers, self.shop), self._show)

    def _show(self, found: tuple[list[TierLine], bool]) -> None:
        lines, self._own = found
        rows = [
            Row(
                one.tier, (str(one.tier), f"{len(one.cities):,}", wide.clean(desk.shown_cities(one))), "", one
            )
            for one in lines
        ]
        self.query_one(VirtualTable).show(ListSource(rows), keep=True, empty=_("There are no tiers."))
        self.show_commands()

    def allows(self, command: type[Command]) -> bool:
        """Only the shop's own table can be forgotten."""
        return self._own if command is commands.ForgetOne else True

    @on(commands.EditOne)
    @on(VirtualTable.RowChosen)
    def edit(self) -> None:
        """The cities of the tier as a line."""
        self.in_background(self._edit(), "dialog")

    async def _edit(self) -> None:
        one: TierLine | None = self.current
        if one is None:
            return
        tier = one.tier
        typed = desk.as_typed(one)
        hint = _("apart by blanks; one that stands in another tier leaves it")

        notes: list[str] = []

        def keep(text: str) -> bool:
            notes[:] = desk.keep_tier(self.shop, tier, text)
            return True

        question = _("Which cities are tier {tier}?").format(tier=one.tier)
        if await ask_and_act(self, question, hint, keep, text=typed):
            self.crm.done(_("tier {tier} is kept").format(tier=one.tier))
            for note in notes:
                self.crm.notify(note, severity="warning", markup=False)
            self.refresh_content()

    @on(commands.ForgetOne)
    def forget(self) -> None:
        """Ask, then as everybody has them."""
        self.in_background(self._forget(), "dialog")

    async def _forget(self) -> None:
        question = _("Forget the shop's own tiers? Those of the pack, or the usual ones, count again.")
        if await self.app.push_screen_wait(Confirm(question, _("Forget"))):
            self.fetch(partial(desk.usual_tiers, self.shop), lambda _none: self._gone(), group="act")

    def _gone(self) -> None:
        self.crm.done(_("the usual tiers count again"))
        self.refresh_content()


def _day_row(one: DayLine) -> Row:
    cells = (one.title, one.days, f"{one.until:,}", one.kind, one.prepare, one.name, one.source)
    return Row(one.name, tuple(map(wide.clean, cells)), "good" if one.own else "", one)
