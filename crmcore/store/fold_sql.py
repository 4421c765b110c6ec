"""Folds as SQL: one pass over each event stream, grouped by customer.

What needs a customer's events in order (the sets of those with several, medians) is a look-up of her own
rows, done only for those who have enough events to need it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from crmcore.hooks.facts import STREAMS, Fold
from crmcore.records.interaction import InteractionKind
from crmcore.store.events import Streams, streams
from crmcore.store.fold_rules import condition
from crmcore.store.sql_bits import concat_list, half_away, local_day

# Undated events come before dated ones.
_NEVER = -(2**62)


def is_counted(fold: Fold) -> bool:
    """Whether the fold is 0, not absent, for a customer without events."""
    return fold.how in ("count", "sum", "days")


@dataclass(frozen=True)
class Folded:
    """The folds of one stream: `table` has a row for each customer with events, `values` are made from it."""

    table: sa.Subquery
    values: dict[str, ColumnElement[Any]]


@dataclass(frozen=True)
class Folder:
    """Makes the SQL of folds for one shop, of these interaction kinds and that database `dialect`."""

    currency: str
    zone: str
    kinds: tuple[InteractionKind, ...]
    dialect: str

    def tables(
        self, folds: Iterable[Fold], until: int | None = None, owners: sa.FromClause | None = None
    ) -> list[Folded]:
        """For each stream that a fold reads, its folds.

        `until` and `owners`: see `crmcore.store.events.streams`.
        """
        wanted = list(folds)
        these = streams(until, kinds=self.kinds, owners=owners)
        again = streams(until, kinds=self.kinds)
        of = {name: [fold for fold in wanted if fold.stream == name] for name in STREAMS}
        return [self._table(name, mine, these, again) for name, mine in of.items() if mine]

    def _table(self, name: str, folds: Sequence[Fold], these: Streams, again: Streams) -> Folded:
        rows = these.get(name)

        def own_rows(fold: Fold, owner: sa.FromClause) -> sa.Select[Any]:
            """The rows that count for the fold, of the customer whom `owner` is about."""
            more = again.get(name).alias(f"more_{name}")
            mine = more.c.customer_id == owner.c.customer_id
            return sa.select(more).where(mine, self._condition(fold, more)).correlate(owner)

        gaps = [fold for fold in folds if fold.how == "gap"]
        values: list[ColumnElement[Any]] = [
            self._value(fold, rows, lambda fold: own_rows(fold, rows)).label(fold.name)
            for fold in folds
            if fold.how != "gap"
        ]
        for fold in gaps:
            values += self._days_of(fold, rows)
        grouped = sa.select(rows.c.customer_id, *values).group_by(rows.c.customer_id)
        table = grouped.subquery(f"{name}_folded")
        found: dict[str, ColumnElement[Any]] = {
            fold.name: table.c[fold.name] for fold in folds if fold.how != "gap"
        }
        found |= {fold.name: _gap(fold, table, self._days(fold, own_rows(fold, table))) for fold in gaps}
        return Folded(table, found)

    def _condition(self, fold: Fold, rows: sa.FromClause) -> ColumnElement[bool]:
        return condition(fold, rows, currency=self.currency, zone=self.zone, dialect=self.dialect)

    def _value(
        self, fold: Fold, rows: sa.FromClause, own_rows: Callable[[Fold], sa.Select[Any]]
    ) -> ColumnElement[Any]:
        counts = self._condition(fold, rows)
        if fold.how == "count":
            return sa.func.count().filter(counts)
        column = rows.c[fold.column or "at"]
        match fold.how:
            case "sum":
                return sa.cast(sa.func.sum(column).filter(counts), sa.BigInteger)
            case "min":
                return sa.func.min(column).filter(counts)
            case "max":
                return sa.func.max(column).filter(counts)
            case "last":
                return _last(fold, own_rows(fold))
            case "set":
                return _set(fold, column, counts, own_rows(fold))
            case "median":
                return _median(_column(own_rows(fold), fold.column or "at"))
            case _:
                return sa.func.count(sa.distinct(local_day(column, self.zone))).filter(counts)

    def _days_of(self, fold: Fold, rows: sa.FromClause) -> list[ColumnElement[Any]]:
        """Number of the distinct local days of the rows that count, the first and the last of them."""
        counts, day = self._condition(fold, rows), local_day(rows.c[fold.column or "at"], self.zone)
        figures = sa.func.count(sa.distinct(day)), sa.func.min(day), sa.func.max(day)
        return [
            figure.filter(counts).label(f"{fold.name}_{what}")
            for figure, what in zip(figures, ("days", "first", "last"), strict=True)
        ]

    def _days(self, fold: Fold, mine: sa.Select[Any]) -> sa.Select[Any]:
        """The distinct local days of one customer's rows."""
        at = _only(mine, fold.column or "at")
        day = local_day(at, self.zone).label("day")
        return mine.with_only_columns(day).where(at.is_not(None)).distinct()


def _only(select: sa.Select[Any], name: str) -> ColumnElement[Any]:
    return next(column for column in select.selected_columns if column.key == name)


def _column(mine: sa.Select[Any], name: str) -> sa.Select[Any]:
    column = _only(mine, name)
    return mine.with_only_columns(column.label("value")).where(column.is_not(None))


def _last(fold: Fold, mine: sa.Select[Any]) -> ColumnElement[Any]:
    at, row_id = _only(mine, "at"), _only(mine, "id")
    newest = sa.func.coalesce(at, _NEVER).desc(), row_id.desc()
    return _column(mine, fold.column or "at").order_by(*newest).limit(1).scalar_subquery()


def _set(
    fold: Fold, column: ColumnElement[Any], counts: ColumnElement[bool], mine: sa.Select[Any]
) -> ColumnElement[Any]:
    """Distinct texts in order. Most customers have one only: no need to sort anything for them."""
    first, last = (made(sa.func.nullif(column, "")).filter(counts) for made in (sa.func.min, sa.func.max))
    text = _only(mine, fold.column or "")
    several = mine.with_only_columns(text.label("value")).where(text != "").distinct().order_by(text)
    many = sa.select(concat_list(several.subquery("texts").c.value)).scalar_subquery()
    one = "\x1f" + first + "\x1f"
    return sa.case((first.is_(None), None), (first == last, one), else_=many)


def _median(values: sa.Select[Any]) -> ColumnElement[Any]:
    """The middle of the values, or the half way between the two middle ones, halves away from zero."""
    value = values.subquery("values_").c.value
    place = sa.func.row_number().over(order_by=value).label("place")
    ranked = sa.select(value.label("value"), place, sa.func.count().over().label("n")).subquery("ranked")
    both = sa.func.min(ranked.c.value) + sa.func.max(ranked.c.value)
    middle = ranked.c.place.in_([(ranked.c.n + 1) // 2, (ranked.c.n + 2) // 2])
    return sa.select(half_away(both, 2)).where(middle).scalar_subquery()


def _gap(fold: Fold, table: sa.Subquery, days: sa.Select[Any]) -> ColumnElement[Any]:
    """The median of the days between the distinct days.

    One gap is the span of two days, and the median of two gaps is half of the span of three: only from four
    days on is there something to sort.
    """
    number, first, last = (table.c[f"{fold.name}_{what}"] for what in ("days", "first", "last"))
    each = days.subquery("days")
    gap = (each.c.day - sa.func.lag(each.c.day).over(order_by=each.c.day)).label("value")
    gaps = sa.select(gap).subquery("gaps")
    many = _median(sa.select(gaps.c.value.label("value")).where(gaps.c.value.is_not(None)))
    half = half_away(last - first, 2)
    return sa.case((number < 2, None), (number == 2, last - first), (number == 3, half), else_=many)
