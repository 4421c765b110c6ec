"""Segments as people look at them: what there is, who belongs to one on which day, why, and into which file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from crmcore.desk import segment_view as view
from crmcore.desk.segment_groups import groups
from crmcore.errors import CrmError, UsageError
from crmcore.i18n import speaking
from crmcore.people import Changes, People
from crmcore.records.settings import ShopSettings
from crmcore.rules.yaml import load_rule
from crmcore.shop import Shop
from tests.store import dossier

DAY = 86_400


@pytest.fixture(params=["sqlite", "postgresql"])
def any_shop(request: pytest.FixtureRequest) -> Iterator[Shop]:
    with Shop.open(request.getfixturevalue(f"{request.param}_url"), actor="Ann") as opened, speaking("en"):
        yield opened


@pytest.fixture
def shop(sqlite_url: str) -> Iterator[Shop]:
    with Shop.open(sqlite_url, actor="Ann") as opened, speaking("en"):
        yield opened


def buyer(shop: Shop, name: str, *days_ago: int, **profile: str) -> int:
    number, _maybe = People(shop).add(Changes({"name": name, **profile}))
    now = shop.clock().now
    with shop.write("test") as write:
        for place, days in enumerate(days_ago):
            at = now - days * DAY
            numbered = f"{number}-{place}"
            dossier.order(write, number, numbered, placed_at=at, paid_at=at, net_total=10_050)
        write.touch([number])
    return number


def own(shop: Shop, name: str = "twice", **rule: object) -> None:
    rules = rule or {"orders": {"gte": 2}}
    document = {"name": name, "title": {"zh": "两次", "en": "Twice"}, "where": rules}
    shop.segments.save(load_rule({**document, "description": {"en": "bought again"}}))


def test_what_there_is_says_who_brings_it_and_what_is_wrong(shop: Shop) -> None:
    own(shop, "came_back")
    shop.documents.table("segments").insert({"name": "broken", "where": {"no_such_fact": {"eq": 1}}})
    rows = {row.name: row for group in groups(shop) for row in group.segments}
    first = rows["came_back"]
    assert (first.title, first.source, first.description, first.error) == (
        "Twice",
        "this shop's own",
        "bought again",
        None,
    )
    assert rows["active"].source == "lapse"
    assert "no_such_fact" in (rows["broken"].error or "")


def test_who_belongs_with_figures_of_the_day_that_is_asked_about(any_shop: Shop) -> None:
    own(any_shop)
    buyer(any_shop, "甲", 400)
    second = buyer(any_shop, "乙", 400, 10)
    today = any_shop.clock().today
    assert list(view.ids(any_shop, "twice")) == [second]
    assert (view.count(any_shop, "twice"), view.everybody(any_shop)) == (1, 2)
    (now,) = view.people(any_shop, [second])
    assert (now.name, now.total) == ("乙", "201 CNY")
    assert now.last_order == (today - timedelta(days=10)).isoformat()
    (then,) = view.people(any_shop, [second], today - timedelta(days=100))
    assert (then.total, then.last_order) == ("100.50 CNY", (today - timedelta(days=400)).isoformat())
    assert list(any_shop.segments.ids("twice", today - timedelta(days=100))) == []
    assert [one.id for one in view.people(any_shop, [2, 1])] == [2, 1]


def test_nameless_customers_are_called_by_their_number(shop: Shop) -> None:
    nameless = People(shop).add(Changes({}, phones=("13800001111",)))[0]
    assert view.people(shop, [nameless])[0].name == f"#{nameless}"


def test_why_she_is_in_it_and_why_another_is_not(shop: Shop) -> None:
    own(shop, all=[{"orders": {"gte": 2}}, {"any": [{"city": {"eq": "杭州"}}, {"tags": {"has": "VIP"}}]}])
    one, other = buyer(shop, "甲", 5, city="杭州"), buyer(shop, "乙", 9, 5, city="杭州")
    why = view.why(shop, "twice", other)
    assert (why.name, why.member) == ("乙", True)
    assert [(line.depth, line.held) for line in why.lines] == [
        (0, True),
        (1, True),
        (1, True),
        (2, True),
        (2, False),
    ]
    not_in = view.why(shop, "twice", one)
    assert not not_in.member
    assert ("1", False) in [(line.value, line.held) for line in not_in.lines]
    then = view.why(shop, "twice", other, shop.clock().today - timedelta(days=7))
    assert not then.member
    with pytest.raises(CrmError, match="no customer 99"):
        view.why(shop, "twice", 99)


def test_the_stamp_changes_with_every_act(shop: Shop) -> None:
    before = view.stamp(shop)
    assert view.stamp(shop) == before
    buyer(shop, "甲")
    assert view.stamp(shop) != before


def test_a_day_is_typed_and_today_is_none(shop: Shop) -> None:
    today = shop.clock().today
    assert view.as_of_from(shop, " ") is None
    assert view.as_of_from(shop, str(today)) is None
    assert view.as_of_from(shop, "yesterday") == today - timedelta(days=1)
    assert view.as_of_from(shop, "2026-01-31") == date(2026, 1, 31)
    with pytest.raises(UsageError, match="not a day"):
        view.as_of_from(shop, "when?")


def test_a_bare_file_name_lies_among_the_shops_exports(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    with Shop.create(folder, ShopSettings("CNY", "Asia/Shanghai", "en"), actor="Ann") as shop:
        proposed = view.export_file(shop, "active", date(2026, 1, 31))
        assert proposed == folder / "exports" / "active-2026-01-31.csv"
        assert view.typed_file(shop, str(proposed)) == proposed
        assert view.typed_file(shop, "mine") == folder / "exports" / "mine.csv"
        assert view.typed_file(shop, "mine.xlsx") == folder / "exports" / "mine.xlsx"
        assert view.typed_file(shop, f"{tmp_path}/a b.json ") == tmp_path / "a b.json"
