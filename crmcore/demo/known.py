"""The known answers: what `crm stats` must say after an import of the demo's files, found without one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from crmcore.demo.people import GROUP, MALL, TAOBAO
from crmcore.demo.world import World


@dataclass(frozen=True)
class Totals:
    """What the files amount to, in minor units; `paid` is before refunds, `refunded` what went back."""

    orders: int = 0
    lines: int = 0
    ordered: int = 0
    paid: int = 0
    refunded: int = 0


@dataclass(frozen=True)
class Expected:
    """The known answers for one world.

    `customers` counts who the files can tell apart: people by what identifies them for sure, and one more for
    every masked order, for a mask identifies nobody.
    """

    customers: int
    orders: int
    lines: int
    anonymous_orders: int
    interactions: dict[str, int]
    platforms: dict[str, Totals]
    currencies: dict[str, Totals] = field(default_factory=dict)


def expected(world: World) -> Expected:
    """The known answers for that world."""
    return Expected(
        customers=_customers(world),
        orders=len(world.orders),
        lines=sum(len(order.lines) for order in world.orders),
        anonymous_orders=sum(order.person is None for order in world.orders),
        interactions=dict(sorted(Counter(talk.kind for talk in world.talks).items())),
        platforms={
            name: _totals(world, "platform", name) for name in sorted({o.platform for o in world.orders})
        },
        currencies={
            name: _totals(world, "currency", name) for name in sorted({o.currency for o in world.orders})
        },
    )


def _totals(world: World, attribute: str, value: str) -> Totals:
    orders = [order for order in world.orders if getattr(order, attribute) == value]
    return Totals(
        len(orders),
        sum(len(order.lines) for order in orders),
        sum(order.total for order in orders),
        sum(order.total for order in orders if order.paid_at(world.end)),
        sum(order.refund_at(world.end) for order in orders),
    )


def _customers(world: World) -> int:
    """One customer for each group of a person's records that share an identity, one for each masked order."""
    records: dict[int, list[set[str]]] = {}
    masked = 0
    for index, identities in _records(world):
        if identities:
            records.setdefault(index, []).append(identities)
        else:
            masked += 1
    return masked + sum(len(_joined(found)) for found in records.values())


def _records(world: World) -> Iterator[tuple[int, set[str]]]:
    """Whom each record of the files is about, and the identities it gives; none for a masked one."""
    for person in world.people:
        if MALL in person.platforms:
            yield person.index, {person.email, person.phone}
    for order in world.orders:
        if (buyer := order.person) is None:
            continue
        if order.platform == TAOBAO:
            hidden = order.placed > world.masked_since
            yield buyer.index, set() if hidden else {buyer.nickname, buyer.phone}
        else:
            yield buyer.index, {buyer.phone} if order.platform == GROUP else {buyer.email, buyer.phone}
    for talk in world.talks:
        yield talk.person.index, {talk.known_by[1]}


def _joined(records: list[set[str]]) -> list[set[str]]:
    groups: list[set[str]] = []
    for record in records:
        touching = [group for group in groups if group & record]
        groups = [group for group in groups if not group & record] + [record.union(*touching)]
    return groups
