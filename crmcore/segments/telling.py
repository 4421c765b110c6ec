"""Telling plugins who came into kept segments and who left: after the writes, in order, each move once.

Moves are claimed before they are told: whatever happens then, nobody hears of them twice. One process at
a time speaks to a watcher; who dies over it is followed by the next when its time is up.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from crmcore.errors import CrmError
from crmcore.hooks.segment_watchers import SegmentMove, SegmentWatcher
from crmcore.segments.people import named
from crmcore.segments.register_history import next_moves
from crmcore.store.database import Database, Write
from crmcore.store.schema_membership import segment_moves, segment_watchers

AT_ONCE = 100
PATIENCE = 30.0  # seconds a watcher has for one list
# plugin, watcher, moves: told in a worker process; raises `CrmError` when it fails.
Tell = Callable[[str, str, list[SegmentMove]], object]


@dataclass(frozen=True)
class Heard:
    """How far a watcher is: the last move it heard of, how many it failed at, and what it said then."""

    plugin: str
    name: str
    heard: int
    failed: int
    message: str | None


def heard(connection: sa.Connection) -> list[Heard]:
    """Every watcher that ever heard anything."""
    c = segment_watchers.c
    query = sa.select(c.plugin, c.name, c.heard, c.failed, c.message).order_by(c.plugin, c.name)
    return [Heard(*row) for row in connection.execute(query)]


def tell_all(
    database: Database, watchers: Iterable[tuple[str, SegmentWatcher]], tell: Tell, *, actor: str = "system"
) -> list[str]:
    """Tell every watcher what it has not heard of; returns what went wrong, a sentence each."""
    problems: list[str] = []
    for plugin, watcher in watchers:
        while moves := _claim(database, plugin, watcher, actor):
            try:
                tell(plugin, watcher.name, moves)
            except CrmError as error:
                problems.append(str(error))
                _finish(database, plugin, watcher, actor, len(moves), str(error))
            else:
                _finish(database, plugin, watcher, actor)
    return problems


def _claim(database: Database, plugin: str, watcher: SegmentWatcher, actor: str) -> list[SegmentMove]:
    """The next moves for a watcher, now its own; none where there are none, or somebody speaks to it."""
    c = segment_watchers.c
    mine = c.plugin == plugin, c.name == watcher.name
    with database.read() as connection:
        row = connection.execute(sa.select(c.heard).where(*mine)).first()
        if row is not None and not next_moves(connection, row[0], watcher.segments, 1):
            return []
    with database.write("telling watchers", actor=actor, kind="facts") as write:
        connection, now = write.connection, int(time.time())
        found = connection.execute(sa.select(c.heard, c.busy_until).where(*mine)).first()
        if found is None:
            _begin(write, plugin, watcher)
            return []
        if found.busy_until is not None and found.busy_until > now:
            return []
        moves = next_moves(connection, found.heard, watcher.segments, AT_ONCE)
        if moves:
            until = now + int(2 * PATIENCE)
            claimed = sa.update(segment_watchers).where(*mine).values(heard=moves[-1].id, busy_until=until)
            connection.execute(claimed)
        names = {one.id: one.name for one in named(connection, [move.customer_id for move in moves])}
    return [
        SegmentMove(
            one.id, one.segment, one.customer_id, names.get(one.customer_id, ""), one.entered,
            one.day, one.cause, dict(one.facts),
        )
        for one in moves
    ]  # fmt: skip


def _begin(write: Write, plugin: str, watcher: SegmentWatcher) -> None:
    """A watcher that is new hears of what comes, not of what was."""
    newest = write.connection.scalar(sa.select(sa.func.max(segment_moves.c.id)))
    row = {"plugin": plugin, "name": watcher.name, "heard": int(newest or 0)}
    write.connection.execute(sa.insert(segment_watchers).values(**row))


def _finish(
    database: Database, plugin: str, watcher: SegmentWatcher, actor: str, failed: int = 0, message: str = ""
) -> None:
    c = segment_watchers.c
    values: dict[str, Any] = {"busy_until": None, "failed": c.failed + failed}
    if failed:
        values["message"] = message
    with database.write("telling watchers", actor=actor, kind="facts") as write:
        mine = c.plugin == plugin, c.name == watcher.name
        write.connection.execute(sa.update(segment_watchers).where(*mine).values(**values))


def begin_all(database: Database, watchers: Sequence[tuple[str, SegmentWatcher]]) -> None:
    """Have new watchers hear of everything from now on: before the next moves are noted."""
    c = segment_watchers.c
    with database.read() as connection:
        known = {(row[0], row[1]) for row in connection.execute(sa.select(c.plugin, c.name))}
    new = [(plugin, one) for plugin, one in watchers if (plugin, one.name) not in known]
    if new:
        with database.write("telling watchers", actor="system", kind="facts") as write:
            for plugin, one in new:
                _begin(write, plugin, one)
