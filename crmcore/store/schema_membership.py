"""The tables of kept memberships: which segments are kept, who is in them, who came and left, who hears it.

Days are ISO text of the shop's calendar. What stands here can be worked out again for today, not for days
gone by: `segment_moves` is append-only.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Identity, Index, Integer, Table

from crmcore.store.schema import Big, Text, metadata

# `day`: worked out up to this day. `signature` changes when the rule, or a figure it looks at, means another
# thing ("": it begins; "?": it could not be asked); `cuts` is what it took from the whole population (JSON).
kept_segments = Table(
    "kept_segments",
    metadata,
    Column("name", Text, primary_key=True),
    Column("began", Text, nullable=False),
    Column("day", Text, nullable=False),
    Column("signature", Text, nullable=False),
    Column("cuts", Text, nullable=False, server_default="[]"),
)

segment_members = Table(
    "segment_members",
    metadata,
    Column("segment", Text, primary_key=True),
    Column("customer_id", Big, primary_key=True, autoincrement=False),
    Column("since", Text, nullable=False),  # the day; of those who were in it when it began, that day
)

segment_moves = Table(
    "segment_moves",
    metadata,
    Column("id", Big, Identity(), primary_key=True),
    Column("segment", Text, nullable=False),
    Column("customer_id", Big, nullable=False),
    Column("entered", Boolean, nullable=False),  # else she left
    Column("day", Text, nullable=False),  # the day on which it became true
    Column("at", Big, nullable=False),  # when it was noticed, UTC seconds
    Column("cause", Text, nullable=False),  # change, day, others, rule
    Column("change_id", Big),  # the act that touched her last, where the cause is a change
    Column("facts", Text),  # JSON: what her card said of what the rule looks at
    Index("segment_moves_customer", "customer_id"),
    Index("segment_moves_segment", "segment", "id"),
    sqlite_autoincrement=True,
)

# Customers who were touched and not yet looked at. `since`, in microseconds, tells one touch from another.
segment_queue = Table(
    "segment_queue",
    metadata,
    Column("customer_id", Big, primary_key=True, autoincrement=False),
    Column("since", Big, nullable=False),
    Column("change_id", Big),
)

# How far each plugin's watcher has heard: moves up to `heard` were handed over, or are being.
segment_watchers = Table(
    "segment_watchers",
    metadata,
    Column("plugin", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("heard", Big, nullable=False),
    Column("busy_until", Big),  # while it hears: nobody else speaks to it before this instant
    Column("failed", Integer, nullable=False, server_default="0"),  # moves that it failed at
    Column("message", Text),
)

TABLES = (kept_segments, segment_members, segment_moves, segment_queue, segment_watchers)
