"""Who gets nothing, and on what basis everybody else may be written to."""

from __future__ import annotations

from functools import partial

from textual import on
from textual.app import ComposeResult

from crmcore import wide
from crmcore.desk import reach
from crmcore.desk.reach import BasisLine, NeverLine
from crmcore.i18n import gettext as _
from crmcore.i18n import mark, ngettext, phrases
from crmcore.tui.asking import ask_and_act
from crmcore.tui.commands import Command
from crmcore.tui.dialogs import Ask, Confirm
from crmcore.tui.screens import reach_commands as commands
from crmcore.tui.screens.reach_list import ReachList
from crmcore.tui.widgets.campaign_lines import told_lines
from crmcore.tui.widgets.card import Lines
from crmcore.tui.widgets.virtual_table import Column, ListSource, Row, VirtualTable

Found = tuple[list[BasisLine], int, list[NeverLine]]


class NeverScreen(ReachList):
    """The basis above, the suppression list below."""

    HELP_TEXT = mark(
        "Who stands on this list gets nothing, by any channel, whatever she agreed to. Buyers who were never "
        "asked get promotions only where the shop has stated on what basis: once, in a sentence it would "
        "show to the authorities. Who said no gets none either way."
    )
    ACTS = commands.OF_NEVER
    DEFAULT_CSS = """
    NeverScreen {
        & #basis { height: auto; max-height: 6; padding: 0 1; border-bottom: solid $panel-lighten-2; }
        & VirtualTable { height: 1fr; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        self._bases: list[BasisLine] = []

    def content(self) -> ComposeResult:
        """The basis, the list."""
        yield Lines(id="basis")
        yield VirtualTable(
            Column(_("Address"), 22, share=2, most=50),
            Column(_("Kind"), 8, drop=1),
            Column(_("Since"), 16),
            Column(_("Why"), 16, share=2, drop=2),
        )

    def on_mount(self) -> None:
        """The cursor stays in the list."""
        self.query_one("#basis", Lines).can_focus = False

    def refresh_content(self) -> None:
        """Look at both."""
        shop, text = self.shop, self._text
        self.fetch(lambda: (reach.bases(shop), *reach.never(shop, text)), self._show)

    def _show(self, found: Found) -> None:
        self._bases, count, rows = found
        self.query_one("#basis", Lines).show(partial(told_lines, self._told(count, len(rows))))
        empty = _("Nobody is on the list.\nPress n to put an address on it.")
        if self._text:
            empty = _("No entry holds {text}.\n/ and a blank line show all.")
            empty = empty.format(text=wide.clean(self._text))
        table = self.query_one(VirtualTable)
        table.show(ListSource(list(map(_row, rows))), keep=True, empty=empty)
        self.show_commands()

    def _told(self, count: int, shown: int) -> list[tuple[str, str]]:
        told = [(_("Basis"), _("none: promotions go only to customers who agreed; b states one"))]
        if self._bases:
            told = [(_("Basis"), _basis_words(one)) for one in self._bases]
        entries = ngettext("{count} entry", "{count} entries", count).format(count=f"{count:,}")
        if shown < count:
            entries += "  " + _("the newest {shown} are shown").format(shown=f"{shown:,}")
        return [*told, (_("On the list"), entries)]

    def allows(self, command: type[Command]) -> bool:
        """Something must stand under the cursor to be taken off."""
        return command is not commands.TakeOff or self.current is not None

    @on(commands.StateBasis)
    def basis(self) -> None:
        """Ask for the sentence."""
        self.in_background(self._basis(), "dialog")

    async def _basis(self) -> None:
        said = next((one.words for one in self._bases), "")
        hint = _("the law or notice it rests on, and since when; a blank line withdraws it")
        typed = await ask_and_act(
            self,
            _("On what basis does the shop write to its buyers?"),
            hint,
            self._stated,
            text=said,
            blank=True,
        )
        if typed is None or typed == said or not (typed or said):
            return
        if not typed:
            question = _("Withdraw the basis? Promotions then go only to customers who agreed.")
            if not await self.app.push_screen_wait(Confirm(question, _("Withdraw"))):
                return
            self.fetch(partial(reach.state_basis, self.shop, None), self._after_basis, group="act")
            return
        self._after_basis(None)

    def _stated(self, typed: str) -> str:
        sentence = typed.strip()
        if sentence and sentence not in {one.words for one in self._bases}:
            reach.state_basis(self.shop, sentence)
        return sentence

    def _after_basis(self, _none: None) -> None:
        self.crm.done(_("written down; it stands in the ledger"), undo=False)
        self.refresh_content()

    @on(commands.PutOn)
    def put_on(self) -> None:
        """Ask for addresses."""
        self.in_background(self._put_on(), "dialog")

    async def _put_on(self) -> None:
        hint = _("phone numbers or e-mails, apart by blanks")
        question = _("Which addresses get nothing any more?")
        new = await ask_and_act(self, question, hint, partial(reach.put_on, self.shop))
        if new is not None:
            self.crm.done(_("{count} new on the list.").format(count=f"{new:,}"), undo=bool(new))
            self.refresh_content()

    @on(commands.TakeOff)
    def take_off(self) -> None:
        """Ask, then take it off."""
        self.in_background(self._take_off(), "dialog")

    async def _take_off(self) -> None:
        one: NeverLine | None = self.current
        assert one is not None
        question = _("Take {address} off the list? She may get messages again.").format(address=one.address)
        if await self.app.push_screen_wait(Confirm(question, _("Take off"))):
            self.fetch(partial(reach.take_off, self.shop, one.id), self._taken_off, group="act")

    def _taken_off(self, _none: None) -> None:
        self.crm.done(_("taken off the list"))
        self.refresh_content()

    @on(commands.FindEntry)
    def find(self) -> None:
        """Ask for a part of an address."""
        self.in_background(self._find(), "dialog")

    async def _find(self) -> None:
        typed = await self.app.push_screen_wait(
            Ask(_("Which address?"), self._text, _("a part of it; blank: all"))
        )
        if typed is not None:
            self._text = typed.strip()
            self.refresh_content()


def _basis_words(one: BasisLine) -> str:
    told = [one.channels, _("since {when}").format(when=one.since)]
    if one.days:
        told.append(_("who bought in the last {days} days").format(days=one.days))
    return f"{one.words} ({phrases(told)})"


def _row(one: NeverLine) -> Row:
    return Row(one.id, tuple(map(wide.clean, (one.address, one.what, one.since, one.why))), "", one)
