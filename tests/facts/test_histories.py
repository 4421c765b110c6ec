"""What a Python fact reads, and how it is declared."""

from __future__ import annotations

import pickle
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from crmcore.errors import RuleError
from crmcore.hooks.discovery import PluginConfig
from crmcore.hooks.facts import Fact, SegmentRule
from crmcore.hooks.manager import PluginManager
from crmcore.records.clock import Clock
from crmcore.records.history import History
from crmcore.rules.where import where
from crmcore.store.database import Database
from crmcore.store.events import streams
from crmcore.store.facts import Facts
from crmcore.store.histories import load_histories
from crmcore.store.python_facts import PythonFacts
from tests.facts.world import Customer, Interaction, Line, Order, Writer

ZONE = "Asia/Shanghai"
AT = 1_770_000_000  # 2026-02-02 10:40 in Shanghai
DAY = 86_400
TOYS = (Line("toy", 1, 900),)
SHE = Customer(
    orders=(
        Order(AT, AT + DAY, paid=2000, lines=(Line("food", 2, 500, None, "Food 5kg"), Line(None, 1))),
        Order(
            AT + 5 * DAY,
            AT + 5 * DAY,
            paid=900,
            currency="JPY",
            source="shopify:acme",
            lines=(Line("toy", 1, 900),),
        ),
        Order(AT + 9 * DAY, status="unpaid", lines=(Line("toy", 9),)),
        Order(None, AT, paid=5, refunded=5, lines=(Line("food", 3),)),
    ),
    interactions=(
        Interaction("chat", AT),
        Interaction("complaint", AT + DAY, ((AT + DAY, "open"), (AT + 3 * DAY, "settled"))),
    ),
    tags=("b", "a"),
    province="浙江",
)


def _history(database: Database, as_of: date | None = None) -> History:
    with database.write("fill", actor="t") as write:
        (own,) = Writer(write).customers([SHE])
    clock = Clock(ZONE, AT + 99 * DAY, as_of)
    with database.read() as connection:
        events = streams(clock.until if as_of else None)
        (history,) = load_histories(connection, [own, 4711], events, clock, "CNY")
    return history


def test_a_history_is_newest_first(database: Database) -> None:
    history = _history(database)
    assert [(line.category, line.quantity, line.title) for line in history.lines()] == [
        ("toy", 1, ""),
        ("food", 2, "Food 5kg"),
        (None, 1, ""),
    ]
    assert [order.paid_on for order in history.orders()] == [date(2026, 2, 7), date(2026, 2, 3)]
    assert [(o.status, o.bought) for o in history.orders(bought=False)] == [
        ("unpaid", False),
        ("completed", True),
        ("completed", False),
        ("completed", True),
    ]
    assert [item.kind for item in history.interactions()] == ["complaint", "chat"]
    assert history.interactions("chat")[0].at == datetime(2026, 2, 2, 10, 40, tzinfo=ZoneInfo(ZONE))
    assert (history.profile, history.tags) == ({"province": "浙江"}, ("a", "b"))
    assert history.today == date(2026, 5, 12)


def test_money_days_and_moments_are_what_people_write(database: Database) -> None:
    yen, food, _untitled = _history(database).lines()
    assert (food.unit_price, food.total, food.currency) == (Decimal("5.00"), Decimal("10.00"), "CNY")
    assert (yen.unit_price, yen.currency, yen.source) == (Decimal(900), "JPY", "shopify:acme")
    assert food.paid_on == date(2026, 2, 3)
    assert food.at == datetime(2026, 2, 2, 10, 40, tzinfo=ZoneInfo(ZONE))
    order = _history(database).orders()[1]
    assert (order.net_total, order.placed_on) == (Decimal("20.00"), date(2026, 2, 2))


def test_as_of_a_day_a_history_ends(database: Database) -> None:
    history = _history(database, date(2026, 2, 3))
    assert [line.category for line in history.lines()] == ["food", None]
    assert history.interactions("complaint")[0].open is True
    assert history.today == date(2026, 2, 3)
    assert _history(database).interactions("complaint")[0].open is False


def test_a_history_is_light(sqlite_database: Database) -> None:
    history = _history(sqlite_database)
    sent = pickle.dumps([history] * 1, protocol=5)
    assert pickle.loads(sent) == [history]
    assert len(sent) < 3000


PET_FOOD = """
import re
from datetime import date, timedelta
from crmcore import Fact, History, SegmentRule, hookimpl, where

def food_runs_out(history: History, kg_a_day: float) -> date | None:
    for line in history.lines(category="pet_food"):
        if kg := re.search(r"([\\d.]+)\\s*(?:kg|公斤)", line.title, re.I):
            return line.paid_on + timedelta(days=float(kg[1]) * line.quantity / kg_a_day)
    return None

@hookimpl
def crm_segment_rules():
    due = where("days_until_food_runs_out").between(-3, 8)
    return [Fact(food_runs_out, zh="粮吃完日", en="Food runs out", settings={"kg_a_day": 0.2}),
            SegmentRule("refill_due", due, zh="该补粮了", en="Refill due")]
"""


def test_the_pet_food_plugin_works_from_file_to_card(sqlite_database: Database, tmp_path: Path) -> None:
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "pet_food.py").write_text(PET_FOOD, encoding="utf-8")
    manager = PluginManager.load(PluginConfig(folder=tmp_path, installed=False))
    assert manager.failures == []
    facts = Facts(sqlite_database, "CNY", ZONE, python_facts=manager.facts().values)
    facts.install()
    sqlite_database.refreshers.append(facts.refresh)
    with sqlite_database.write("fill", actor="t") as write:
        line = Line("pet_food", 2, title="狗粮 1.5公斤")
        Writer(write).customers([Customer(orders=(Order(AT, AT, lines=(line,)),)), Customer()])
    with manager.worker() as worker:
        report = PythonFacts(facts).work(worker.facts)
    assert (report.broken, report.failures) == (0, [])
    with sqlite_database.read() as connection:
        found = connection.scalars(sa.select(facts.cards.c.food_runs_out).order_by("customer_id")).all()
    assert found == [(date(2026, 2, 2) + timedelta(days=15)).isoformat(), None]
    assert facts.fields()[0].zh == "粮吃完日"


def _returns(annotation: Any) -> Any:
    def fact(history: History) -> Any:
        """Says something.

        And more.
        """

    fact.__annotations__["return"] = annotation
    return fact


@pytest.mark.parametrize(
    ("annotation", "kind"),
    [
        (int, "int"),
        (float | None, "number"),
        (str | None, "text"),
        (bool, "bool"),
        (None | date, "date"),
        (datetime, "instant"),
        (Decimal | None, "money"),
        (list[str], "list"),
        ("date | None", "date"),
    ],
)
def test_the_annotation_tells_the_type(annotation: Any, kind: str) -> None:
    fact = Fact(_returns(annotation))
    assert (fact.type, fact.name, fact.description) == (kind, "fact", "Says something.")


@pytest.mark.parametrize("annotation", [None, dict, list[int], int | str, "Unheard"])
def test_a_fact_must_say_what_it_gives(annotation: Any) -> None:
    with pytest.raises(RuleError, match="annotation"):
        Fact(_returns(annotation))


def test_names_that_cannot_be_are_refused() -> None:
    with pytest.raises(RuleError, match="cannot be the name"):
        Fact(_returns(int), name="Größe")
    with pytest.raises(RuleError, match="cannot be the name"):
        SegmentRule("a b", where("orders") >= 1)
    with pytest.raises(RuleError, match=r"made with crmcore\.where"):
        SegmentRule("ab", lambda card: True)  # type: ignore[arg-type]
