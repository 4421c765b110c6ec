"""Reading orders: one customer's, newest first, and one by its number. Imports write them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from crmcore.errors import NotFoundError
from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.records.customer import OrderCard, OrderLine
from crmcore.records.order import is_bought
from crmcore.store.database import among
from crmcore.store.schema import order_lines, orders

# When an order happened: the first of these that is known.
HAPPENED = sa.func.coalesce(orders.c.placed_at, orders.c.paid_at, orders.c.closed_at, 0)
# The sources that orders came from, looked up by leaps through the index, not by reading all orders. Numbers
# are indexed by source: `source IN (SOURCES)` finds one in whatever source it is.
SOURCES = (
    "WITH RECURSIVE sources(source) AS (SELECT min(source) FROM orders UNION ALL SELECT (SELECT min(source) "
    "FROM orders WHERE source > sources.source) FROM sources WHERE source IS NOT NULL) "
    "SELECT source FROM sources WHERE source IS NOT NULL"
)
_PLAIN = [n for n in OrderCard.__dataclass_fields__ if n not in ("bought", "lines")]


def orders_of(
    connection: sa.Connection, customer_id: int, *, limit: int = 50, before: tuple[int, int] | None = None
) -> list[OrderCard]:
    """A customer's orders with their lines, newest first.

    `before` goes on from an order: when it happened (`happened_at`) and its id.
    """
    query = sa.select(orders).where(orders.c.customer_id == customer_id)
    if before is not None:
        query = query.where(sa.tuple_(HAPPENED, orders.c.id) < sa.tuple_(*map(sa.literal, before)))
    query = query.order_by(HAPPENED.desc(), orders.c.id.desc()).limit(limit)
    return _with_lines(connection, list(connection.execute(query)))


def order_cards(connection: sa.Connection, order_ids: Iterable[int]) -> list[OrderCard]:
    """These orders with their lines, in order of their ids."""
    query = sa.select(orders).where(among(connection, orders.c.id, order_ids)).order_by(orders.c.id)
    return _with_lines(connection, list(connection.execute(query)))


def find_order(connection: sa.Connection, number: str, source: str | None = None) -> OrderCard:
    """The order of that number; raises `NotFoundError` when there is none, or several sources have one."""
    known = orders.c.source.in_(sa.text(SOURCES)) if source is None else orders.c.source == source
    query = sa.select(orders).where(known, orders.c.number == number)
    rows = list(connection.execute(query))
    if not rows:
        raise NotFoundError(_("there is no order {number}").format(number=number))
    if len(rows) > 1:
        where = joined(sorted(row.source for row in rows))
        raise NotFoundError(
            _("order {number} exists in {sources}: name the source").format(number=number, sources=where)
        )
    return _with_lines(connection, rows)[0]


def happened_at(order: OrderCard) -> int:
    """When an order happened: placed, else paid, else closed; 0 where nobody knows."""
    for at in (order.placed_at, order.paid_at, order.closed_at):
        if at is not None:
            return at
    return 0


def _with_lines(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> list[OrderCard]:
    lines: dict[int, list[OrderLine]] = defaultdict(list)
    names = list(OrderLine.__dataclass_fields__)
    query = sa.select(order_lines.c.order_id, *(order_lines.c[name] for name in names))
    query = query.where(among(connection, order_lines.c.order_id, [row.id for row in rows]))
    for row in connection.execute(query.order_by(order_lines.c.order_id, order_lines.c.position)):
        lines[row[0]].append(OrderLine(*row[1:]))
    return [
        OrderCard(
            **{name: getattr(row, name) for name in _PLAIN},
            bought=is_bought(row.paid_at, row.refunded_total, row.net_total),
            lines=tuple(lines[row.id]),
        )
        for row in rows
    ]
