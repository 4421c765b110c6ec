"""When the channels of a campaign may begin: at once, or so many days before the day of the festival."""

from __future__ import annotations

from datetime import timedelta

from crmcore.campaigns.body import Body
from crmcore.records.clock import Clock, day_end, day_start


def starts_of(body: Body, clock: Clock) -> dict[str, int]:
    """The instant at which each channel may begin (0: at once)."""
    if body.node is None:
        return dict.fromkeys(body.channels, 0)
    return {
        name: day_start(body.node - timedelta(days=body.days_ahead(name)), clock.zone)
        for name in body.channels
    }


def due_channels(body: Body, clock: Clock) -> tuple[list[str], list[str]]:
    """The channels that may send now, in their order, and those whose day has not come."""
    if is_past(body, clock):
        return [], []
    starts = starts_of(body, clock)
    due = [name for name in body.channels if starts[name] <= clock.now]
    return due, [name for name in body.channels if name not in due]


def is_past(body: Body, clock: Clock) -> bool:
    """Whether the day of the festival is over: an offer that has ended is not sent."""
    return body.node is not None and clock.now > day_end(body.node, clock.zone)
