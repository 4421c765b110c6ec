"""Event streams: what a customer did, as selectables that facts, rules and histories share.

Each stream has `customer_id`, `id` and `at` (UTC seconds; when it happened) and columns of its own. A filter
on `customer_id` reaches the tables' indexes. Money is in minor units of the row's `currency`.

`streams(until)` shows what had happened by the instant `until`, as known today: an order exists from its
`at` on; its payment, closing and refund count from their own dates (a refund without a date from the
payment's); an interaction is in the state that the journal last knew it in by then. Events without any date
always count.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.sql.expression import UnaryExpression
from sqlalchemy.sql.operators import custom_op

from crmcore.records.interaction import CORE_KINDS, InteractionKind
from crmcore.records.order import OrderStatus
from crmcore.store import schema
from crmcore.store.json_sql import json_integer, json_text
from crmcore.store.sql_bits import before_colon

_Kind = tuple[str, bool, tuple[str, ...]]  # name, whether it is contact, open states

NAMES = ("orders", "lines", "refunds", "interactions")


@dataclass(frozen=True)
class Streams:
    """The four streams at one moment; see `streams`.

    `orders`: every order of a customer, with `bought` and `refunded_in_full` (booleans), `number placed_at
    paid_at closed_at refunded_at status source platform channel source_tag currency ordered_total paid_total
    refunded_total net_total province city`. `lines`: lines of bought orders, with `order_id position paid_at
    sku title category quantity unit_price total currency source platform source_tag goods` (a product stands
    behind it). `refunds`: money that
    went back, with `order_id` (empty where no order is known) `amount currency source`. `interactions`:
    with `kind text state state_at open contact due_at owner channel rating payload`.
    """

    orders: sa.Subquery
    lines: sa.Subquery
    refunds: sa.Subquery
    interactions: sa.Subquery

    def get(self, name: str) -> sa.Subquery:
        """The stream of that name; raises `KeyError` for any other."""
        if name not in NAMES:
            raise KeyError(name)
        stream: sa.Subquery = getattr(self, name)
        return stream


def streams(
    until: int | None = None,
    *,
    kinds: Iterable[InteractionKind] = CORE_KINDS,
    owners: sa.FromClause | None = None,
) -> Streams:
    """The event streams as they are, or as they stood at the end of the instant `until`.

    `kinds` tell which states are open. `owners`, a selectable with a column `id`, limits the streams to these
    customers in such a way that every database starts from them and looks their events up.
    """
    told = tuple((kind.name, kind.contact, kind.open_states) for kind in kinds)
    # A list of ids is asked about once: only what is asked again and again is worth keeping.
    kept = owners is None or isinstance(owners, sa.Table)
    return _streams(until, told, owners) if kept else _made(until, told, owners)


@lru_cache(maxsize=64)
def _streams(until: int | None, kinds: tuple[_Kind, ...], owners: sa.FromClause | None) -> Streams:
    return _made(until, kinds, owners)


def _made(until: int | None, kinds: tuple[_Kind, ...], owners: sa.FromClause | None) -> Streams:
    return Streams(
        orders=_orders(until, owners).subquery("orders_stream"),
        lines=_lines(until, owners).subquery("lines_stream"),
        refunds=_refunds(until, owners).subquery("refunds_stream"),
        interactions=_interactions(until, owners, kinds).subquery("interactions_stream"),
    )


def every_order(until: int | None) -> sa.Select[Any]:
    """The orders as `Streams.orders` shows them, and those that are nobody's: for sales."""
    columns = _order_columns(until)
    return sa.select(*(column.label(name) for name, column in columns.items())).where(
        _happened(_order_at(), until)
    )


def every_line(until: int | None) -> sa.Select[Any]:
    """The lines of bought orders as `Streams.lines` shows them, and those of nobody's orders."""
    return _lines(until, None, everybody=True)


def every_refund(until: int | None) -> sa.CompoundSelect[Any]:
    """The refunds as `Streams.refunds` shows them, and those on nobody's orders."""
    return _refunds(until, None, everybody=True)


def every_interaction(until: int | None, kinds: Iterable[InteractionKind]) -> sa.Select[Any]:
    """The interactions as `Streams.interactions` shows them."""
    return _interactions(until, None, tuple((kind.name, kind.contact, kind.open_states) for kind in kinds))


def walked(owners: sa.FromClause) -> ColumnElement[Any]:
    """The owners' ids, to be compared with a column of another table.

    The plus sign keeps SQLite from looking up the owner of every row of that table: it must walk the owners
    and look each one's rows up by the index.
    """
    return unindexed(owners.c.id)


def unindexed(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The column, but not to be reached by an index: reading a whole table by one jumps from page to page."""
    return UnaryExpression(column, operator=custom_op("+"))


def _owned(table: sa.Table, owners: sa.FromClause | None, everybody: bool = False) -> ColumnElement[bool]:
    """Whether a row belongs to somebody, or to one of the `owners`; nobody's too where `everybody` counts."""
    if everybody:
        return sa.true()
    if owners is None:
        return table.c.customer_id.is_not(None)
    return table.c.customer_id == walked(owners)


def _owner(table: sa.Table, owners: sa.FromClause | None) -> ColumnElement[Any]:
    """Whose the row is; taken from the owners where there are some, who come in order."""
    owner: ColumnElement[Any] = table.c.customer_id if owners is None else owners.c.id
    return owner.label("customer_id")


def _happened(at: ColumnElement[Any], until: int | None) -> ColumnElement[bool]:
    return sa.true() if until is None else sa.or_(at.is_(None), at <= until)


def _orders(until: int | None, owners: sa.FromClause | None) -> sa.Select[Any]:
    columns = _order_columns(until) | {"customer_id": _owner(schema.orders, owners)}
    owned = _owned(schema.orders, owners), _happened(_order_at(), until)
    return sa.select(*(column.label(name) for name, column in columns.items())).where(*owned)


def _order_at() -> ColumnElement[Any]:
    return sa.func.coalesce(schema.orders.c.placed_at, schema.orders.c.paid_at)


def _refund_at() -> ColumnElement[Any]:
    c = schema.orders.c
    return sa.func.coalesce(c.refunded_at, c.paid_at, c.placed_at)


def _order_columns(until: int | None) -> dict[str, ColumnElement[Any]]:
    """An order's columns as they stood at `until`, and what follows from them."""
    c = schema.orders.c
    now = (
        "id",
        "customer_id",
        "number",
        "placed_at",
        "paid_at",
        "closed_at",
        "refunded_at",
        "status",
        "source",
    )
    columns: dict[str, ColumnElement[Any]] = {name: c[name] for name in now}
    also = ("channel", "source_tag", "currency", "ordered_total", "paid_total", "refunded_total", "net_total")
    columns |= {name: c[name] for name in (*also, "province", "city")}
    columns["at"] = _order_at()
    columns["platform"] = before_colon(c.source)
    if until is not None:
        columns |= _order_then(until)
    full = sa.and_(columns["refunded_total"] > 0, columns["net_total"] <= 0)
    columns["refunded_in_full"] = full
    columns["bought"] = sa.and_(columns["paid_at"].is_not(None), ~full)
    return columns


def _order_then(until: int) -> dict[str, ColumnElement[Any]]:
    """What time changes in an order, at `until`: it was not paid, closed or refunded before it was."""
    c = schema.orders.c
    refunded = _happened(_refund_at(), until)
    unpaid = c.paid_at > until
    status = sa.case(
        (unpaid, OrderStatus.UNPAID.value),
        (sa.and_(c.closed_at > until, c.paid_at.is_(None)), OrderStatus.UNPAID.value),
        (c.closed_at > until, OrderStatus.PAID.value),
        else_=c.status,
    )
    return {
        "paid_at": sa.case((c.paid_at <= until, c.paid_at)),
        "closed_at": sa.case((c.closed_at <= until, c.closed_at)),
        "refunded_at": sa.case((refunded, c.refunded_at)),
        "status": status,
        "paid_total": sa.case((unpaid, 0), else_=c.paid_total),
        "refunded_total": sa.case((refunded, c.refunded_total), else_=0),
        # What went back later had still been spent by then.
        "net_total": sa.case((unpaid, 0), (refunded, c.net_total), else_=c.net_total + c.refunded_total),
    }


def _lines(until: int | None, owners: sa.FromClause | None, *, everybody: bool = False) -> sa.Select[Any]:
    line = schema.order_lines.c
    order = _order_columns(until) | {"customer_id": _owner(schema.orders, owners)}
    total = sa.func.coalesce(line.total, line.unit_price * line.quantity)
    of_order = ("customer_id", "at", "paid_at", "currency", "source", "platform", "source_tag")
    of_line = ("id", "order_id", "position", "sku", "title", "category", "quantity", "unit_price")
    return sa.select(
        *(order[name].label(name) for name in of_order),
        *(line[name] for name in of_line),
        total.label("total"),
        line.product_id.is_not(None).label("goods"),
    ).where(
        line.order_id == schema.orders.c.id,
        order["bought"],
        _owned(schema.orders, owners, everybody),
        _happened(order["at"], until),
    )


def _refunds(
    until: int | None, owners: sa.FromClause | None, *, everybody: bool = False
) -> sa.CompoundSelect[Any]:
    order, apart = schema.orders.c, schema.refunds.c
    on_orders = sa.select(
        order.id,
        _owner(schema.orders, owners),
        _refund_at().label("at"),
        order.id.label("order_id"),
        order.refunded_total.label("amount"),
        order.currency,
        order.source,
    ).where(
        order.refunded_total > 0, _owned(schema.orders, owners, everybody), _happened(_refund_at(), until)
    )
    without = sa.select(
        apart.id,
        _owner(schema.refunds, owners),
        apart.at,
        sa.cast(sa.null(), sa.BigInteger).label("order_id"),
        apart.amount,
        apart.currency,
        apart.source,
    ).where(_owned(schema.refunds, owners, everybody), _happened(apart.at, until))
    return sa.union_all(on_orders, without)


def _interactions(
    until: int | None, owners: sa.FromClause | None, kinds: tuple[_Kind, ...]
) -> sa.Select[Any]:
    c = schema.interactions.c
    state = c.state if until is None else _state_then(until)
    still_open = [f"{kind}/{name}" for kind, _contact, names in kinds for name in names]
    contacts = [kind for kind, contact, _names in kinds if contact]
    plain = ("id", "at", "kind", "text", "due_at", "owner", "channel")
    return sa.select(
        _owner(schema.interactions, owners),
        *(c[name] for name in plain),
        state.label("state"),
        (c.state_at if until is None else sa.case((c.state_at <= until, c.state_at))).label("state_at"),
        sa.func.coalesce((c.kind + "/" + state).in_(still_open), sa.false()).label("open"),
        json_integer(c.payload, "rating").label("rating"),
        c.kind.in_(contacts).label("contact"),
        c.payload,
    ).where(_owned(schema.interactions, owners), _happened(c.at, until))


def _state_then(until: int) -> ColumnElement[Any]:
    """The state before its first change after `until`; what the journal does not know is as it is now."""
    journal, changes, c = schema.journal.c, schema.changes.c, schema.interactions.c
    old = json_text(journal.old, "state")
    then = (
        sa.select(old)
        .where(journal.table_name == "interactions", journal.row_id == c.id, journal.op == "update")
        .where(changes.id == journal.change_id, changes.at > until, old.is_not(None))
        .order_by(journal.id)
        .limit(1)
        .correlate(schema.interactions)
        .scalar_subquery()
    )
    return sa.func.coalesce(then, c.state)
