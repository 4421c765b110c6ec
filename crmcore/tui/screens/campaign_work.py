"""Work by hand: a call round or a copy queue, one customer after the other, what came of it with one key."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.widgets import Static

from crmcore import wide
from crmcore.desk import campaign_work as desk
from crmcore.desk.campaign_work import Answer, Round, Task
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.tui.area import Area
from crmcore.tui.asking import ask_and_act
from crmcore.tui.commands import Command
from crmcore.tui.dialogs import Choose
from crmcore.tui.widgets.campaign_lines import answer_lines, task_lines
from crmcore.tui.widgets.card import Lines
from crmcore.tui.widgets.card_parts import wrapped

if TYPE_CHECKING:
    from textual.content import Content


class CopyAgain(Command):
    """Onto the clipboard again."""

    key = "y"
    title = mark("Copy")
    explanation = mark("Copy the text again; it is copied when a customer comes up")


class WhoIsIt(Command):
    """Her card."""

    key = "enter"
    title = mark("Card")
    explanation = mark("Show her whole card; F5 leads back here")


class LeaveWork(Command):
    """Back."""

    key = "escape"
    title = mark("Back")
    explanation = mark("Back; whoever is shown stays yours for ten minutes")


class WorkScreen(Area):
    """One customer; the keys of the answers are those of the channel."""

    NAME = "campaigns"
    HELP_TEXT = mark(
        "Customers come one after the other: the text is copied already, the answer is one key, then the "
        "next comes up. Whom the guards do not let through any more is left out by itself."
    )
    ACTS = (CopyAgain, WhoIsIt, LeaveWork)
    can_focus = True
    DEFAULT_CSS = """
    WorkScreen {
        & #title { height: 1; padding: 0 1; text-style: bold; }
        & #task { height: 1fr; padding: 0 1; }
        & #answers { height: auto; max-height: 4; padding: 0 1; border-top: solid $panel-lighten-2; }
    }
    """

    def __init__(self, which: Round) -> None:
        super().__init__()
        self._round = which
        self._her: Task | None = None
        self._nobody = ""  # why nobody is shown
        self._answering = False

    def content(self) -> ComposeResult:
        """Which list and how many are left, the customer, the answers."""
        yield Static(Text(self._round.title), id="title", markup=False)
        yield Lines(id="task")
        yield Lines(id="answers")

    def on_mount(self) -> None:
        """The arrow keys scroll the text."""
        self.query_one("#answers", Lines).can_focus = False
        self.query_one("#task", Lines).focus()

    def refresh_content(self) -> None:
        """The first customer; whoever is shown stays."""
        if self._her is None:
            job = partial(desk.take, self.shop, self._round.campaign, self._round.channel)
            self.fetch(job, self._show, group="task", busy=True)

    def _show(self, found: Task | str) -> None:
        task = None if isinstance(found, str) else found
        self._her, self._answering = task, False
        self._nobody = found if isinstance(found, str) else ""
        words = f"{self._round.title} · {self._round.channel_title}"
        if task is not None:
            self.app.copy_to_clipboard(task.copied)
            left = _("{waiting} waiting, {done} done").format(
                waiting=f"{task.waiting:,}", done=f"{task.done:,}"
            )
            later = _("{later} later").format(later=f"{task.later:,}") if task.later else ""
            words += f"  {left}  {later}"
        self.query_one("#title", Static).update(Text(wide.clean(words)))
        self.query_one("#task", Lines).show(self._lines)
        self.query_one("#answers", Lines).show(partial(answer_lines, task.answers if task else ()))
        self.show_commands()

    def _lines(self, width: int) -> list[Content]:
        if self._her is not None:
            return task_lines(self._her, bool(self._her.copied), width)
        return [piece for one in self._nobody.split("\n") for piece in wrapped(one, width, 4)]

    def allows(self, command: type[Command]) -> bool:
        """Copying and her card need somebody; an answer's key goes before ours."""
        if command is LeaveWork:
            return True
        return self._her is not None and command.key not in {one.key for one in self._her.answers}

    def on_key(self, event: events.Key) -> None:
        """The key of an answer."""
        given = next((one for one in self._answers if one.key == event.character), None)
        if given is not None:
            event.stop()
            event.prevent_default()
            self._answer(given)

    @property
    def _answers(self) -> tuple[Answer, ...]:
        return self._her.answers if self._her else ()

    def action_answer(self, name: str) -> None:
        """A click on an answer."""
        given = next((one for one in self._answers if one.name == name), None)
        if given is not None:
            self._answer(given)

    def _answer(self, given: Answer) -> None:
        if self._answering or self._her is None:  # the next customer is on her way
            return
        if given.later:
            self.in_background(self._ask_until(given), "dialog")
            return
        self._answering = True
        job = partial(desk.answer, self.shop, self._her, given, self._round.campaign, self._round.channel)
        self.fetch(job, self._show, group="task", failed=self._not_taken)

    def _not_taken(self, error: Exception) -> None:
        self._her, self._answering = None, False
        self.crm.notify(str(error), severity="error")
        self.refresh_content()

    async def _ask_until(self, given: Answer) -> None:
        task, which = self._her, self._round
        assert task is not None
        found = await ask_and_act(
            self,
            _("{answer}: when to try again?").format(answer=given.title),
            _("+2h, tomorrow 10:00, 2026-11-20 15:00"),
            lambda typed: [desk.answer(self.shop, task, given, which.campaign, which.channel, typed)],
            text="+2h",
        )
        if found is not None:
            self._show(found[0])

    @on(CopyAgain)
    def copy_again(self) -> None:
        """Once more."""
        if self._her is not None:
            self.app.copy_to_clipboard(self._her.copied)
            self.crm.done(_("copied"), undo=False)

    @on(WhoIsIt)
    def who_is_it(self) -> None:
        """Her card."""
        if self._her is not None:
            self.crm.show_customer(self._her.customer_id)

    @on(LeaveWork)
    def leave(self) -> None:
        """Back."""
        self.dismiss()


def open_work(area: Area, campaign: str | None = None) -> None:
    """Show the work of a campaign, or of the list that is chosen where there are several."""
    area.in_background(_open(area, campaign), "dialog")


async def _open(area: Area, campaign: str | None) -> None:
    found = [one for one in desk.rounds(area.shop) if campaign in (None, one.campaign)]
    place: int | None = 0
    if not found:
        area.crm.notify(_("Nobody waits now."))
        return
    if len(found) > 1:
        lines = [
            f"{one.title}  {one.channel_title}  "
            + _("{waiting} waiting, {done} done").format(waiting=one.waiting, done=one.done)
            for one in found
        ]
        place = await area.app.push_screen_wait(Choose(_("Which list?"), lines))
    if place is not None:
        await area.app.push_screen(WorkScreen(found[place]))
