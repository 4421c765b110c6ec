"""The top share: exactly the fewest customers who bring it, on big and small populations."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmcore.errors import RuleError
from crmcore.hooks.facts import SegmentRule
from crmcore.rules.tree import TopShare
from crmcore.rules.where import param, where
from crmcore.segments import population
from crmcore.store import schema
from crmcore.store.database import Database
from tests.examples import examples
from tests.segments.conftest import Segmented, ago, bought

cards = schema.cards


def fewest(amounts: list[tuple[int, int]], share: float) -> set[int]:
    """The ids, word for word: from the highest down, the smaller id first, until the share is reached."""
    wanted = Fraction(str(share)) * sum(max(amount, 0) for _id, amount in amounts)
    chosen, running = set(), 0
    for id_, amount in sorted(amounts, key=lambda pair: (-pair[1], pair[0])):
        if amount <= 0 or running >= wanted:
            break
        chosen.add(id_)
        running += amount
    return chosen


def found(connection: sa.Connection, share: float) -> set[int]:
    cut = population.top_cut(connection, cards, TopShare("total_spent", share))
    made = sa.select(cards.c.customer_id, cards.c.total_spent).subquery()  # as of a day gone by
    assert population.top_cut(connection, made, TopShare("total_spent", share)) == cut
    c = cards.c
    tied = sa.and_(c.total_spent == cut.value, c.customer_id <= cut.last_id)
    return set(connection.scalars(sa.select(c.customer_id).where(sa.or_(c.total_spent > cut.value, tied))))


@settings(
    max_examples=examples(15),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    amounts=st.lists(st.sampled_from((-5, 0, 1, 1, 2, 3, 100)), max_size=12),
    share=st.sampled_from((0.01, 0.2, 0.5, 0.8, 0.99, 1)),
)
def test_exactly_the_fewest(database: Database, amounts: list[int], share: float) -> None:
    people = list(enumerate(amounts, start=1))
    with database.engine.connect() as connection, connection.begin() as transaction:
        for id_, amount in people:
            connection.execute(sa.insert(cards).values(customer_id=id_, total_spent=amount))
        assert found(connection, share) == fewest(people, share)
        transaction.rollback()


@pytest.mark.parametrize(
    "spread",
    [
        "long tail",
        "all alike",
        *(pytest.param(one, marks=pytest.mark.stress) for one in ("a few", "one whale")),
    ],
)
def test_a_big_population_is_sampled_and_still_exact(database: Database, spread: str) -> None:
    draw = random.Random(spread)
    make = {
        "long tail": lambda n: int(draw.paretovariate(1.1) * 100),
        "all alike": lambda n: 500,
        "a few": lambda n: draw.choice((100, 200)) if n % 997 == 0 else 0,
        "one whale": lambda n: 10**12 if n == 69_999 else draw.randrange(100),
    }[spread]
    people = [(n, make(n)) for n in range(1, 70_001)]
    with database.engine.connect() as connection, connection.begin() as transaction:
        rows = ",".join(f"({id_},{amount})" for id_, amount in people)
        connection.exec_driver_sql(f"INSERT INTO cards (customer_id, total_spent) VALUES {rows}")
        for share in (0.2, 0.8, 1):
            assert found(connection, share) == fewest(people, share)
        transaction.rollback()


def test_the_segment_takes_the_share_as_a_parameter_and_as_of_a_day(shop: Segmented) -> None:
    whale = shop.customer("whale", bought(70_000, ago(10)))
    second = shop.customer("second", bought(20_000, ago(50)))
    third = shop.customer("third", bought(10_000, ago(60)))
    top = TopShare("total_spent", 0.8)
    shop.brings(SegmentRule("top", where("total_spent") >= param("top"), params={"top": top}))
    assert shop.ids("top") == [whale, second]
    assert shop.ids("top", params={"top": "0.7"}) == [whale]
    assert shop.ids("top", as_of=shop.clock.today.replace(month=2, day=1)) == [second, third]
    assert shop.segments.explain("top", second).why.condition == "Total spent among the top ones (≥ 200.00)"
    with pytest.raises(RuleError, match="share above 0"):
        shop.segments.count("top", params={"top": "1.5"})


def test_without_any_spending_nobody_is_a_top_customer(shop: Segmented) -> None:
    shop.customer("x")
    top = {"top": TopShare("total_spent", 0.8)}
    shop.brings(SegmentRule("top", where("total_spent") >= param("top"), params=top))
    assert shop.ids("top") == []
