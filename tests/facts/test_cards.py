"""Cards agree with the definitions, whatever was done, whenever it is asked, on every database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmcore.records.clock import Clock, day_end, day_of
from crmcore.store import schema
from crmcore.store.database import Database, Write
from crmcore.store.facts import Facts
from crmcore.store.sql_bits import decode_list
from tests.examples import examples
from tests.facts.oracle import facts_of
from tests.facts.strategies import ZONES, customers
from tests.facts.world import Customer, Order, Writer, clear, instants_of, then

NOW = 1_772_676_000
fixtures = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
some_examples = settings(max_examples=examples(5), deadline=None, suppress_health_check=fixtures)
few_examples = settings(max_examples=examples(3), deadline=None, suppress_health_check=fixtures)


class Shop:
    """A shop that can look at its days in any zone."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.by_zone = {zone: Facts(database, "CNY", zone) for zone in ZONES}
        self.zone = ZONES[0]
        database.refreshers.append(lambda write, ids: self.facts.refresh(write, ids))

    @property
    def facts(self) -> Facts:
        return self.by_zone[self.zone]

    def begin(self, zone: str) -> None:
        self.zone = zone
        with self.database.write("clear", actor="t") as write:
            clear(write)

    def cards(self, as_of: date) -> dict[int, dict[str, Any]]:
        """Everybody's card, made at once."""
        cards = self.facts.cards_as_of(Clock(self.zone, NOW, as_of))
        with self.database.read() as connection:
            rows = connection.execute(sa.select(cards)).mappings().all()
        found = {row["customer_id"]: {k: v for k, v in row.items() if v is not None} for row in rows}
        for card in found.values():
            del card["customer_id"]
            lists = {"platforms", "sources", "categories", "tags"} & card.keys()
            card.update({name: decode_list(card[name]) for name in lists})
        return found

    def card(self, customer_id: int, as_of: date | None = None) -> dict[str, Any] | None:
        with self.database.read() as connection:
            found = self.facts.card(connection, customer_id, Clock(self.zone, NOW, as_of))
        if found is None:
            return None
        return {name: value for name, value in found[0].items() if name != "customer_id"}


@pytest.fixture
def shop(database: Database) -> Shop:
    return Shop(database)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[str, list[Customer]]:
    zone = draw(st.sampled_from(ZONES))
    return zone, draw(st.lists(customers(zone), min_size=1, max_size=4))


@some_examples
@given(worlds())
def test_cards_are_what_the_definitions_say(shop: Shop, world: tuple[str, list[Customer]]) -> None:
    zone, people = world
    shop.begin(zone)
    with shop.database.write("fill", actor="t") as write:
        ids = Writer(write).customers(people)
    assert [shop.card(i) for i in ids] == [facts_of(person, zone, "CNY") for person in people]
    assert shop.facts.check() == []


def _days(zone: str, people: list[Customer], shift: int) -> list[date]:
    """Some four days spread over those on which something happened, shifted a little."""
    happened = sorted({day_of(at, zone) for person in people for at in instants_of(person)})
    return [day + timedelta(days=shift) for day in happened[:: max(1, len(happened) // 4)]]


@few_examples
@given(worlds(), st.sampled_from((0, -1, 1)))
def test_as_of_a_day_cards_are_what_they_were(
    shop: Shop, world: tuple[str, list[Customer]], shift: int
) -> None:
    zone, people = world
    shop.begin(zone)
    with shop.database.write("fill", actor="t") as write:
        ids = Writer(write).customers(people)
    for day in _days(zone, people, shift):
        wanted = [facts_of(then(person, day_end(day, zone)), zone, "CNY") for person in people]
        assert shop.cards(day) == dict(zip(ids, wanted, strict=True))
        assert shop.card(ids[0], day) == wanted[0]


@few_examples
@given(worlds(), st.integers(0, 3))
def test_as_of_a_day_is_a_shop_that_ends_with_that_day(
    shop: Shop, world: tuple[str, list[Customer]], which: int
) -> None:
    zone, people = world
    days = _days(zone, people, 0) or [date(2024, 1, 1)]
    day = days[which % len(days)]
    shop.begin(zone)
    with shop.database.write("fill", actor="t") as write:
        ids = Writer(write).customers(people)
        cut_ids = Writer(write).customers([then(person, day_end(day, zone)) for person in people])
    assert [shop.card(i, day) for i in ids] == [shop.card(i) for i in cut_ids]


def _pay(write: Write, person: int) -> None:
    c = schema.orders.c
    mine = sa.update(schema.orders).where(c.customer_id == person, c.paid_at.is_(None))
    write.connection.execute(mine.values(paid_at=c.placed_at, paid_total=700, net_total=700, status="paid"))
    write.touch([person])


def _refund(write: Write, person: int) -> None:
    c = schema.orders.c
    mine = sa.update(schema.orders).where(c.customer_id == person)
    write.connection.execute(mine.values(refunded_total=c.paid_total, net_total=0))
    write.touch([person])


def _forget_lines(write: Write, person: int) -> None:
    mine = sa.select(schema.orders.c.id).where(schema.orders.c.customer_id == person)
    write.connection.execute(sa.delete(schema.order_lines).where(schema.order_lines.c.order_id.in_(mine)))
    write.touch([person])


def _merge(write: Write, person: int, into: int) -> None:
    if person == into:
        return
    for table in (schema.orders, schema.refunds, schema.interactions):
        write.connection.execute(
            sa.update(table).where(table.c.customer_id == person).values(customer_id=into)
        )
    c = schema.customers.c
    write.connection.execute(sa.update(schema.customers).where(c.id == person).values(merged_into=into))
    write.touch([person, into])


def _tag(write: Write, person: int) -> None:
    known = schema.tags.c.customer_id == person
    write.connection.execute(sa.delete(schema.tags).where(known))
    write.connection.execute(sa.insert(schema.tags).values(customer_id=person, tag="VIP", created_by=1))
    write.touch([person])


@some_examples
@given(worlds(), st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3), st.integers(0, 3)), max_size=6))
def test_after_any_edits_cards_are_as_if_made_anew(
    shop: Shop, world: tuple[str, list[Customer]], edits: list[tuple[int, int, int]]
) -> None:
    zone, people = world
    shop.begin(zone)
    with shop.database.write("fill", actor="t") as write:
        ids = Writer(write).customers(people)
    for act, who, other in edits:
        person, into = ids[who % len(ids)], ids[other % len(ids)]
        with shop.database.write("edit", actor="t") as write:
            if act == 4:
                _merge(write, person, into)
            else:
                (_pay, _refund, _forget_lines, _tag)[act](write, person)
    assert shop.facts.check() == []
    with shop.database.read() as connection:
        before = connection.execute(sa.select(shop.facts.cards).order_by("customer_id")).all()
    shop.facts.rebuild()
    with shop.database.read() as connection:
        after = connection.execute(sa.select(shop.facts.cards).order_by("customer_id")).all()
    assert before == after


def test_a_card_goes_with_its_customer(shop: Shop) -> None:
    with shop.database.write("fill", actor="t") as write:
        kept, merged, gone = Writer(write).customers([Customer(), Customer(), Customer()])
    with shop.database.write("merge", actor="t") as write:
        _merge(write, merged, kept)
        write.connection.execute(sa.delete(schema.customers).where(schema.customers.c.id == gone))
        write.touch([gone])
    assert [shop.card(i) is None for i in (kept, merged, gone)] == [False, True, True]


def test_check_finds_cards_that_are_wrong_missing_or_left_over(shop: Shop) -> None:
    with shop.database.write("fill", actor="t") as write:
        ids = Writer(write).customers([Customer()] * 5)
    cards = shop.facts.cards
    with shop.database.write("harm", actor="t") as write:
        wrong = sa.update(cards).where(cards.c.customer_id == ids[1])
        write.connection.execute(wrong.values(total_spent=1, categories="\x1fx\x1f"))
        write.connection.execute(sa.delete(cards).where(cards.c.customer_id == ids[3]))
        write.connection.execute(sa.insert(cards).values(customer_id=10_000))
    assert shop.facts.check() == [ids[1], ids[3], 10_000]
    seen: list[tuple[int, int]] = []
    assert shop.facts.rebuild(lambda done, total: seen.append((done, total))) == 5
    assert shop.facts.check() == []
    assert seen == [(5, 5)]


@pytest.mark.parametrize(
    ("spent", "orders", "average"), [(100, 3, 33), (101, 2, 51), (-101, 2, -51), (-1, 3, 0)]
)
def test_average_order_value_rounds_halves_away_from_zero(
    shop: Shop, spent: int, orders: int, average: int
) -> None:
    free = Order(placed_at=NOW, paid_at=NOW)
    person = Customer(orders=(*[free] * (orders - 1), replace(free, paid=spent)))
    with shop.database.write("fill", actor="t") as write:
        (own,) = Writer(write).customers([person])
    card = shop.card(own)
    assert card is not None
    assert card["average_order_value"] == average
