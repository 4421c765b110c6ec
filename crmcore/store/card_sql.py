"""The statements that make cards: every fold of every stream joined to the customers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from crmcore.hooks.facts import Fold
from crmcore.store import schema
from crmcore.store.core_folds import CORE_FOLDS, DERIVED, PARTS, PROFILE
from crmcore.store.events import walked
from crmcore.store.fold_sql import Folded, Folder, is_counted
from crmcore.store.sql_bits import concat_list

# The customers whose cards are being made, in a temporary table of the connection.
fact_ids = sa.Table("fact_ids", sa.MetaData(), sa.Column("id", sa.BigInteger, primary_key=True))


@dataclass(frozen=True)
class CardSql:
    """Makes the SQL of cards: core's folds, the plugins' `folds`, profile and tags, `own` fields."""

    folder: Folder
    folds: Sequence[Fold]
    cards: sa.Table
    own: Mapping[str, ColumnElement[Any]] = field(default_factory=dict)

    @property
    def every_fold(self) -> tuple[Fold, ...]:
        """Core's folds, what core's figures are made of, and the plugins' folds."""
        return (*CORE_FOLDS, *PARTS, *self.folds)

    def select(
        self,
        until: int | None = None,
        owners: sa.FromClause | None = None,
        only: Collection[str] | None = None,
    ) -> sa.Select[Any]:
        """One row for each customer not merged away, with `customer_id` and every fact but the Python ones.

        `until`: as things stood at that instant; profile and tags are today's. `owners`: of these only.
        `only`: with these facts alone, so that what the others are made of is not read.
        """
        folds = self._folds_for(only)
        tables = self.folder.tables(folds, until, owners)
        values = _values(folds, tables) | dict(self.own)
        customers = schema.customers
        source: sa.FromClause = customers
        if owners is not None:
            own = walked(owners) if self.folder.dialect == "sqlite" else owners.c.id
            source = owners.join(customers, customers.c.id == own)
        for table in (folded.table for folded in tables if folded.table is not None):
            source = source.outerjoin(table, table.c.customer_id == customers.c.id)
        names = (name for name in self.cards.columns.keys() if only is None or name in only)  # noqa: SIM118
        wanted = {name: values[name] for name in names if name in values}
        return (
            sa.select(customers.c.id.label("customer_id"), *(v.label(n) for n, v in wanted.items()))
            .select_from(source)
            .where(customers.c.merged_into.is_(None))
        )

    def _folds_for(self, only: Collection[str] | None) -> tuple[Fold, ...]:
        """The folds that it takes to make these facts."""
        if only is None:
            return self.every_fold
        own = tuple(fold for fold in (*CORE_FOLDS, *self.folds) if fold.name in only)
        return own + PARTS if DERIVED.keys() & set(only) else own

    def upsert(self, dialect: sa.Dialect) -> str:
        """The statement that makes the cards of the customers in `fact_ids`, leaving Python facts alone."""
        columns, text = self.of_named(dialect)
        updates = ", ".join(f"{name} = excluded.{name}" for name in columns if name != "customer_id")
        into = f"INSERT INTO cards ({', '.join(columns)})"
        return f"{into} {text} ON CONFLICT (customer_id) DO UPDATE SET {updates}"

    def of_named(self, dialect: sa.Dialect) -> tuple[list[str], str]:
        """The columns, customer_id first, and the SELECT of the cards of the customers in `fact_ids`."""
        fresh = self.select(owners=fact_ids)
        text = fresh.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
        return [str(column.key) for column in fresh.selected_columns], str(text)


def _values(folds: Sequence[Fold], tables: Sequence[Folded]) -> dict[str, ColumnElement[Any]]:
    made = {name: value for folded in tables for name, value in folded.values.items()}
    values = {
        fold.name: sa.func.coalesce(made[fold.name], 0) if is_counted(fold) else made[fold.name]
        for fold in folds
    }
    parts = dict(values)
    if parts.keys() >= {fold.name for fold in PARTS}:
        values |= {name: make(parts) for name, make in DERIVED.items()}
    values |= {name: schema.customers.c[name] for name in PROFILE}
    return values | {"tags": _tags()}


def _tags() -> ColumnElement[Any]:
    tags = schema.tags.c
    hers = sa.select(tags.tag).where(tags.customer_id == schema.customers.c.id).order_by(tags.tag)
    return sa.select(concat_list(hers.correlate(schema.customers).subquery("hers").c.tag)).scalar_subquery()
