"""What a shop holds, counted: `crm stats`."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from crmcore.store.schema import customers, interactions, order_lines, orders, refunds


@dataclass(frozen=True)
class Totals:
    """Plain sums of the orders of one currency, in its minor units.

    `refunded_total` holds what went back on orders and what went back without a known order.
    """

    orders: int = 0
    ordered_total: int = 0
    paid_total: int = 0
    refunded_total: int = 0


@dataclass(frozen=True)
class Stats:
    """Counts of records, and money of the shop's currency; other currencies stand apart, never added."""

    customers: int
    anonymous_orders: int
    interactions: dict[str, int]
    orders: int
    order_lines: int
    currency: str
    totals: Totals
    other_currencies: dict[str, Totals]


def count(connection: sa.Connection, currency: str) -> Stats:
    """Count everything in one reading; customers that live on inside another are not counted again."""
    kinds = connection.execute(
        sa.select(interactions.c.kind, sa.func.count())
        .group_by(interactions.c.kind)
        .order_by(interactions.c.kind)
    )
    by_currency = _totals(connection)
    return Stats(
        customers=_rows(connection, sa.select(customers).where(customers.c.merged_into.is_(None))),
        anonymous_orders=_rows(connection, sa.select(orders).where(orders.c.customer_id.is_(None))),
        interactions={str(kind): int(number) for kind, number in kinds},
        orders=sum(totals.orders for totals in by_currency.values()),
        order_lines=_rows(connection, sa.select(order_lines)),
        currency=currency,
        totals=by_currency.pop(currency, Totals()),
        other_currencies=by_currency,
    )


def _rows(connection: sa.Connection, rows: sa.Select[tuple[object, ...]]) -> int:
    return int(connection.scalar(rows.with_only_columns(sa.func.count(), maintain_column_froms=True)) or 0)


def _totals(connection: sa.Connection) -> dict[str, Totals]:
    total = sa.func.sum
    columns = (orders.c.ordered_total, orders.c.paid_total, orders.c.refunded_total)
    found: dict[str, Totals] = {}
    # One currency after the other, mostly there is one: grouping all orders would sort them first, in memory.
    for currency in connection.scalars(sa.select(orders.c.currency).distinct()).all():
        added_up = sa.select(sa.func.count(), *map(total, columns)).where(orders.c.currency == currency)
        found[str(currency)] = Totals(*map(int, connection.execute(added_up).one()))
    of_refunds = sa.select(refunds.c.currency, total(refunds.c.amount)).group_by(refunds.c.currency)
    for currency, amount in connection.execute(of_refunds):
        so_far = found.get(currency, Totals())
        found[currency] = Totals(
            so_far.orders, so_far.ordered_total, so_far.paid_total, so_far.refunded_total + int(amount)
        )
    return dict(sorted(found.items()))
