"""The rule of a fold, as a condition on the rows of its event stream."""

from __future__ import annotations

from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from crmcore.errors import RuleError
from crmcore.hooks.facts import Fold
from crmcore.i18n import gettext as _
from crmcore.records.clock import Clock
from crmcore.rules.bind import bind_events
from crmcore.rules.bound import Bound, Comparison, PythonTest, leaves
from crmcore.rules.catalogue import CORE_STREAMS, Catalogue, Stream
from crmcore.rules.fields import Field, Fields, FieldType
from crmcore.store.rule_sql import compile_events

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


def condition(
    fold: Fold, stream: sa.FromClause, *, currency: str, zone: str, dialect: str
) -> ColumnElement[bool]:
    """Which rows of the stream count; an amount does in the shop's `currency` only.

    Raises `RuleError` for a rule that does not fit, or that ages by itself.
    """
    parts: list[ColumnElement[bool]] = []
    if fold.column and column_type(fold) is FieldType.MONEY:
        parts.append(stream.c.currency == currency)
    if fold.where is not None:
        bound = bind_events(fold.where.tree, fold.stream, stream_fields(), currency=currency)
        _check(fold, bound)
        parts.append(compile_events(bound, stream, Clock(zone, 0), dialect, currency))
    return sa.and_(sa.true(), *parts)


def _check(fold: Fold, bound: Bound) -> None:
    for leaf in leaves(bound):
        if isinstance(leaf, PythonTest):
            message = _("fold {name}: the database cannot run {test}; write a Fact for that")
            raise RuleError(message.format(name=fold.name, test=leaf.label))
        if isinstance(leaf, Comparison) and leaf.field.base is not None:
            message = _("fold {name}: {field} changes from day to day by itself; compare {base} with a date")
            raise RuleError(message.format(name=fold.name, field=leaf.field.name, base=leaf.field.base.name))
