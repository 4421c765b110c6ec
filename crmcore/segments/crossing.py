"""Whose answer the passing of days can change: those whose dates cross an edge of the rule, and nobody else.

A rule asks of kept values whether they lie in ranges (`crmcore.rules.lower`); from one day to a later one
the edges of these ranges move. Only a value between where an edge was and where it is now can have changed
sides. So those customers are found by their dates, whatever the size of the shop; no row a customer has to
say when her day comes, and a changed rule needs none to be made anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from crmcore.records.clock import Clock
from crmcore.rules.bound import Bound, Comparison, EventTest, Every, Named, Negation, OnDay, PythonTest, Some
from crmcore.rules.fields import FieldType
from crmcore.rules.lower import InRanges, Lowered, OnDays, Range, lower
from crmcore.rules.memory import on_day
from crmcore.segments.question import Sources
from crmcore.store.rule_sql import lowered_condition
from crmcore.store.schema import MONTH_AND_DAY, customers


@dataclass(frozen=True)
class Edge:
    """Values that an edge has passed over: of the card, or of events of a stream."""

    test: Lowered
    stream: str | None = None


class EverybodyMayChange(Exception):  # noqa: N818 - no error: an answer
    """The day changed the answer for everybody, or nobody can say for whom."""


def edges(bound: Bound, before: Clock, after: Clock) -> list[Edge]:
    """What has been passed over between the days of two clocks; raises `EverybodyMayChange`."""
    return list(dict.fromkeys(_edges(bound, before, after, None)))


def crossed(connection: sa.Connection, found: list[Edge], sources: Sources) -> set[int]:
    """The customers who have a value that an edge has passed over; `sources` are today's."""
    ids: set[int] = set()
    for edge in found:
        ids.update(connection.scalars(_who(edge, sources, connection.dialect.name)))
    return ids


def dated_columns(bound: Bound) -> set[str]:
    """The columns of cards by which those are found whom a day concerns."""
    match bound:
        case Every(rules) | Some(rules):
            return {name for rule in rules for name in dated_columns(rule)}
        case Negation(rule) | Named(_, rule):
            return dated_columns(rule)
        case Comparison(field) if field.type in (FieldType.DAYS, FieldType.AGE):
            return {field.column}
        case _:
            return set()


def _edges(bound: Bound, before: Clock, after: Clock, stream: str | None) -> Iterator[Edge]:
    match bound:
        case Every(rules) | Some(rules):
            for rule in rules:
                yield from _edges(rule, before, after, stream)
        case Negation(rule) | Named(_, rule):
            yield from _edges(rule, before, after, stream)
        case EventTest(events, rule, _currency):
            yield from _edges(rule, before, after, events.name)
        case OnDay():
            if on_day(bound, before) != on_day(bound, after):
                raise EverybodyMayChange
        case PythonTest(field) if field.type in (FieldType.DAYS, FieldType.AGE):
            raise EverybodyMayChange  # what a function says to one more day only it knows
        case PythonTest():
            return
        case Comparison():
            was, is_ = lower(bound, before), lower(bound, after)
            if was != is_:
                yield Edge(_passed(was, is_), stream)


def _passed(was: Lowered, is_: Lowered) -> Lowered:
    """The values that were on one side and are on the other, and perhaps some more."""
    if isinstance(was, OnDays) and isinstance(is_, OnDays):
        return OnDays(was.column, was.days ^ is_.days)
    if not isinstance(was, InRanges) or not isinstance(is_, InRanges) or len(was.ranges) != len(is_.ranges):
        raise EverybodyMayChange
    ranges: list[Range] = []
    for one, other in zip(was.ranges, is_.ranges, strict=True):
        for here, there in ((one.low, other.low), (one.high, other.high)):
            if here == there:
                continue
            if here is None or there is None:
                raise EverybodyMayChange
            low, high = sorted((here, there))
            ranges.append(Range(low, high))
    points = set(was.points) ^ set(is_.points)
    return InRanges(was.column, tuple(sorted(points)), tuple(ranges))


def _who(edge: Edge, sources: Sources, dialect: str) -> sa.Select[tuple[int]]:
    if edge.stream is not None:
        stream = sources.stream_of(edge.stream)
        condition = lowered_condition(edge.test, stream, dialect)
        return sa.select(stream.c.customer_id).where(stream.c.customer_id.is_not(None), condition).distinct()
    if isinstance(edge.test, OnDays) and edge.test.column == "birthday":
        # There is an index on month and day: of customers, in these very words.
        c = customers.c
        alive = c.birthday.is_not(None), c.merged_into.is_(None)
        return sa.select(c.id).where(*alive, sa.literal_column(MONTH_AND_DAY).in_(sorted(edge.test.days)))
    cards = sources.cards
    return sa.select(cards.c.customer_id).where(lowered_condition(edge.test, cards, dialect))
