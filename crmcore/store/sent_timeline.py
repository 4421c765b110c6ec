"""How a message reads on the timeline: what was said, by which channel, and how far it got."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.records.customer import TimelineEntry
from crmcore.records.sending import EVENT_WORDS, Event, SendState, state_words
from crmcore.shown import word
from crmcore.store.schema_campaigns import campaigns, send_channels, send_events, sends


def sent_entries(connection: sa.Connection, ids: Sequence[int]) -> Iterator[TimelineEntry]:
    """The messages of these rows of the ledger, each with its life."""
    lives: dict[int, list[dict[str, Any]]] = defaultdict(list)
    e = send_events.c
    for event in connection.execute(sa.select(send_events).where(e.send_id.in_(ids)).order_by(e.at, e.id)):
        lives[event.send_id].append(
            {
                "at": event.at,
                "what": Event(event.what).name.lower(),
                "machine": bool(event.machine),
                "text": event.text,
            }
        )
    c = sends.c
    query = (
        sa.select(sends, campaigns.c.name.label("campaign"), send_channels.c.name.label("channel_name"))
        .select_from(
            sends.join(campaigns, campaigns.c.id == c.campaign_id).join(
                send_channels, send_channels.c.id == c.channel
            )
        )
        .where(c.id.in_(ids))
    )
    for row in connection.execute(query):
        yield _entry(row, lives[row.id])


def _entry(row: sa.Row[Any], life: list[dict[str, Any]]) -> TimelineEntry:
    state = SendState(row.state)
    told = [state_words(state)]
    for event in life:
        what = Event[event["what"].upper()]
        if what is Event.DELIVERED and state is SendState.DELIVERED:
            continue
        words = _(EVENT_WORDS[what])
        told.append(_("{what}, by a machine").format(what=words) if event["machine"] else words)
    title = _("{campaign} by {channel}: {life}").format(
        campaign=row.campaign, channel=word(row.channel_name), life=joined(dict.fromkeys(told))
    )
    data = {
        "campaign": row.campaign,
        "channel": row.channel_name,
        "state": state.name.lower(),
        "reference": row.reference,
        "detail": row.detail,
        "events": life,
    }
    return TimelineEntry(row.at, "message", row.id, title, row.text or "", data)
