"""The guards: who may be sent what, by which channel, and why not. One path for every sender.

A plan asks them about everybody, sending asks them again about each batch in the very transaction that takes
the places, and a card asks them about one customer. All three run the same statement over a temporary table
of those in question, so that they cannot disagree.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from crmcore.records.sending import Reason
from crmcore.store import consents
from crmcore.store.database import BATCH, batches
from crmcore.store.guard_ask import FIELD, PARTS, Ask, Via
from crmcore.store.guard_sql import Statement, values_of


@dataclass(frozen=True)
class Verdict:
    """What the guards say about one customer: `channel` and `identity_id` where `reason` is 0.

    `refusals` tells for each channel why it cannot be used (0: it can); `wish` why not the one she wishes (0:
    it is hers; None: she wishes none).
    """

    person: int
    step: int
    reason: Reason
    channel: int
    identity_id: int | None
    wish: Reason | None = None
    refusals: tuple[Reason, ...] = ()


def name_people(connection: sa.Connection, people: Iterable[tuple[int, int]]) -> None:
    """Put (customer, step) where `verdicts` looks for them; what stood there goes."""
    _temporary(connection)
    sqlite = connection.dialect.name == "sqlite"
    rows = list(people)
    for part in batches(rows, 20_000):
        ids, steps = [row[0] for row in part], [row[1] for row in part]
        if sqlite and len(set(steps)) == 1:  # most plans: a quarter of the time of one by one
            connection.exec_driver_sql(
                "INSERT OR IGNORE INTO asked (id, step) SELECT value, ? FROM json_each(?)",
                (steps[0], json.dumps(ids)),
            )
        elif sqlite:
            connection.exec_driver_sql("INSERT OR IGNORE INTO asked (id, step) VALUES (?, ?)", list(part))
        else:
            connection.exec_driver_sql(
                "INSERT INTO asked (id, step) SELECT * FROM unnest(CAST(%s AS bigint[]), "
                "CAST(%s AS bigint[])) ON CONFLICT DO NOTHING",
                (ids, steps),
            )


def _temporary(connection: sa.Connection) -> None:
    connection.exec_driver_sql(
        "CREATE TEMP TABLE IF NOT EXISTS asked (id BIGINT PRIMARY KEY, step BIGINT NOT NULL)"
        if connection.dialect.name != "sqlite"
        else "CREATE TEMP TABLE IF NOT EXISTS asked (id INTEGER PRIMARY KEY, step INTEGER NOT NULL)"
    )
    connection.exec_driver_sql(
        "CREATE TEMP TABLE IF NOT EXISTS asked_said "
        "(id BIGINT NOT NULL, channel INTEGER NOT NULL, said TEXT NOT NULL, PRIMARY KEY (id, channel))"
    )
    connection.exec_driver_sql("DELETE FROM asked")
    connection.exec_driver_sql("DELETE FROM asked_said")


def verdicts(connection: sa.Connection, ask: Ask, *, size: int = 5_000) -> Iterator[Verdict]:
    """What the guards say about everybody named by `name_people`, in the order of ids."""
    text, values = prepared(connection, ask)
    query = sa.text(f"{text} ORDER BY id").execution_options(yield_per=size)
    found = connection.execute(query, values)
    for row in found:
        refusals = tuple(Reason(row[6 + place]) for place in range(len(ask.via)))
        wish = None if row[5] is None else Reason(row[5])
        yield Verdict(row[0], row[1], Reason(row[2]), row[3], row[4], wish, refusals)


def verdict(connection: sa.Connection, ask: Ask) -> Verdict:
    """What they say about the one customer named by `name_people`."""
    [found] = list(verdicts(connection, ask))  # to its end: an open cursor would outlive the question
    return found


def prepared(connection: sa.Connection, ask: Ask) -> tuple[str, dict[str, Any]]:
    """The statement over the named people: id, step, reason, channel, identity, wish, each channel's refusal.

    Those whom several records were merged into are looked at first: what holds for them is worked out by the
    ledger of consents itself.
    """
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql("ANALYZE asked")
    merged = _say_for_merged(connection, ask)
    sqlite = connection.dialect.name == "sqlite"
    return Statement(ask, merged=merged, sqlite=sqlite).text(), values_of(ask, sqlite=sqlite)


def _say_for_merged(connection: sa.Connection, ask: Ask) -> bool:
    query = sa.text(
        "SELECT DISTINCT merged_into FROM customers JOIN asked ON asked.id = merged_into "
        "WHERE merged_into IS NOT NULL AND EXISTS "
        "(SELECT 1 FROM consents WHERE consents.customer_id = merged_into)"
    )
    ids = [int(row[0]) for row in connection.execute(query)]
    for part in batches(ids, BATCH):
        for one in ask.via:
            said = consents.state_of(connection, part, one.name, ask.purpose, one.consent)
            rows = [{"id": i, "channel": one.number, "said": said.get(i, "")} for i in part]
            connection.execute(sa.text("INSERT INTO asked_said VALUES (:id, :channel, :said)"), rows)
    return bool(ids)


__all__ = ["FIELD", "PARTS", "Ask", "Verdict", "Via", "name_people", "prepared", "verdict", "verdicts"]
