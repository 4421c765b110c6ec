"""What a comparison asks of the kept value, on the day of the question.

Days since, ages, days against instants and anniversaries all become ranges of what is kept, or days of the
year. Both evaluators work from this, so calendar and time zones are thought about once, here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Any

from crmcore.records.anniversary import YEAR_DAYS, born_by, days_to
from crmcore.records.clock import Clock, day_end, day_start, instant, zone
from crmcore.rules.bound import Comparison, Cut
from crmcore.rules.fields import FieldType
from crmcore.rules.tree import Op

Edge = int | float | str | None


@dataclass(frozen=True)
class Range:
    """Values from `low` to `high`, either without end when None; the edges belong to it unless open."""

    low: Edge = None
    high: Edge = None
    low_open: bool = False
    high_open: bool = False


@dataclass(frozen=True)
class InRanges:
    """The kept value is one of `points` or lies in one of the ranges."""

    column: str
    points: tuple[int | float | str, ...]
    ranges: tuple[Range, ...]


@dataclass(frozen=True)
class OnDays:
    """The last five signs of the kept text, month and day, are among these."""

    column: str
    days: frozenset[str]


@dataclass(frozen=True)
class Holds:
    """The kept list holds all of the items, or any of them."""

    column: str
    items: tuple[str, ...]
    every: bool


@dataclass(frozen=True)
class Is:
    """The kept truth value is this one."""

    column: str
    value: bool


@dataclass(frozen=True)
class Present:
    """The value is there."""

    column: str


@dataclass(frozen=True)
class Above:
    """The kept value is above the cut, or at it with a small enough customer id."""

    column: str
    cut: Cut


Lowered = InRanges | OnDays | Holds | Is | Present | Above


@lru_cache(maxsize=1024)
def lower(test: Comparison, clock: Clock) -> Lowered:
    """What the comparison asks of the column `test.field.column` on the clock's day."""
    field, op, value = test.field, test.op, test.value
    column = field.column
    if field.groups is not None:
        texts = field.groups.texts(lambda of: op is Op.EXISTS or applies(op, of, value))
        return InRanges(column, texts, ())
    if op is Op.EXISTS:
        return _age(test, clock) if field.type is FieldType.AGE else Present(column)
    if isinstance(value, Cut):
        return Above(column, value)
    return _by_type(test, clock)


def _by_type(test: Comparison, clock: Clock) -> Lowered:
    field, op, value = test.field, test.op, test.value
    column = field.column
    match field.type:
        case FieldType.OCCASION:
            return _during(test, clock)
        case FieldType.LIST:
            items = (value,) if op is Op.HAS else value
            return Holds(column, items, every=op is Op.ALL)
        case FieldType.BOOL:
            return Is(column, value if op is Op.EQ else not value)
        case FieldType.ANNIVERSARY:
            return OnDays(column, frozenset(day for day in YEAR_DAYS if applies(op, day, value)))
        case FieldType.AGE:
            return _age(test, clock)
        case FieldType.DAYS if field.stored.type is FieldType.ANNIVERSARY:
            days = {day: days_to(day, clock.today, since=field.since) for day in YEAR_DAYS}
            return OnDays(column, frozenset(day for day, away in days.items() if applies(op, away, value)))
        case FieldType.DAYS:
            return _in_ranges(column, op, value, _day_span(test, clock), falling=field.since)
        case FieldType.DATE:
            return _in_ranges(column, op, value, lambda day: (day.isoformat(), day.isoformat()))
        case FieldType.INSTANT:
            return _in_ranges(column, op, value, lambda moment: _moment_span(moment, clock.zone))
        case _:
            return _in_ranges(column, op, value, lambda plain: (plain, plain))


def applies(op: Op, value: Any, wanted: Any) -> bool:
    """The operator on two values of one kind: the plain meaning that everything else must agree with."""
    match op:
        case Op.EQ:
            return bool(value == wanted)
        case Op.NE:
            return bool(value != wanted)
        case Op.LT:
            return bool(value < wanted)
        case Op.LTE:
            return bool(value <= wanted)
        case Op.GT:
            return bool(value > wanted)
        case Op.GTE:
            return bool(value >= wanted)
        case Op.IN:
            return value in wanted
        case Op.BETWEEN:
            return bool(wanted[0] <= value < wanted[1])
        case _:
            raise ValueError(op)


Span = Callable[[Any], tuple[Any, Any]]
_MIRRORED = {Op.LT: Op.GT, Op.GT: Op.LT, Op.LTE: Op.GTE, Op.GTE: Op.LTE}


def _in_ranges(column: str, op: Op, value: Any, span: Span, *, falling: bool = False) -> InRanges:
    """Ranges of kept values for an operator, where `span` gives the first and last kept value that equal one.

    `falling`: the kept value falls as the compared one rises, as days since do.
    """
    if op is Op.IN:
        spans = [span(one) for one in value]
        points = tuple(low for low, high in spans if low == high)
        return InRanges(column, points, tuple(Range(low, high) for low, high in spans if low != high))
    if op is Op.BETWEEN:
        (first, last), (after_first, after_last) = span(value[0]), span(value[1])
        if falling:
            return InRanges(column, (), (Range(after_last, last, low_open=True),))
        return InRanges(column, (), (Range(first, after_first, high_open=True),))
    first, last = span(value)
    below, above = Range(high=first, high_open=True), Range(low=last, low_open=True)
    match _MIRRORED.get(op, op) if falling else op:
        case Op.EQ:
            return (
                InRanges(column, (first,), ())
                if first == last
                else InRanges(column, (), (Range(first, last),))
            )
        case Op.NE:
            return InRanges(column, (), (below, above))
        case Op.LT:
            return InRanges(column, (), (below,))
        case Op.LTE:
            return InRanges(column, (), (Range(high=last),))
        case Op.GT:
            return InRanges(column, (), (above,))
        case _:
            return InRanges(column, (), (Range(low=first),))


def _during(test: Comparison, clock: Clock) -> InRanges:
    """The days of the occasion, or of several, as ranges of what is kept."""
    wanted = test.value if test.op is Op.IN else (test.value,)
    spans = [span for one in wanted for span in one.spans]
    if test.field.stored.type is FieldType.DATE:
        ranges = [Range(first.isoformat(), last.isoformat()) for first, last in spans]
    else:
        ranges = [Range(day_start(first, clock.zone), day_end(last, clock.zone)) for first, last in spans]
    return InRanges(test.field.column, (), tuple(ranges))


def _day_span(test: Comparison, clock: Clock) -> Span:
    """Number of days -> the first and last kept value of the day that is so far away."""
    sign = -1 if test.field.since else 1
    dated = test.field.stored.type is FieldType.DATE

    def span(days: int) -> tuple[Any, Any]:
        day = clock.today + timedelta(days=sign * days)
        if dated:
            return day.isoformat(), day.isoformat()
        return day_start(day, clock.zone), day_end(day, clock.zone)

    return span


def _moment_span(moment: date | datetime, zone_name: str) -> tuple[int, int]:
    if not isinstance(moment, datetime):
        return day_start(moment, zone_name), day_end(moment, zone_name)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=zone(zone_name))
    return instant(aware), instant(aware)


def _age(test: Comparison, clock: Clock) -> InRanges:
    """Ages as ranges of birthdays: who is n was born in a year's span that ends n years ago today."""
    today, column = clock.today, test.field.column
    if test.op is Op.EXISTS:
        return InRanges(
            column, (), (Range("0", today.isoformat()),)
        )  # "0": not --MM-DD, whose year is unknown
    oldest = today.year
    ages = [age for age in range(oldest + 1) if applies(test.op, age, test.value)]
    ranges = []
    # Ages that follow one another have the same difference from their place in the list.
    for _difference, run in groupby(enumerate(ages), lambda pair: pair[1] - pair[0]):
        span = [age for _place, age in run]
        low = "0" if span[-1] == oldest else born_by(span[-1] + 1, today)
        ranges.append(Range(low, born_by(span[0], today), low_open=True))
    return InRanges(column, (), tuple(ranges))
