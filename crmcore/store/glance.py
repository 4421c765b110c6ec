"""What a card shows at first sight: what is open, what was said last, the newest orders, who may be the same.

A handful of look-ups by one customer's id: none of them grows with the shop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from crmcore.records.customer import CustomerCard, OrderCard
from crmcore.records.interaction import BAD_RATING, InteractionKind
from crmcore.store import customers as people
from crmcore.store.database import among
from crmcore.store.interactions import Interaction, is_open, read_interactions
from crmcore.store.orders import order_cards, orders_of
from crmcore.store.schema import (
    candidates,
    changes,
    consents,
    customers,
    identities,
    interactions,
    journal,
    orders,
    tags,
)
from crmcore.store.schema import cards as core_cards

Kinds = Mapping[str, InteractionKind]
_OPEN, _SAID = 30, 5
_HERS = (identities, interactions, consents, tags, orders)


@dataclass(frozen=True)
class Other:
    """Somebody who may be the same person: her living record, and why (candidates' `reason`)."""

    customer_id: int
    name: str | None
    nickname: str | None
    reason: str


@dataclass(frozen=True)
class Glance:
    """One customer at first sight.

    `open`: interactions that still ask for something, the soonest due first. `talks`: the newest contacts,
    `notes` the newest notes, `reviews` the newest bad ones, `order_count` all her orders, `orders` the newest
    of them. `complaints`: those about one of these orders, whatever became of them.
    """

    card: CustomerCard
    open: tuple[Interaction, ...]
    talks: tuple[Interaction, ...]
    notes: tuple[Interaction, ...]
    reviews: tuple[Interaction, ...]
    orders: tuple[OrderCard, ...]
    order_count: int
    complaints: tuple[Interaction, ...]
    others: tuple[Other, ...]


@dataclass(frozen=True)
class Touch:
    """An act that touched a customer: who did what when (an instant), and whether it still holds."""

    change_id: int
    at: int
    actor: str
    kind: str
    why: str
    state: str


def glance(
    connection: sa.Connection,
    customer_id: int,
    kinds: Kinds,
    cards: sa.Table = core_cards,
    *,
    order_limit: int = 5,
    about: str | None = None,
) -> Glance:
    """The customer, by any id she ever had; raises `NotFoundError` for an unknown one.

    `about` is the number of an order of hers that is to stand first, however old it is.
    """
    card = people.show(connection, customer_id, cards)
    c, hers = interactions.c, interactions.c.customer_id == card.id
    newest = orders_of(connection, card.id, limit=order_limit)
    count = len(newest) if len(newest) < order_limit else _count(connection, card.id)
    if about is not None:
        newest = _with_first(connection, card.id, newest, about)
    refunded = [order.id for order in newest if order.refunded_total]
    spoken = sa.and_(
        c.kind.in_([kind.name for kind in kinds.values() if kind.contact]),
        sa.or_(c.kind != "call", c.state == "done"),  # a planned one has not been spoken yet
    )
    return Glance(
        card,
        open=_read(
            connection, sa.and_(hers, is_open(kinds)), (c.due_at.nulls_last(), c.at.desc()), limit=_OPEN
        ),
        talks=_read(connection, sa.and_(hers, spoken), (c.at.desc(), c.id.desc()), limit=_SAID),
        notes=_read(connection, sa.and_(hers, c.kind == "note"), (c.at.desc(), c.id.desc()), limit=_SAID),
        reviews=_bad_reviews(connection, hers) if card.facts.get("reviews_bad") else (),
        orders=tuple(newest),
        order_count=count,
        complaints=_read(
            connection, sa.and_(c.order_id.in_(refunded), c.kind == "complaint"), (c.at.desc(),), limit=_OPEN
        )
        if refunded
        else (),
        others=_others(connection, card),
    )


def touches(connection: sa.Connection, customer_id: int, limit: int = 10) -> tuple[Touch, ...]:
    """The newest acts that made or changed something of hers, the newest first."""
    ids: set[int] = set()
    for table in _HERS:
        mine = table.c.customer_id == customer_id
        for column in (table.c.created_by, *([table.c.changed_by] if "changed_by" in table.c else [])):
            query = sa.select(column).where(mine, column.is_not(None)).distinct()
            ids |= set(connection.scalars(query.order_by(column.desc()).limit(limit)))
    row = sa.select(customers.c.created_by, customers.c.changed_by).where(customers.c.id == customer_id)
    ids |= {i for i in connection.execute(row).one() if i is not None}
    old = sa.select(journal.c.change_id).where(
        journal.c.table_name == "customers", journal.c.row_id == customer_id
    )
    ids |= set(connection.scalars(old.order_by(journal.c.id.desc()).limit(limit)))
    query = sa.select(changes).where(changes.c.id.in_(sorted(ids)[-limit:])).order_by(changes.c.id.desc())
    return tuple(
        Touch(row.id, row.at, row.actor, row.kind, row.why, row.state) for row in connection.execute(query)
    )


def _read(
    connection: sa.Connection,
    where: sa.ColumnElement[bool],
    order: Sequence[sa.ColumnElement[object]],
    limit: int,
) -> tuple[Interaction, ...]:
    return tuple(read_interactions(connection, where, order, limit))


def _with_first(
    connection: sa.Connection, customer_id: int, newest: Sequence[OrderCard], number: str
) -> list[OrderCard]:
    """The orders with the one of that number first, fetched where it is not among them."""
    first = [order for order in newest if order.number == number]
    if not first:
        query = sa.select(orders.c.id).where(orders.c.customer_id == customer_id, orders.c.number == number)
        first = order_cards(connection, connection.scalars(query))
    return [*first, *(order for order in newest if order.number != number)]


def _bad_reviews(connection: sa.Connection, hers: sa.ColumnElement[bool]) -> tuple[Interaction, ...]:
    where = sa.and_(hers, interactions.c.kind == "review")
    newest = _read(connection, where, (interactions.c.at.desc(), interactions.c.id.desc()), limit=_OPEN)
    return tuple(one for one in newest if int(one.payload.get("rating") or 0) <= BAD_RATING)


def _count(connection: sa.Connection, customer_id: int) -> int:
    query = sa.select(sa.func.count()).select_from(orders).where(orders.c.customer_id == customer_id)
    return int(connection.scalar(query) or 0)


def _others(connection: sa.Connection, card: CustomerCard) -> tuple[Other, ...]:
    """Who was proposed to be the same person, and neither refused nor merged."""
    family = [card.id, *card.merged]
    a, b = candidates.c.a_id, candidates.c.b_id
    mine = sa.or_(among(connection, a, family), among(connection, b, family))
    query = sa.select(a, b, candidates.c.reason).where(candidates.c.state == "open", mine)
    found: dict[int, str] = {}
    for row in connection.execute(query.order_by(candidates.c.id)):
        other = people.resolve(connection, row.b_id if row.a_id in family else row.a_id)
        if other != card.id:
            found.setdefault(other, row.reason)
    if not found:
        return ()
    names = sa.select(customers.c.id, customers.c.name, customers.c.nickname)
    rows = connection.execute(names.where(customers.c.id.in_(found)).order_by(customers.c.id))
    return tuple(Other(row.id, row.name, row.nickname, found[row.id]) for row in rows)
