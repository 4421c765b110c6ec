"""The rule of a fold, as a condition on the rows of its event stream."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from crmcore.hooks.facts import Fold
from crmcore.hooks.fold_check import check_rule, column_type, stream_fields
from crmcore.records.clock import Clock
from crmcore.rules.bind import bind_events
from crmcore.rules.fields import FieldType
from crmcore.store.rule_sql import compile_events


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
        check_rule(fold, bound)
        parts.append(compile_events(bound, stream, Clock(zone, 0), dialect, currency))
    return sa.and_(sa.true(), *parts)
