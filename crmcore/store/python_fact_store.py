"""The queue of customers whose Python facts are to be worked out, and how what was worked out is stored.

Everything goes through the table `stale`: writes put the customers there whom they touched, filling a new
fact in puts everybody there, a batch at a time. `since` tells one touch from the next: values are stored, and
the customer is taken out, only while her row is still the one that was read with her history.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from crmcore.hooks.frames import Broken
from crmcore.records.history import History
from crmcore.store import schema
from crmcore.store.database import Write, among
from crmcore.store.segment_queue import note_touched

# A fact that has been filled in for everybody.
DONE = 2**62


@dataclass(frozen=True)
class Batch:
    """Customers who waited, with their touches; those who are gone have no history."""

    since: dict[int, int]
    histories: list[History]


def queue_more(write: Write, idle: Collection[str], size: int) -> bool:
    """Have the next `size` customers of the fact that is furthest behind worked out; False when none is.

    Facts in `idle` are left alone.
    """
    c, people = schema.plugin_facts.c, schema.customers.c
    behind = sa.select(c.name, c.filled_to).where(c.filled_to < DONE, c.name.not_in(list(idle)))
    reached = {str(name): int(at) for name, at in write.connection.execute(behind)}
    if not reached:
        return False
    first = min(reached.values())
    later = sa.select(people.id).where(people.id > first, people.merged_into.is_(None))
    ids = [int(i) for i in write.connection.scalars(later.order_by(people.id).limit(size))]
    mine = [name for name, at in reached.items() if at == first]
    filled = sa.update(schema.plugin_facts).where(c.name.in_(mine))
    write.connection.execute(filled.values(filled_to=ids[-1] if ids else DONE))
    if ids:
        stale = sa.select(schema.stale.c.customer_id)
        waiting = set(
            write.connection.scalars(stale.where(schema.stale.c.customer_id.between(ids[0], ids[-1])))
        )
        now = time.time_ns() // 1000
        rows = [{"customer_id": i, "since": now} for i in ids if i not in waiting]
        if rows:
            write.connection.execute(sa.insert(schema.stale), rows)
    return True


# Whether everybody waits to be worked out already: after a first import.
_ALL_WAIT = sa.select(
    sa.select(sa.func.count()).select_from(schema.stale).scalar_subquery()
    >= sa.select(sa.func.count())
    .select_from(schema.customers)
    .where(schema.customers.c.merged_into.is_(None))
    .scalar_subquery()
)


def work_again(write: Write, facts: Collection[str], ids: Sequence[int] | None) -> None:
    """Have facts worked out again: these for everybody (`ids` None), or all facts of these customers.

    Who is not there is left out.
    """
    connection, c = write.connection, schema.stale.c
    if ids is None:
        if connection.scalar(_ALL_WAIT):
            return
        again = sa.update(schema.plugin_facts).where(schema.plugin_facts.c.name.in_(list(facts)))
        connection.execute(again.values(filled_to=0))
        return
    if not ids:
        return
    people, now = schema.customers.c, time.time_ns() // 1000
    alive = sa.select(people.id).where(among(connection, people.id, ids), people.merged_into.is_(None))
    found = [int(i) for i in connection.scalars(alive)]
    waiting = set(connection.scalars(sa.select(c.customer_id).where(among(connection, c.customer_id, found))))
    touched = sa.update(schema.stale).where(among(connection, c.customer_id, found))
    connection.execute(touched.values(since=now))
    if rows := [{"customer_id": i, "since": now} for i in found if i not in waiting]:
        connection.execute(sa.insert(schema.stale), rows)


def store(
    write: Write,
    batch: Batch,
    values: Mapping[str, Sequence[Any]],
    signatures: Mapping[str, str],
    cards: sa.Table,
) -> None:
    """Store the values of the batch: for each fact one value a history, `Broken` where there is none.

    `signatures` are those of all facts. A fact that has no values here, or has become another one meanwhile,
    will be filled in again from this batch on.
    """
    c = schema.plugin_facts.c
    rows = write.connection.execute(sa.select(c.name, c.signature)).all()
    wanted = [str(name) for name, signature in rows if name in values and signatures[name] == signature]
    if wanted and batch.histories:
        _store_values(write.connection, batch, {name: values[name] for name in wanted}, cards)
        note_touched(write.connection, [history.customer_id for history in batch.histories])
    for name in wanted:
        broken = sum(isinstance(value, Broken) for value in values[name])
        noted = sa.update(schema.plugin_facts).where(c.name == name)
        write.connection.execute(noted.values(failed=c.failed + broken, refreshed_at=int(time.time())))
    before = min(batch.since) - 1
    again = sa.update(schema.plugin_facts).where(c.name.not_in(wanted), c.filled_to > before)
    write.connection.execute(again.values(filled_to=before))
    stale = schema.stale.c
    mine = stale.customer_id == sa.bindparam("of"), stale.since == sa.bindparam("touched")
    touches = [{"of": i, "touched": at} for i, at in batch.since.items()]
    write.connection.execute(sa.delete(schema.stale).where(*mine), touches)


def _store_values(
    connection: sa.Connection, batch: Batch, values: Mapping[str, Sequence[Any]], cards: sa.Table
) -> None:
    stale = schema.stale.c
    untouched = sa.exists().where(
        stale.customer_id == sa.bindparam("of"), stale.since == sa.bindparam("touched")
    )
    new = {name: sa.bindparam(f"new_{name}", type_=cards.c[name].type) for name in values}
    rows = [
        {
            "of": history.customer_id,
            "touched": batch.since[history.customer_id],
            **{f"new_{name}": _plain(given[place]) for name, given in values.items()},
        }
        for place, history in enumerate(batch.histories)
    ]
    hers = cards.c.customer_id == sa.bindparam("of"), untouched
    connection.execute(sa.update(cards).where(*hers).values(new), rows)


def _plain(value: Any) -> Any:
    return None if isinstance(value, Broken) else value
