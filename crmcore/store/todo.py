"""What asks to be done: open interactions, birthdays that come, orders that were placed and not paid.

Each question gives how many there are, and the first of them. All start from an index of their own (see the
last ones of `schema.interactions`, `orders` and `customers`), so that they take as long as there is to do.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from crmcore.records.interaction import InteractionKind
from crmcore.store.database import among
from crmcore.store.schema import MONTH_AND_DAY, cards, changes, customers, interactions, journal, orders

_NAME = sa.func.coalesce(sa.func.nullif(customers.c.name, ""), customers.c.nickname, "").label("name")
_i, _o = interactions.c, orders.c
_MONTH_AND_DAY: sa.ColumnElement[str] = sa.literal_column(
    MONTH_AND_DAY.replace("birthday", "customers.birthday")  # cards have one, too
)
ABOUT = "about"  # the payload's field that says what a contact was about


@dataclass(frozen=True)
class OpenThing:
    """An interaction that still asks for something; `at` and `due_at` are instants."""

    id: int
    customer_id: int
    name: str
    kind: str
    state: str
    at: int
    due_at: int | None
    owner: str | None
    text: str


@dataclass(frozen=True)
class UnpaidOrder:
    """An order that waits for its payment; money in minor units of `currency`."""

    id: int
    customer_id: int
    name: str
    source: str
    number: str
    placed_at: int
    ordered_total: int
    currency: str


@dataclass(frozen=True)
class Birthday:
    """A customer's birthday (YYYY-MM-DD or --MM-DD) that comes on `day`."""

    customer_id: int
    name: str
    birthday: str
    day: date
    orders: int


def open_things(
    connection: sa.Connection,
    kind: InteractionKind,
    *,
    until: int | None,
    owner: str | None,
    unanswered_since: int | None = None,
    limit: int,
) -> tuple[int, list[OpenThing]]:
    """Interactions of one kind in an open state: the longest overdue first, those without a day last.

    `until`: only what is due by that instant, or on no day. `owner`: only his and nobody's. With
    `unanswered_since`, what has no day counts only if it is as new as that and nobody spoke to her since.
    """
    wanted = [_i.kind == kind.name, _i.state.in_(kind.open_states)]
    no_day: sa.ColumnElement[bool] = _i.due_at.is_(None)
    if unanswered_since is not None:
        no_day = sa.and_(no_day, _i.at >= unanswered_since, ~_answered())
    if until is not None:
        wanted.append(sa.or_(no_day, _i.due_at <= until))
    wanted += _owned(owner)
    count = connection.scalar(sa.select(sa.func.count()).select_from(interactions).where(*wanted))
    order = (_i.due_at.is_(None), _i.due_at, _i.at, _i.id)
    return int(count or 0), _things(connection, wanted, order, limit)


def next_due(
    connection: sa.Connection, kinds: Iterable[InteractionKind], after: int, owner: str | None
) -> OpenThing | None:
    """The first open interaction that is due after that instant; with `owner` his or nobody's."""
    found: list[OpenThing] = []
    for kind in kinds:
        wanted = [_i.kind == kind.name, _i.state.in_(kind.open_states), _i.due_at > after]
        found += _things(connection, [*wanted, *_owned(owner)], (_i.due_at, _i.id), 1)
    return min(found, key=lambda one: (one.due_at or 0, one.id), default=None)


def _owned(owner: str | None) -> list[sa.ColumnElement[bool]]:
    return [] if owner is None else [sa.or_(_i.owner.is_(None), _i.owner == owner)]


def _things(
    connection: sa.Connection,
    wanted: Sequence[sa.ColumnElement[bool]],
    order: Sequence[sa.ColumnElement[Any]],
    limit: int,
) -> list[OpenThing]:
    # The ids first, from the index alone; then only the rows that are shown are read.
    ids = sa.select(_i.id).where(*wanted).order_by(*order).limit(limit)
    shown = [name for name in OpenThing.__dataclass_fields__ if name != "name"]
    rows = (
        sa.select(*(_i[name] for name in shown), _NAME)
        .join(customers, customers.c.id == _i.customer_id)
        .where(_i.id.in_(ids))
        .order_by(*order)
    )
    return [OpenThing(**row) for row in connection.execute(rows).mappings()]


def _answered() -> sa.ColumnElement[bool]:
    """Whether anybody was in contact with her after it, or means to be."""
    later = interactions.alias("later")
    return (
        sa.exists()
        .where(later.c.customer_id == _i.customer_id, later.c.kind.in_(("chat", "call", "inquiry")))
        .where(sa.or_(later.c.at > _i.at, sa.and_(later.c.at == _i.at, later.c.id > _i.id)))
    )


def unpaid_orders(connection: sa.Connection, since: int, *, limit: int) -> tuple[int, list[UnpaidOrder]]:
    """Orders placed since that instant and waiting to be paid, the newest first.

    Not those whose buyer bought something later, or whom somebody spoke to about it since.
    """
    spoken = sa.exists().where(_i.order_id == _o.id, _i.at >= _o.placed_at)
    bought = sa.exists().where(cards.c.customer_id == _o.customer_id, cards.c.last_order_at >= _o.placed_at)
    wanted = (
        # As the index says it, word for word: with a bound value it would not be used.
        sa.text("orders.status = 'unpaid'"),
        _o.placed_at >= since,
        _o.paid_at.is_(None),
        _o.closed_at.is_(None),
        _o.customer_id.is_not(None),
        ~bought,
        ~spoken,
    )
    count = connection.scalar(sa.select(sa.func.count()).select_from(orders).where(*wanted))
    shown = [name for name in UnpaidOrder.__dataclass_fields__ if name != "name"]
    rows = (
        sa.select(*(_o[name] for name in shown), _NAME)
        .join(customers, customers.c.id == _o.customer_id)
        .where(*wanted)
        .order_by(_o.placed_at.desc(), _o.id.desc())
        .limit(limit)
    )
    return int(count or 0), [UnpaidOrder(**row) for row in connection.execute(rows).mappings()]


def birthdays(
    connection: sa.Connection, days: Sequence[tuple[date, Sequence[str]]], *, spoken_since: int, limit: int
) -> tuple[int, list[Birthday]]:
    """Birthdays on these days, each given with its MM-DD texts; the first day first, best customers first.

    Not those of customers whom somebody wrote to about it since the instant `spoken_since`.
    """
    about = sa.literal(json.dumps({ABOUT: "birthday"}).strip("{}"))
    spoken = sa.exists().where(
        _i.customer_id == customers.c.id,
        _i.at >= spoken_since,
        sa.func.coalesce(_i.payload, "").contains(about),
    )
    number = 0
    found: list[Birthday] = []
    for day, texts in days:
        wanted = (_MONTH_AND_DAY.in_(texts), customers.c.birthday.is_not(None))
        living = (customers.c.merged_into.is_(None), ~spoken)
        count = sa.select(sa.func.count()).select_from(customers).where(*wanted, *living)
        number += int(connection.scalar(count) or 0)
        if len(found) >= limit:
            continue
        rows = (
            sa.select(customers.c.id, _NAME, customers.c.birthday, cards.c.orders)
            .join(cards, cards.c.customer_id == customers.c.id)
            .where(*wanted, *living)
            .order_by(cards.c.total_spent.desc(), customers.c.id)
            .limit(limit - len(found))
        )
        found += [Birthday(row[0], row[1], row[2], day, row[3]) for row in connection.execute(rows)]
    return number, found


def finished(
    connection: sa.Connection, kinds: Mapping[str, InteractionKind], since: int, actor: str | None
) -> int:
    """How many things were done since that instant, by one actor or by all; what was taken back is not."""
    before = sa.select(changes.c.id).where(changes.c.at < since).order_by(changes.c.id.desc()).limit(1)
    acts = sa.select(changes.c.id, changes.c.made).where(
        changes.c.id > (connection.scalar(before) or 0), changes.c.kind == "log", changes.c.state == "done"
    )
    if actor is not None:
        acts = acts.where(changes.c.actor == actor)
    rows = list(connection.execute(acts))
    moved = (
        sa.select(_i.id, _i.kind, _i.state)
        .join(journal, sa.and_(journal.c.table_name == interactions.name, journal.c.row_id == _i.id))
        .where(
            among(connection, journal.c.change_id, [row.id for row in rows]),
            journal.c.old.contains('"state":'),
        )
    )
    done = {row.id for row in connection.execute(moved) if _is_over(kinds, row.kind, row.state)}
    made = [json.loads(row.made).get(interactions.name) for row in rows if row.made]
    ids = [first for first, last in filter(None, made) if first == last]
    spoken = sa.select(_i.id, _i.kind, _i.state, _i.payload).where(among(connection, _i.id, ids))
    for row in connection.execute(spoken):
        if ABOUT in json.loads(row.payload or "{}") and _is_over(kinds, row.kind, row.state):
            done.add(row.id)
    return len(done)


def actors(connection: sa.Connection, limit: int = 500) -> list[str]:
    """Who was at work lately, by name."""
    newest = sa.select(changes.c.actor).order_by(changes.c.id.desc()).limit(limit).subquery()
    return sorted(connection.scalars(sa.select(newest.c.actor).distinct()))


def _is_over(kinds: Mapping[str, InteractionKind], kind: str, state: Any) -> bool:
    known = kinds.get(kind)
    return known is not None and state not in known.open_states
