"""What a channel bears is the shop's: connections and messages a second are shared by all who send by it.

Each sender says in its own row how many connections it holds; when the channel may be given the next message
stands in the channel's row. Both are looked at and changed under the write lock, so that four processes
together keep to what is set for one.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import sqlalchemy as sa

from crmcore.store.database import Write
from crmcore.store.schema_campaigns import send_channels, senders

# Microseconds. A turn that lies further ahead than this was set by a clock that was wrong.
_LONGEST = 3_600_000_000
_TURN = sa.text(
    "UPDATE send_channels SET free_at = :now + :share WHERE id = :channel "
    "AND (free_at IS NULL OR free_at <= :now OR free_at > :now + :longest)"
)


def take_turn(write: Write, channel: int, messages: int, per_second: float, now: int | None = None) -> float:
    """Let so many messages out now, if it is their turn: 0. Else the seconds until it is; nothing goes out.

    The next ones may when the share of these in a second is over. `now` is in microseconds.
    """
    now = _now(write.connection) if now is None else now
    share = round(messages * 1_000_000 / per_second)
    values = {"now": now, "share": share, "channel": channel, "longest": max(_LONGEST, share)}
    if write.connection.execute(_TURN, values).rowcount == 1:
        return 0.0
    free_at = write.connection.scalar(sa.select(send_channels.c.free_at).where(send_channels.c.id == channel))
    return max(0, (free_at or now) - now) / 1_000_000


def _now(connection: sa.Connection) -> int:
    """The database server's clock, where there is one: machines that share a shop need not agree."""
    if connection.dialect.name == "sqlite":
        return time.time_ns() // 1000
    clock = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)"
    return int(connection.exec_driver_sql(clock).scalar_one())


def take_lines(
    write: Write, sender: int, channel: int, most: int, is_alive: Callable[[str, int], bool]
) -> int:
    """How many of the channel's `most` connections this sender may open: those that no living one holds.

    It holds them until `give_lines`, or until it is gone.
    """
    s = senders.c
    query = sa.select(s.process, s.heartbeat_at, s.lines)
    others = query.where(s.channel == channel, s.lines > 0, s.ended_at.is_(None), s.id != sender)
    held = sum(
        int(row.lines) for row in write.connection.execute(others) if is_alive(row.process, row.heartbeat_at)
    )
    mine = max(0, most - held)
    _hold(write, sender, channel, mine)
    return mine


def give_lines(write: Write, sender: int) -> None:
    """Say that this sender holds no connections any more."""
    _hold(write, sender, None, None)


def _hold(write: Write, sender: int, channel: int | None, lines: int | None) -> None:
    here = sa.update(senders).where(senders.c.id == sender)
    write.connection.execute(here.values(channel=channel, lines=lines))
