"""Folds as SQL: one pass over each event stream, grouped by customer.

What needs a customer's events in order (the sets of those with several, medians) is a look-up of her own
rows, done only for those who have enough events to need it. On SQLite the median of gaps needs none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from crmcore.hooks.facts import STREAMS, Fold
from crmcore.records.interaction import InteractionKind
from crmcore.store import fold_lookups, schema
from crmcore.store.events import Streams, streams, unindexed
from crmcore.store.fold_rules import condition
from crmcore.store.gap_aggregate import MEDIAN_GAP
from crmcore.store.sql_bits import SEPARATOR, before_colon, half_away, local_day

# Folds that one pass over the rows can make.
_IN_PASSING = ("count", "sum", "min", "max", "days", "gap")

OwnRows = Callable[[Fold, ColumnElement[Any], sa.FromClause], sa.Select[Any]]


def is_counted(fold: Fold) -> bool:
    """Whether the fold is 0, not absent, for a customer without events."""
    return fold.how in ("count", "sum", "days")


@dataclass(frozen=True)
class Folded:
    """The folds of one stream: `values` are made from `table`, which has the customers with events.

    Without a table the values are looked up for each row of `customers`.
    """

    table: sa.FromClause | None
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
        again = streams(until, kinds=self.kinds)
        these = again
        if owners is not None and self.dialect == "sqlite":
            these = streams(until, kinds=self.kinds, owners=owners)
        of = {name: [fold for fold in wanted if fold.stream == name] for name in STREAMS}
        return [self._stream(name, mine, these, again, owners) for name, mine in of.items() if mine]

    def _stream(
        self, name: str, folds: Sequence[Fold], these: Streams, again: Streams, owners: sa.FromClause | None
    ) -> Folded:
        rows = these.get(name)

        def own_rows(fold: Fold, owner: ColumnElement[Any], source: sa.FromClause) -> sa.Select[Any]:
            """The rows that count for the fold, of the customer whom a row of `source` is about."""
            more = again.get(name).alias(f"more_{name}")
            counts = more.c.customer_id == owner, self._condition(fold, more)
            return sa.select(more).where(*counts).correlate(source)

        if not any(fold.how in _IN_PASSING for fold in folds):
            people = schema.customers
            looked = {fold.name: self._looked_up(fold, own_rows(fold, people.c.id, people)) for fold in folds}
            if name == "lines":  # many shops' files have orders alone: nobody's need to be looked through
                some = sa.select(sa.literal(1)).select_from(schema.order_lines).exists()
                looked = {one: sa.case((some, value)) for one, value in looked.items()}
            return Folded(None, looked)
        table: sa.FromClause
        if owners is not None and self.dialect == "postgresql":
            # One look-up for each owner, whatever PostgreSQL knows or believes about the sizes of tables.
            one = sa.select(owners.c.id.label("customer_id"))
            one = one.add_columns(*self._all_figures(folds, rows, own_rows, owners.c.id, owners))
            hers = one.select_from(rows).where(rows.c.customer_id == owners.c.id)
            table = hers.correlate(owners).lateral(f"{name}_folded")
        else:
            figures = self._all_figures(folds, rows, own_rows, rows.c.customer_id, rows)
            everybody = owners is None and self.dialect == "sqlite"
            owner = unindexed(rows.c.customer_id) if everybody else rows.c.customer_id
            grouped = sa.select(rows.c.customer_id, *figures).group_by(owner)
            table = grouped.subquery(f"{name}_folded")
        return Folded(table, {fold.name: self._finished(fold, table, own_rows) for fold in folds})

    def _all_figures(
        self,
        folds: Sequence[Fold],
        rows: sa.FromClause,
        own_rows: OwnRows,
        owner: ColumnElement[Any],
        source: sa.FromClause,
    ) -> list[ColumnElement[Any]]:
        """What the pass over the rows collects for the folds."""

        def own(fold: Fold) -> sa.Select[Any]:
            return own_rows(fold, owner, source)

        return [figure for fold in folds for figure in self._figures(fold, rows, own)]

    def _condition(self, fold: Fold, rows: sa.FromClause) -> ColumnElement[bool]:
        return condition(fold, rows, currency=self.currency, zone=self.zone, dialect=self.dialect)

    def _figures(
        self, fold: Fold, rows: sa.FromClause, own_rows: Callable[[Fold], sa.Select[Any]]
    ) -> list[ColumnElement[Any]]:
        """What the pass over the rows collects for the fold; nothing for a fold that is looked up."""
        counts, column = self._condition(fold, rows), rows.c[fold.column or "at"]
        aggregate: ColumnElement[Any]
        match fold.how:
            case "count":
                aggregate = sa.func.count().filter(counts)
            case "sum":
                aggregate = sa.cast(sa.func.sum(column).filter(counts), sa.BigInteger)
            case "min" | "max":
                aggregate = getattr(sa.func, fold.how)(column).filter(counts)
            case "set":
                aggregate = _set(rows, counts, own_rows(fold), fold.column or "")
            case "days":
                aggregate = sa.func.count(sa.distinct(local_day(column, self.zone))).filter(counts)
            case "gap" if self.dialect == "sqlite":
                aggregate = _median_gap_of_days(local_day(column, self.zone)).filter(counts)
            case "gap":
                day = local_day(column, self.zone)
                span = (sa.func.count(sa.distinct(day)), sa.func.min(day), sa.func.max(day))
                return [one.filter(counts).label(f"{fold.name}_{n}") for n, one in enumerate(span)]
            case _:
                return []
        return [aggregate.label(fold.name)]

    def _finished(self, fold: Fold, table: sa.FromClause, own_rows: OwnRows) -> ColumnElement[Any]:
        if fold.name in table.c:
            return table.c[fold.name]
        mine = own_rows(fold, table.c.customer_id, table)
        if fold.how != "gap":
            return self._looked_up(fold, mine)
        return _gap(table, fold.name, fold_lookups.median_gap(mine, fold.column or "at", self.zone))

    def _looked_up(self, fold: Fold, mine: sa.Select[Any]) -> ColumnElement[Any]:
        look_up = {"last": fold_lookups.last, "median": fold_lookups.median, "set": fold_lookups.texts}
        return look_up[fold.how](mine, fold.column or "at")


def _set(
    rows: sa.FromClause, counts: ColumnElement[bool], mine: sa.Select[Any], name: str
) -> ColumnElement[Any]:
    """Distinct texts in order. Most customers have one only: no need to look anything up for them."""
    # Orders of one source are of one platform: it is cut out once for a customer, not for each order.
    told = rows.c.source if name == "platform" else rows.c[name]
    first, last = (made(sa.func.nullif(told, "")).filter(counts) for made in (sa.func.min, sa.func.max))
    only = sa.func.nullif(before_colon(first), "") if name == "platform" else first
    one = SEPARATOR + only + SEPARATOR
    return sa.case((first.is_(None), None), (first == last, one), else_=fold_lookups.texts(mine, name))


def _gap(table: sa.FromClause, name: str, many: ColumnElement[Any]) -> ColumnElement[Any]:
    """The median of the days between the distinct days, where the pass has not found it (PostgreSQL).

    One gap is the span of two days, and the median of two gaps is half of the span of three: only from four
    days on is there something to sort.
    """
    number, first, last = (table.c[f"{name}_{n}"] for n in range(3))
    half = half_away(last - first, 2)
    return sa.case((number < 2, None), (number == 2, last - first), (number == 3, half), else_=many)


def _median_gap_of_days(day: ColumnElement[int]) -> sa.sql.functions.Function[Any]:
    """The median of the days between distinct days, given as numbers; NULL for fewer than two.

    In SQLite's SQL alone it takes three window functions for each customer and reads her rows once more.
    """
    return sa.sql.functions.Function(MEDIAN_GAP, day, type_=sa.BigInteger())
