"""Figures that plugins declare: each way of folding, installing, changing, refusing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from crmcore.errors import RuleError
from crmcore.hooks.facts import Fold
from crmcore.records.clock import day_start
from crmcore.records.interaction import CORE_KINDS, InteractionKind
from crmcore.rules.fields import FieldType
from crmcore.rules.where import where
from crmcore.store.database import Database
from crmcore.store.facts import Facts
from tests.facts.world import Customer, Interaction, Line, Order, Refund, Writer

ZONE = "Asia/Shanghai"
SHOP_DAY = date(2026, 2, 1)


def _order(day: int, *lines: Line, currency: str = "CNY", paid: int = 100, **more: Any) -> Order:
    at = 1_770_000_000 + day * 86_400
    return Order(placed_at=at, paid_at=at, paid=paid, currency=currency, lines=lines, **more)


SHE = Customer(
    orders=(
        _order(0, Line("鞋", 2, 500, None, "old")),
        _order(9, Line("鞋", 1, 400), Line("包", 3, 250, 600, "new"), source="shopify:acme"),
        _order(2, Line("帽", 5, 900), currency="USD", paid=9_000),
        _order(5, Line("鞋", 7, 100), paid=50, refunded=50),
    ),
    refunds=(Refund(1_770_000_000, 30),),
    interactions=(Interaction("chat", 1_770_000_000), Interaction("visit", 1_771_000_000)),
)


def _value(database: Database, fold: Fold, customer: Customer = SHE, kinds: Any = CORE_KINDS) -> Any:
    """The fold's value on the card of the customer; a card made by a write, not by the rebuild."""
    facts = Facts(database, "CNY", ZONE, [("p", fold)], kinds=kinds)
    facts.install()
    database.refreshers[:] = [facts.refresh]
    with database.write("fill", actor="t") as write:
        (own,) = Writer(write).customers([customer])
    with database.read() as connection:
        cards = facts.cards
        return connection.scalar(sa.select(cards.c[fold.name]).where(cards.c.customer_id == own))


_bought = where("bought") == True  # noqa: E712


_WAYS: list[tuple[Fold, object]] = [
    (Fold("x", "lines", "count"), 4),
    (Fold("x", "lines", "count", where=where("category") == "鞋"), 2),
    (Fold("x", "lines", "sum", "quantity", where=where("category").one_of(["鞋", "帽"])), 8),
    (Fold("x", "lines", "sum", "total"), 1000 + 400 + 600),  # never dollars
    (Fold("x", "lines", "max", "unit_price"), 500),
    (Fold("x", "lines", "min", "unit_price", where=where("unit_price") >= 3), 400),
    (Fold("x", "lines", "min", "title"), "new"),
    (Fold("x", "lines", "last", "title"), "new"),
    (Fold("x", "lines", "last", "category", where=where("title") == "old"), "鞋"),
    (Fold("x", "lines", "set", "category"), "\x1f包\x1f帽\x1f鞋\x1f"),
    (Fold("x", "lines", "set", "category", where=where("quantity") > 3), "\x1f帽\x1f"),
    (Fold("x", "lines", "median", "quantity"), 3),  # 1 2 3 5: the half goes up
    (Fold("x", "orders", "set", "source", where=_bought), "\x1fshopify:acme\x1ftaobao\x1f"),
    (Fold("x", "orders", "median", "net_total", where=_bought), 100),
    (Fold("x", "orders", "days"), 4),
    (Fold("x", "orders", "gap"), 3),  # 2 3 4
    (Fold("x", "orders", "gap", where=_bought), 5),  # 2 7: 4.5
    (Fold("x", "orders", "days", "paid_at", where=_bought), 3),
    (Fold("x", "orders", "max", "paid_at", where=where("currency") == "USD"), 1_770_172_800),
    (Fold("x", "refunds", "sum", "amount"), 80),
    (Fold("x", "refunds", "count", where=where("amount") < 0.4), 1),
    (Fold("x", "interactions", "last", "kind"), "visit"),
    (Fold("x", "interactions", "count", where=where("kind") == "never"), 0),
    (Fold("x", "interactions", "last", "kind", where=where("kind") == "never"), None),
    (Fold("x", "interactions", "median", "rating"), None),
    (Fold("x", "orders", "gap", where=where("currency") == "USD"), None),
]


def test_each_way_of_folding(database: Database) -> None:
    folds = [replace(fold, name=f"x{n}") for n, (fold, _value) in enumerate(_WAYS)]
    facts = Facts(database, "CNY", ZONE, [("p", fold) for fold in folds], kinds=CORE_KINDS)
    facts.install()
    database.refreshers[:] = [facts.refresh]
    with database.write("fill", actor="t") as write:
        Writer(write).customers([SHE])
    with database.read() as connection:
        card = connection.execute(sa.select(*(facts.cards.c[fold.name] for fold in folds))).one()
    found = {f"{n} {fold.stream}-{fold.how}": card[n] for n, fold in enumerate(folds)}
    assert found == dict(zip(found, (value for _fold, value in _WAYS), strict=True))


def test_medians_of_negative_halves_go_down(database: Database) -> None:
    she = Customer(orders=(_order(0, Line(quantity=-3), Line(quantity=-2)),))
    assert _value(database, Fold("x", "lines", "median", "quantity"), she) == -3


def test_a_rule_on_a_day_means_the_shops_day(database: Database) -> None:
    midnight = day_start(SHOP_DAY, ZONE)
    she = Customer(interactions=(Interaction("chat", midnight - 1), Interaction("chat", midnight)))
    fold = Fold("x", "interactions", "count", where=where("at") >= SHOP_DAY)
    assert _value(database, fold, she) == 1


def test_a_new_fold_is_filled_in_and_a_changed_one_anew(database: Database) -> None:
    plain = Facts(database, "CNY", ZONE)
    database.refreshers[:] = [plain.refresh]
    with database.write("fill", actor="t") as write:
        Writer(write).customers([SHE, Customer()])
    plain.install()
    for fold, values in (
        (Fold("x", "lines", "sum", "quantity"), [11, 0]),
        (Fold("x", "lines", "sum", "quantity", where=where("category") == "鞋"), [3, 0]),
        (Fold("x", "lines", "last", "title"), ["new", None]),  # another type: the column is made anew
        (Fold("x", "lines", "count"), [4, 0]),
    ):
        facts = Facts(database, "CNY", ZONE, [("p", fold)])
        seen: list[int] = []
        assert facts.install(lambda done, _total: seen.append(done)) is True  # noqa: B023
        assert seen == [2]
        assert facts.install() is False
        with database.read() as connection:
            cards = facts.cards.c
            found = connection.scalars(sa.select(cards.x).order_by(cards.customer_id)).all()
        assert found == values


def test_a_fold_that_comes_back_is_right_again(database: Database) -> None:
    """While a plugin is off nobody keeps its columns up to date."""
    fold = Fold("x", "lines", "count")
    own = []
    for folds in ([("p", fold)], [], [("p", fold)]):
        facts = Facts(database, "CNY", ZONE, folds)
        facts.install()
        database.refreshers[:] = [facts.refresh]
        with database.write("fill", actor="t") as write:
            own += Writer(write).customers([SHE])
    with database.read() as connection:
        found = connection.execute(sa.select(facts.cards.c.customer_id, facts.cards.c.x)).all()
    assert dict(map(tuple, found)) == dict.fromkeys(own, 4)
    assert facts.check() == []


def test_another_currency_or_zone_makes_the_cards_anew(database: Database) -> None:
    facts = Facts(database, "CNY", ZONE)
    facts.install()
    database.refreshers[:] = [facts.refresh]
    with database.write("fill", actor="t") as write:
        Writer(write).customers([SHE])
    dollars = Facts(database, "USD", "America/New_York")
    assert dollars.install() is True
    with database.read() as connection:
        card = connection.execute(sa.select(dollars.cards)).mappings().one()
    assert (card["total_spent"], card["average_order_value"]) == (9_000, 9_000)


def test_a_plugins_kind_says_what_is_open(database: Database) -> None:
    visit = InteractionKind(
        "visit", "拜访", "Visit", states=("planned", "done"), open_states=("planned",), contact=False
    )
    she = Customer(interactions=(Interaction("visit", 1_771_000_000, ((1_771_000_000, "planned"),)),))
    fold = Fold("x", "interactions", "count", where=where("open") == True)  # noqa: E712
    assert _value(database, fold, she, (*CORE_KINDS, visit)) == 1


def test_plugins_facts_stand_in_the_catalogue(sqlite_database: Database) -> None:
    folds = [
        Fold("many", "lines", "count", zh="多", en="Many"),
        Fold("dear", "lines", "max", "unit_price"),
        Fold("when", "orders", "last", "paid_at"),
        Fold("what", "lines", "set", "title"),
    ]
    facts = Facts(sqlite_database, "CNY", ZONE, [("p", fold) for fold in folds])
    found = {field.name: (field.type, field.source) for field in facts.fields()}
    assert found == {
        "many": (FieldType.INT, "p"),
        "dear": (FieldType.MONEY, "p"),
        "when": (FieldType.INSTANT, "p"),
        "what": (FieldType.LIST, "p"),
    }
    assert facts.fields()[0].zh == "多"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("Bad", "lines", "count"), "cannot be the name"),
        (("days_since_x", "lines", "count"), "cannot be the name"),
        (("x", "letters", "count"), "stream cannot be 'letters'.*orders, lines"),
        (("x", "lines", "avg", "total"), "how cannot be 'avg'.*median"),
        (("x", "lines", "sum"), "sum needs a column"),
    ],
)
def test_a_fold_that_makes_no_sense_is_refused(arguments: tuple[str, ...], reason: str) -> None:
    with pytest.raises(RuleError, match=reason):
        Fold(*arguments)


@pytest.mark.parametrize(
    ("fold", "reason"),
    [
        (Fold("x", "lines", "sum", "weight"), "no field 'weight'"),
        (Fold("x", "lines", "count", where=where("categry") == "鞋"), "did you mean 'category'"),
        (Fold("x", "lines", "count", where=where("days_since_at") < 30), "changes from day to day by itself"),
        (Fold("x", "lines", "count", where=where("title").matches("a")), "cannot run /a/"),
    ],
)
def test_a_fold_that_does_not_fit_its_stream_is_refused(
    sqlite_database: Database, fold: Fold, reason: str
) -> None:
    with pytest.raises(RuleError, match=reason):
        Facts(sqlite_database, "CNY", ZONE, [("p", fold)]).install()
