"""A card costs its customer's events, however big the shop is."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from crmcore.hooks.facts import Fold
from crmcore.records.clock import Clock
from crmcore.rules.where import where
from crmcore.store import schema
from crmcore.store.database import Database
from crmcore.store.events import NAMES, streams
from crmcore.store.facts import Facts
from tests.facts.world import Customer, Interaction, Line, Order, Refund, Writer

BIG = ("customers", "orders", "order_lines", "refunds", "interactions", "tags", "journal", "cards")
FOLDS = [
    ("p", Fold("shoes", "lines", "sum", "quantity", where=where("category") == "鞋")),
    ("p", Fold("shops", "lines", "set", "source")),
    ("p", Fold("newest", "orders", "last", "channel")),
    ("p", Fold("usual", "orders", "median", "net_total")),
    ("p", Fold("talk_gap", "interactions", "gap")),
    ("p", Fold("back", "refunds", "max", "amount")),
]
AS_OF = 1_700_000_000


@pytest.fixture
def facts(sqlite_database: Database) -> Facts:
    facts = Facts(sqlite_database, "CNY", "Europe/London", FOLDS)
    facts.install()
    return facts


def _scans(connection: sa.Connection, statement: str) -> list[str]:
    """Big tables that the plan of the statement walks through from end to end."""
    plan = [str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")]
    return [line for line in plan if re.match(rf"SCAN ({'|'.join(BIG)})\b", line)]


def _text(statement: sa.Select[tuple[object]]) -> str:
    return str(statement.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))


def test_making_cards_looks_everything_up(facts: Facts) -> None:
    statements: list[str] = []

    @sa.event.listens_for(facts.database.engine, "before_cursor_execute")
    def _note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    with facts.database.write("t", actor="t") as write:
        facts.refresh(write, [1, 2])
        made = [s for s in statements if s.startswith(("INSERT INTO cards", "DELETE FROM cards"))]
        assert len(made) == 2
        assert [_scans(write.connection, statement) for statement in made] == [[], []]


def test_one_card_as_of_a_day_looks_everything_up(facts: Facts) -> None:
    clock = Clock("Europe/London", 2_000_000_000).on(Clock("UTC", AS_OF).today)
    cards = facts.cards_as_of(clock, customer_id=7)
    with facts.database.read() as connection:
        assert _scans(connection, _text(sa.select(cards))) == []


def test_as_of_a_day_only_what_a_rule_looks_at_is_read(facts: Facts) -> None:
    clock = Clock("Europe/London", 2_000_000_000).on(Clock("UTC", AS_OF).today)
    last_order = _text(sa.select(facts.cards_as_of(clock, only={"last_order_at", "tags"})))
    assert not {"order_lines", "refunds", "interactions"} & set(re.findall(r"[a-z_]+", last_order))
    with facts.database.read() as connection:
        plan = [str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {last_order}")]
    assert "SCAN orders" in plan  # not from customer to customer by the index


def test_each_fact_alone_is_what_it_is_among_the_others(facts: Facts) -> None:
    order = Order(AS_OF - 9000, AS_OF - 8000, paid=500, refunded=100, lines=(Line("鞋", 2, 200),))
    rest = Refund(AS_OF - 5000, 70), Interaction("complaint", AS_OF - 4000, ((AS_OF - 4000, "open"),))
    with facts.database.write("t", actor="t") as write:
        Writer(write).customers(
            [Customer((order, order), rest[:1], rest[1:], ("VIP",), "1990-03-05"), Customer()]
        )
    clock = Clock("Europe/London", 2_000_000_000).on(Clock("UTC", AS_OF).today)
    whole = facts.cards_as_of(clock)
    with facts.database.read() as connection:
        for name in whole.c.keys():  # noqa: SIM118 - a column collection
            alone = facts.cards_as_of(clock, only={name})
            values = [connection.execute(sa.select(one.c[name])).all() for one in (alone, whole)]
            assert values[0] == values[1], name
            assert [column.key for column in alone.c] in ([name], ["customer_id", name])


@pytest.mark.parametrize("until", [None, AS_OF])
@pytest.mark.parametrize("name", NAMES)
def test_streams_are_looked_up_by_customer(sqlite_database: Database, name: str, until: int | None) -> None:
    stream = streams(until).get(name)
    one = sa.select(stream).where(stream.c.customer_id == 7)
    some = sa.exists().where(stream.c.customer_id == schema.cards.c.customer_id, stream.c.at > 5)
    hers = sa.select(schema.cards.c.customer_id).where(schema.cards.c.customer_id == 7, some)
    with sqlite_database.read() as connection:
        assert _scans(connection, _text(one)) == []
        assert _scans(connection, _text(hers)) == []


def test_an_unknown_stream_is_a_mistake() -> None:
    with pytest.raises(KeyError, match="letters"):
        streams().get("letters")
