"""The channels: what each is good for and what it lacks, its connection, one message to oneself."""

from __future__ import annotations

from functools import partial

from textual import on
from textual.app import ComposeResult

from crmcore import wide
from crmcore.desk import channel_view as view
from crmcore.desk.channel_view import ChannelLine
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.shown import labelled
from crmcore.tui.asking import ask_and_act
from crmcore.tui.commands import Command
from crmcore.tui.screens import reach_commands as commands
from crmcore.tui.screens.reach_list import ReachList
from crmcore.tui.screens.who_dialogs import Sheet
from crmcore.tui.widgets.campaign_lines import told_lines
from crmcore.tui.widgets.virtual_table import Column, ListSource, Row, VirtualTable


class ChannelsScreen(ReachList):
    """A list; Enter tells about one."""

    HELP_TEXT = mark(
        "The ways on which messages reach people. Passwords and keys are never shown: here stands whether "
        "they are set. They are kept with `crm secret set`, outside of the shop."
    )
    ACTS = commands.OF_CHANNELS

    def content(self) -> ComposeResult:
        """The list."""
        yield VirtualTable(
            Column(_("Channel"), 16, share=1, most=40),
            Column(_("Sent"), 13),
            Column(_("Reaches by"), 14, drop=2),
            Column(_("Missing"), 22, share=1, most=50),
            Column(_("Name"), 12, drop=1),
        )

    def refresh_content(self) -> None:
        """List them."""
        self.fetch(partial(view.channels, self.shop), self._show, busy=True)

    def _show(self, found: list[ChannelLine]) -> None:
        empty = _("There is no channel.\nPlugins bring them: F9 switches them on.")
        self.query_one(VirtualTable).show(ListSource(list(map(_row, found))), keep=True, empty=empty)
        self.show_commands()

    def allows(self, command: type[Command]) -> bool:
        """One that people work sends nothing itself."""
        one: ChannelLine | None = self.current
        if command in (commands.TestChannel, commands.CheckChannel):
            return one is not None and not one.manual
        return one is not None if command is commands.OpenOne else True

    @on(commands.OpenOne)
    @on(VirtualTable.RowChosen)
    def open_one(self) -> None:
        """What is known of it, laid over."""
        if one := self.current:
            settings = (_("Settings"), _("plugin {plugin}: F9, then s").format(plugin=one.plugin))
            self.app.push_screen(Sheet(one.title, partial(told_lines, (*one.told, settings))))

    @on(commands.TestChannel)
    def test(self) -> None:
        """Ask for the address."""
        self.in_background(self._test(), "dialog")

    async def _test(self) -> None:
        one: ChannelLine | None = self.current
        assert one is not None
        question = _("Send a test message by {channel} to which address of yours?").format(channel=one.title)
        hint = _("an e-mail, a phone number, an id; one of a customer who said no is refused")
        told = await ask_and_act(self, question, hint, partial(view.try_out, self.shop, one.name))
        if told:
            self.crm.done(told, undo=False)

    @on(commands.CheckChannel)
    def check(self) -> None:
        """Try the connection."""
        if one := self.current:
            job = partial(view.connect, self.shop, one.name)
            title = one.title
            self.fetch(
                job, lambda said: self.crm.done(labelled(title, said), undo=False), group="check", busy=True
            )


def _row(one: ChannelLine) -> Row:
    missing = one.missing
    if not missing:
        missing = _("nothing") if one.secrets else ""
    cells = (one.title, one.worked, one.reaches_by, missing, one.name)
    return Row(one.name, tuple(map(wide.clean, cells)), "warning" if one.missing else "", one)
