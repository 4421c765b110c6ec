"""What is usual over all customers: worked out beside the shop, kept with its day, read by facts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore import NormTable
from crmcore.calendar.calendar import add
from crmcore.calendar.entries import CalendarEntry
from crmcore.errors import CrmError
from crmcore.hooks.norms import MOST_ROWS, Norm, checked_rows, settled
from crmcore.records.settings import ShopSettings
from crmcore.rules.where import where
from crmcore.shop import Shop
from crmcore.store import schema
from tests.segments.conftest import at, insert_row

PLUGIN = """\
import os
from datetime import date, timedelta
from crmcore import Fact, History, Norm, NormTable, SegmentRule, hookimpl, repeat_gaps, where

def next_on(history: History, gaps: NormTable) -> date | None:
    for line in history.lines():
        if row := gaps.first(line.product):
            return line.paid_on + timedelta(days=row["gap"])
    return None

def favourite(history: History) -> str | None:
    return history.lines()[0].product if history.lines() else None

def fellows(history: History, fans: NormTable) -> int | None:
    row = fans.first(history.lines()[0].product) if history.lines() else None
    return int(row["count"]) - 1 if row else None

def count_fans(data):
    if os.path.exists(os.environ["CRM_TEST_BREAKS"]):
        raise ValueError("no luck")
    rows = data.query("SELECT favourite, count(*) FROM facts WHERE favourite IS NOT NULL GROUP BY 1")
    return {name: {"count": count} for name, count in rows}

@hookimpl
def crm_segment_rules():
    return [
        repeat_gaps("gaps", least=2), Fact(next_on, norms=["gaps"]), Fact(favourite),
        Norm("fans", count_fans, needs=["facts"]), Fact(fellows, norms=["fans"]),
        SegmentRule("due", where("days_until_next_on").between(-3, 8)),
    ]
"""


@pytest.fixture
def shop(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setenv("CRM_PLUGINS", "usual")
    monkeypatch.setenv("CRM_TEST_BREAKS", str(tmp_path / "breaks"))
    server = getattr(request, "param", "sqlite") == "postgresql"
    url = request.getfixturevalue("empty_postgresql_url") if server else None
    with Shop.create(tmp_path / "shop", ShopSettings("CNY", "Asia/Shanghai", "en"), url) as shop:
        (tmp_path / "shop" / "plugins" / "usual.py").write_text(PLUGIN, "utf-8")
        yield shop


both_kinds = pytest.mark.parametrize("shop", ["sqlite", "postgresql"], indirect=True)


def buys(shop: Shop, *bought: tuple[int, str], pieces: int = 1) -> int:
    """A customer who bought that product so many days ago, each time so many pieces."""
    today = shop.clock().today
    with shop.write("test") as write:
        id_ = insert_row(write, schema.customers, name="她")
        for place, (ago, sku) in enumerate(bought):
            when = at(today - timedelta(days=ago))
            paid = {"placed_at": when, "paid_at": when, "net_total": 100, "status": "completed"}
            number = {"source": "t", "number": f"{id_}/{place}", "currency": "CNY"}
            order = insert_row(write, schema.orders, customer_id=id_, **number, **paid)
            line = {"sku": sku, "title": sku, "category": sku[0], "quantity": pieces, "position": 1}
            insert_row(write, schema.order_lines, order_id=order, **line)
        write.touch([id_])
    return id_


def fact(shop: Shop, customer_id: int, name: str) -> Any:
    with shop.database.read() as connection:
        found = shop.facts.card(connection, customer_id, shop.clock())
    assert found is not None
    return found[0].get(name)


def gaps(shop: Shop, day: date | None = None) -> NormTable:
    return shop.norms.tables("usual", ["gaps"], day).get("gaps", NormTable())


@both_kinds
def test_what_is_usual_reaches_who_bought_once(shop: Shop) -> None:
    for gap in (20, 30, 40):
        buys(shop, (gap, "粮A"), (0, "粮A"))
    buys(shop, (10, "粮B"), (0, "粮B"))
    once = buys(shop, (25, "粮A"))
    two = buys(shop, (66, "粮C"), (6, "粮C"), pieces=2)
    assert shop.freshen(600) == []
    assert dict(gaps(shop)) == {
        "粮A": {"gap": 30.0, "low": 25.0, "high": 35.0, "count": 3},
        # Two pieces after 60 days: 30 days each. 粮B and 粮C have one gap each, and go by their category.
        "category:粮": {"gap": 30.0, "low": 20.0, "high": 30.0, "count": 5},
    }
    today = shop.clock().today
    assert gaps(shop).on == today
    assert fact(shop, once, "next_on") == (today + timedelta(days=5)).isoformat()
    assert [one.id for one in shop.segments.members("due").customers] == [once]
    # What follows from facts is known in the same go.
    assert (fact(shop, once, "fellows"), fact(shop, two, "fellows")) == (3, 0)
    assert [(one.norm.name, one.due) for one in shop.norms.all()] == [("fans", False), ("gaps", False)]


def test_only_who_is_concerned_is_worked_out_again(shop: Shop) -> None:
    first = [buys(shop, (30, "粮A"), (0, "粮A")) for _n in range(3)]
    for sku in "BCDEFG":
        for _n in range(2):
            buys(shop, (10, f"{sku}粮"), (0, f"{sku}粮"))
    shop.freshen(600)
    more = [buys(shop, (90, "粮A"), (0, "粮A")) for _n in range(4)]
    shop.python_facts.work(shop.worker.facts)
    before = fact(shop, first[0], "next_on")
    shop.norms.refresh(force=True, with_facts=False)
    assert gaps(shop)["粮A"]["gap"] == 90.0
    assert shop.python_facts.waiting()[0] == len(first) + len(more)
    assert shop.freshen(600) == []
    assert fact(shop, first[0], "next_on") != before


PARTY = """\
from datetime import date
from crmcore import CALENDAR, Fact, History, NormTable, hookimpl

def party_on(history: History, calendar: NormTable) -> date | None:
    said = calendar["party"].get(str(date.today().year)) if "party" in calendar else None
    return date.fromisoformat(said) if said else None

@hookimpl
def crm_segment_rules():
    return [Fact(party_on, norms=[CALENDAR])]
"""


def test_a_day_written_into_the_calendar_reaches_the_facts_that_read_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_PLUGINS", "party")
    assert shop.place.folder is not None
    (shop.place.folder / "plugins" / "party.py").write_text(PARTY, "utf-8")
    she = buys(shop, (25, "粮A"))
    assert (shop.freshen(600), fact(shop, she, "party_on")) == ([], None)
    year = date.today().year
    for day in ("05-20", "06-01"):
        add(shop.playbook, CalendarEntry("party", "店庆", "Party", day=day), shop.clock().today)
        assert shop.freshen(600) == []
        assert fact(shop, she, "party_on") == f"{year}-{day}"
    assert shop.python_facts.waiting()[0] == 0
    shop.norms.refresh()
    assert all(fill.percent == 100 for fill in shop.python_facts.status())  # nothing changed: nothing is due


def test_small_movements_change_nothing(shop: Shop) -> None:
    for _n in range(4):
        buys(shop, (30, "粮A"), (0, "粮A"))
    shop.freshen(600)
    for _n in range(5):
        buys(shop, (32, "粮A"), (0, "粮A"))
    shop.python_facts.work(shop.worker.facts)
    shop.norms.refresh(force=True, with_facts=False)
    assert gaps(shop)["粮A"]["gap"] == 30.0  # 32 is within a tenth
    assert shop.python_facts.waiting()[0] == 0


def test_it_is_worked_out_anew_when_the_shop_has_grown(shop: Shop) -> None:
    buys(shop, (30, "粮A"), (0, "粮A"))
    shop.freshen(600)
    assert len(gaps(shop)) == 0
    for _n in range(30):
        buys(shop, (30, "粮A"), (0, "粮A"))
    assert [one.due for one in shop.norms.all()] == [True, True]
    shop.freshen(600)
    assert gaps(shop)["粮A"]["count"] == 31


def test_a_question_of_a_day_gone_by_is_answered_with_what_was_known_then(shop: Shop) -> None:
    today = shop.clock().today
    for _n in range(3):
        buys(shop, (30, "粮A"), (0, "粮A"))
    once = buys(shop, (40, "粮A"))
    shop.freshen(600)
    (now,) = shop.documents.table("norms").search(where("name") == "gaps")
    for back, gap in ((60, 10.0), (20, 15.0)):  # what was known two months and twenty days ago
        rows = {"粮A": {"gap": gap, "low": gap, "high": gap, "count": 2}}
        on = (today - timedelta(days=back)).isoformat()
        shop.documents.table("norms_before").insert({**now, "on": on, "rows": rows})

    def known(back: int) -> float:
        return float(gaps(shop, today - timedelta(days=back))["粮A"]["gap"])

    assert [known(back) for back in (0, 1, 20, 21, 60, 400)] == [30.0, 15.0, 15.0, 10.0, 10.0, 10.0]
    # 40 days ago, plus 10 as known then: due 32 days ago, and 15 makes it due 20 days ago.
    for back, due in ((32, True), (20, False), (19, False)):
        found = shop.segments.members("due", today - timedelta(days=back)).customers
        assert (once in [one.id for one in found]) is due


def test_one_that_fails_keeps_what_it_had_and_is_tried_again_tomorrow(shop: Shop, tmp_path: Path) -> None:
    she = buys(shop, (30, "粮A"))
    shop.freshen(600)
    assert fact(shop, she, "fellows") == 0
    (tmp_path / "breaks").touch()
    (failure,) = shop.norms.refresh(force=True, with_facts=True)
    assert failure.plugin == "usual"
    assert failure.what == "norm fans"
    assert dict(shop.norms.tables("usual", ["fans"])["fans"]) == {"粮A": {"count": 1}}
    assert [one.due for one in shop.norms.all()] == [False, False]
    tomorrow = (shop.clock().today + timedelta(days=1)).isoformat()
    (kept,) = shop.documents.table("norms").search(where("name") == "fans")
    assert kept["again_on"] == tomorrow


def test_settings_make_it_due(shop: Shop) -> None:
    buys(shop, (30, "粮A"))
    shop.freshen(600)
    file = Path(str(shop.place.folder)) / "plugins" / "usual.py"
    file.write_text(PLUGIN.replace("least=2", "least=1"), "utf-8")
    with Shop.open(str(shop.place.folder)) as again:
        # The code of `repeat_gaps` is not the plugin's: what it is called with tells.
        assert [one.due for one in again.norms.all()] == [True, True]


@pytest.mark.parametrize(
    ("returned", "told"),
    [
        (None, "NoneType; a dict of dicts"),
        ([1], "list; a dict of dicts"),
        ({"a": 1}, "int; a dict of dicts"),
        ({"a": {"x": [1]}}, "it returned list"),
        ({"a": {"x": True}}, "it returned bool"),
        ({"a": {"x": float("nan")}}, "infinite or NaN"),
        ({"a": {str(n): n for n in range(30)}}, "at most 20 figures"),
        ({str(n): {"x": n} for n in range(MOST_ROWS + 1)}, "leave out the rare ones"),
    ],
)
def test_what_is_no_table_of_figures_is_refused(returned: object, told: str) -> None:
    with pytest.raises(CrmError, match=told):
        checked_rows(returned)


def test_rows_without_anything_are_left_out() -> None:
    found = checked_rows({"a": {"x": None}, "": {"x": 1}, None: {"x": 1}, "b": {"x": 1, "y": None, "z": "w"}})
    assert found == {"b": {"x": 1, "z": "w"}}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"needs": ["wishes"]}, "needs 'wishes'"),
        ({"days": 0}, "days is 1 or more"),
        ({"tolerance": 1.0}, "tolerance a share below 1"),
        ({"function": "gaps"}, "its function is none"),
        ({"name": "Gaps!"}, "cannot be the name"),
    ],
)
def test_a_norm_that_cannot_be_is_refused(options: dict[str, Any], told: str) -> None:
    function: Callable[..., Any] = lambda data: {}  # noqa: E731
    with pytest.raises(CrmError, match=told):
        Norm(**{"name": "gaps", "function": function, **options})


ROWS = st.dictionaries(
    st.sampled_from("abcde"), st.fixed_dictionaries({"x": st.floats(-100, 100), "n": st.integers(-9, 9)})
)


@given(ROWS, ROWS, st.floats(0, 0.9))
def test_what_is_kept_is_near_and_what_moved_is_named(
    old: dict[str, Any], new: dict[str, Any], tolerance: float
) -> None:
    kept, moved = settled(old, new, tolerance)
    assert kept.keys() == new.keys()
    assert old.keys() ^ new.keys() <= set(moved)
    for key in new:
        assert kept[key] == (new if key in moved else old)[key]
        assert abs(kept[key]["x"] - new[key]["x"]) <= tolerance * abs(old.get(key, new[key])["x"]) + 1e-9
    assert settled(kept, kept, tolerance) == (kept, [])
