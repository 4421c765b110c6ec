"""The area `campaigns`: which there are and how far each is."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult

from crmcore import wide
from crmcore.desk import campaign_edit, campaign_view, campaign_work
from crmcore.desk.campaign_view import CampaignLine
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.tui.area import Area
from crmcore.tui.commands import Command
from crmcore.tui.dialogs import Choose
from crmcore.tui.screens import campaign_commands as commands
from crmcore.tui.screens.campaign import CampaignScreen
from crmcore.tui.screens.campaign_form import CampaignForm
from crmcore.tui.screens.campaign_work import open_work
from crmcore.tui.screens.channels import ChannelsScreen
from crmcore.tui.screens.never import NeverScreen
from crmcore.tui.screens.occasions import DaysScreen
from crmcore.tui.screens.outcomes import ReadOutcomes, read_outcomes
from crmcore.tui.screens.templates import TemplatesScreen
from crmcore.tui.widgets.virtual_table import Column, ListSource, Row, VirtualTable

_TONES = {"running": "good", "paused": "warning", "done": "muted", "cancelled": "muted"}


class CampaignsScreen(Area):
    """A list; Enter opens one."""

    NAME = "campaigns"
    HELP_TEXT = mark(
        "Who is to hear from the shop, what went out, what came back. A campaign is made of a ready plan, "
        "planned for everybody (who gets it, who not and why), sent once and measured. What is sent by hand "
        "waits under w."
    )
    ACTS = commands.OF_LIST

    def __init__(self) -> None:
        super().__init__()
        self._by_hand = 0  # how many wait for a person

    def content(self) -> ComposeResult:
        """The list."""
        yield VirtualTable(
            Column(_("Campaign"), 20, share=2, most=44),
            Column(_("State"), 10),
            Column(_("Goes out"), 16, drop=1),
            Column(_("Kind"), 14, share=1, most=26, drop=2),
            Column(_("Purpose"), 10, drop=3),
            Column(_("Name"), 12, share=1, most=26, drop=4),
            Column(_("Why it stopped"), 12, share=2, drop=5),
        )

    def on_mount(self) -> None:
        """The arrow keys go through the list."""
        self.query_one(VirtualTable).focus()

    def refresh_content(self) -> None:
        """List them."""
        shop = self.shop
        self.fetch(lambda: campaign_view.campaigns(shop), self._listed)
        # Apart: of a campaign to a million it takes half a second to count who waits.
        self.fetch(
            lambda: sum(one.waiting for one in campaign_work.rounds(shop)), self._counted, group="by hand"
        )

    def _counted(self, by_hand: int) -> None:
        self._by_hand = by_hand
        self.show_commands()

    def _listed(self, lines: list[CampaignLine]) -> None:
        empty = _("No campaigns yet.\nPress n to make the first: choose a plan, say to whom and what.")
        self.query_one(VirtualTable).show(ListSource(list(map(_row, lines))), keep=True, empty=empty)

    def allows(self, command: type[Command]) -> bool:
        """What fits."""
        if command is commands.OpenCampaign:
            return self.query_one(VirtualTable).current is not None
        return self._by_hand > 0 if command is commands.WorkByHand else True

    @on(VirtualTable.RowMoved)
    def moved(self) -> None:
        """Other commands."""
        self.show_commands()

    @on(commands.OpenCampaign)
    @on(VirtualTable.RowChosen)
    def open_one(self) -> None:
        """The one under the cursor."""
        if row := self.query_one(VirtualTable).current:
            self.app.push_screen(CampaignScreen(str(row.key)))

    @on(commands.NewCampaign)
    def new_one(self) -> None:
        """Which plan, then the form."""
        self.in_background(self._new(), "dialog")

    async def _new(self) -> None:
        found = campaign_edit.kinds(self.shop)
        lines = [f"{one.title}\n{one.says}" for one in found]
        place = await self.app.push_screen_wait(Choose(_("Which plan?"), lines))
        if place is None:
            return
        name = await self.app.push_screen_wait(CampaignForm(self.shop, kind=found[place].name))
        if name is not None:
            told = _("{name} is made; nothing goes out before you send it").format(name=name)
            self.crm.done(told, undo=False)
            await self.app.push_screen(CampaignScreen(name))

    @on(ReadOutcomes)
    def outcomes(self) -> None:
        """From files, for whichever campaign they tell of."""
        read_outcomes(self, None)

    @on(commands.ShowTemplates)
    def templates(self) -> None:
        """Message templates."""
        self.app.push_screen(TemplatesScreen())

    @on(commands.ShowChannels)
    def channels(self) -> None:
        """The ways on which messages go out."""
        self.app.push_screen(ChannelsScreen())

    @on(commands.ShowNever)
    def never(self) -> None:
        """Who gets nothing."""
        self.app.push_screen(NeverScreen())

    @on(commands.ShowDays)
    def days(self) -> None:
        """The calendar."""
        self.app.push_screen(DaysScreen())

    @on(commands.WorkByHand)
    def work(self) -> None:
        """Which list, then its first customer."""
        open_work(self)


def _row(one: CampaignLine) -> Row:
    cells = (one.title, one.shown_state, one.begun, one.kind, one.purpose, one.name, one.message)
    return Row(one.name, tuple(map(wide.clean, cells)), _TONES.get(one.state, ""), one)
