"""Who brings the top share of a sum: worked out exactly, in about two passes over a big shop.

Sorting a million customers by their spending takes a second; so a small sample proposes a few thresholds, one
pass adds up what lies above each, and only the customers between the two right ones are sorted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from fractions import Fraction
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, FromClause

from crmcore.errors import RuleError
from crmcore.i18n import gettext as _
from crmcore.rules.bound import Cut
from crmcore.rules.tree import TopShare
from crmcore.store.database import among

_SAMPLE, _BATCH = 6000, 2000
# A place as it is written down: the column, and what a `Cut` there is.
Place = tuple[str, int, int]
Cutter = Callable[[sa.Connection, FromClause, TopShare], Cut]
# Shares of the sample's sum, relative to the one asked for, at which thresholds are tried.
_AROUND = (-0.03, -0.008, 0.008, 0.03)


def top_cut(connection: sa.Connection, cards: FromClause, share: TopShare) -> Cut:
    """The place in the population down to which the top customers go; see `TopShare`.

    Of equal ones the smaller id counts first, so that they are exactly the fewest. With nothing to share
    nobody is among them.
    """
    value = cards.c.get(share.field)
    if value is None:
        raise RuleError(
            _("{field} is worked out for today only: no top share of it is known for a day gone by").format(
                field=share.field
            )
        )
    part = Fraction(str(share.share))
    if not isinstance(cards, sa.Table):
        return _walk(connection, cards, value, part)
    pivots = _pivots(connection, cards, value, share.share)
    sums = [sa.func.sum(value).filter(value >= pivot) for pivot in pivots]
    totals = connection.execute(sa.select(sa.func.sum(value), *sums).where(value > 0)).one()
    wanted = part * int(totals[0] or 0)
    above, low, high = 0, 1, None
    for pivot, reached in zip(pivots, totals[1:], strict=True):
        if int(reached or 0) >= wanted:
            low = pivot
            break
        above, high = int(reached or 0), pivot
    return _walk(connection, cards, value, wanted, above, (low, high))


def passed_by(
    connection: sa.Connection, cards: FromClause, before: Sequence[Place], after: Sequence[Place]
) -> set[int]:
    """The customers over whom the places in the population went, from where they were to where they are."""
    found: set[int] = set()
    for column in {name for name, _value, _last in after}:
        was, now = (
            sorted((Cut(value, last) for name, value, last in places if name == column), key=_height)
            for places in (before, after)
        )
        # A higher share lies lower, then and now. Where two were at one place, all between them is asked.
        if len(was) != len(now):
            both = sorted((*was, *now), key=_height)
            was, now = both[:1], both[-1:]
        for one, other in zip(was, now, strict=True):
            if one != other:
                low, high = sorted((one, other), key=_height)
                found.update(connection.scalars(_from_to(cards, column, low, high)))
    return found


def _height(cut: Cut) -> tuple[int, int]:
    """Of equal amounts the smaller id stands higher."""
    return cut.value, -cut.last_id


def _from_to(cards: FromClause, column: str, low: Cut, high: Cut) -> sa.Select[tuple[int]]:
    """Below the one place down to the other; of an amount that many have, no more than lie between."""
    value, id_ = cards.c[column], cards.c.customer_id
    below = sa.or_(value < high.value, sa.and_(value == high.value, id_ > high.last_id))
    reached = sa.or_(value > low.value, sa.and_(value == low.value, id_ <= low.last_id))
    return sa.select(id_).where(value.between(low.value, high.value), below, reached)


def _pivots(
    connection: sa.Connection, cards: sa.Table, value: ColumnElement[Any], share: float
) -> Sequence[int]:
    """A few values, falling, between which the threshold probably lies."""
    id_ = cards.c.customer_id
    # One at a time: only then does the database look at the ends of the index alone.
    first, last = (
        connection.scalar(sa.select(sa.func.min(id_))),
        connection.scalar(sa.select(sa.func.max(id_))),
    )
    if first is None or last is None or last - first < 10 * _SAMPLE:
        return []
    ids = range(first, last + 1, (last - first) // _SAMPLE)
    found = connection.execute(sa.select(value).where(among(connection, id_, ids), value > 0)).scalars()
    values = sorted(found, reverse=True)
    marks = [(share + distance) * sum(values) for distance in _AROUND]
    pivots, running = [], 0
    for one in values:
        running += one
        while marks and running >= marks[0]:
            marks.pop(0)
            pivots.append(one)
    return sorted(set(pivots), reverse=True)


def _walk(
    connection: sa.Connection,
    cards: FromClause,
    value: ColumnElement[Any],
    wanted: Fraction,
    above: int = 0,
    between: tuple[int, int | None] | None = None,
) -> Cut:
    """Go down from the top, or from below `between`'s end where `above` is reached, to the wanted sum.

    Without `between` the `wanted` is a share: cards that a query makes are read once, with their sum beside
    them, not sampled and added up before.
    """
    low, high = between or (1, None)
    total = sa.literal(0) if between else sa.func.sum(value).over()
    query = sa.select(value, cards.c.customer_id, total).where(value >= low)
    if high is not None:
        query = query.where(value < high)
    query = query.order_by(value.desc(), cards.c.customer_id).execution_options(yield_per=_BATCH)
    goal = wanted if between else None
    with closing(connection.execute(query)) as rows:
        for amount, customer_id, in_all in rows:
            goal = wanted * int(in_all) if goal is None else goal
            above += int(amount)
            if above >= goal:
                return Cut(int(amount), int(customer_id))
    return Cut(0, 0)
