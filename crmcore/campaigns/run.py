"""One run of one process over one plan: what it did so far, and whether it is over."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from crmcore.campaigns.body import Body
from crmcore.campaigns.claiming import Claimer
from crmcore.i18n import gettext as _
from crmcore.records.money import to_minor
from crmcore.records.sending import Reason
from crmcore.store import ledger, plan_rows
from crmcore.store.campaign_rows import CampaignRow
from crmcore.store.database import Write
from crmcore.store.ledger import COST_PARTS

if TYPE_CHECKING:
    from crmcore.campaigns.shop import ShopLike
    from crmcore.hooks.channels import Channel

_BEAT_SECONDS = 10.0
_COUNTED_SECONDS = 2.0  # so old may the sum be that a budget is held against

Told = Callable[[int, int], None]
Stop = Callable[[], bool]


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
    over_budget: bool = False  # what the campaign may cost is spent

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
            self.over_budget or more.over_budget,
        )

    def as_json(self) -> dict[str, object]:
        """As JSON values."""
        return dict(self.__dict__)


@dataclass
class Run:
    """One run of one process over one plan of a campaign.

    `stop` is asked between messages; `limit` is the most that go out in this run; `told` hears
    (done, in all). `sender` is its row among the senders, once it has begun.
    """

    shop: ShopLike
    row: CampaignRow
    body: Body
    plan_id: int
    channels: Mapping[str, Channel]
    limit: int | None = None
    stop: Stop = lambda: False
    told: Told | None = None
    wait: Callable[[float], None] = time.sleep
    done: Sent = field(default_factory=Sent)
    sender: int = 0
    _beaten: float = field(default_factory=time.monotonic)
    _spent: tuple[float, int] = (-60.0, 0)  # when it was counted, in hundredths of a minor unit

    @property
    def claimer(self) -> Claimer:
        """Takes the places of this run."""
        return Claimer(self.shop, self.row, self.body, self.plan_id, self.sender, self.channels)

    def left(self, most: int) -> int:
        """At most so many messages, and no more than this run may still send; at least one."""
        return most if self.limit is None else max(1, min(most, self.limit - self.done.sent))

    def over(self) -> bool:
        """Whether it is to end, for one of the reasons that a run may have."""
        if self.done.stopped:
            return True
        if self.stop():
            self.done.stopped = _("stopped")
        elif self.limit is not None and self.done.sent >= self.limit:
            self.done.stopped = _("so many were to be sent in this run")
        elif self._budget_spent():
            self.done.stopped, self.done.over_budget = _("the budget is spent"), True
        return bool(self.done.stopped)

    def must_beat(self) -> bool:
        """Whether it is time to say that this process is alive."""
        return time.monotonic() - self._beaten >= _BEAT_SECONDS

    def beat(self, write: Write, now: int) -> None:
        """Say so, where it is time."""
        if self.must_beat():
            ledger.beat(write, self.sender, now)
            self._beaten = time.monotonic()

    def give_back(self, write: Write, rows: list[int]) -> None:
        """Give places back that were taken and never handed over: it is those people's turn again."""
        self.not_yet(write, ledger.give_back(write, rows))

    def not_yet(self, write: Write, people: Iterable[int]) -> None:
        """It is these people's turn again."""
        plan_rows.mark_later(write, self.plan_id, dict.fromkeys(people, int(Reason.NOT_YET)))

    def _budget_spent(self) -> bool:
        if self.body.budget is None:
            return False
        now = time.monotonic()
        if now - self._spent[0] > _COUNTED_SECONDS:
            with self.shop.database.read() as connection:
                self._spent = (now, sum(ledger.spent(connection, self.row.id).values()))
        return self._spent[1] >= hundredths(self.body.budget, self.shop.settings.currency)


def hundredths(amount: Decimal, currency: str) -> int:
    """An amount as the ledger keeps costs: in hundredths of a minor unit."""
    return to_minor(amount * COST_PARTS, currency)
