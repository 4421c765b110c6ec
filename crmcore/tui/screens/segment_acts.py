"""What can be done about a segment from its row and from the list of its members."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path

from textual import events, on

from crmcore.background.process import Stopped
from crmcore.desk import segment_view as view
from crmcore.errors import CrmError, UsageError
from crmcore.i18n import gettext as _
from crmcore.i18n import mark, ngettext
from crmcore.people import People
from crmcore.tui.area import Area
from crmcore.tui.asking import ask_and_act, ask_day
from crmcore.tui.commands import Command
from crmcore.tui.dialogs import Choose, Confirm
from crmcore.tui.screens import segment_commands as commands
from crmcore.tui.screens.who_dialogs import Sheet
from crmcore.tui.widgets.segment_lines import segment_lines, why_lines
from crmcore.tui.widgets.work_bar import WorkBar

_FILE_HINT = mark("The ending says what kind: csv, xlsx or json. Enter writes it, Esc leaves")


class SegmentScreen(Area):
    """A screen about one segment, or the one under the cursor.

    `segment` is that one, `as_of` the day gone by that is looked at (None: today).
    """

    as_of: date | None = None
    looking = False  # the work is about what is shown here: whoever leaves the area does not wait for it

    @property
    def segment(self) -> view.SegmentRow | None:
        """The segment in question."""
        raise NotImplementedError

    @property
    def work(self) -> WorkBar:
        """The line that shows long work."""
        return self.query_one(WorkBar)

    @property
    def day_words(self) -> str:
        """Which day is looked at."""
        return _("as of {day}").format(day=self.as_of) if self.as_of else _("today")

    def day_changed(self) -> None:
        """Another day was chosen."""

    def allows(self, command: type[Command]) -> bool:
        """Work can be stopped while there is some; most else needs a segment that can be used."""
        if command is commands.StopWaiting:
            return self.work.working
        if command in (commands.AsOf, commands.CloseMembers):
            return True
        if command is commands.ShowRule:
            return self.segment is not None
        return self.segment is not None and not self.segment.error

    def on_screen_suspend(self, _event: events.ScreenSuspend) -> None:
        """Something lies over the screen, or another area is shown: that is known a moment later."""
        self.call_later(self._left_area)

    def _left_area(self) -> None:
        if self.looking and self.work.working and self.app.current_mode != self.NAME:
            self.work.stop()

    def work_over(self) -> None:
        """No work goes on any more."""

    @on(commands.StopWaiting)
    def stop_waiting(self) -> None:
        """Stop."""
        self.work.stop()

    @on(commands.AsOf)
    def ask_day(self) -> None:
        """Ask for the day."""
        self.in_background(self._ask_day(), "dialog")

    async def _ask_day(self) -> None:
        # The same day again: what was stopped is counted.
        if (day := await ask_day(self, self.as_of)) is not None:
            self.work.stop()
            self.as_of = day[0]
            self.day_changed()

    @on(commands.ShowRule)
    def show_rule(self) -> None:
        """The rule, laid over the screen."""
        if (segment := self.segment) is not None:

            def show(yaml: str) -> None:
                self.app.push_screen(Sheet(_("Rule"), lambda width: segment_lines(segment, yaml, width)))

            self.fetch(lambda: self.shop.segments.as_yaml(segment.name), show, group="rule")

    # --- why in, why out ------------------------------------------------------------------------------------

    @on(commands.WhyInOrOut)
    def why_in_or_out(self) -> None:
        """Why."""
        self.say_why()

    def say_why(self) -> None:
        """Of whom? Then why."""
        if (segment := self.segment) is not None:
            self.in_background(self._why(segment), "dialog")

    async def _why(self, segment: view.SegmentRow) -> None:
        question = _("{segment}: why is who in it, or not?").format(segment=segment.title)
        hint = _("A name, nickname, phone, order number; Enter looks her up")
        hits = await ask_and_act(self, question, hint, self._people)
        if not hits:
            return
        place: int | None = 0
        if len(hits) > 1:
            place = await self.app.push_screen_wait(
                Choose(_("Who is meant?"), [words for _id, words in hits])
            )
        if place is not None:
            self.show_why(segment, hits[place][0])

    def _people(self, text: str) -> list[tuple[int, str]]:
        hits = People(self.shop).find(text, 10)
        if not hits:
            raise UsageError(_("nobody is known by that"))
        return [(one.customer_id, f"{one.name or one.shown}  #{one.customer_id}") for one in hits]

    def show_why(self, segment: view.SegmentRow, customer_id: int) -> None:
        """Why she is in it, or not, laid over the screen."""

        def show(why: view.Why) -> None:
            title = f"{segment.title}  ({self.day_words})"
            self.app.push_screen(Sheet(title, lambda width: why_lines(why, width)))

        job = partial(view.why, self.shop, segment.name, customer_id, self.as_of)
        self.fetch(job, show, group="why", busy=True)

    # --- into a file ----------------------------------------------------------------------------------------

    @on(commands.Export)
    def export(self) -> None:
        """Ask for the file, then write it."""
        if (segment := self.segment) is not None:
            self.in_background(self._export(segment), "dialog")

    async def _export(self, segment: view.SegmentRow) -> None:
        question = _("Write {segment} ({day}) into which file?").format(
            segment=segment.title, day=self.day_words
        )
        proposed = str(view.export_file(self.shop, segment.name, self.as_of))
        file = await ask_and_act(self, question, _(_FILE_HINT), self._file, text=proposed)
        if file is None:
            return
        over = _("{file} is there already. Write over it?").format(file=file)
        if file.exists() and not await self.app.push_screen_wait(Confirm(over, _("Write over it"))):
            return
        why = _("Phones and e-mails go along when you say why; left blank, they stay here.")
        reason = await ask_and_act(self, _("Why do you need phones and e-mails?"), why, str.strip, blank=True)
        if reason is None:
            return
        if self.work.working:
            self.crm.complain(CrmError(_("something else is being worked out: stop it first, or wait")))
            return
        given = {"name": segment.name, "file": str(file), "as_of": str(self.as_of) if self.as_of else None}
        given["reason"] = reason
        self._file_written, self.looking = file, False
        self.work.begin("segment_export", given, what=_("writing the file"))
        self.show_commands()

    def _file(self, typed: str) -> Path:
        return view.typed_file(self.shop, typed)

    @on(WorkBar.Heard)
    def warned(self, event: WorkBar.Heard) -> None:
        """What could not be written as it is."""
        if event.name == "warning":
            self.crm.notify(event.value[0], severity="warning", timeout=10)

    @on(WorkBar.Ended)
    def work_ended(self, event: WorkBar.Ended) -> None:
        """Tell where the file is."""
        self.work_over()
        self.show_commands()
        if event.work == "segment_export":
            words = ngettext(
                "{count} customer written into {file}", "{count} customers written into {file}", event.value
            ).format(count=f"{event.value:,}", file=self._file_written)
            self.crm.done(words, undo=False)

    @on(WorkBar.Failed)
    def work_failed(self, event: WorkBar.Failed) -> None:
        """Say why; whoever stopped it knows."""
        self.work_over()
        self.show_commands()
        if isinstance(event.error, Stopped):
            self.crm.done(_("stopped"), undo=False)
        else:
            self.crm.complain(event.error)
