"""How far a campaign has got, in figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmcore.campaigns.body import Body
from crmcore.campaigns.due import starts_of
from crmcore.records.money import to_major
from crmcore.records.sending import EVENT_WORDS, Event, Reason, SendState, reason_words, state_words
from crmcore.store import ledger, plan_rows
from crmcore.store.campaign_rows import CampaignRow
from crmcore.store.ledger import COST_PARTS

if TYPE_CHECKING:
    from crmcore.campaigns.shop import ShopLike


@dataclass(frozen=True)
class Status:
    """One campaign in figures.

    `planned` is how many of the newest kept plan were to get it; `states` counts messages by state, `events`
    what came back (machines' opens apart, in `machine_events`); `later` counts those who did not get it after
    all, by reason. `cost` is what the messages cost so far, in major units.
    """

    name: str
    state: str
    message: str
    plan: int | None
    planned: int
    states: dict[SendState, int]
    events: dict[Event, int]
    machine_events: dict[Event, int]
    later: dict[Reason, int]
    starts: dict[str, int]
    cost: str

    @property
    def done(self) -> int:
        """How many messages went out, or may have."""
        return sum(
            self.states.get(one, 0)
            for one in (SendState.SENT, SendState.DELIVERED, SendState.BOUNCED, SendState.UNKNOWN)
        )

    @property
    def to_do(self) -> int:
        """How many wait for a person."""
        return self.states.get(SendState.TODO, 0)

    def as_json(self) -> dict[str, Any]:
        """The figures as JSON values."""
        return {
            "campaign": self.name,
            "state": self.state,
            "message": self.message or None,
            "plan": self.plan,
            "planned": self.planned,
            "done": self.done,
            "states": {state.name.lower(): number for state, number in self.states.items()},
            "events": {event.name.lower(): number for event, number in self.events.items()},
            "machine_events": {event.name.lower(): number for event, number in self.machine_events.items()},
            "not_after_all": {reason.name.lower(): number for reason, number in self.later.items()},
            "starts": self.starts,
            "cost": self.cost,
        }

    def lines(self) -> list[tuple[str, int]]:
        """The figures in words, those that are 0 left out."""
        found = [(state_words(state), number) for state, number in sorted(self.states.items())]
        from crmcore.i18n import gettext as _

        found += [(_(EVENT_WORDS[event]), number) for event, number in sorted(self.events.items())]
        found += [
            (_("{what}, by a machine").format(what=_(EVENT_WORDS[event])), number)
            for event, number in sorted(self.machine_events.items())
        ]
        return found + [(reason_words(reason), number) for reason, number in sorted(self.later.items())]


def status(shop: ShopLike, row: CampaignRow, body: Body) -> Status:
    """The figures of a campaign."""
    with shop.database.read() as connection:
        plans = plan_rows.of_campaign(connection, row.id)
        plan_id = int(plans[0].id) if plans else None
        counts = plan_rows.counted(connection, plan_id) if plan_id else {}
        later = plan_rows.later_counts(connection, plan_id) if plan_id else {}
        states = ledger.counts(connection, row.id)
        events = ledger.events(connection, row.id)
        spent = ledger.spent(connection, row.id)
    return Status(
        row.name,
        row.state,
        row.message or "",
        plan_id,
        sum(number for (reason, _channel), number in counts.items() if reason == Reason.NONE),
        states,
        {Event(what): number for (what, machine), number in events.items() if not machine},
        {Event(what): number for (what, machine), number in events.items() if machine},
        {Reason(reason): number for reason, number in later.items() if reason},
        {name: at for name, at in starts_of(body, shop.clock()).items() if at},
        str(to_major(round(spent / COST_PARTS), shop.settings.currency)),
    )
