"""What a campaign earned: orders by code and by time, against the control group, with all its costs.

Beside it stand its goal, the same period a year ago, the period before, the campaign of its kind before it,
and what it cost in good will: how many unsubscribed or complained.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crmcore.campaigns.body import Body, body_of
from crmcore.campaigns.lift import Lift, lift
from crmcore.campaigns.status import Status, status
from crmcore.i18n import gettext as _
from crmcore.records.money import to_major, to_minor
from crmcore.records.sending import Event, Reason
from crmcore.store import campaign_rows, earnings, ledger
from crmcore.store.campaign_rows import CampaignRow
from crmcore.store.earnings import Earned, Group
from crmcore.store.guard_ask import FOREVER

if TYPE_CHECKING:
    import sqlalchemy as sa

    from crmcore.campaigns.shop import ShopLike

_DAY, _YEAR = 86_400, 365 * 86_400


@dataclass(frozen=True)
class CampaignReport:
    """What it earned; money in minor units of `currency`, instants UTC seconds.

    `until` is the end of the window of its newest message so far; until then figures grow. `extra_revenue` is
    what the reached group spent more than the control group did a head, times the people reached (None
    without a control group). `before` is the campaign of the same kind before this one, by name and revenue.
    `by_turn` is `by_window` by the message that reached the buyer last: 0 the first, then each follow-up.
    """

    name: str
    title: str
    currency: str
    first: int | None
    until: int | None
    complete: bool
    status: Status
    by_code: Earned
    by_window: Earned
    lift: Lift | None
    extra_revenue: int | None
    message_cost: int
    other_cost: int
    commission: int
    goal: str
    goal_value: Decimal | None
    goal_reached: Decimal | None
    shop: Earned
    year_ago: Earned
    period_before: Earned
    before: tuple[str, int, int] | None
    by_turn: dict[int, Earned] = field(default_factory=dict)

    @property
    def revenue(self) -> int:
        """All that is counted as its own."""
        return self.by_code.revenue + self.by_window.revenue

    @property
    def cost(self) -> int:
        """All that it cost."""
        return self.message_cost + self.other_cost + self.commission

    @property
    def roi(self) -> float | None:
        """What came back for each unit spent, beyond the unit itself; None where nothing was spent."""
        return (self.revenue - self.cost) / self.cost if self.cost else None

    @property
    def roi_of_lift(self) -> float | None:
        """The same for what would not have come without it, as far as the control group tells."""
        if self.extra_revenue is None or not self.cost:
            return None
        return (self.extra_revenue - self.cost) / self.cost

    @property
    def unsubscribed(self) -> int:
        """How many asked for no more."""
        return self.status.events.get(Event.UNSUBSCRIBED, 0)

    @property
    def complained(self) -> int:
        """How many complained about it."""
        return self.status.events.get(Event.COMPLAINED, 0)

    def verdict(self) -> str:
        """What the control group says, in a sentence."""
        if self.lift is None or not self.lift.control:
            return _("no control group: nobody can say what they would have bought without it")
        if self.lift.verdict == "unclear":
            return _("too small to tell: the difference may be chance")
        if self.lift.verdict == "more":
            return _("more bought than without it")
        return _("fewer bought than without it")

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        found = self.lift
        return {
            "campaign": self.name,
            "currency": self.currency,
            "first": self.first,
            "until": self.until,
            "complete": self.complete,
            "messages": self.status.as_json(),
            "by_code": self.by_code.__dict__,
            "by_window": self.by_window.__dict__,
            "by_message": [{"follow_up": turn, **one.__dict__} for turn, one in self.by_turn.items()],
            "revenue": self.revenue,
            "lift": None
            if found is None
            else {
                "reached": found.reached,
                "reached_buyers": found.reached_buyers,
                "control": found.control,
                "control_buyers": found.control_buyers,
                "difference": round(found.difference, 6),
                "low": round(found.low, 6),
                "high": round(found.high, 6),
                "verdict": found.verdict,
                "extra_buyers": round(found.extra_buyers, 2),
            },
            "extra_revenue": self.extra_revenue,
            "cost": {
                "messages": self.message_cost,
                "other": self.other_cost,
                "commission": self.commission,
                "all": self.cost,
            },
            "roi": None if self.roi is None else round(self.roi, 4),
            "roi_of_lift": None if self.roi_of_lift is None else round(self.roi_of_lift, 4),
            "goal": self.goal or None,
            "goal_value": None if self.goal_value is None else str(self.goal_value),
            "goal_reached": None if self.goal_reached is None else str(self.goal_reached),
            "unsubscribed": self.unsubscribed,
            "complained": self.complained,
            "shop": self.shop.__dict__,
            "year_ago": self.year_ago.__dict__,
            "period_before": self.period_before.__dict__,
            "before": None
            if self.before is None
            else {"campaign": self.before[0], "revenue": self.before[1]},
        }


def report(shop: ShopLike, row: CampaignRow, body: Body, as_of: date | None = None) -> CampaignReport:
    """The report as things stand now, or of what had happened by the end of the day `as_of`."""
    shop.permit("campaign.report")
    told = status(shop, row, body, as_of)
    currency, clock = shop.settings.currency, shop.clock(as_of)
    window = body.window_days * _DAY
    # From the plan until the last message's days are over: the control group is watched as long.
    watched = window + sum(one.after for one in body.follow_ups) * _DAY
    of_step = body.occasion == "unpaid_order"
    till = FOREVER if as_of is None else clock.until
    with shop.database.read(in_passing=True) as connection:
        coded = earnings.by_code(connection, row.id, currency, till)
        windows = _windows(connection)
        timed = earnings.by_window(connection, row.id, windows, told.span, currency, till, of_step=of_step)
        by_turn = {}
        if body.follow_ups:
            found = earnings.by_window(
                connection, row.id, windows, told.span, currency, till, of_step=of_step, by_turn=True
            )
            by_turn = {turn: found.get(turn, Earned()) for turn in body.turns}
        reached, control = earnings.groups(
            connection, row.id, watched, currency, int(Reason.CONTROL), till, of_step=of_step
        )
        other = earnings.other_costs(connection, row.id, till)
        first, until = (None, None) if told.span is None else (told.span[0], told.span[1] + window)
        begin = first if first is not None else clock.until
        end = until if until is not None else begin
        back = (0, _YEAR, max(end - begin, _DAY))
        spans = [(begin - one, min(end - one, till)) for one in back]
        now_, year_ago, period_before = earnings.shop_in(connection, spans, currency)
        before = _before(connection, row, currency)
    by_window = timed.get(0, Earned())
    commission = round(coded.revenue * body.commission / 100)
    goal, value, got = _goal(body, coded, by_window, told, currency)
    return CampaignReport(
        row.name, body.title or row.name, currency, first, until,
        until is not None and until <= clock.until and row.state in ("done", "cancelled"),
        told, coded, by_window,
        lift(reached.people, reached.buyers, control.people, control.buyers) if control.people else None,
        _extra(reached, control), told.message_cost, other, commission, goal, value, got,
        now_, year_ago, period_before, before, by_turn,
    )  # fmt: skip


def add_cost(shop: ShopLike, row: CampaignRow, amount: Decimal, what: str) -> int:
    """Write down what a campaign cost beside its messages (major units); returns the sum in minor units."""
    from crmcore.store.changes import insert
    from crmcore.store.schema_campaigns import campaign_costs

    shop.permit("campaign.edit")
    values = {
        "campaign_id": row.id,
        "at": shop.clock().now,
        "amount": to_minor(amount, shop.settings.currency),
        "what": what,
    }
    with shop.write(
        _("cost of the campaign {name}: {what}").format(name=row.name, what=what), kind="campaign"
    ) as write:
        insert(write, campaign_costs, values)
        return earnings.other_costs(write.connection, row.id, FOREVER)


def _extra(reached: Group, control: Group) -> int | None:
    if not control.people or not reached.people:
        return None
    return round(reached.revenue - control.revenue * reached.people / control.people)


def _goal(
    body: Body, coded: Earned, timed: Earned, told: Status, currency: str
) -> tuple[str, Decimal | None, Decimal | None]:
    if body.goal is None:
        return "", None, None
    got = {
        "buyers": Decimal(coded.buyers + timed.buyers),
        "orders": Decimal(coded.orders + timed.orders),
        "revenue": to_major(coded.revenue + timed.revenue, currency),
        "replies": Decimal(told.events.get(Event.REPLIED, 0)),
    }
    return body.goal.measure, body.goal.value, got[body.goal.measure]


def _windows(connection: sa.Connection) -> dict[int, int]:
    """Every campaign's window in seconds."""
    return {one.id: body_of(one.body).window_days * _DAY for one in campaign_rows.all_of(connection)}


def _before(connection: sa.Connection, row: CampaignRow, currency: str) -> tuple[str, int, int] | None:
    """The campaign of the same kind before this one: its name, revenue and messages."""
    rows = [
        one
        for one in campaign_rows.all_of(connection)
        if one.kind == row.kind and one.id < row.id and one.started_at is not None
    ]
    if not rows:
        return None
    one = rows[0]
    body = body_of(one.body)
    coded = earnings.by_code(connection, one.id, currency, FOREVER)
    tally = ledger.tally(connection, one.id)
    timed = earnings.by_window(
        connection,
        one.id,
        _windows(connection),
        ledger.span(tally),
        currency,
        FOREVER,
        of_step=body.occasion == "unpaid_order",
    )
    sent = sum(figures.messages for figures in tally.values())
    return one.name, coded.revenue + timed.get(0, Earned()).revenue, sent
