"""What the register of kept segments remembers: who was in one on a day, who came and left, when and why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from crmcore.segments.register_store import Kept, Move
from crmcore.store.schema_membership import segment_members, segment_moves


@dataclass(frozen=True)
class Day:
    """One day of a kept segment: who came, who left, and how many were in it at its end."""

    day: date
    entered: int
    left: int
    members: int

    def as_json(self) -> dict[str, Any]:
        """Plain data for `--json`."""
        return {
            "day": self.day.isoformat(),
            "entered": self.entered,
            "left": self.left,
            "members": self.members,
        }


def recorded(connection: sa.Connection, kept: Kept, day: date | None = None) -> set[int]:
    """Who was in the segment at the end of that day, as it was recorded (None: now)."""
    members, c = segment_members.c, segment_moves.c
    found = set(connection.scalars(sa.select(members.customer_id).where(members.segment == kept.name)))
    if day is None:
        return found
    later = c.segment == kept.name, c.day > day.isoformat()
    first = sa.select(sa.func.min(c.id)).where(*later).group_by(c.customer_id)
    for who, entered in connection.execute(sa.select(c.customer_id, c.entered).where(c.id.in_(first))):
        (found.discard if entered else found.add)(int(who))
    return found


def moves(
    connection: sa.Connection,
    name: str | None = None,
    *,
    customer_id: int | None = None,
    since: date | None = None,
    after: int = 0,
    limit: int = 50,
) -> list[Move]:
    """The newest moves first, of a segment, a customer, since a day; `after`: those that follow that id."""
    c = segment_moves.c
    query = sa.select(segment_moves).where(c.id > after)
    if name is not None:
        query = query.where(c.segment == name)
    if customer_id is not None:
        query = query.where(c.customer_id == customer_id)
    if since is not None:
        query = query.where(c.day >= since.isoformat())
    rows = connection.execute(query.order_by(c.id.desc()).limit(limit)).mappings()
    return [_move(row) for row in rows]


def next_moves(connection: sa.Connection, after: int, segments: tuple[str, ...], limit: int) -> list[Move]:
    """The moves that follow the one with the id `after`, in order; of these segments, or of all."""
    c = segment_moves.c
    query = sa.select(segment_moves).where(c.id > after)
    if segments:
        query = query.where(c.segment.in_(segments))
    return [_move(row) for row in connection.execute(query.order_by(c.id).limit(limit)).mappings()]


def days(connection: sa.Connection, kept: Kept, limit: int = 30) -> list[Day]:
    """The days on which somebody came or left, the newest first, and the day on which it began."""
    return list(_days(connection, kept))[:limit]


def _days(connection: sa.Connection, kept: Kept) -> Iterator[Day]:
    c, members = segment_moves.c, segment_members.c
    there = sa.select(sa.func.count()).where(members.segment == kept.name)
    number = int(connection.scalar(there) or 0)
    entered = sa.func.count().filter(c.entered.is_(sa.true()))
    left = sa.func.count().filter(c.entered.is_(sa.false()))
    began = kept.began.isoformat()
    query = sa.select(c.day, entered, left).where(c.segment == kept.name, c.day >= began)
    for day, came, went in connection.execute(query.group_by(c.day).order_by(c.day.desc())):
        yield Day(date.fromisoformat(day), int(came), int(went), number)
        number += int(went) - int(came)
    yield Day(kept.began, 0, 0, number)


def _move(row: Any) -> Move:
    facts = json.loads(row["facts"]) if row["facts"] else {}
    return Move(
        row["id"],
        row["segment"],
        row["customer_id"],
        bool(row["entered"]),
        date.fromisoformat(row["day"]),
        row["at"],
        row["cause"],
        row["change_id"],
        facts,
    )
