"""How far a campaign has got, in figures."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from crmcore.campaigns.asking import channels_of, media_of
from crmcore.campaigns.body import Body
from crmcore.campaigns.due import starts_of
from crmcore.i18n import gettext as _
from crmcore.records.money import to_major
from crmcore.records.sending import EVENT_WORDS, Event, Reason, SendState, reason_words, state_words
from crmcore.store import ledger, plan_rows
from crmcore.store.campaign_rows import CampaignRow
from crmcore.store.guard_ask import FOREVER
from crmcore.store.ledger import COST_PARTS

if TYPE_CHECKING:
    from crmcore.campaigns.shop import ShopLike


@dataclass(frozen=True)
class TurnStatus:
    """One message of several: turn 0 is the first, then each follow-up; `cost` in major units."""

    turn: int
    states: dict[SendState, int]
    events: dict[Event, int]
    cost: str

    @property
    def title(self) -> str:
        """Which message, in words."""
        return _("follow-up {number}").format(number=self.turn) if self.turn else _("first message")

    @property
    def done(self) -> int:
        """How many went out, or may have."""
        return _done(self.states)

    def lines(self) -> list[tuple[str, int]]:
        """The figures in words."""
        return _lines(self.states, self.events)

    def as_json(self) -> dict[str, Any]:
        """The figures as JSON values."""
        return {
            "follow_up": self.turn,
            "done": self.done,
            "states": {state.name.lower(): number for state, number in self.states.items()},
            "events": {event.name.lower(): number for event, number in self.events.items()},
            "cost": self.cost,
        }


def _lines(states: Mapping[SendState, int], events: Mapping[Event, int]) -> list[tuple[str, int]]:
    """Figures in words; what came back that a message's state says already is not told twice."""
    found = {state_words(state): number for state, number in sorted(states.items())}
    for event, number in sorted(events.items()):
        found.setdefault(_(EVENT_WORDS[event]), number)
    return list(found.items())


def _done(states: Mapping[SendState, int]) -> int:
    out = (SendState.SENT, SendState.DELIVERED, SendState.BOUNCED, SendState.UNKNOWN)
    return sum(states.get(one, 0) for one in out)


@dataclass(frozen=True)
class Status:
    """One campaign in figures.

    `planned` is how many of the newest kept plan were to get it; `states` counts messages by state, `events`
    what came back (machines' opens apart, in `machine_events`); `later` counts those who did not get it after
    all, by reason. `cost` is what the messages cost so far, in major units. `turns` are the same figures for
    the first message and each follow-up; empty for a campaign without any. `next_at` is when the next
    follow-up goes out. `message_cost` is `cost` in minor units; `span` is when messages reached the first and
    the last customer.
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
    turns: tuple[TurnStatus, ...] = ()
    next_at: int | None = None
    message_cost: int = 0
    span: tuple[int, int] | None = None

    @property
    def done(self) -> int:
        """How many messages went out, or may have."""
        return _done(self.states)

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
            "messages": [one.as_json() for one in self.turns],
            "next_at": self.next_at,
        }

    def lines(self) -> list[tuple[str, int]]:
        """The figures in words, those that are 0 left out."""
        found = _lines(self.states, self.events)
        found += [
            (_("{what}, by a machine").format(what=_(EVENT_WORDS[event])), number)
            for event, number in sorted(self.machine_events.items())
        ]
        return found + [(reason_words(reason), number) for reason, number in sorted(self.later.items())]


def status(shop: ShopLike, row: CampaignRow, body: Body, as_of: date | None = None) -> Status:
    """The figures of a campaign; as of an earlier day of what had gone out and come back by its end."""
    clock = shop.clock(as_of)
    until = FOREVER if as_of is None else clock.until
    with shop.database.read(in_passing=True) as connection:
        plans = [plan for plan in plan_rows.of_campaign(connection, row.id) if plan.at <= until]
        plan_id = int(plans[0].id) if plans else None
        later = plan_rows.later_counts(connection, plan_id) if plan_id else {}
        tally = ledger.tally(connection, row.id, until)
        events = ledger.events(connection, row.id, until)
    # A plan stays what it was when it was kept: its figures need not be counted again.
    planned = sum(json.loads(plans[0].counts)["channels"].values()) if plans else 0
    states = {key: one.messages for key, one in tally.items()}
    spent: Counter[int] = Counter()
    for (turn, _state), one in tally.items():
        spent[turn] += one.cost
    currency = shop.settings.currency
    starts = starts_of(body, clock, media_of(channels_of(shop)))
    waits = row.state == "running" and row.starts_at and row.starts_at > clock.until
    return Status(
        row.name,
        row.state,
        row.message or "",
        plan_id,
        planned,
        _summed(states),
        _summed({(t, Event(what)): number for (t, what, machine), number in events.items() if not machine}),
        _summed({(t, Event(what)): number for (t, what, machine), number in events.items() if machine}),
        {Reason(reason): number for reason, number in later.items() if reason},
        {name: at for name, at in starts.items() if at},
        _cost(sum(spent.values()), currency),
        tuple(
            TurnStatus(
                turn,
                {state: number for (t, state), number in states.items() if t == turn},
                {Event(what): n for (t, what, machine), n in events.items() if t == turn and not machine},
                _cost(spent[turn], currency),
            )
            for turn in body.turns
        )
        if body.follow_ups
        else (),
        row.starts_at if waits else None,
        round(sum(spent.values()) / COST_PARTS),
        ledger.span(tally),
    )


def _summed(by_turn: Mapping[tuple[int, Any], int]) -> dict[Any, int]:
    found: Counter[Any] = Counter()
    for (_turn, what), number in by_turn.items():
        found[what] += number
    return dict(found)


def _cost(parts: int, currency: str) -> str:
    return str(to_major(round(parts / COST_PARTS), currency))
