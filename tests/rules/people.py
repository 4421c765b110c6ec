"""Made-up cards with their events, for rules to be asked of: in memory, and as rows of a database."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from crmcore.records.interaction import CORE_KINDS
from crmcore.rules.catalogue import Catalogue
from crmcore.rules.fields import Field, FieldType
from crmcore.store import schema
from crmcore.store.card_columns import CardColumn, add_columns, cards_table
from crmcore.store.sql_bits import encode_list

# What plugins' facts may be, beside core's: every type a fact can have.
EXTRA = (
    Field("runs_out", FieldType.DATE, "用完日", "Runs out", source="pets"),
    Field("lucky", FieldType.BOOL, "幸运", "Lucky", source="pets"),
    Field("score", FieldType.NUMBER, "评分", "Score", source="pets"),
    Field("seen_at", FieldType.INSTANT, "来访", "Seen", source="pets"),
)
CATALOGUE = Catalogue.core(EXTRA)
CARDS = cards_table(CardColumn(one.name, one.type) for one in EXTRA)


@dataclass(frozen=True)
class Order:
    """An order with its lines, as rows; ids are given when it is stored."""

    columns: dict[str, Any]
    lines: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Person:
    """A card (absent facts left out) and the events beside it, as rows of the tables."""

    card: dict[str, Any]
    orders: tuple[Order, ...] = ()
    interactions: tuple[dict[str, Any], ...] = ()
    refunds: tuple[dict[str, Any], ...] = ()


@dataclass
class Stored:
    """People in memory, with the ids that they have in the database."""

    cards: dict[int, dict[str, Any]] = field(default_factory=dict)
    events: dict[int, dict[str, list[dict[str, Any]]]] = field(default_factory=dict)


def add_fact_columns(connection: sa.Connection) -> None:
    """Give `cards` the columns of the plugins' facts."""
    add_columns(connection, [CardColumn(one.name, one.type) for one in EXTRA])


def store(connection: sa.Connection, people: list[Person]) -> Stored:
    """Write the people into cards and the tables of events; returns them as rules see them in memory."""
    stored, number = Stored(), 0
    for customer_id, person in enumerate(people, start=1):
        row = {
            name: encode_list(value) if isinstance(value, tuple) else value
            for name, value in person.card.items()
        }
        connection.execute(sa.insert(CARDS).values(customer_id=customer_id, **row))
        events: dict[str, list[dict[str, Any]]] = {name: [] for name in CATALOGUE.streams}
        for order in person.orders:
            number += 1
            _store_order(connection, customer_id, number, order, events)
        for entry in person.interactions:
            _store_interaction(connection, customer_id, entry, events)
        for refund in person.refunds:
            number += 1
            row = {
                "customer_id": customer_id,
                "source": "t",
                "number": str(number),
                "created_by": 1,
                **refund,
            }
            connection.execute(sa.insert(schema.refunds).values(**row))
            events["refunds"].append({"source": "t", **refund})
        stored.cards[customer_id] = {"customer_id": customer_id, **_with_zeros(person.card)}
        stored.events[customer_id] = events
    return stored


def _with_zeros(card: dict[str, Any]) -> dict[str, Any]:
    """The card with the counts that a database never leaves empty."""
    zeros = {c.name: 0 for c in schema.cards.columns if not c.nullable and c.name != "customer_id"}
    return zeros | {name: value for name, value in card.items() if value not in (None, ())}


def _store_order(
    connection: sa.Connection,
    customer_id: int,
    number: int,
    order: Order,
    events: dict[str, list[dict[str, Any]]],
) -> None:
    row = {"customer_id": customer_id, "source": "t", "number": str(number), "created_by": 1, **order.columns}
    order_id = connection.execute(sa.insert(schema.orders).values(**row)).inserted_primary_key[0]
    placed, paid = row.get("placed_at"), row.get("paid_at")
    full = row["refunded_total"] > 0 and row["net_total"] <= 0
    seen = {**row, "at": paid if placed is None else placed, "refunded_in_full": full}
    seen["bought"] = paid is not None and not full
    events["orders"].append(seen)
    if row["refunded_total"] > 0:
        when = row.get("refunded_at") or paid or placed
        refund = {"at": when, "amount": row["refunded_total"], "currency": row["currency"], "source": "t"}
        events["refunds"].append(refund)
    for position, line in enumerate(order.lines, start=1):
        values = {"order_id": order_id, "position": position, "created_by": 1, **line}
        connection.execute(sa.insert(schema.order_lines).values(**values))
        if seen["bought"]:
            total = line["total"]
            if total is None and line["unit_price"] is not None:
                total = line["unit_price"] * line["quantity"]
            of_order = {
                name: seen.get(name) for name in ("at", "paid_at", "currency", "source", "source_tag")
            }
            events["lines"].append({**of_order, **line, "total": total})


def _store_interaction(
    connection: sa.Connection,
    customer_id: int,
    entry: dict[str, Any],
    events: dict[str, list[dict[str, Any]]],
) -> None:
    row = {name: value for name, value in entry.items() if name != "rating"}
    payload = json.dumps({"rating": entry["rating"]}) if entry.get("rating") is not None else None
    connection.execute(
        sa.insert(schema.interactions).values(customer_id=customer_id, payload=payload, created_by=1, **row)
    )
    is_open = any(
        entry["kind"] == kind.name and entry.get("state") in kind.open_states for kind in CORE_KINDS
    )
    events["interactions"].append({**entry, "open": is_open})
