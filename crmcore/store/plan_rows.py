"""Plans as they were shown: everybody of an audience with what the guards said, and what became of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from crmcore.errors import NotFoundError
from crmcore.i18n import gettext as _
from crmcore.records.sending import PASSING, Reason
from crmcore.store.changes import insert
from crmcore.store.database import Write
from crmcore.store.guards import Ask, Verdict, prepared
from crmcore.store.schema import customers
from crmcore.store.schema_campaigns import plan_people, plans

Counts = Counter[tuple[int, int]]  # (reason, channel number) -> how many


@dataclass
class Counted:
    """A plan in numbers: its people; of those who get it and wish a channel, why not by it (0: by it)."""

    people: Counts = field(default_factory=Counter)
    wishes: Counter[int] = field(default_factory=Counter)

    def add(self, reason: int, channel: int, wish: int | None, number: int) -> None:
        """So many more (fewer, where it is below 0) of one sort."""
        self.people[reason, channel] += number
        if reason == Reason.NONE and wish is not None:
            self.wishes[wish] += number


@dataclass
class Progress:
    """How far sending has gone through a plan: by channel number, the last person whose turn it was.

    `again` is the same for those who were left out for a reason that passes.
    """

    reached: dict[str, int] = field(default_factory=dict)
    again: dict[str, int] = field(default_factory=dict)

    def text(self) -> str:
        """As it stands in the database."""
        return json.dumps({"reached": self.reached, "again": self.again})


@dataclass(frozen=True)
class Planned:
    """One person of a plan; `reason` 0: she gets it by `channel`. `later`: why not after all; 0: she did."""

    person: int
    step: int
    reason: Reason
    channel: int | None
    later: Reason | None
    name: str = ""
    wish: Reason | None = None  # why not by the channel she wishes; NONE: by it
    problem: int | None = None  # which of the plan's problems her address has


def decide(connection: sa.Connection, ask: Ask) -> None:
    """Put what the guards say about the named people (`guards.name_people`) where the next three look for it.

    The guards' statement is what a plan costs: it runs once.
    """
    connection.exec_driver_sql(
        "CREATE TEMP TABLE IF NOT EXISTS decided (id BIGINT NOT NULL, step BIGINT NOT NULL, "
        "reason INTEGER NOT NULL, channel INTEGER, wish INTEGER)"
    )
    connection.exec_driver_sql("DELETE FROM decided")
    text, values = prepared(connection, ask)
    query = sa.text(f"INSERT INTO decided SELECT id, step, reason, channel, wish FROM ({text}) AS v")
    connection.execute(query, values)


def count(connection: sa.Connection) -> Counted:
    """How many of the people decided about get it by which channel, or do not and why."""
    query = sa.text("SELECT reason, channel, wish, count(*) FROM decided GROUP BY reason, channel, wish")
    return _summed(connection.execute(query))


def _summed(rows: Iterable[Any]) -> Counted:
    found = Counted()
    for row in rows:
        found.add(int(row[0]), int(row[1] or 0), row[2], int(row[3]))
    return found


def chosen(connection: sa.Connection, channels: Iterable[int]) -> list[Verdict]:
    """Those of the people decided about who get it by one of these channels."""
    numbers = ", ".join(str(int(one)) for one in channels)
    query = sa.text(
        "SELECT id, step, channel, wish FROM decided "
        f"WHERE reason = 0 AND channel IN ({numbers or 'NULL'}) ORDER BY id"
    )
    return [
        Verdict(int(r[0]), int(r[1]), Reason.NONE, int(r[2]), None, None if r[3] is None else Reason(r[3]))
        for r in connection.execute(query)
    ]


def keep(write: Write, plan_id: int) -> None:
    """Keep what was decided."""
    query = sa.text(
        "INSERT INTO plan_people (plan_id, person, step, reason, channel, wish) "
        "SELECT :plan, id, step, reason, channel, wish FROM decided"
    )
    write.connection.execute(query, {"plan": plan_id})


def correct(write: Write, plan_id: int, people: Iterable[tuple[Verdict, int | None]]) -> None:
    """Say otherwise what becomes of these people, each with which of the plan's problems she has."""
    rows = [
        {"who": one.person, "why": int(one.reason), "by": one.channel, "wished": one.wish, "what": problem}
        for one, problem in people
    ]
    if rows:
        p = plan_people.c
        here = sa.and_(p.plan_id == plan_id, p.person == sa.bindparam("who"))
        values = {"reason": "why", "channel": "by", "wish": "wished", "problem": "what"}
        told: dict[str, Any] = {name: sa.bindparam(given) for name, given in values.items()}
        write.connection.execute(sa.update(plan_people).where(here).values(**told), rows)


def begin(write: Write, campaign_id: int, at: int, turn: int = 0) -> int:
    """A new plan without anybody in it yet; `turn` 0 is of the first message, else of that follow-up."""
    values = {"campaign_id": campaign_id, "at": at, "counts": "{}", "progress": Progress().text()}
    return insert(write, plans, {**values, "turn": turn})


def finish(write: Write, plan_id: int, counts: Mapping[str, Any]) -> None:
    """Keep the figures of a plan: only then is it one that can be sent from."""
    row = sa.update(plans).where(plans.c.id == plan_id)
    write.connection.execute(row.values(counts=json.dumps(counts)))


def thin_out(write: Write, campaign_id: int, newest: int, turn: int = 0) -> int:
    """Let go of what older plans of a campaign that repeats need not keep; returns how many rows.

    Who got it and who was held out to measure by stays, each with her first plan; the figures stay, too.
    """
    older = "SELECT id FROM plans WHERE campaign_id = :campaign AND turn = :turn AND id < :newest"
    values = {"campaign": campaign_id, "turn": turn, "newest": newest, "control": int(Reason.CONTROL)}
    gone = write.connection.execute(
        sa.text(
            f"DELETE FROM plan_people WHERE plan_id IN ({older}) "
            "AND (reason NOT IN (0, :control) OR EXISTS (SELECT 1 FROM plan_people first "
            f"WHERE first.plan_id IN ({older}) AND first.plan_id < plan_people.plan_id "
            "AND first.person = plan_people.person AND first.step = plan_people.step "
            "AND first.reason = plan_people.reason))"
        ),
        values,
    )
    return int(gone.rowcount)


def counted(connection: sa.Connection, plan_id: int) -> Counted:
    """The figures of a plan that is kept, as they were."""
    p = plan_people.c
    query = sa.select(p.reason, p.channel, p.wish, sa.func.count()).where(p.plan_id == plan_id)
    return _summed(connection.execute(query.group_by(p.reason, p.channel, p.wish)))


def find(connection: sa.Connection, plan_id: int, campaign_id: int | None = None) -> sa.Row[Any]:
    """One finished plan (id, campaign_id, at, turn, counts, progress); raises `NotFoundError`."""
    query = sa.select(plans).where(plans.c.id == plan_id, plans.c.counts != "{}")
    if campaign_id is not None:
        query = query.where(plans.c.campaign_id == campaign_id)
    row = connection.execute(query).first()
    if row is None:
        raise NotFoundError(_("there is no plan {id} of this campaign").format(id=plan_id))
    return row


def of_campaign(connection: sa.Connection, campaign_id: int, turn: int = 0) -> list[sa.Row[Any]]:
    """The finished plans of a campaign's first message, or of a follow-up; the newest first."""
    query = sa.select(plans).where(
        plans.c.campaign_id == campaign_id, plans.c.turn == turn, plans.c.counts != "{}"
    )
    return list(connection.execute(query.order_by(plans.c.id.desc())))


def read_progress(row: sa.Row[Any]) -> Progress:
    """How far sending has gone through it."""
    return Progress(**json.loads(row.progress))


def keep_progress(write: Write, plan_id: int, progress: Progress) -> None:
    """Say how far it has gone."""
    here = plans.c.id == plan_id
    write.connection.execute(sa.update(plans).where(here).values(progress=progress.text()))


def next_people(
    connection: sa.Connection, plan_id: int, channel: int, after: int, limit: int
) -> list[tuple[int, int]]:
    """The next who get it by that channel: (person, step)."""
    p = plan_people.c
    query = sa.select(p.person, p.step).where(
        p.plan_id == plan_id, p.person > after, p.reason == 0, p.channel == channel, p.later.is_(None)
    )
    return [(int(r[0]), int(r[1])) for r in connection.execute(query.order_by(p.person).limit(limit))]


def next_again(
    connection: sa.Connection, plan_id: int, channel: int, after: int, limit: int, *, queued: bool
) -> list[tuple[int, int, int]]:
    """The next whose reason may have passed: (person, step, channel, 0 where none was planned).

    Those who were planned for another channel than `channel` are left to it.
    `queued`: those whom the plan itself left out for such a reason, too.
    """
    p = plan_people.c
    passing = [int(reason) for reason in (*PASSING, TAKEN_BACK)]
    again: sa.ColumnElement[bool] = p.later.in_(passing)
    if queued:
        again = sa.or_(again, sa.and_(p.reason.in_(passing), p.later.is_(None)))
    query = sa.select(p.person, p.step, sa.func.coalesce(p.channel, 0)).where(
        p.plan_id == plan_id, p.person > after, again, sa.func.coalesce(p.channel, 0).in_([0, channel])
    )
    rows = connection.execute(query.order_by(p.person).limit(limit))
    return [(int(r[0]), int(r[1]), int(r[2])) for r in rows]


# Her place was taken and given back before anything was handed over: she is still to be sent to.
TAKEN_BACK = Reason.NOT_YET


def mark_later(write: Write, plan_id: int, people: Mapping[int, int]) -> None:
    """Say why these people did not get it after all (0: they did)."""
    p = plan_people.c
    by_reason: dict[int, list[int]] = {}
    for person, reason in people.items():
        by_reason.setdefault(int(reason), []).append(person)
    for reason, ids in by_reason.items():
        for start in range(0, len(ids), 500):
            here = sa.and_(p.plan_id == plan_id, p.person.in_(ids[start : start + 500]))
            write.connection.execute(sa.update(plan_people).where(here).values(later=reason))


def people(
    connection: sa.Connection,
    plan_id: int,
    *,
    reasons: Sequence[int] = (),
    channel: int | None = None,
    after: int = 0,
    limit: int | None = 50,
) -> list[Planned]:
    """A page of a plan in the order of ids; only those with one of `reasons`, or on one channel."""
    p, c = plan_people.c, customers.c
    name = sa.func.coalesce(sa.func.nullif(c.name, ""), c.nickname, "")
    query = (
        sa.select(p.person, p.step, p.reason, p.channel, p.later, name, p.wish, p.problem)
        .select_from(plan_people.outerjoin(customers, c.id == p.person))
        .where(p.plan_id == plan_id, p.person > after)
    )
    if reasons:
        query = query.where(p.reason.in_(list(reasons)))
    if channel is not None:
        query = query.where(p.channel == channel)
    rows = connection.execute(query.order_by(p.person).limit(limit))
    return [
        Planned(
            int(r[0]), int(r[1]), Reason(r[2]), r[3], None if r[4] is None else Reason(r[4]), str(r[5] or ""),
            None if r[6] is None else Reason(r[6]), r[7],
        )
        for r in rows
    ]  # fmt: skip


def later_counts(connection: sa.Connection, plan_id: int) -> dict[int, int]:
    """How many were not sent to after all, by reason; 0: sent to though the plan had said no."""
    p = plan_people.c
    query = sa.select(p.later, sa.func.count()).where(p.plan_id == plan_id, p.later.is_not(None))
    return {int(row[0]): int(row[1]) for row in connection.execute(query.group_by(p.later))}


def differences(connection: sa.Connection, one: int, other: int) -> list[tuple[int, int, int]]:
    """How many people changed between two plans, by what changed: (what was, what is, how many).

    Each side is `reason` and channel in one number (reason * 1000 + channel), -1 for who is not in that plan.
    """
    text = sa.text(
        """
        SELECT coalesce(a.reason * 1000 + coalesce(a.channel, 0), -1) AS was,
            coalesce(b.reason * 1000 + coalesce(b.channel, 0), -1) AS now, count(*)
        FROM (SELECT person FROM plan_people WHERE plan_id IN (:one, :other) GROUP BY person) AS p
        LEFT JOIN plan_people a ON a.plan_id = :one AND a.person = p.person
        LEFT JOIN plan_people b ON b.plan_id = :other AND b.person = p.person
        GROUP BY 1, 2 ORDER BY 3 DESC
        """
    )
    rows = connection.execute(text, {"one": one, "other": other})
    return [(int(r[0]), int(r[1]), int(r[2])) for r in rows if r[0] != r[1]]
