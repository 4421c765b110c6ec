"""The send ledger: places are taken, messages handed over, receipts written down; at most once.

A place (campaign, person, step) is taken in the transaction that asks the guards, before any channel is
called. From `QUEUED` a row goes to `HANDED` in a transaction of its own, by the sender that holds it alone,
and only then does the channel get the message. So a row that is `QUEUED` never went out, and of one that is
`HANDED` without a receipt nobody can say.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from crmcore.records.sending import REACHED, TURN, SendState
from crmcore.store.database import Write, among
from crmcore.store.guard_ask import FOREVER
from crmcore.store.schema_campaigns import OPEN, codes, senders, sends

# Costs stand in hundredths of a minor unit: a text message costs 4.5 fen.
COST_PARTS = 100
# So many rows of the ledger for each of a campaign's own cost less to read than going to its own one by one.
_DENSE = 3


# Run for every few messages: made once, as text, for making such a statement takes longer than running it.
def _hand(rows: str) -> sa.TextClause:
    return sa.text(
        f"UPDATE sends SET state = {int(SendState.HANDED)}, at = :at, text = x.said FROM ({rows}) AS x "
        f"WHERE sends.id = x.row AND sends.state = {int(SendState.QUEUED)} AND sends.sender = :sender "
        "RETURNING sends.id"
    )


_HAND = {
    "sqlite": _hand(
        "SELECT json_extract(value, '$[0]') AS row, json_extract(value, '$[1]') AS said FROM json_each(:rows)"
    ),
    "postgresql": _hand(
        "SELECT CAST(value ->> 0 AS bigint) AS row, value ->> 1 AS said "
        "FROM json_array_elements(CAST(:rows AS json)) AS value"
    ),
}
# A row that was given up as unknown may still be told what became of it.
_SETTLE = sa.text(
    "UPDATE sends SET state = :now, reference = CAST(:ref AS TEXT), detail = CAST(:why AS TEXT), "
    "cost = CAST(:price AS INTEGER) WHERE id = :row AND sender = :sender "
    f"AND state IN ({int(SendState.QUEUED)}, {int(SendState.HANDED)}, {int(SendState.UNKNOWN)})"
)


@dataclass(frozen=True)
class Place:
    """A place that was just taken: its row, whose it is, and the address the guards found."""

    id: int
    person: int
    step: int
    identity_id: int | None


def key_of(campaign_id: int, person: int, step: int) -> str:
    """The ledger's unique key, as channels and gateways get it."""
    return f"{campaign_id}-{person}-{step}"


def take(
    write: Write,
    campaign_id: int,
    channel: int,
    people: Sequence[tuple[int, int, int | None]],
    *,
    at: int,
    sender: int | None,
) -> list[Place]:
    """Take the places of (person, step, identity); returns those that were still free."""
    if not people:
        return []
    sqlite = write.database.is_sqlite
    source = (
        "SELECT json_extract(value, '$[0]') AS p, json_extract(value, '$[1]') AS s, "
        "json_extract(value, '$[2]') AS i FROM json_each(:people)"
        if sqlite
        else "SELECT CAST(value ->> 0 AS bigint) AS p, CAST(value ->> 1 AS bigint) AS s, "
        "CAST(value ->> 2 AS bigint) AS i FROM json_array_elements(CAST(:people AS json)) AS value"
    )
    statement = sa.text(
        f"""
        INSERT INTO sends (customer_id, identity_id, person, step, at, campaign_id, sender, channel, state)
        SELECT p, i, p, s, :at, :campaign, CAST(:sender AS INTEGER), :channel, :state FROM ({source}) AS x
        WHERE true ON CONFLICT (campaign_id, person, step) DO NOTHING
        RETURNING id, person, step, identity_id
        """
    )
    values = {
        "people": json.dumps(list(people)),
        "at": at,
        "campaign": campaign_id,
        "sender": sender,
        "channel": channel,
        "state": int(SendState.QUEUED),
    }
    rows = write.connection.execute(statement, values)
    return sorted((Place(*row) for row in rows), key=lambda place: place.person)


def hand(write: Write, sender: int, rows: Mapping[int, str], at: int) -> set[int]:
    """Write down that these messages (row -> text) are handed over now; returns the rows that may be.

    One that another sender has taken over meanwhile, or that was dropped, is not among them.
    """
    if not rows:
        return set()
    values = {"rows": json.dumps(list(rows.items()), ensure_ascii=False), "at": at, "sender": sender}
    found = write.connection.execute(_HAND[write.database.dialect], values)
    return {int(row[0]) for row in found}


@dataclass(frozen=True)
class Result:
    """What a channel, or the core itself, says of one row; `cost` in hundredths of a minor unit."""

    id: int
    state: SendState
    reference: str | None = None
    detail: str | None = None
    cost: int | None = None


def settle(write: Write, sender: int, results: Sequence[Result]) -> None:
    """Write receipts down; a row that this sender does not hold any more keeps what it says."""
    if not results:
        return
    values = [
        {
            "row": one.id, "now": int(one.state), "ref": one.reference, "why": one.detail, "price": one.cost,
            "sender": sender,
        }
        for one in results
    ]  # fmt: skip
    write.connection.execute(_SETTLE, values)


def give_back(write: Write, rows: Sequence[int]) -> list[int]:
    """Give places back that were taken and never handed over; returns the persons whose turn it is again."""
    c = sends.c
    queued = sa.and_(among(write.connection, c.id, rows), c.state == int(SendState.QUEUED))
    people = [int(i) for i in write.connection.scalars(sa.select(c.person).where(queued))]
    hers = sa.select(c.id).where(queued)
    write.connection.execute(sa.delete(codes).where(codes.c.send_id.in_(hers)))
    write.connection.execute(sa.delete(sends).where(queued))
    return people


# --- who sends ------------------------------------------------------------------------------------------


def begin_sender(write: Write, campaign_id: int, process: str, at: int) -> int:
    """A process begins to send for a campaign."""
    values = {"campaign_id": campaign_id, "process": process, "started_at": at, "heartbeat_at": at}
    result = write.connection.execute(sa.insert(senders).values(**values))
    return int(result.inserted_primary_key[0])  # type: ignore[index]


def beat(write: Write, sender: int, at: int, *, ended: bool = False) -> None:
    """Say that a sender is alive, or that it has ended."""
    values = {"heartbeat_at": at} | ({"ended_at": at} if ended else {})
    write.connection.execute(sa.update(senders).where(senders.c.id == sender).values(**values))


def senders_with_work(connection: sa.Connection, campaign_id: int) -> list[sa.Row[Any]]:
    """The senders that hold rows which are queued or handed: (id, process, heartbeat_at, ended_at)."""
    s, c = senders.c, sends.c
    open_ = c.state.in_([int(SendState.QUEUED), int(SendState.HANDED)])
    holding = sa.select(c.sender).where(sa.text(OPEN), c.campaign_id == campaign_id, open_).distinct()
    query = sa.select(s.id, s.process, s.heartbeat_at, s.ended_at).where(s.id.in_(holding))
    return list(connection.execute(query))


def leave_behind(write: Write, campaign_id: int, sender: int) -> tuple[list[int], int]:
    """What a sender that is gone left: places given back (persons), and messages that are unknown now."""
    c = sends.c
    mine = sa.and_(c.campaign_id == campaign_id, c.sender == sender)
    handed = sa.and_(mine, c.state == int(SendState.HANDED))
    unknown = write.connection.execute(
        sa.update(sends).where(handed).values(state=int(SendState.UNKNOWN))
    ).rowcount
    queued = sa.select(c.id).where(mine, c.state == int(SendState.QUEUED))
    return give_back(write, list(write.connection.scalars(queued))), int(unknown)


# --- looking --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tally:
    """So many messages, what they cost (hundredths of a minor unit), when the first and the last went out."""

    messages: int
    cost: int
    first: int
    last: int


def tally(
    connection: sa.Connection, campaign_id: int, until: int = FOREVER
) -> dict[tuple[int, SendState], Tally]:
    """The messages of a campaign in each state: (turn, state) -> figures.

    Turn 0 is the first message, the others are the follow-ups. Those that
    went out after `until` do not count; the others count in the state they are in today. Read once, for
    going through a big ledger is what it takes.
    """
    mine, values = _rows_of(connection, campaign_id)
    query = sa.text(
        f"SELECT step / {TURN}, state, count(*), coalesce(sum(cost), 0), min(at), max(at) FROM sends "
        f"WHERE {mine} AND at <= :until GROUP BY step / {TURN}, state"
    )
    rows = connection.execute(query, {**values, "until": until})
    return {(int(row[0]), SendState(row[1])): Tally(*map(int, row[2:])) for row in rows}


def _rows_of(connection: sa.Connection, campaign_id: int) -> tuple[str, dict[str, Any]]:
    """The condition that a row is the campaign's, in the words that have it read quickest; its values."""
    span = sa.text("SELECT count(*), min(id), max(id) FROM sends WHERE campaign_id = :campaign")
    number, first, last = connection.execute(span, {"campaign": campaign_id}).one()
    if not number or last - first >= _DENSE * number:
        return "campaign_id = :campaign", {"campaign": campaign_id}
    # Its rows lie together: reading them as they lie takes a quarter of going to each from the index (the
    # sign keeps SQLite from that).
    together = "+campaign_id = :campaign AND id BETWEEN :first AND :last"
    return together, {"campaign": campaign_id, "first": first, "last": last}


@dataclass(frozen=True)
class OpenList:
    """What people hand out of a campaign on a channel: items that are `open`, and those `over`.

    Of the open ones `waiting` may be taken by the one who asks, `others` are in somebody else's hands; the
    first that was put off comes up at `next_at`.
    """

    campaign_id: int
    channel: int
    waiting: int
    open: int
    over: int
    others: int
    next_at: int | None


def open_lists(connection: sa.Connection, actor: str, now: int) -> list[OpenList]:
    """Every list that has something left for people to do.

    One after the other: grouping a million rows would sort them first, in a hundred MB of memory.
    """
    open_ = f"state = {int(SendState.TODO)}"
    known = sa.text(f"SELECT DISTINCT campaign_id, channel FROM sends WHERE {OPEN} AND {open_}")
    found = []
    for campaign_id, channel in connection.execute(known).all():
        mine, values = _rows_of(connection, campaign_id)
        query = sa.text(
            f"SELECT sum(CASE WHEN {open_} AND (at <= :now OR held_by = :actor) THEN 1 ELSE 0 END), "
            f"sum(CASE WHEN {open_} THEN 1 ELSE 0 END), sum(CASE WHEN {open_} THEN 0 ELSE 1 END), "
            f"sum(CASE WHEN {open_} AND at > :now AND held_by <> :actor THEN 1 ELSE 0 END), "
            f"min(CASE WHEN {open_} AND at > :now AND held_by IS NULL THEN at END) "
            f"FROM sends WHERE {mine} AND channel = :channel"
        )
        row = connection.execute(query, {**values, "channel": channel, "now": now, "actor": actor}).one()
        waiting, left, over, others = map(int, row[:4])
        found.append(OpenList(campaign_id, channel, waiting, left, over, others, row[4]))
    return found


def span(found: Mapping[tuple[int, SendState], Tally]) -> tuple[int, int] | None:
    """When messages of a tally reached the first and the last customer; None: nobody yet."""
    reached = [one for (_turn, state), one in found.items() if state in REACHED]
    return (min(one.first for one in reached), max(one.last for one in reached)) if reached else None


def counts(connection: sa.Connection, campaign_id: int) -> dict[tuple[int, SendState], int]:
    """How many messages of a campaign are in each state, by turn: (turn, state) -> messages."""
    return {key: one.messages for key, one in tally(connection, campaign_id).items()}


def events(
    connection: sa.Connection, campaign_id: int, until: int = FOREVER
) -> dict[tuple[int, int, bool], int]:
    """How many messages had each event until an instant, people and machines apart.

    (turn, what, machine) -> messages.
    """
    query = sa.text(
        f"SELECT s.step / {TURN}, e.what, e.machine, count(DISTINCT e.send_id) FROM send_events e "
        "JOIN sends s ON s.id = e.send_id WHERE s.campaign_id = :campaign AND e.at <= :until "
        f"GROUP BY s.step / {TURN}, e.what, e.machine"
    )
    rows = connection.execute(query, {"campaign": campaign_id, "until": until})
    return {(int(row[0]), int(row[1]), bool(row[2])): int(row[3]) for row in rows}


def spent(connection: sa.Connection, campaign_id: int, until: int = FOREVER) -> dict[int, int]:
    """What the messages of a campaign cost so far, by turn, in hundredths of a minor unit."""
    query = sa.text(
        f"SELECT step / {TURN}, coalesce(sum(cost), 0) FROM sends "
        f"WHERE campaign_id = :campaign AND at <= :until GROUP BY step / {TURN}"
    )
    rows = connection.execute(query, {"campaign": campaign_id, "until": until})
    return {int(row[0]): int(row[1]) for row in rows}


# --- what people send by hand ---------------------------------------------------------------------------


def make_items(write: Write, sender: int, rows: Mapping[int, str]) -> None:
    """Make items of work of places that this sender holds: row -> text. Before that nobody is given them."""
    values = {"state": int(SendState.TODO), "text": sa.bindparam("said")}
    _on_held(write, sender, values, [{"row": row, "said": text} for row, text in rows.items()])


def refuse_items(write: Write, sender: int, rows: Mapping[int, str]) -> None:
    """Items whose message cannot be made; the ledger says why."""
    values = {"state": int(SendState.FAILED), "detail": sa.bindparam("why")}
    _on_held(write, sender, values, [{"row": row, "why": why} for row, why in rows.items()])


def _on_held(write: Write, sender: int, values: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    if rows:
        c = sends.c
        held = sa.and_(c.id == sa.bindparam("row"), c.sender == sender, c.state == int(SendState.QUEUED))
        write.connection.execute(sa.update(sends).where(held).values(**values), rows)
