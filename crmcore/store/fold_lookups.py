"""Folds that look one customer's rows up in order: the last value, sets, medians.

`mine` is a select of the rows of one customer that count, correlated with whatever names the customer.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from crmcore.store.sql_bits import concat_list, half_away, local_day

# Undated events come before dated ones.
_NEVER = -(2**62)


def column_of(mine: sa.Select[Any], name: str) -> ColumnElement[Any]:
    """The column of that name of the rows."""
    return next(column for column in mine.selected_columns if column.key == name)


def last(mine: sa.Select[Any], name: str) -> ColumnElement[Any]:
    """The newest value there is; of equally new ones that of the larger id."""
    value, at, row_id = (column_of(mine, column) for column in (name, "at", "id"))
    newest = sa.func.coalesce(at, _NEVER).desc(), row_id.desc()
    known = mine.with_only_columns(value).where(value.is_not(None))
    return known.order_by(*newest).limit(1).scalar_subquery()


def texts(mine: sa.Select[Any], name: str) -> ColumnElement[Any]:
    """The distinct texts, as a card keeps a list."""
    text = column_of(mine, name)
    distinct = mine.with_only_columns(text.label("value")).where(text != "").distinct().order_by(text)
    return sa.select(concat_list(distinct.subquery("texts").c.value)).scalar_subquery()


def median(mine: sa.Select[Any], name: str) -> ColumnElement[Any]:
    """The median of a column of integers."""
    value = column_of(mine, name)
    return _median(mine.with_only_columns(value.label("value")).where(value.is_not(None)))


def median_gap(mine: sa.Select[Any], name: str, zone: str) -> ColumnElement[Any]:
    """The median of the days between the distinct local days of a column of instants."""
    at = column_of(mine, name)
    day = local_day(at, zone).label("day")
    days = mine.with_only_columns(day).where(at.is_not(None)).distinct().subquery("days")
    gap = (days.c.day - sa.func.lag(days.c.day).over(order_by=days.c.day)).label("value")
    gaps = sa.select(gap).subquery("gaps")
    return _median(sa.select(gaps.c.value.label("value")).where(gaps.c.value.is_not(None)))


def _median(values: sa.Select[Any]) -> ColumnElement[Any]:
    """The middle of the values, or half way between the two middle ones, halves away from zero."""
    value = values.subquery("values_").c.value
    place = sa.func.row_number().over(order_by=value).label("place")
    ranked = sa.select(value.label("value"), place, sa.func.count().over().label("n")).subquery("ranked")
    both = sa.func.min(ranked.c.value) + sa.func.max(ranked.c.value)
    middle = ranked.c.place.in_([(ranked.c.n + 1) // 2, (ranked.c.n + 2) // 2])
    return sa.select(half_away(both, 2)).where(middle).scalar_subquery()
