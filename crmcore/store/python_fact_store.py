"""A batch of Python facts: what is worked out together, and how it is stored.

Values are stored only for customers whom nobody touched since they were read, and only while the fact is
still the one they were worked out for.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from crmcore.hooks.facts import Fact
from crmcore.hooks.frames import Broken
from crmcore.records.history import History
from crmcore.store import schema
from crmcore.store.database import Write

# A fact that has been filled in for everybody.
DONE = 2**62


@dataclass(frozen=True)
class Batch:
    """Customers whose values are worked out together.

    Either stale ones, `since` tells each one's touch, or the `stretch` after one id up to another.
    """

    histories: list[History]
    facts: list[tuple[str, Fact]]
    ids: list[int]
    since: dict[int, int] = field(default_factory=dict)
    stretch: tuple[int, int] = (0, 0)


def store(
    write: Write,
    batch: Batch,
    values: Mapping[str, Sequence[Any]],
    signatures: Mapping[str, str],
    cards: sa.Table,
) -> None:
    """Store the values of the batch: for each fact one value a history, `Broken` where there is none.

    `signatures` are those of all facts; a fact that has no values here is filled in again from this batch on.
    """
    wanted = _still_wanted(write.connection, batch, values, signatures)
    _store_values(write.connection, batch, {name: values[name] for name in wanted}, cards)
    for name in wanted:
        broken = sum(isinstance(value, Broken) for value in values[name])
        _note(write.connection, name, broken, batch.stretch[1])
    if batch.since:
        _fill_again(write.connection, [name for name in signatures if name not in wanted], min(batch.ids) - 1)
        c = schema.stale.c
        done = sa.delete(schema.stale).where(
            c.customer_id == sa.bindparam("of"), c.since == sa.bindparam("touched")
        )
        touches = [{"of": i, "touched": at} for i, at in batch.since.items()]
        write.connection.execute(done, touches)


def _still_wanted(
    connection: sa.Connection, batch: Batch, values: Mapping[str, object], signatures: Mapping[str, str]
) -> list[str]:
    """Facts that are still the same, and whose filling nobody else has carried on meanwhile."""
    c = schema.plugin_facts.c
    rows = connection.execute(sa.select(c.name, c.signature, c.filled_to)).all()
    return [
        str(name)
        for name, signature, filled_to in rows
        if name in values
        and signatures.get(name) == signature
        and (batch.since or filled_to == batch.stretch[0])
    ]


def _store_values(
    connection: sa.Connection, batch: Batch, values: Mapping[str, Sequence[Any]], cards: sa.Table
) -> None:
    if not values or not batch.histories:
        return
    rows = [
        {
            "of": history.customer_id,
            "touched": batch.since.get(history.customer_id, 0),
            **{f"new_{name}": _plain(given[place]) for name, given in values.items()},
        }
        for place, history in enumerate(batch.histories)
    ]
    stale = schema.stale.c
    touch = sa.exists().where(stale.customer_id == sa.bindparam("of"))
    untouched = touch.where(stale.since == sa.bindparam("touched")) if batch.since else ~touch
    new = {name: sa.bindparam(f"new_{name}", type_=cards.c[name].type) for name in values}
    connection.execute(
        sa.update(cards).where(cards.c.customer_id == sa.bindparam("of"), untouched).values(new), rows
    )


def _plain(value: Any) -> Any:
    return None if isinstance(value, Broken) else value


def _note(connection: sa.Connection, name: str, broken: int, filled_to: int) -> None:
    c = schema.plugin_facts.c
    noted = sa.update(schema.plugin_facts).where(c.name == name)
    reached = {"filled_to": filled_to} if filled_to else {}
    connection.execute(noted.values(failed=c.failed + broken, refreshed_at=int(time.time()), **reached))


def _fill_again(connection: sa.Connection, names: Sequence[str], after: int) -> None:
    c = schema.plugin_facts.c
    back = sa.update(schema.plugin_facts).where(c.name.in_(names), c.filled_to > after)
    connection.execute(back.values(filled_to=after))
