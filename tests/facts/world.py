"""Made-up customers with everything they did: how they are written into a shop, and how they stood on a day.

`then` cuts a world off at an instant in plain Python: it is what the shop's "as of" must agree with.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from crmcore.store import schema
from crmcore.store.database import Write


@dataclass(frozen=True)
class Line:
    category: str | None = None
    quantity: int = 1
    unit_price: int | None = None
    total: int | None = None
    title: str | None = None


@dataclass(frozen=True)
class Order:
    placed_at: int | None
    paid_at: int | None = None
    closed_at: int | None = None
    refunded_at: int | None = None
    status: str = "completed"
    ordered: int = 0
    paid: int = 0
    refunded: int = 0
    currency: str = "CNY"
    source: str = "taobao"
    source_tag: str | None = None
    lines: tuple[Line, ...] = ()

    @property
    def at(self) -> int | None:
        return self.placed_at if self.placed_at is not None else self.paid_at

    @property
    def net(self) -> int:
        return self.paid - self.refunded

    @property
    def refund_at(self) -> int | None:
        return next((at for at in (self.refunded_at, self.paid_at, self.placed_at) if at is not None), None)


@dataclass(frozen=True)
class Refund:
    at: int | None
    amount: int
    currency: str = "CNY"


@dataclass(frozen=True)
class Interaction:
    kind: str
    at: int
    states: tuple[tuple[int, str], ...] = ()  # (since when, state), oldest first
    rating: int | None = None


@dataclass(frozen=True)
class Customer:
    orders: tuple[Order, ...] = ()
    refunds: tuple[Refund, ...] = ()
    interactions: tuple[Interaction, ...] = ()
    tags: tuple[str, ...] = ()
    birthday: str | None = None
    province: str | None = None
    merged_into: int | None = None


def instants_of(customer: Customer) -> set[int]:
    """When anything happened with her."""
    orders = {at for o in customer.orders for at in (o.placed_at, o.paid_at, o.closed_at, o.refunded_at)}
    talks = {at for i in customer.interactions for at in (i.at, *(since for since, _state in i.states))}
    return {at for at in orders | talks | {r.at for r in customer.refunds} if at is not None}


def then(customer: Customer, until: int) -> Customer:
    """The customer as she stood at the end of that instant."""
    return replace(
        customer,
        orders=tuple(_order_then(o, until) for o in customer.orders if o.at is None or o.at <= until),
        refunds=tuple(r for r in customer.refunds if r.at is None or r.at <= until),
        interactions=tuple(
            replace(i, states=tuple(s for s in i.states if s[0] <= until) or i.states[:1])
            for i in customer.interactions
            if i.at <= until
        ),
    )


def _order_then(order: Order, until: int) -> Order:
    if order.refund_at is not None and order.refund_at > until:
        order = replace(order, refunded=0, refunded_at=None)
    if order.closed_at is not None and order.closed_at > until:
        order = replace(order, closed_at=None, status="paid" if order.paid_at is not None else "unpaid")
    if order.paid_at is not None and order.paid_at > until:
        order = replace(order, paid_at=None, paid=0, refunded=0, status="unpaid")
    return order


@dataclass
class Writer:
    """Writes customers into a shop; every row gets an id and a number of its own."""

    write: Write

    def _insert(self, table: sa.Table, **values: Any) -> int:
        values = {"created_by": 1} | values if "created_by" in table.c else values
        return int(self.write.connection.execute(sa.insert(table).values(values)).inserted_primary_key[0])

    def _number(self) -> str:
        return uuid.uuid4().hex

    def customers(self, customers: Sequence[Customer]) -> list[int]:
        """Their ids; `merged_into` is a place in the list."""
        ids = [self._insert(schema.customers, birthday=c.birthday, province=c.province) for c in customers]
        for customer, own in zip(customers, ids, strict=True):
            if customer.merged_into is not None:
                row = sa.update(schema.customers).where(schema.customers.c.id == own)
                self.write.connection.execute(row.values(merged_into=ids[customer.merged_into]))
            self.events(own, customer)
        self.write.touch(ids)
        return ids

    def events(self, owner: int, customer: Customer) -> None:
        for order in customer.orders:
            self.order(owner, order)
        for refund in customer.refunds:
            self._insert(
                schema.refunds, customer_id=owner, source="taobao", number=self._number(),
                currency=refund.currency, at=refund.at, amount=refund.amount,
            )  # fmt: skip
        for interaction in customer.interactions:
            self.interaction(owner, interaction)
        for tag in customer.tags:
            self._insert(schema.tags, customer_id=owner, tag=tag)

    def order(self, owner: int | None, order: Order) -> int:
        own = self._insert(
            schema.orders, customer_id=owner, source=order.source, number=self._number(),
            currency=order.currency, status=order.status, placed_at=order.placed_at, paid_at=order.paid_at,
            closed_at=order.closed_at, refunded_at=order.refunded_at, ordered_total=order.ordered,
            paid_total=order.paid, refunded_total=order.refunded, net_total=order.net,
            source_tag=order.source_tag,
        )  # fmt: skip
        for place, line in enumerate(order.lines):
            self._insert(
                schema.order_lines, order_id=own, position=place, category=line.category, title=line.title,
                quantity=line.quantity, unit_price=line.unit_price, total=line.total,
            )  # fmt: skip
        return own

    def interaction(self, owner: int, interaction: Interaction) -> int:
        own = self._insert(
            schema.interactions, customer_id=owner, kind=interaction.kind, at=interaction.at, text="",
            state=interaction.states[-1][1] if interaction.states else None,
            payload=None if interaction.rating is None else json.dumps({"rating": interaction.rating}),
        )  # fmt: skip
        for (_since, before), (changed_at, _after) in zip(
            interaction.states, interaction.states[1:], strict=False
        ):
            change = self._insert(schema.changes, at=changed_at, actor="t", kind="edit", why="moved")
            self._insert(
                schema.journal, change_id=change, table_name="interactions", row_id=own, op="update",
                old=json.dumps({"state": before}),
            )  # fmt: skip
        return own


def clear(write: Write) -> None:
    """Empty the shop, for the next example."""
    for name in (
        "journal",
        "changes",
        "tags",
        "interactions",
        "refunds",
        "order_lines",
        "orders",
        "customers",
        "cards",
        "stale",
    ):
        write.connection.execute(sa.delete(schema.metadata.tables[name]))
