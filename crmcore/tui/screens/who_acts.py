"""What can be done on the card: notes, promises, complaints, call-backs, tags, and confirming who she is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

from textual import on
from textual.worker import Worker

from crmcore.desk import card_acts as acts
from crmcore.desk import card_same
from crmcore.desk.brief import Alert, Brief
from crmcore.desk.lookup import Match, whose
from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.records.typed_times import instant_from
from crmcore.shown import labelled
from crmcore.tui.commands import Command
from crmcore.tui.dialogs import Ask, Choose
from crmcore.tui.screens.who_card import CardScreen
from crmcore.tui.widgets import card_commands as commands
from crmcore.tui.widgets.card import CardView
from crmcore.tui.widgets.card_lookup import LookupLine, NoteLine
from crmcore.wide import clean, cut

if TYPE_CHECKING:
    from crmcore.desk.card_same import Same

_NUMBERS = count()
_TOLD = 40  # columns of a note in the line that says it was kept
Next = Callable[[], Awaitable[None]]


class CardActs(CardScreen):
    """The acts of the card; each is one change that the undo key takes back."""

    def __init__(self) -> None:
        super().__init__()
        self._noting = False  # a note is being kept
        self._drafts: dict[int, str] = {}  # notes begun on customers who are not shown, by customer

    def allows(self, command: type[Command]) -> bool:
        """They need a card; keeping a promise needs one, confirming somebody to confirm."""
        if self.brief is None or not self.shows("card"):
            return False
        if command is commands.PromiseKept:
            return bool(self._owed)
        if command is commands.JustHer:
            return bool(self.same)
        return True

    @property
    def _owed(self) -> tuple[Alert, ...]:
        """What is open and has no key of its own: promises, inquiries, plugins' kinds."""
        return tuple(one for one in self.her.alerts if one.kind not in ("complaint", "call"))

    def act(
        self, job: Callable[[], Any], said: str, then: Callable[[Any], None] | None = None
    ) -> Worker[None]:
        """Do something in a thread, say that it is done, and show her anew."""

        def done(result: Any) -> None:
            self.crm.done(said)
            if then is not None:
                then(result)
            else:
                self.reload()

        def failed(error: CrmError) -> None:
            self.crm.complain(error)
            self.reload()  # she may have been merged into somebody meanwhile: show whom she has become

        # Each is a group of its own: a newer act must not swallow what an older one has to say.
        return self.fetch(job, done, group=f"act{next(_NUMBERS)}", failed=failed, busy=True)

    # --- notes ----------------------------------------------------------------------------------------------

    @on(commands.Note)
    def start_note(self) -> None:
        """The cursor goes into the line for a note."""
        self.query_one(NoteLine).start()

    @on(CardView.Typed)
    def typed_on_card(self, event: CardView.Typed) -> None:
        """What was typed on the card begins a note."""
        self.query_one(NoteLine).start(event.text)

    @on(NoteLine.Left)
    def note_left(self) -> None:
        """Back to the card; what was typed stays."""
        self.query_one(CardView).focus()

    def _show(self, found: Brief, *, keep_place: bool) -> None:
        """A note that was begun stays with the customer it is about."""
        before = self.brief
        if before is not None and before.id != found.id and not keep_place:
            line = self.query_one(NoteLine)
            if line.text:
                self._drafts[before.id] = line.text
            line.put(self._drafts.pop(found.id, ""))
        super()._show(found, keep_place=keep_place)

    @on(NoteLine.Saved)
    def save_note(self, event: NoteLine.Saved) -> None:
        """Keep the note, once; the line is emptied when it is kept."""
        if not self._noting:
            self._noting = True
            self.in_background(self._save_note(event.kind, event.text), "note")

    async def _save_note(self, kind: str, text: str) -> None:
        """What is somebody else's name or number was meant to look her up, most likely: that is asked."""
        her = self.her
        try:
            other = await asyncio.to_thread(whose, self.shop, text, her.id)
            if other is None or await self._is_a_note(her, other, text):
                said = _("noted for {name}: {text}").format(name=her.called, text=cut(clean(text), _TOLD))
                job = partial(acts.log, self.shop, her.id, kind, text)
                await self.act(job, said, lambda _id: self._note_kept(her.id, text)).wait()
        finally:
            self._noting = False

    def _note_kept(self, her: int, text: str) -> None:
        """Somebody else may be shown meanwhile: what stands in the line is hers then, and stays."""
        line = self.query_one(NoteLine)
        if line.text == text:
            line.clear()
        elif self._drafts.get(her) == text:
            del self._drafts[her]
        if line.has_cursor and not line.text:
            self.query_one(CardView).focus()
        self.reload()

    async def _is_a_note(self, her: Brief, other: Match, text: str) -> bool:
        """Ask what to do; where somebody is to be looked up, do so."""
        question = _("{text} is what another customer is called or known by: {why}").format(
            text=clean(text), why=clean(f"{other.called} ({other.why})")
        )
        lines = [_("look her up"), _("keep it as a note on {name}").format(name=clean(her.called))]
        place = await self.app.push_screen_wait(Choose(question, lines))
        if place == 0:
            self.query_one(NoteLine).clear()
            line = self.query_one(LookupLine)
            line.clear()
            line.take_over(text, pasted=True, entered=False)
        return place == 1

    # --- promises, call-backs, complaints -------------------------------------------------------------------

    @on(commands.PromiseKept)
    def promise_kept(self) -> None:
        """One promise is kept at once, of several one is chosen; other open things say where they go."""
        self.in_background(self._promise_kept(), "dialog")

    async def _promise_kept(self) -> None:
        owed = await self._one_of(_("Which one is done?"), self._owed)
        if owed is None:
            return
        if owed.kind == "promise":
            self._move(owed, "kept", _("promise kept"))
            return
        states = acts.next_states(self.shop, owed)
        question = clean(labelled(f"{owed.title} #{owed.id}", owed.text))
        place = await self.app.push_screen_wait(Choose(question, [one.words for one in states]))
        if place is not None:
            self._move(owed, states[place].name, labelled(owed.title, states[place].words))

    @on(commands.NewPromise)
    def new_promise(self) -> None:
        """What she was promised, and until when."""
        self.in_background(self._log("promise", _("What was she promised?"), _("promise noted")), "dialog")

    @on(commands.CallBack)
    def call_back(self) -> None:
        """Plan one; or say what became of one that is planned."""
        self.in_background(self._call_back(), "dialog")

    async def _call_back(self) -> None:
        more = [(_("plan another one"), self._plan_call)]
        await self._go_on_with("call", _("call-back"), more, self._plan_call)

    async def _plan_call(self) -> None:
        await self._log("call", _("What to get back to her about?"), _("call-back planned"), state="planned")

    @on(commands.Complaint)
    def complaint(self) -> None:
        """Deal with an open one, or write a new one down."""
        self.in_background(self._complaint(), "dialog")

    async def _complaint(self) -> None:
        more = [
            (_("write down what was said"), self._start_note),
            (_("write a new one down"), self._new_complaint),
        ]
        await self._go_on_with("complaint", _("complaint"), more, self._new_complaint)

    async def _new_complaint(self) -> None:
        await self._log("complaint", _("What does she complain about?"), _("complaint noted"))

    async def _start_note(self) -> None:
        self.start_note()

    async def _go_on_with(
        self, kind: str, what: str, more: Sequence[tuple[str, Next]], when_none: Next
    ) -> None:
        """Ask where something open of that kind goes from here, or for something else in `more`."""
        alert = await self._one_of(_("Which one?"), self.her.alerts_of(kind))
        if alert is None:
            if not self.her.alerts_of(kind):
                await when_none()
            return
        states = acts.next_states(self.shop, alert)
        lines = [*(one.words for one in states), *(words for words, _next in more)]
        question = clean(labelled(f"{what} #{alert.id}", alert.text))
        place = await self.app.push_screen_wait(Choose(question, lines))
        if place is None:
            return
        if place < len(states):
            self._move(alert, states[place].name, labelled(what, states[place].words))
        else:
            await more[place - len(states)][1]()

    async def _one_of(self, question: str, alerts: tuple[Alert, ...]) -> Alert | None:
        """The only one, else the one that is chosen; None when there is none or nothing was chosen."""
        if len(alerts) < 2:
            return alerts[0] if alerts else None
        lines = [clean(f"#{one.id} {one.text}") for one in alerts]
        place = await self.app.push_screen_wait(Choose(question, lines))
        return None if place is None else alerts[place]

    def _move(self, alert: Alert, state: str, said: str) -> None:
        self.act(partial(acts.move, self.shop, alert.id, state, alert.title), said)

    async def _log(self, kind: str, question: str, said: str, *, state: str | None = None) -> None:
        from crmcore.tui.screens.who_dialogs import Told, WhatWhen

        her = self.her.id
        told = await self.app.push_screen_wait(WhatWhen(question, self._instant))
        if isinstance(told, Told):
            job = partial(acts.log, self.shop, her, kind, told.text, due_at=told.due_at, state=state)
            self.act(job, said)

    def _instant(self, typed: str) -> int:
        return instant_from(typed, self.shop.clock(), end_of_day=True)

    # --- tags, and who she is -------------------------------------------------------------------------------

    @on(commands.Tags)
    def tags(self) -> None:
        """Her tags as a line that is edited."""
        self.in_background(self._tags(), "dialog")

    async def _tags(self) -> None:
        brief = self.her
        known = await asyncio.to_thread(acts.tags_in_use, self.shop)
        hint = _("apart by commas.  In use: {tags}").format(tags=joined(known)) if known else ""
        question = _("Tags of {name}").format(name=brief.called)
        typed = await self.app.push_screen_wait(Ask(question, ", ".join(brief.tags), hint))
        if typed is not None:
            self.act(partial(acts.change_tags, self.shop, brief, typed), _("tags changed"))

    @on(commands.JustHer)
    def just_her(self) -> None:
        """Confirm who she is."""
        result = self.chosen_result()
        if result is not None:
            self.open_card(result, then=self.just_her)
            return
        self.in_background(self._just_her(), "dialog")

    async def _just_her(self) -> None:
        same: list[Same] = list(self.same)
        place: int | None = 0
        if len(same) > 1:
            place = await self.app.push_screen_wait(
                Choose(_("Who is the same person?"), [s.words for s in same])
            )
        if place is not None and same:
            job = partial(card_same.confirm, self.shop, self.her.id, same[place])
            self.act(job, _("that's her: {words}").format(words=same[place].words), self.reload)
