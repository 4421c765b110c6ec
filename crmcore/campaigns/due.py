"""When the channels of a campaign may begin: at once, or so many days before the day of the festival."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from crmcore.campaigns.body import Body
from crmcore.records.clock import Clock, day_end, day_start


def starts_of(body: Body, clock: Clock, media: Mapping[str, str]) -> dict[str, int]:
    """The instant at which each channel may begin (0: at once); `media` tells the sort of each channel.

    A follow-up has its time by the message before it.
    """
    if body.node is None or body.turn:
        return dict.fromkeys(body.channels, 0)
    return {
        name: day_start(body.node - timedelta(days=body.days_ahead(name, media.get(name, name))), clock.zone)
        for name in body.channels
    }


def due_channels(body: Body, clock: Clock, media: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """The channels that may send now, in their order, and those whose day has not come."""
    if is_past(body, clock):
        return [], []
    starts = starts_of(body, clock, media)
    due = [name for name in body.channels if starts[name] <= clock.now]
    return due, [name for name in body.channels if name not in due]


def is_past(body: Body, clock: Clock) -> bool:
    """Whether the day of the festival is over: an offer that has ended is not sent."""
    return body.node is not None and clock.now > day_end(body.node, clock.zone)
