"""The messages of one run by one channel: handed over a few at a time, each receipt written down.

What was handed over without a receipt when the channel ends is unknown; what was not handed over goes back.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from crmcore.campaigns.outbox import Letter, Outbox
from crmcore.campaigns.run import Run, hundredths
from crmcore.errors import PluginFailure
from crmcore.hooks.channel_values import Outgoing, Receipt
from crmcore.i18n import gettext as _
from crmcore.records.sending import SendState
from crmcore.store import campaign_rows, ledger, outcomes, plan_rows, send_limits
from crmcore.store.database import Write
from crmcore.store.ledger import Result

if TYPE_CHECKING:
    from crmcore.hooks.channels import Channel

# So many places are taken at once; fewer where the channel is slow, so that the guards' word is fresh.
PLACES = 400
FRESH_SECONDS = 5.0
# Of what is handed over nobody can say what became of it when everything dies: one message at a time, and
# where the channel is quick as many as it takes in a twentieth of a second, but never more than this.
_HANDED, _HANDED_SECONDS = 8, 0.05
# A message that the channel could not take is tried so often, a channel that takes nothing so many times.
_TRIES, _IN_A_ROW = 6, 20
_LONGEST_WAIT = 300.0
# A run does not wait longer than this for a gateway that said when to come again, in seconds.
_PATIENCE = 30.0


class _Pace:
    """How quick the channel is, and until when it is to be left alone (on the monotonic clock)."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._answered, self._began = 0, 0.0
        self._failures_in_a_row = 0
        self.until = 0.0

    def answered(self) -> None:
        """It told of one message; its start is no part of its pace."""
        self._began = self._began or time.monotonic()
        self._answered += 1

    def worked(self) -> None:
        """It took one."""
        self._failures_in_a_row = 0

    def failed(self) -> None:
        """It did not take one. Where it takes nothing any more, each further one makes us wait longer."""
        self._failures_in_a_row += 1
        over = self._failures_in_a_row - _IN_A_ROW
        if over >= 0:
            self.until = time.monotonic() + min(_LONGEST_WAIT, 0.05 * 2 ** min(over, 12))

    def room(self, now: float) -> int:
        """How many messages may be handed over at once."""
        rate = self._answered / max(now - self._began, 0.02) if self._answered > 1 else 0.0
        return max(1, min(_HANDED, self._most, int(rate * _HANDED_SECONDS)))


class Handing:
    """Sends what is due by one channel; `number` is the channel's in the ledger."""

    def __init__(self, run: Run, channel: Channel, number: int) -> None:
        self._run, self._channel, self._number = run, channel, number
        self._claimer = run.claimer
        rate = channel.limits.per_second
        places = PLACES if rate is None else max(1, min(PLACES, int(rate * FRESH_SECONDS)))
        self._outbox = Outbox(run.shop, run.row, run.body, self._claimer, channel, run.left(places))
        self._pace = _Pace(channel.limits.batch)
        self._waiting: list[Result] = []  # receipts that are not written down yet
        self._bad: list[int] = []  # and the rows of those whose address is no good

    def send(self, lines: int | None) -> None:
        """Send until nothing is left or the run is over, by so many of the channel's connections."""
        try:
            for receipt in self._run.shop.channels.send(self._channel.name, self._more, lines):
                self._heard(receipt)
        except PluginFailure as failure:
            self._broken(failure)
        finally:
            self._close()

    def _more(self) -> Sequence[Outgoing]:
        """The next messages for the channel, written down as handed over; empty: nothing is left to do."""
        while True:
            if self._run.over():
                return []
            now = time.monotonic()
            if now < self._pace.until:  # the channel's pace, or back-pressure: the gateway asked for it
                self._write_down()
                self._run.wait(min(self._pace.until - now, 1.0))
                continue
            letters = self._outbox.next(self._run.left(self._pace.room(now)), now)
            if letters:
                if handed := self._write_down(letters):
                    return handed
            elif (later := self._outbox.next_try) is not None and later - now > _PATIENCE:
                if not self._outbox.fill():
                    self._run.done.waits = True  # what is left goes back to the plan, for a later run
                    self._write_down()
                    return []
            elif later is not None:
                self._write_down()
                self._run.wait(min(max(0.0, later - now), 1.0))
            elif not self._outbox.fill():
                self._write_down()
                return []
            self._note_refused()

    def _note_refused(self) -> None:
        """Messages that cannot be made or sent: told in the ledger, without having been handed over."""
        for letter, problem in self._outbox.take_refused():
            self._waiting.append(Result(letter.send_id, SendState.FAILED, None, problem))
            self._run.done.failed += 1

    def _write_down(self, letters: Sequence[Letter] = ()) -> list[Outgoing]:
        """Keep the receipts so far, and that these letters are handed over; returns those that are."""
        run = self._run
        if not letters and not self._waiting and not run.must_beat():
            return []
        now = run.shop.clock().now
        with run.shop.write(_("sending"), kind="campaign") as write:
            self._settle(write, now)
            run.beat(write, now)
            if letters and campaign_rows.state_of(write.connection, run.row.id) != "running":
                run.done.stopped = _("the campaign was paused")
                letters = ()
            elif letters and not self._our_turn(write, len(letters)):
                self._outbox.put_back(letters)
                letters = ()
            letters = self._still_allowed(write, letters)
            mine = ledger.hand(write, run.sender, {one.send_id: one.kept_text for one in letters}, now)
        self._waiting, self._bad = [], []
        handed = [one for one in letters if one.send_id in mine]
        self._outbox.handed(handed)
        return [one.message for one in handed]

    def _our_turn(self, write: Write, messages: int) -> bool:
        """Whether so many messages may go out now; all senders of the channel share its messages a second."""
        rate = self._channel.limits.per_second
        if rate is None:
            return True
        wait = send_limits.take_turn(write, self._number, messages, rate)
        self._pace.until = max(self._pace.until, time.monotonic() + (wait or messages / rate))
        return not wait

    def _settle(self, write: Write, now: int) -> None:
        """The receipts so far, and no more for an address at which nobody is."""
        ledger.settle(write, self._run.sender, self._waiting)
        if self._bad:
            outcomes.suppress_bad(write, self._bad, now, f"campaign {self._run.row.name}")

    def _still_allowed(self, write: Write, letters: Sequence[Letter]) -> Sequence[Letter]:
        """Those whom the guards still let through; asked where their last word is some seconds old."""
        old = [one for one in letters if time.monotonic() - one.asked_at > FRESH_SECONDS]
        if not old:
            return letters
        people = [(one.person, one.step, one.identity_id) for one in old]
        refused = self._claimer.asked_again(write, old[0].channel, people)
        back = [one for one in old if one.person in refused]
        ledger.give_back(write, [one.send_id for one in back])
        plan_rows.mark_later(write, self._run.plan_id, {one.person: int(refused[one.person]) for one in back})
        return [one for one in letters if one not in back]

    def _heard(self, receipt: Receipt) -> None:
        done = self._run.done
        self._pace.answered()
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
            done.failed += 1
            if receipt.bad_address:
                self._bad.append(letter.send_id)
        elif state is SendState.UNKNOWN:
            done.unknown += 1
        else:
            done.sent += 1
            self._pace.worked()
        if self._run.told:
            self._run.told(done.sent, self._outbox.seen)

    def _try_again(self, letter: Letter, receipt: Receipt) -> None:
        """The gateway did not take it and says so: it never went out, and may be tried again later."""
        self._pace.failed()
        wait = min(_LONGEST_WAIT, max(float(receipt.retry_after or 0), 0.0))
        if letter.tries >= _TRIES:
            self._waiting.append(Result(letter.send_id, SendState.FAILED, None, receipt.detail))
            self._run.done.failed += 1
            return
        self._waiting.append(Result(letter.send_id, SendState.QUEUED, None, receipt.detail))
        self._outbox.again(letter, time.monotonic() + wait)

    def _cost(self, letter: Letter, receipt: Receipt) -> int | None:
        """What it cost: by the receipt, else by the campaign's prices, else by the channel's own check."""
        if receipt.state == "failed":
            return None
        price = receipt.cost
        if price is None:
            priced = self._run.body.price(self._channel.name, self._channel.consent_name)
            price = priced or letter.cost
        return hundredths(price, self._run.shop.settings.currency) if price else None

    def _broken(self, failure: PluginFailure) -> None:
        """The channel gave up: what it had in hand is unknown, the rest goes out when it works again."""
        run = self._run
        message = _("channel {name}: {reason}").format(name=self._channel.name, reason=failure.reason)
        run.done.stopped = message
        why = _("paused the campaign {name}").format(name=run.row.name)
        with run.shop.write(why, kind="campaign") as write:
            row = campaign_rows.by_id(write.connection, run.row.id)
            if row.state == "running":
                campaign_rows.move(write, row.name, "paused", message=message)

    def _close(self) -> None:
        """What was handed over without a receipt is unknown; what was not goes back."""
        run = self._run
        self._note_refused()
        lost = self._outbox.unanswered()
        run.done.unknown += len(lost)
        self._waiting += [Result(one.send_id, SendState.UNKNOWN) for one in lost]
        rest = [one.send_id for one in self._outbox.left()]
        with run.shop.write(_("sending"), kind="campaign") as write:
            self._settle(write, run.shop.clock().now)
            run.give_back(write, rest)
            send_limits.give_lines(write, run.sender)
        self._waiting, self._bad = [], []


_STATES = {
    "accepted": SendState.SENT,
    "delivered": SendState.DELIVERED,
    "failed": SendState.FAILED,
    "unknown": SendState.UNKNOWN,
}
