"""Today: what is to do, one after the other without leaving the keyboard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from textual import on

from crmcore.desk import today_acts as acts
from crmcore.desk.today import Task, keep_ahead, read_ahead
from crmcore.errors import CrmError, UsageError
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.shown import labelled, moment
from crmcore.tui.asking import ask_and_act
from crmcore.tui.dialogs import Choose
from crmcore.tui.screens import today_commands as commands
from crmcore.tui.screens.today_view import TodayView

_HINT = mark("Enter saves, Esc leaves")
_WHEN_HINT = mark("tomorrow, tomorrow 10:00, +3d, 2026-12-01. Enter saves, Esc leaves")


class TodayScreen(TodayView):
    """What can be done about the rows; each act is one change that the undo key takes back."""

    NAME = "today"
    HELP_TEXT = mark(
        "What is to do today, queue by queue: promises, complaints, calls, birthdays, unpaid orders, "
        "inquiries. d finishes the row and goes on to the next one; ^Z takes back what you did."
    )
    ACTS = commands.DOING

    @on(commands.Finish)
    def finish(self) -> None:
        """The usual ending at once, of several one is chosen."""
        if self.chosen is not None:
            self._end(self.chosen, acts.endings(self.shop, self.chosen), ask=False)

    @on(commands.OtherState)
    def other_state(self) -> None:
        """Any state."""
        if self.chosen is not None:
            self._end(self.chosen, acts.moves(self.shop, self.chosen), ask=True)

    def _end(self, task: Task, ways: list[tuple[str, str]], *, ask: bool) -> None:
        if len(ways) == 1 and not ask:
            self._finish(task, ways[0][0])
        elif ways:
            self.in_background(self._choose_end(task, ways), "dialog")

    async def _choose_end(self, task: Task, ways: list[tuple[str, str]]) -> None:
        place = await self.app.push_screen_wait(
            Choose(labelled(task.name, task.what), [one[1] for one in ways])
        )
        if place is not None:
            self._finish(task, ways[place][0])

    def _finish(self, task: Task, ending: str) -> None:
        """The row goes at once; where it could not be done, it comes back."""
        self.going.add(task.key)
        self.show_queue()

        async def work() -> None:
            try:
                said = await asyncio.to_thread(acts.finish, self.shop, task, ending)
            except CrmError as error:
                self.crm.complain(error)
            else:
                self.crm.done(said)
            finally:
                self.going.discard(task.key)
                self.refresh_content()

        # Each is a group of its own: what was begun is ended, however quick the next one comes.
        self.in_background(work(), f"finish {task.key}")

    @on(commands.Later)
    def later(self) -> None:
        """Ask until when."""
        if (task := self.chosen) is not None:
            question = _("{name}: put it off until when?").format(name=task.name)
            self.ask(question, _(_WHEN_HINT), partial(self._put_off, task))

    def _put_off(self, task: Task, typed: str) -> str:
        due_at = acts.later(self.shop, task, typed)
        when = moment(due_at, self.shop.settings.time_zone)
        return _("{name}: put off until {when}").format(name=task.name, when=when)

    @on(commands.WriteNote)
    def write_note(self) -> None:
        """Ask for the text."""
        if (task := self.chosen) is not None:
            question = _("A note about {name}").format(name=task.name)
            self.ask(question, _(_HINT), partial(self._note, task))

    def _note(self, task: Task, typed: str) -> str:
        acts.note(self.shop, task, typed)
        return _("{name}: noted").format(name=task.name)

    @on(commands.Give)
    def give(self) -> None:
        """Choose somebody."""
        if (task := self.chosen) is not None:
            self.in_background(self._give(task), "dialog")

    async def _give(self, task: Task) -> None:
        known = await asyncio.to_thread(acts.staff, self.shop, self.tasks)
        question = _("{name}: who is to do it?").format(name=task.name)
        place = await self.app.push_screen_wait(Choose(question, [*known, _("somebody else"), _("nobody")]))
        if place is None:
            return
        if place == len(known):
            self.ask(question, _(_HINT), partial(self._given, task))
            return
        try:
            said = await asyncio.to_thread(self._given, task, known[place] if place < len(known) else "")
        except CrmError as error:
            self.crm.complain(error)
        else:
            self.crm.done(said)
            self.refresh_content()

    def _given(self, task: Task, name: str) -> str:
        acts.assign(self.shop, task, name)
        return _("{name}: given to {owner}").format(name=task.name, owner=name or _("nobody"))

    @on(commands.LookAhead)
    def look_ahead(self) -> None:
        """Ask for the two numbers."""
        now = read_ahead(self.shop)
        question = _("Days back for unpaid orders, and days ahead for birthdays:")
        text = f"{now.unpaid_days} {now.birthday_days}"
        self.ask(question, _(_HINT), self._keep_ahead, text=text, undo=False)

    def _keep_ahead(self, typed: str) -> str:
        numbers = typed.replace(",", " ").split()
        if len(numbers) != 2 or not all(number.isdecimal() for number in numbers):
            raise UsageError(_("write two numbers, such as 3 7"))
        keep_ahead(self.shop, int(numbers[0]), int(numbers[1]))
        return _("Today looks {back} days back and {ahead} days ahead").format(
            back=numbers[0], ahead=numbers[1]
        )

    def ask(
        self, question: str, hint: str, act: Callable[[str], str], *, text: str = "", undo: bool = True
    ) -> None:
        """Ask for a line and act on it; what cannot be is told, and asked for again."""
        self.in_background(self._ask(question, hint, act, text, undo), "dialog")

    async def _ask(self, question: str, hint: str, act: Callable[[str], str], text: str, undo: bool) -> None:
        said = await ask_and_act(self, question, hint, act, text=text)
        if said is not None:
            self.crm.done(said, undo=undo)
            self.refresh_content()
