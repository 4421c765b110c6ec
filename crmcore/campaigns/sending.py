"""Sending a campaign: one run of one process. Several may run side by side; nobody gets two.

For each channel the channel's own code, in its worker process, asks for messages. They are handed over a few
at a time, each written down as handed over before the channel gets it, and each receipt is written down as it
comes. Whatever dies in between leaves places that were never handed over, which go out later, and at most
those few of which nobody can say: they are `unknown` and never go out again by themselves.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from crmcore.campaigns.asking import channels_of, media_of
from crmcore.campaigns.body import Body
from crmcore.campaigns.claiming import Claimer
from crmcore.campaigns.due import due_channels
from crmcore.campaigns.outbox import Letter, Outbox
from crmcore.children import this_process
from crmcore.errors import CrmError, PluginFailure
from crmcore.hooks.channel_values import Outgoing, Receipt
from crmcore.i18n import gettext as _
from crmcore.importing.history import is_alive
from crmcore.records.money import to_minor
from crmcore.records.sending import Reason, SendState
from crmcore.store import campaign_rows, ledger, outcomes, plan_rows, send_limits
from crmcore.store.campaign_rows import CampaignRow
from crmcore.store.database import Write
from crmcore.store.ledger import COST_PARTS, Result

if TYPE_CHECKING:
    from crmcore.campaigns.shop import ShopLike

# So many places are taken at once, at most; fewer where the channel is slow, so that the guards' word is
# fresh.
_PLACES = 400
_FRESH_SECONDS = 5.0
# Of what is handed over nobody can say what became of it when everything dies: one message at a time, and
# where the channel is quick as many as it takes in a twentieth of a second, but never more than this.
_HANDED, _HANDED_SECONDS = 8, 0.05
_BEAT_SECONDS = 10.0
# A message that the channel could not take is tried so often, a channel that takes nothing so many times.
_TRIES, _IN_A_ROW = 6, 20
_LONGEST_WAIT = 300.0
# A run does not wait longer than this for a gateway that said when to come again, in seconds.
_PATIENCE = 30.0

Told = Callable[[int, int], None]


@dataclass
class Sent:
    """What one run did: how many messages went out, failed, are unknown, were left out after all, by hand."""

    sent: int = 0
    failed: int = 0
    unknown: int = 0
    skipped: int = 0
    by_hand: int = 0
    stopped: str = ""  # why it ended before everything was done
    waits: bool = False  # some wait for another hour or day

    def and_then(self, more: Sent) -> Sent:
        """What came of it and of the run after it, together."""
        return Sent(
            self.sent + more.sent,
            self.failed + more.failed,
            self.unknown + more.unknown,
            self.skipped + more.skipped,
            self.by_hand + more.by_hand,
            self.stopped or more.stopped,
            self.waits or more.waits,
        )

    def as_json(self) -> dict[str, object]:
        """As JSON values."""
        return dict(self.__dict__)


@dataclass
class Sender:
    """One run of one process over one plan of a campaign.

    `stop` is asked between messages; `limit` is the most that go out in this run; `told` hears
    (done, in all).
    """

    shop: ShopLike
    row: CampaignRow
    body: Body
    plan_id: int
    limit: int | None = None
    stop: Callable[[], bool] = field(default=lambda: False)
    told: Told | None = None
    wait: Callable[[float], None] = time.sleep
    done: Sent = field(default_factory=Sent)

    def run(self) -> Sent:
        """Send what is due; a channel that cannot be used pauses the campaign, with the reason."""
        why = _("sending the campaign {name}").format(name=self.row.name)
        self._channels = channels_of(self.shop)
        with self.shop.write(why, kind="campaign") as write:
            take_over(write, self.row.id, self.plan_id)
            self._sender = ledger.begin_sender(write, self.row.id, this_process(), self.shop.clock().now)
        self._beaten = time.monotonic()
        self._busy = ""
        self._claimer = Claimer(self.shop, self.row, self.body, self.plan_id, self._sender, self._channels)
        try:
            due, waiting = due_channels(self.body, self.shop.clock(), media_of(self._channels))
            self.done.waits = bool(waiting)
            for channel in due:
                if channel in self._channels and not self._over():
                    self._by(channel)
        finally:
            self._end(why)
        self.done.stopped = self.done.stopped or self._busy
        return self.done

    # --- one channel ------------------------------------------------------------------------------------

    def _by(self, name: str) -> None:
        if self._channels[name].manual:
            self._by_hand(name)
            return
        lines = self._take_lines(name)
        if lines == 0:
            return
        self._limits = self._channels[name].limits
        self._outbox = Outbox(
            self.shop, self.row, self.body, self._claimer, self._channels[name], self._places(name)
        )
        self._waiting: list[Result] = []  # receipts that are not written down yet
        self._bad: list[int] = []  # and the rows of those whose address is no good
        self._failures_in_a_row = 0
        self._pause_until = 0.0
        self._answered, self._began = 0, 0.0
        try:
            for receipt in self.shop.channels.send(name, self._more, lines):
                self._heard(receipt)
        except PluginFailure as failure:
            self._broken(name, failure)
        finally:
            self._close_channel()

    def _take_lines(self, name: str) -> int | None:
        """How many of the channel's connections other senders leave to this one; None: there is no limit."""
        with self.shop.write(_("sending"), kind="campaign") as write:
            self._number = campaign_rows.channel_numbers(write.connection)[name]
            most = self._channels[name].limits.connections
            if most is None:
                return None
            lines = send_limits.take_lines(write, self._sender, self._number, most, is_alive)
        if not lines:
            text = _("channel {name}: other senders use all of its {count} connections; they go on with it")
            self._busy = text.format(name=name, count=most)
        return lines

    def _places(self, name: str) -> int:
        rate = self._channels[name].limits.per_second
        most = _PLACES if rate is None else max(1, min(_PLACES, int(rate * _FRESH_SECONDS)))
        return most if self.limit is None else max(1, min(most, self.limit - self.done.sent))

    def _more(self) -> Sequence[Outgoing]:
        """The next messages for the channel, written down as handed over; empty: nothing is left to do."""
        while True:
            if self._over():
                return []
            now = time.monotonic()
            if now < self._pause_until:  # the channel's pace, or back-pressure: the gateway asked for it
                self._write_down()
                self.wait(min(self._pause_until - now, 1.0))
                continue
            letters = self._outbox.next(self._room(now), now)
            if letters:
                if handed := self._write_down(letters):
                    return handed
            elif (later := self._outbox.next_try) is not None and later - now > _PATIENCE:
                if not self._outbox.fill():
                    self.done.waits = True  # what is left goes back to the plan, for a later run
                    self._write_down()
                    return []
            elif later is not None:
                self._write_down()
                self.wait(min(max(0.0, later - now), 1.0))
            elif not self._outbox.fill():
                self._write_down()
                return []
            self._note_refused()

    def _room(self, now: float) -> int:
        """How many messages may be handed over at once."""
        rate = self._answered / max(now - self._began, 0.02) if self._answered > 1 else 0.0
        room = max(1, min(_HANDED, self._limits.batch, int(rate * _HANDED_SECONDS)))
        return room if self.limit is None else max(1, min(room, self.limit - self.done.sent))

    def _note_refused(self) -> None:
        """Messages that cannot be made or sent: told in the ledger, without having been handed over."""
        for letter, problem in self._outbox.take_refused():
            self._waiting.append(Result(letter.send_id, SendState.FAILED, None, problem))
            self.done.failed += 1

    def _write_down(self, letters: Sequence[Letter] = ()) -> list[Outgoing]:
        """Keep the receipts so far, and that these letters are handed over; returns those that are."""
        if not letters and not self._waiting and time.monotonic() - self._beaten < _BEAT_SECONDS:
            return []
        now = self.shop.clock().now
        with self.shop.write(_("sending"), kind="campaign") as write:
            self._settle(write, now)
            if time.monotonic() - self._beaten > _BEAT_SECONDS:
                ledger.beat(write, self._sender, now)
                self._beaten = time.monotonic()
            if letters and campaign_rows.state_of(write.connection, self.row.id) != "running":
                self.done.stopped = _("the campaign was paused")
                letters = ()
            elif letters and not self._our_turn(write, len(letters)):
                self._outbox.put_back(letters)
                letters = ()
            letters = self._still_allowed(write, letters)
            mine = ledger.hand(write, self._sender, {one.send_id: one.kept_text for one in letters}, now)
        self._waiting, self._bad = [], []
        handed = [one for one in letters if one.send_id in mine]
        self._outbox.handed(handed)
        return [one.message for one in handed]

    def _our_turn(self, write: Write, messages: int) -> bool:
        """Whether so many messages may go out now; all senders of the channel share its messages a second."""
        rate = self._limits.per_second
        if rate is None:
            return True
        wait = send_limits.take_turn(write, self._number, messages, rate)
        self._pause_until = max(self._pause_until, time.monotonic() + (wait or messages / rate))
        return not wait

    def _settle(self, write: Write, now: int) -> None:
        """The receipts so far, and no more for an address at which nobody is."""
        ledger.settle(write, self._sender, self._waiting)
        if self._bad:
            outcomes.suppress_bad(write, self._bad, now, f"campaign {self.row.name}")

    def _still_allowed(self, write: Write, letters: Sequence[Letter]) -> Sequence[Letter]:
        """Those whom the guards still let through; asked where their last word is some seconds old."""
        old = [one for one in letters if time.monotonic() - one.asked_at > _FRESH_SECONDS]
        if not old:
            return letters
        people = [(one.person, one.step) for one in old]
        refused = self._claimer.asked_again(write, old[0].channel, people)
        back = [one for one in old if one.person in refused]
        ledger.give_back(write, [one.send_id for one in back])
        plan_rows.mark_later(write, self.plan_id, {one.person: int(refused[one.person]) for one in back})
        return [one for one in letters if one not in back]

    def _heard(self, receipt: Receipt) -> None:
        self._began = self._began or time.monotonic()  # its start is no part of its pace
        self._answered += 1
        letter = self._outbox.answered(receipt.key)
        if letter is None:
            return
        if receipt.state == "failed" and receipt.retry_after is not None:
            self._try_again(letter, receipt)
            return
        state = _STATES[receipt.state]
        self._waiting.append(
            Result(
                letter.send_id,
                state,
                receipt.reference or None,
                receipt.detail or None,
                self._cost(letter, receipt),
            )
        )
        if state is SendState.FAILED:
            self.done.failed += 1
            if receipt.bad_address:
                self._bad.append(letter.send_id)
        elif state is SendState.UNKNOWN:
            self.done.unknown += 1
        else:
            self.done.sent += 1
            self._failures_in_a_row = 0
        if self.told:
            self.told(self.done.sent, self._outbox.seen)

    def _try_again(self, letter: Letter, receipt: Receipt) -> None:
        """The gateway did not take it and says so: it never went out, and may be tried again later."""
        self._failures_in_a_row += 1
        wait = min(_LONGEST_WAIT, max(float(receipt.retry_after or 0), 0.0))
        if letter.tries >= _TRIES:
            self._waiting.append(Result(letter.send_id, SendState.FAILED, None, receipt.detail))
            self.done.failed += 1
            return
        self._waiting.append(Result(letter.send_id, SendState.QUEUED, None, receipt.detail))
        self._outbox.again(letter, time.monotonic() + wait)
        if self._failures_in_a_row >= _IN_A_ROW:
            # It takes nothing any more: each further one in a row makes us wait longer.
            over = self._failures_in_a_row - _IN_A_ROW
            self._pause_until = time.monotonic() + min(_LONGEST_WAIT, 0.05 * 2 ** min(over, 12))

    def _cost(self, letter: Letter, receipt: Receipt) -> int | None:
        """What it cost: by the receipt, else by the campaign's prices, else by the channel's own check."""
        if receipt.state == "failed":
            return None
        price = receipt.cost
        if price is None:
            medium = self._channels[letter.channel].consent_name
            price = self.body.price(letter.channel, medium) or letter.cost
        return _hundredths(price, self.shop.settings.currency) if price else None

    def _broken(self, name: str, failure: PluginFailure) -> None:
        """The channel gave up: what it had in hand is unknown, the rest goes out when it works again."""
        self.done.stopped = _("channel {name}: {reason}").format(name=name, reason=failure.reason)
        message = self.done.stopped
        with self.shop.write(
            _("paused the campaign {name}").format(name=self.row.name), kind="campaign"
        ) as write:
            row = campaign_rows.by_id(write.connection, self.row.id)
            if row.state == "running":
                campaign_rows.move(write, row.name, "paused", message=message)

    def _close_channel(self) -> None:
        """What was handed over without a receipt is unknown; what was not goes back."""
        self._note_refused()
        lost = self._outbox.unanswered()
        self.done.unknown += len(lost)
        self._waiting += [Result(one.send_id, SendState.UNKNOWN) for one in lost]
        rest = [one.send_id for one in self._outbox.left()]
        with self.shop.write(_("sending"), kind="campaign") as write:
            self._settle(write, self.shop.clock().now)
            people = ledger.give_back(write, rest)
            plan_rows.mark_later(write, self.plan_id, dict.fromkeys(people, int(Reason.NOT_YET)))
            send_limits.give_lines(write, self._sender)
        self._waiting, self._bad = [], []

    def _by_hand(self, name: str) -> None:
        """A channel that people work: its messages become items of a call round or a copy queue."""
        outbox = Outbox(self.shop, self.row, self.body, self._claimer, self._channels[name], _PLACES)
        while not self._over() and outbox.fill():
            letters = outbox.all_ready()
            refused = outbox.take_refused()
            with self.shop.write(_("work of the campaign"), kind="campaign") as write:
                if campaign_rows.state_of(write.connection, self.row.id) != "running":
                    self.done.stopped = _("the campaign was paused")
                    taken = [one.send_id for one in letters] + [one.send_id for one, _problem in refused]
                    people = ledger.give_back(write, taken)
                    plan_rows.mark_later(write, self.plan_id, dict.fromkeys(people, int(Reason.NOT_YET)))
                    return
                ledger.make_items(write, self._sender, {one.send_id: one.kept_text for one in letters})
                ledger.refuse_items(write, self._sender, {one.send_id: why for one, why in refused})
            self.done.by_hand += len(letters)
            self.done.failed += len(refused)

    # --- around it --------------------------------------------------------------------------------------

    def _over(self) -> bool:
        if self.done.stopped:
            return True
        if self.stop():
            self.done.stopped = _("stopped")
        elif self.limit is not None and self.done.sent >= self.limit:
            self.done.stopped = _("so many were to be sent in this run")
        elif self._budget_spent():
            self.done.stopped = _("the budget is spent")
        return bool(self.done.stopped)

    def _budget_spent(self) -> bool:
        if self.body.budget is None:
            return False
        now = time.monotonic()
        if now - getattr(self, "_counted_at", -60.0) > 2.0:
            with self.shop.database.read() as connection:
                self._spent = sum(ledger.spent(connection, self.row.id).values())
            self._counted_at = now
        return self._spent >= _hundredths(self.body.budget, self.shop.settings.currency)

    def _end(self, why: str) -> None:
        with self.shop.write(why, kind="campaign") as write:
            ledger.beat(write, self._sender, self.shop.clock().now, ended=True)
            # What broke in the middle (words that cannot be written out) keeps nobody's place. The places of
            # others are left alone here: whoever begins looks who is gone.
            people, _lost = ledger.leave_behind(write, self.row.id, self._sender)
            plan_rows.mark_later(write, self.plan_id, dict.fromkeys(people, int(Reason.NOT_YET)))


def take_over(write: Write, campaign_id: int, plan_id: int | None) -> int:
    """Settle what senders that are gone have left behind; returns how many messages are unknown for it."""
    unknown = 0
    for one in ledger.senders_with_work(write.connection, campaign_id):
        if one.ended_at is not None or not is_alive(one.process, one.heartbeat_at):
            people, lost = ledger.leave_behind(write, campaign_id, one.id)
            unknown += lost
            if plan_id is not None:
                plan_rows.mark_later(write, plan_id, dict.fromkeys(people, int(Reason.NOT_YET)))
    return unknown


def _hundredths(amount: Decimal, currency: str) -> int:
    return to_minor(amount * COST_PARTS, currency)


_STATES = {
    "accepted": SendState.SENT,
    "delivered": SendState.DELIVERED,
    "failed": SendState.FAILED,
    "unknown": SendState.UNKNOWN,
}
__all__ = ["CrmError", "Sender", "Sent", "take_over"]
