"""Python facts: worked out beside the writes, never over what came since, carried on wherever they
stopped."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from crmcore.errors import PluginFailure
from crmcore.hooks.facts import Fact
from crmcore.hooks.frames import Broken
from crmcore.records.clock import Clock
from crmcore.records.history import History
from crmcore.store import python_facts, schema
from crmcore.store.database import Database
from crmcore.store.facts import Facts
from crmcore.store.python_facts import PythonFacts, WorkReport
from tests.facts.world import Customer, Line, Order, Writer

ZONE = "Asia/Shanghai"
DAY = 86_400
AT = 1_770_000_000  # 2026-02-02 10:40 in Shanghai


def bought(history: History) -> int | None:
    """How many she bought."""
    return len(history.orders()) or None


def next_one(history: History, days: int) -> date | None:
    newest = next(iter(history.lines()), None)
    return date.fromordinal(newest.paid_on.toordinal() + days) if newest else None


BOUGHT = Fact(bought, zh="买", en="Bought")
NEXT = Fact(next_one, settings={"days": 30})


class Here:
    """Works facts out in this process, and can be told to fail."""

    def __init__(self, *facts: Fact) -> None:
        self.facts = {fact.name: fact for fact in facts}
        self.asked: list[tuple[str, list[int]]] = []
        self.broken: set[int] = set()
        self.unusable: set[str] = set()
        self.meanwhile: Callable[[], None] = lambda: None

    def __call__(
        self, plugin: str, fact: str, histories: Sequence[History], *, settings: Mapping[str, object] | None
    ) -> list[Any]:
        self.asked.append((fact, [history.customer_id for history in histories]))
        self.meanwhile()
        if fact in self.unusable:
            raise PluginFailure(plugin, fact, "it is gone")
        function, given = self.facts[fact].function, settings or {}
        return [Broken("bad") if h.customer_id in self.broken else function(h, **given) for h in histories]


class World:
    def __init__(self, database: Database, *facts: Fact) -> None:
        self.database = database
        self.facts = Facts(database, "CNY", ZONE, python_facts=[("pets", fact) for fact in facts])
        self.facts.install()
        self.here = Here(*facts)
        self.python = PythonFacts(self.facts)
        database.refreshers[:] = [self.facts.refresh]

    def fill(self, *customers: Customer) -> list[int]:
        with self.database.write("fill", actor="t") as write:
            return Writer(write).customers(customers)

    def buy(self, customer_id: int, at: int = AT) -> None:
        with self.database.write("buy", actor="t") as write:
            Writer(write).order(customer_id, _order(at))
            write.touch([customer_id])

    def work(self, **how: Any) -> WorkReport:
        return self.python.work(self.here, **how)

    def values(self, name: str) -> list[Any]:
        cards = self.facts.cards.c
        with self.database.read() as connection:
            return list(connection.scalars(sa.select(cards[name]).order_by(cards.customer_id)))


def _order(at: int) -> Order:
    return Order(placed_at=at, paid_at=at, paid=10, lines=(Line(title="粮 5kg"),))


SHE = Customer(orders=(_order(AT),))
NOBODY = Customer()


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(python_facts, "BATCH", 3)


def test_an_installed_fact_is_filled_in_for_everybody(database: Database) -> None:
    plain = World(database)
    plain.fill(*[SHE, NOBODY] * 5)
    world = World(database, BOUGHT, NEXT)
    assert world.values("bought") == [None] * 10
    told: list[tuple[int, int]] = []
    report = world.work(progress=lambda done, total: told.append((done, total)))
    assert (report.values, report.broken, report.failures) == (20, 0, [])
    assert world.values("bought") == [1, None] * 5
    assert world.values("next_one") == ["2026-03-04", None] * 5
    assert told == [(3, 10), (6, 10), (9, 10), (10, 10)]
    assert [(fill.name, fill.percent) for fill in world.python.status()] == [
        ("bought", 100),
        ("next_one", 100),
    ]
    world.here.asked.clear()
    assert world.work().values == 0
    assert world.here.asked == []


def test_a_write_makes_only_the_touched_stale(database: Database) -> None:
    world = World(database, BOUGHT)
    ids = world.fill(SHE, SHE, NOBODY)
    world.work()
    world.here.asked.clear()
    world.buy(ids[2])
    count, since = world.python.waiting()
    assert count == 1
    assert since is not None
    assert abs(since - datetime.now(UTC).timestamp()) < 60
    assert world.values("bought") == [1, 1, None]
    world.work()
    assert world.here.asked == [("bought", [ids[2]])]
    assert world.values("bought") == [1, 1, 1]
    assert world.python.waiting() == (0, None)


def test_filling_goes_on_where_it_stopped(database: Database) -> None:
    World(database).fill(*[SHE] * 7)
    world = World(database, BOUGHT)

    def stop(done: int, _total: int) -> None:
        if done >= 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        world.work(progress=stop)
    assert [fill.percent for fill in world.python.status()] == [42]
    assert world.values("bought") == [1, 1, 1, None, None, None, None]
    again = World(database, BOUGHT)
    again.work()
    assert [ids for _name, ids in again.here.asked] == [[4, 5, 6], [7]]
    assert world.values("bought") == [1] * 7


def test_work_ends_when_its_time_is_over(database: Database) -> None:
    World(database).fill(*[SHE] * 7)
    world = World(database, BOUGHT)
    assert world.work(seconds=0).values == 0
    assert world.values("bought") == [None] * 7


def test_what_is_written_meanwhile_is_never_overwritten(database: Database) -> None:
    """A value that was worked out from an older state must not stand as if it were of the newer one."""
    world = World(database, BOUGHT)
    ids = world.fill(SHE, SHE)
    touched: list[int] = []

    def touch_her_once() -> None:
        if not touched:
            touched.append(ids[0])
            world.buy(ids[0], AT + DAY)

    world.here.meanwhile = touch_her_once
    world.work()
    assert world.values("bought") == [2, 1]
    assert [ids for _fact, ids in world.here.asked] == [ids, [ids[0]], ids]


@pytest.mark.parametrize("filled_before", [False, True])
def test_of_two_at_work_the_one_that_read_earlier_does_not_win(
    database: Database, filled_before: bool
) -> None:
    """She buys while the first is at work, and the second is done with her before the first one stores."""
    (own,) = World(database).fill(SHE)
    slow = World(database, BOUGHT)
    if filled_before:
        slow.work()
        slow.buy(own, AT + DAY)
        slow.here.asked.clear()

    def overtake() -> None:
        if len(slow.here.asked) == 1:
            slow.buy(own, AT + 2 * DAY)
            World(database, BOUGHT).work()

    slow.here.meanwhile = overtake
    slow.work()
    assert slow.values("bought") == [3 if filled_before else 2]
    assert slow.python.waiting()[0] == 0


def test_a_customer_on_whom_it_fails_has_no_such_fact_and_is_counted(database: Database) -> None:
    World(database).fill(SHE, SHE, SHE)
    world = World(database, BOUGHT)
    world.here.broken = {2}
    report = world.work()
    assert (report.values, report.broken) == (3, 1)
    assert world.values("bought") == [1, None, 1]
    assert [fill.failed for fill in world.python.status()] == [1]


def test_a_plugin_that_cannot_be_used_is_tried_again_later(database: Database) -> None:
    world = World(database, BOUGHT, NEXT)
    ids = world.fill(SHE, SHE)
    world.work()
    world.buy(ids[1], AT + DAY)
    world.here.unusable = {"bought"}
    report = world.work()
    assert [failure.reason for failure in report.failures] == ["it is gone"]
    assert world.values("bought") == [1, 1]
    assert world.values("next_one") == ["2026-03-04", "2026-03-05"]
    world.here.unusable = set()
    world.work()
    assert world.values("bought") == [1, 2]


def test_changed_settings_code_or_type_fill_it_in_again(database: Database) -> None:
    world = World(database, NEXT)
    world.fill(SHE)
    world.work()
    assert world.python.install() is False
    later = World(database, replace(NEXT, settings={"days": 31}))
    assert later.python.install() is True
    later.work()
    assert later.values("next_one") == ["2026-03-05"]

    def other(history: History) -> str:
        return "today"

    text = World(database, Fact(other, name="next_one"))
    text.work()
    assert text.values("next_one") == ["today"]
    assert World(database).python.work(text.here).values == 0


def test_a_plugin_that_comes_back_is_filled_in_again(database: Database) -> None:
    world = World(database, BOUGHT)
    (own,) = world.fill(SHE)
    world.work()
    away = World(database)
    away.python.install()
    assert away.python.status() == []
    away.buy(own, AT + DAY)
    back = World(database, BOUGHT)
    back.work()
    assert back.values("bought") == [2]


def test_merged_and_gone_customers_wait_no_longer(database: Database) -> None:
    world = World(database, BOUGHT)
    kept, merged, gone = world.fill(SHE, SHE, SHE)
    with database.write("merge", actor="t") as write:
        c = schema.customers.c
        write.connection.execute(sa.update(schema.customers).where(c.id == merged).values(merged_into=kept))
        write.connection.execute(sa.delete(schema.customers).where(c.id == gone))
        write.touch([kept, merged, gone])
    assert world.python.waiting()[0] == 1
    world.work()
    assert world.values("bought") == [1]


def test_every_type_is_kept_as_its_column_wants_it(database: Database) -> None:
    def instant(history: History) -> datetime:
        return datetime.fromtimestamp(AT, UTC)

    def money(history: History) -> Decimal:
        return Decimal("12.345")

    def number(history: History) -> float:
        return 0.25

    def yes(history: History) -> bool:
        return True

    def texts(history: History) -> list[str]:
        return ["b", "a"]

    def none(history: History) -> list[str]:
        return []

    world = World(database, *map(Fact, (instant, money, number, yes, texts, none)))
    (own,) = world.fill(SHE)
    world.work()
    with database.read() as connection:
        found = world.facts.card(connection, own, Clock(ZONE, AT))
    assert found is not None
    kept = {name: found[0].get(name) for name in world.here.facts}
    assert kept == {
        "instant": AT,
        "money": 1235,
        "number": 0.25,
        "yes": True,
        "texts": ("a", "b"),
        "none": None,
    }


def test_as_of_a_day_the_history_ends_with_it(database: Database) -> None:
    world = World(database, BOUGHT, NEXT)
    she = Customer(orders=(_order(AT), _order(AT + 10 * DAY)))
    ids = world.fill(she, NOBODY)
    for day, wanted in (
        (date(2026, 2, 1), {}),
        (date(2026, 2, 2), {"bought": 1, "next_one": "2026-03-04"}),
        (date(2026, 2, 12), {"bought": 2, "next_one": "2026-03-14"}),
    ):
        with database.read() as connection:
            found = world.python.as_of(connection, Clock(ZONE, AT + 99 * DAY, day), ids, world.here)
        assert found == {ids[0]: wanted, ids[1]: {}}


def test_a_card_as_of_an_earlier_day_has_no_python_facts(database: Database) -> None:
    world = World(database, BOUGHT)
    (own,) = world.fill(SHE)
    world.work()
    with database.read() as connection:
        found = world.facts.card(connection, own, Clock(ZONE, AT + 9 * DAY, date(2026, 2, 3)))
    assert found is not None
    assert "bought" not in found[0]
    assert found[0]["orders"] == 1
