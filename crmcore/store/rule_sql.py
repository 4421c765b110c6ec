"""Bound rules as SQL conditions over cards, for SQLite and PostgreSQL alike.

Three-valued logic is kept out: a comparison with an absent fact is NULL, which a conjunction, a choice and
WHERE treat as false; only a negation must say so, and does. What needs Python is left over for the rows that
the rest of the rule let through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, FromClause

from crmcore.errors import RuleError
from crmcore.i18n import gettext as _
from crmcore.records.clock import Clock
from crmcore.rules.bound import (
    Bound,
    Comparison,
    EventTest,
    Every,
    Named,
    Negation,
    OnDay,
    PythonTest,
    Some,
    card_tests,
    needs_python,
)
from crmcore.rules.fields import FieldType
from crmcore.rules.lower import Above, Holds, InRanges, Is, Lowered, OnDays, Present, Range, lower
from crmcore.rules.memory import on_day
from crmcore.store.sql_bits import SEPARATOR

# A stream of events by its name, as a selectable with customer_id and the stream's fields.
StreamOf = Callable[[str], FromClause]


@dataclass(frozen=True)
class Compiled:
    """A rule in two parts: `condition` on rows of cards; what Python must ask of those it lets through."""

    condition: ColumnElement[bool]
    leftover: Bound | None


def compile_rule(
    bound: Bound, cards: FromClause, clock: Clock, dialect: str, stream_of: StreamOf
) -> Compiled:
    """The rule over `cards` (the table, or any selectable with its columns) on the clock's day.

    `dialect` is "sqlite" or "postgresql". What looks at facts that `cards` lacks is left over too: Python
    facts have no columns as of a day gone by.
    """
    in_sql: list[Bound] = []
    in_python: list[Bound] = []
    for part in _conjuncts(bound):
        (in_python if needs_python(part) or missing_facts(part, cards) else in_sql).append(part)
    build = _Builder(cards, clock, dialect, stream_of)
    condition = sa.and_(sa.true(), *(build(part) for part in in_sql))
    return Compiled(condition, Every(tuple(in_python)) if in_python else None)


def missing_facts(bound: Bound, cards: FromClause) -> list[str]:
    """The facts of the card that the rule looks at and `cards` has no column for."""
    return sorted({test.field.column for test in card_tests(bound)} - set(cards.c.keys()))


def compile_events(
    bound: Bound, stream: FromClause, clock: Clock, dialect: str, currency: str
) -> ColumnElement[bool]:
    """A rule over the rows of one event stream (`bind_events`); amounts in other currencies are absent.

    It may be NULL where it does not hold. Raises `RuleError` for Python tests.
    """
    if needs_python(bound):
        raise RuleError(_("a condition on events that the database counts cannot hold Python tests"))
    return _Builder(stream, clock, dialect, lambda _name: stream, currency)(bound)


def lowered_condition(test: Lowered, source: FromClause, dialect: str) -> ColumnElement[bool]:
    """What a comparison asks of the kept values, as a condition on the rows of `source`."""
    clock = Clock("UTC", 0)  # it has been asked already
    return _Builder(source, clock, dialect, lambda _name: source)._asked(test, source.c[test.column])


def _conjuncts(bound: Bound) -> Iterator[Bound]:
    match bound:
        case Every(rules):
            for rule in rules:
                yield from _conjuncts(rule)
        case Named(_name, rule):
            yield from _conjuncts(rule)
        case _:
            yield bound


@dataclass(frozen=True)
class _Builder:
    """Builds conditions on the rows of `source`: cards, or the events of one stream."""

    source: FromClause
    clock: Clock
    dialect: str
    stream_of: StreamOf
    currency: str | None = None  # set inside events: amounts in other currencies are absent

    def __call__(self, bound: Bound) -> ColumnElement[bool]:
        match bound:
            case Every(rules):
                return sa.and_(sa.true(), *(self(rule) for rule in rules))
            case Some(rules):
                return sa.or_(sa.false(), *(self(rule) for rule in rules))
            case Negation(rule):
                return sa.not_(sa.func.coalesce(self(rule), sa.false()))
            case Named(_name, rule):
                return self(rule)
            case EventTest():
                return self._some_event(bound)
            case Comparison():
                return self._comparison(bound)
            case OnDay():
                return sa.true() if on_day(bound, self.clock) else sa.false()
            case PythonTest():
                raise TypeError("Python tests are left over before SQL is built")

    def _some_event(self, test: EventTest) -> ColumnElement[bool]:
        # The owners of fitting events are collected once: that beats asking for each customer of a shop.
        stream = self.stream_of(test.stream.name)
        inner = _Builder(stream, self.clock, self.dialect, self.stream_of, test.currency)
        owners = sa.select(stream.c.customer_id).where(stream.c.customer_id.is_not(None), inner(test.rule))
        found: ColumnElement[bool] = self.source.c.customer_id.in_(owners.correlate(None))
        return found

    def _comparison(self, test: Comparison) -> ColumnElement[bool]:
        condition = self._asked(lower(test, self.clock), self.source.c[test.field.column])
        if self.currency and test.field.type is FieldType.MONEY:
            return sa.and_(condition, self.source.c.currency == self.currency)
        return condition

    def _asked(self, test: Lowered, column: ColumnElement[Any]) -> ColumnElement[bool]:
        match test:
            case Present():
                return column.is_not(None)
            case Is():
                return column.is_(sa.true() if test.value else sa.false())
            case Holds():
                held = [self._holds(column, item) for item in test.items]
                return sa.and_(column.is_not(None), *held) if test.every else sa.or_(sa.false(), *held)
            case OnDays():
                return _one_of(sa.func.substr(column, sa.func.length(column) - 4), sorted(test.days))
            case Above(cut=cut):
                below = self.source.c.customer_id <= _literal(cut.last_id)
                value = _literal(cut.value)
                return sa.or_(column > value, sa.and_(column == value, below))
            case InRanges():
                ranges = [self._inside(column, one) for one in test.ranges]
                points = [_one_of(column, test.points)] if test.points else []
                return sa.or_(sa.false(), *points, *ranges)

    def _holds(self, column: ColumnElement[Any], item: str) -> ColumnElement[bool]:
        find = sa.func.instr if self.dialect == "sqlite" else sa.func.strpos
        found: ColumnElement[bool] = find(column, _literal(f"{SEPARATOR}{item}{SEPARATOR}")) > 0
        return found

    def _inside(self, column: ColumnElement[Any], one: Range) -> ColumnElement[bool]:
        if self.dialect == "postgresql" and isinstance(one.high if one.low is None else one.low, str):
            column = sa.collate(column, "C")  # text compares by code point
        parts: list[ColumnElement[bool]] = []
        if one.low is not None:
            low = _literal(one.low)
            parts.append(column > low if one.low_open else column >= low)
        if one.high is not None:
            high = _literal(one.high)
            parts.append(column < high if one.high_open else column <= high)
        return sa.and_(*parts)


def _literal(value: float | str) -> ColumnElement[Any]:
    # SQLAlchemy casts what it sends to PostgreSQL: a number beyond 32 bits must say so.
    return sa.literal(value, _type(value))


def _type(value: float | str) -> sa.types.TypeEngine[Any]:
    if isinstance(value, str):
        return sa.Text()
    return sa.BigInteger() if isinstance(value, int) else sa.Double()


def _one_of(column: ColumnElement[Any], values: Iterable[float | str]) -> ColumnElement[bool]:
    listed = list(values)
    if not listed:
        return sa.false()
    return column.in_(sa.bindparam(None, listed, type_=_type(listed[0]), expanding=True, unique=True))
