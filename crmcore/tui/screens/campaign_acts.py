"""What can be done with a campaign: planned, previewed, tried, sent, held, ended."""

from __future__ import annotations

from functools import partial
from typing import Any

from textual import on
from textual.content import Content

from crmcore.background.process import Stopped
from crmcore.desk import campaign_view as view
from crmcore.desk.campaign_outcome import outcome
from crmcore.desk.campaign_view import Standing
from crmcore.errors import CrmError, UsageError
from crmcore.i18n import gettext as _
from crmcore.people import People
from crmcore.records.typed_times import instant_from
from crmcore.tui.area import Area
from crmcore.tui.asking import ask_and_act
from crmcore.tui.commands import Command
from crmcore.tui.dialogs import Confirm
from crmcore.tui.screens import campaign_commands as commands
from crmcore.tui.screens.campaign_form import CampaignForm
from crmcore.tui.screens.campaign_work import open_work
from crmcore.tui.screens.outcomes import ReadOutcomes, read_outcomes
from crmcore.tui.screens.who_dialogs import Sheet
from crmcore.tui.widgets.campaign_lines import preview_lines, told_lines
from crmcore.tui.widgets.work_bar import WorkBar


class CampaignActs(Area):
    """A screen about one campaign, of the name `name_`; `standing` is how it was last seen."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name_ = name
        self.standing: Standing | None = None

    @property
    def work(self) -> WorkBar:
        """The line that shows long work."""
        return self.query_one(WorkBar)

    def allows(self, command: type[Command]) -> bool:
        """What fits its state, and whether something goes on."""
        working, found = self.work.working, self.standing
        if command is commands.LeaveCampaign:
            return not working
        if command is commands.StopSending:
            return working
        if found is None:
            return False
        line = found.line
        if command is commands.EditCampaign:
            return line.can_change and not working
        if command in (commands.PlanCampaign, commands.SendCampaign):
            return line.can_send and not working
        if command is commands.ScheduleCampaign:
            return line.can_change
        if command is commands.HoldCampaign:
            return line.can_hold or line.is_held
        if command is commands.CancelCampaign:
            return line.can_end and not working
        if command is commands.ShowOutcome:
            return bool(found.became)
        return found.to_do > 0 if command is commands.WorkByHand else True

    def _then(self, told: str) -> None:
        self.crm.done(told, undo=False)
        self.refresh_content()

    # --- planned and looked at ------------------------------------------------------------------------------

    @on(commands.PlanCampaign)
    def plan(self) -> None:
        """In a process of its own: a million customers take a while."""
        self.work.begin("campaign_plan", {"name": self.name_}, what=_("planning"))
        self.show_commands()

    @on(commands.PreviewMessage)
    def preview(self) -> None:
        """Of whom? Then what she would read."""
        self.in_background(self._preview(), "dialog")

    async def _preview(self) -> None:
        hint = _("A name, nickname, phone, order number; Enter looks her up")
        whom = await ask_and_act(self, _("What would who read?"), hint, self._whom)
        if whom is None:
            return
        shop, name = self.shop, self.name_

        def job() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
            return view.why(shop, name, whom[0]), view.preview(shop, name, whom[0])

        def show(found: tuple[list[tuple[str, str]], list[tuple[str, str]]]) -> None:
            def lines(width: int) -> list[Content]:
                return preview_lines(*found, width)

            self.app.push_screen(Sheet(whom[1], lines))

        self.fetch(job, show, group="preview", busy=True)

    def _whom(self, text: str) -> tuple[int, str]:
        hits = People(self.shop).find(text, 1)
        if not hits:
            raise UsageError(_("nobody is known by that"))
        return hits[0].customer_id, f"{hits[0].name or hits[0].shown}  #{hits[0].customer_id}"

    @on(commands.TestMessage)
    def test_message(self) -> None:
        """Ask for the address."""
        self.in_background(self._test(), "dialog")

    async def _test(self) -> None:
        told = await ask_and_act(
            self,
            _("Send a test message to which address?"),
            _("the channel, then the address: email me@example.com"),
            self._tried,
        )
        if told:
            self.crm.done(told, undo=False)

    def _tried(self, typed: str) -> str:
        channel, _blank, to = typed.strip().partition(" ")
        if not to.strip():
            raise UsageError(_("write the channel, then the address"))
        return view.try_out(self.shop, self.name_, channel, to.strip())

    @on(commands.ShowOutcome)
    def show_outcome(self) -> None:
        """What it earned, laid over at once: a big campaign takes seconds to count, and Esc ends that."""
        counting = _("Going through its messages and the orders of that time…")
        sheet = Sheet(_("What it earned"), partial(told_lines, [("", counting)]))

        def show(found: list[tuple[str, str]]) -> None:
            sheet.show(partial(told_lines, found))

        def failed(error: CrmError) -> None:
            sheet.dismiss()
            self.crm.complain(error)

        job = partial(outcome, self.shop, self.name_)
        worker = self.fetch(job, show, group="outcome", failed=failed, busy=True, reads=True)
        self.app.push_screen(sheet, lambda _none: worker.cancel())

    @on(ReadOutcomes)
    def outcomes(self) -> None:
        """What came back, from files."""
        read_outcomes(self, self.name_)

    # --- sent and held --------------------------------------------------------------------------------------

    @on(commands.SendCampaign)
    def send(self) -> None:
        """Ask, then send in a process of its own."""
        self.in_background(self._send(), "dialog")

    async def _send(self) -> None:
        found = self.standing
        assert found is not None
        question = _("Nothing is planned yet. Plan it and send it now?")
        if found.plan_id is not None:
            question = _("Send {title} to {count} people now?").format(
                title=found.line.title, count=f"{found.chosen:,}"
            )
        if await self.app.push_screen_wait(Confirm(question, _("Send"))):
            given = {"name": self.name_, "plan": found.plan_id}
            self.work.begin("campaign_send", given, what=_("sending"))
            self.show_commands()

    @on(commands.StopSending)
    def stop(self) -> None:
        """Stop after the message it is at."""
        self.work.stop()

    @on(WorkBar.Ended)
    def work_ended(self, event: WorkBar.Ended) -> None:
        """Say what came of it."""
        self.refresh_content()
        if event.work == "campaign_send":
            self.crm.done(_sent_words(event.value), undo=False)

    @on(WorkBar.Failed)
    def work_failed(self, event: WorkBar.Failed) -> None:
        """Say why."""
        self.refresh_content()
        if not isinstance(event.error, Stopped):
            self.crm.complain(event.error)

    @on(commands.ScheduleCampaign)
    def schedule(self) -> None:
        """Ask for the time."""
        self.in_background(self._schedule(), "dialog")

    async def _schedule(self) -> None:
        hint = _("2026-11-20 10:00, tomorrow 9:30, +2h; `crm due --run` sends it then")
        kept = await ask_and_act(self, _("Send it when?"), hint, self._at)
        if kept:
            self._then(_("scheduled"))

    def _at(self, typed: str) -> bool:
        self.shop.campaigns.schedule(self.name_, instant_from(typed, self.shop.clock()))
        return True

    @on(commands.HoldCampaign)
    def hold(self) -> None:
        """Hold it, or let it go on."""
        assert self.standing is not None
        held = self.standing.line.is_held
        campaigns = self.shop.campaigns
        act = partial(campaigns.resume if held else campaigns.pause, self.name_)
        told = _("it may go on: s sends") if held else _("held")
        self.fetch(act, lambda _none: self._then(told), group="state")

    @on(commands.CancelCampaign)
    def cancel(self) -> None:
        """End it for good."""
        self.in_background(self._cancel(), "dialog")

    async def _cancel(self) -> None:
        question = _(
            "End this campaign for good? Nothing more goes out, work by hand that is left is dropped."
        )
        if await self.app.push_screen_wait(Confirm(question, _("End it"))):
            act = partial(self.shop.campaigns.cancel, self.name_)
            self.fetch(act, lambda _none: self._then(_("ended")), group="state")

    @on(commands.EditCampaign)
    def edit(self) -> None:
        """The form."""
        self.in_background(self._edit(), "dialog")

    async def _edit(self) -> None:
        if await self.app.push_screen_wait(CampaignForm(self.shop, name=self.name_)):
            self.crm.done(_("changed; plan it anew"), undo=False)
            self.refresh_content()

    @on(commands.WorkByHand)
    def work_by_hand(self) -> None:
        """Its first customer."""
        open_work(self, self.name_)

    @on(commands.LeaveCampaign)
    def leave(self) -> None:
        """Back."""
        self.dismiss()


def _sent_words(done: dict[str, Any]) -> str:
    more = f"  {done['stopped']}" if done.get("stopped") else ""
    return (view.sent_words(done) or _("nothing to send now")) + more
