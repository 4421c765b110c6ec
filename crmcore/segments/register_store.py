"""The rows of kept memberships: read as values, and brought to what was found, within one write."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from crmcore.store.database import Write, among, batches
from crmcore.store.schema_membership import kept_segments, segment_members, segment_moves, segment_queue


@dataclass(frozen=True)
class Kept:
    """A segment whose members are kept: since when, up to which day they are worked out, what it means."""

    name: str
    began: date
    day: date
    signature: str
    cuts: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class Move:
    """A customer came into a segment, or left it.

    `day` is the day on which it became true, `at` (UTC seconds) when it was noticed. `cause`: change (she was
    changed, by the act `change_id`), day (a day passed), others (the rest of the population moved), rule (the
    rule became another). `facts` are what the rule looks at: name -> value
    as a card keeps it.
    """

    id: int
    segment: str
    customer_id: int
    entered: bool
    day: date
    at: int
    cause: str
    change_id: int | None
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Found:
    """What was worked out about some customers on a day: of those `asked` (None: everybody), the `members`.

    `touched` are those who waited, with their touches; only these may be in the queue when it is kept.
    """

    day: date
    cause: str
    asked: Collection[int] | None
    members: Collection[int]
    touched: Mapping[int, int]
    crossed: Collection[int] = ()  # those whose dates crossed an edge: the day moved them, not a touch


def kept_by(connection: sa.Connection) -> list[Kept]:
    """Every kept segment, by name."""
    rows = connection.execute(sa.select(kept_segments).order_by(kept_segments.c.name)).mappings()
    return [
        Kept(
            row["name"],
            date.fromisoformat(row["began"]),
            date.fromisoformat(row["day"]),
            row["signature"],
            tuple(tuple(cut) for cut in json.loads(row["cuts"])),
        )
        for row in rows
    ]


def waiting(connection: sa.Connection) -> dict[int, int]:
    """Who waits to be looked at: customer -> her touch."""
    rows = connection.execute(sa.select(segment_queue.c.customer_id, segment_queue.c.since))
    return {int(who): int(since) for who, since in rows}


def done_with(write: Write, touched: Mapping[int, int]) -> None:
    """Take those out of the queue who were not touched again."""
    c = segment_queue.c
    mine = c.customer_id == sa.bindparam("who"), c.since == sa.bindparam("touch")
    for some in batches(list(touched.items()), 5_000):
        rows = [{"who": who, "touch": touch} for who, touch in some]
        write.connection.execute(sa.delete(segment_queue).where(*mine), rows)


def renew(write: Write, kept: Kept, before: Kept | None) -> bool:
    """Write down how far a segment is; False when somebody else has meanwhile."""
    c = kept_segments.c
    values = {
        "day": kept.day.isoformat(), "signature": kept.signature, "cuts": json.dumps(kept.cuts),
        "began": kept.began.isoformat(),
    }  # fmt: skip
    if before is None:
        if write.connection.scalar(sa.select(c.name).where(c.name == kept.name)):
            return False
        write.connection.execute(sa.insert(kept_segments).values(name=kept.name, **values))
        return True
    same = c.name == kept.name, c.day == before.day.isoformat(), c.signature == before.signature
    same_cuts = c.cuts == json.dumps(before.cuts)
    changed = write.connection.execute(sa.update(kept_segments).where(*same, same_cuts).values(values))
    return changed.rowcount == 1


def begin(write: Write, name: str, members: Iterable[int], day: date) -> None:
    """Those who are in a segment when it begins to be kept."""
    for some in batches(list(members), 5_000):
        rows = [{"segment": name, "customer_id": who, "since": day.isoformat()} for who in some]
        write.connection.execute(sa.insert(segment_members), rows)


def keep(write: Write, name: str, found: Found, facts: Mapping[int, Mapping[str, Any]]) -> list[int]:
    """Bring a segment's members to what was found; returns the customers who moved.

    Who was touched since `found` was worked out is left to the next time.
    """
    connection = write.connection
    later = _touched_later(connection, found)
    c = segment_members.c
    recorded = members_among(connection, name, found.asked)
    members = set(found.members)
    entered, left = sorted(members - recorded - later), sorted(recorded - members - later)
    day = found.day.isoformat()
    rows = [{"segment": name, "customer_id": who, "since": day} for who in entered]
    for some in batches(rows, 5_000):
        connection.execute(sa.insert(segment_members), list(some))
    for gone in batches(left, 50_000):
        mine = among(connection, c.customer_id, gone)
        connection.execute(sa.delete(segment_members).where(c.segment == name, mine))
    _note_moves(connection, name, found, entered, left, facts)
    return [*entered, *left]


def members_among(connection: sa.Connection, name: str, asked: Collection[int] | None) -> set[int]:
    """Who of those asked about (None: of everybody) is recorded as a member."""
    c = segment_members.c
    query = sa.select(c.customer_id).where(c.segment == name)
    if asked is None:
        return set(connection.scalars(query))
    found: set[int] = set()
    for some in batches(sorted(asked), 50_000):
        found.update(connection.scalars(query.where(among(connection, c.customer_id, some))))
    return found


def _touched_later(connection: sa.Connection, found: Found) -> set[int]:
    rows = connection.execute(sa.select(segment_queue.c.customer_id, segment_queue.c.since))
    waits = {int(who): int(since) for who, since in rows}
    later = {who for who, since in waits.items() if found.touched.get(who) != since}
    # Somebody else has looked at her since she was read, and knows better.
    return later | {who for who in found.touched if who not in waits}


def _note_moves(
    connection: sa.Connection,
    name: str,
    found: Found,
    entered: Sequence[int],
    left: Sequence[int],
    facts: Mapping[int, Mapping[str, Any]],
) -> None:
    now, c = int(time.time()), segment_queue.c
    acts: dict[int, int | None] = {}
    for some in batches(sorted(found.touched), 50_000):
        rows = connection.execute(
            sa.select(c.customer_id, c.change_id).where(among(connection, c.customer_id, some))
        )
        acts.update((int(who), act) for who, act in rows)

    def touched(who: int) -> bool:
        return found.cause == "day" and who in found.touched and who not in found.crossed

    moves = [
        {
            "segment": name, "customer_id": who, "entered": came, "day": found.day.isoformat(), "at": now,
            "cause": "change" if touched(who) else found.cause,
            "change_id": acts.get(who),
            "facts": json.dumps(facts[who], ensure_ascii=False) if who in facts else None,
        }
        for came, some in ((False, left), (True, entered))
        for who in some
    ]  # fmt: skip
    for part in batches(moves, 5_000):
        connection.execute(sa.insert(segment_moves), list(part))
