"""The rule of a fold, as a condition on the rows of its event stream."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from crmcore.errors import RuleError
from crmcore.hooks.facts import Fold
from crmcore.i18n import gettext as _
from crmcore.records.clock import Clock
from crmcore.rules.bind import bind
from crmcore.rules.bound import Bound, Comparison, EventTest, Every, Named, Negation, PythonTest, Some, leaves
from crmcore.rules.catalogue import CORE_STREAMS, Catalogue, Stream
from crmcore.rules.fields import Field, Fields, FieldType
from crmcore.rules.lower import Holds, InRanges, Is, OnDays, Present, Range, lower
from crmcore.rules.tree import Events

# What the streams have beside what rules of segments may ask.
_MORE = {
    "orders": (
        Field("placed_at", FieldType.INSTANT, "下单时间", "Placed"),
        Field("platform", FieldType.TEXT, "平台", "Platform"),
    ),
    "lines": (Field("platform", FieldType.TEXT, "平台", "Platform"),),
    "refunds": (Field("order_id", FieldType.INT, "订单", "Order"),),
    "interactions": (Field("contact", FieldType.BOOL, "算作联系", "Contact"),),
}


@lru_cache(maxsize=1)
def stream_fields() -> Catalogue:
    """The streams with every field that a fold may use."""
    streams = []
    for stream in CORE_STREAMS:
        fields = {field.name: field for field in _MORE[stream.name]} | stream.fields.stored
        streams.append(Stream(stream.name, stream.zh, stream.en, Fields(fields.values(), stream.name)))
    return Catalogue((), streams)


def column_type(fold: Fold) -> FieldType:
    """The type of the fold's column; raises `RuleError` when its stream has none of that name."""
    return stream_fields().streams[fold.stream].fields.get(fold.column or "at").type


def condition(fold: Fold, stream: sa.FromClause, *, currency: str, zone: str) -> ColumnElement[bool]:
    """Which rows of the stream count; an amount does in the shop's `currency` only.

    Raises `RuleError` for a rule that does not fit, or that ages by itself.
    """
    parts: list[ColumnElement[bool]] = []
    if fold.column and column_type(fold) is FieldType.MONEY:
        parts.append(stream.c.currency == currency)
    if fold.where is not None:
        bound = bind(Events(fold.stream, fold.where.tree), stream_fields(), currency=currency)
        assert isinstance(bound, EventTest)
        _check(fold, bound.rule)
        parts.append(_compiled(bound.rule, stream, Clock(zone, 0)))
    return sa.and_(sa.true(), *parts)


def _check(fold: Fold, bound: Bound) -> None:
    for leaf in leaves(bound):
        if isinstance(leaf, PythonTest):
            message = _("fold {name}: the database cannot run {test}; write a Fact for that")
            raise RuleError(message.format(name=fold.name, test=leaf.label))
        if isinstance(leaf, Comparison) and leaf.field.base is not None:
            message = _("fold {name}: {field} changes from day to day by itself; compare {base} with a date")
            raise RuleError(message.format(name=fold.name, field=leaf.field.name, base=leaf.field.base.name))


def _compiled(bound: Bound, stream: sa.FromClause, clock: Clock) -> ColumnElement[bool]:
    match bound:
        case Every(rules):
            return sa.and_(sa.true(), *(_compiled(rule, stream, clock) for rule in rules))
        case Some(rules):
            return sa.or_(sa.false(), *(_compiled(rule, stream, clock) for rule in rules))
        case Negation(rule):
            return sa.not_(_compiled(rule, stream, clock))
        case Named(_name, rule):
            return _compiled(rule, stream, clock)
        case Comparison():
            return _comparison(bound, stream, clock)
        case _:
            raise AssertionError(bound)


def _comparison(test: Comparison, stream: sa.FromClause, clock: Clock) -> ColumnElement[bool]:
    """Never NULL: an absent value makes a comparison false."""
    asked = lower(test, clock)
    column: ColumnElement[Any] = stream.c[asked.column]
    match asked:
        case Present():
            return column.is_not(None)
        case Is(_column, value):
            return column if value else sa.not_(column)
        case InRanges(_column, points, ranges):
            hits = [_inside(column, span) for span in ranges]
            if points:
                hits.append(column.in_(points))
            return sa.and_(column.is_not(None), sa.or_(sa.false(), *hits))
        case OnDays() | Holds() | _:
            raise AssertionError(asked)


def _inside(column: ColumnElement[Any], span: Range) -> ColumnElement[bool]:
    parts = []
    if span.low is not None:
        parts.append(column > span.low if span.low_open else column >= span.low)
    if span.high is not None:
        parts.append(column < span.high if span.high_open else column <= span.high)
    return sa.and_(sa.true(), *parts)
