"""The event streams: what had happened by when, as known today."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from crmcore.records.interaction import CORE_KINDS, InteractionKind
from crmcore.store import schema
from crmcore.store.database import Database
from crmcore.store.events import Streams, streams
from tests.facts.world import Customer, Interaction, Line, Order, Refund, Writer

DAY = 86_400
ORDER = Order(
    placed_at=1 * DAY,
    paid_at=2 * DAY,
    refunded_at=4 * DAY,
    closed_at=6 * DAY,
    status="closed",
    paid=700,
    refunded=700,
    source="shopify:acme",
    lines=(Line("鞋", 2, 350),),
)


def _rows(database: Database, stream: str, found: Streams, *names: str) -> list[tuple[Any, ...]]:
    columns = found.get(stream).c
    with database.read() as connection:
        rows = connection.execute(sa.select(*(columns[name] for name in names)).order_by(columns.id)).all()
    return [tuple(row) for row in rows]


def _fill(database: Database, *customers: Customer) -> list[int]:
    with database.write("fill", actor="t") as write:
        return Writer(write).customers(customers)


@pytest.mark.parametrize(
    ("day", "state"),
    [
        (0.9, None),
        (1, ("unpaid", False, False, None, 0, 0, 0)),
        (2, ("paid", True, False, None, 700, 0, 700)),
        (4, ("paid", False, True, None, 700, 700, 0)),
        (5.9, ("paid", False, True, None, 700, 700, 0)),
        (6, ("closed", False, True, 6 * DAY, 700, 700, 0)),
        (None, ("closed", False, True, 6 * DAY, 700, 700, 0)),
    ],
)
def test_an_order_as_it_stood(database: Database, day: float | None, state: Any) -> None:
    _fill(database, Customer(orders=(ORDER,)))
    names = ("status", "bought", "refunded_in_full", "closed_at", "paid_total", "refunded_total", "net_total")
    found = streams(None if day is None else int(day * DAY))
    rows = _rows(database, "orders", found, *names)
    assert rows == ([] if state is None else [state])
    lines = _rows(database, "lines", found, "category", "quantity", "total", "platform", "at", "paid_at")
    bought = state is not None and state[1]
    assert lines == ([("鞋", 2, 700, "shopify", DAY, 2 * DAY)] if bought else [])


def test_an_order_closed_without_payment_was_open_before(database: Database) -> None:
    order = Order(placed_at=DAY, closed_at=3 * DAY, status="closed")
    undated = Order(placed_at=DAY, status="closed")
    _fill(database, Customer(orders=(order, undated)))
    assert _rows(database, "orders", streams(2 * DAY), "status") == [("unpaid",), ("closed",)]
    assert _rows(database, "orders", streams(3 * DAY), "status") == [("closed",), ("closed",)]


def test_a_refund_without_a_date_counts_from_the_payment(database: Database) -> None:
    part = Order(placed_at=DAY, paid_at=2 * DAY, paid=100, refunded=40)
    _fill(database, Customer(orders=(part,), refunds=(Refund(3 * DAY, 9), Refund(None, 5, "USD"))))
    names = ("at", "amount", "currency", "order_id")
    known = _rows(database, "refunds", streams(), "at", "amount", "currency")
    assert set(known) == {(2 * DAY, 40, "CNY"), (3 * DAY, 9, "CNY"), (None, 5, "USD")}
    assert [row[1] for row in _rows(database, "refunds", streams(DAY), *names)] == [5]
    assert {row[3] is None for row in _rows(database, "refunds", streams(DAY), *names)} == {True}
    assert _rows(database, "orders", streams(2 * DAY), "net_total") == [(60,)]


def test_an_interactions_state_is_the_one_of_that_time(database: Database) -> None:
    states = ((DAY, "open"), (3 * DAY, "in_progress"), (5 * DAY, "settled"), (7 * DAY, "open"))
    talks = Interaction("complaint", DAY, states), Interaction("review", DAY, (), -1)
    _fill(database, Customer(interactions=talks))
    names = ("kind", "state", "open", "contact", "rating")
    stood = (1, "open", True), (4, "in_progress", True), (5, "settled", False), (9, "open", True)
    for day, state, is_open in stood:
        assert _rows(database, "interactions", streams(day * DAY), *names) == [
            ("complaint", state, is_open, True, None),
            ("review", None, False, False, -1),
        ]
    assert _rows(database, "interactions", streams(DAY - 1), *names) == []


def test_kinds_tell_what_is_open(database: Database) -> None:
    kind = InteractionKind("visit", "拜访", "Visit", states=("planned", "done"), open_states=("planned",))
    _fill(database, Customer(interactions=(Interaction("visit", DAY, ((DAY, "planned"),)),)))
    names = ("open", "contact")
    assert _rows(database, "interactions", streams(kinds=(*CORE_KINDS, kind)), *names) == [(True, True)]
    assert _rows(database, "interactions", streams(), *names) == [(False, False)]


def test_nobodys_orders_are_in_no_stream(database: Database) -> None:
    with database.write("fill", actor="t") as write:
        Writer(write).order(None, ORDER)
    assert _rows(database, "orders", streams(), "id") == []
    assert _rows(database, "refunds", streams(), "id") == []


@pytest.mark.parametrize("payload", [{"rating": "good"}, {"rating": None}, {}, {"rating": [1]}])
def test_a_rating_that_is_no_number_is_absent(database: Database, payload: dict[str, Any]) -> None:
    _fill(database, Customer(interactions=(Interaction("review", DAY),)))
    with database.write("odd", actor="t") as write:
        write.connection.execute(sa.update(schema.interactions).values(payload=json.dumps(payload)))
    assert _rows(database, "interactions", streams(), "rating") == [(None,)]
