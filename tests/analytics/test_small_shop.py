"""Reports on a shop of six orders whose answers one can count on one's fingers."""

from __future__ import annotations

from datetime import date

import pytest

from crmcore.analytics.results import Result
from crmcore.hooks.settings import SettingError
from crmcore.people import People
from crmcore.shop import Shop
from tests.analytics.conftest import both_kinds

SPAN = {"start": "2026-01-01", "end": "2026-03-31"}


def table(result: Result, name: str) -> list[tuple[object, ...]]:
    return next([tuple(row) for row in one.rows] for one in result.findings.tables if one.name == name)


@both_kinds
def test_products(shop: Shop) -> None:
    result = shop.reports.run("products", {**SPAN, "support": "1", "slow_after": "5"})
    # A5 was given back whole: its red dress is no sale. A2 was given back in part: it is.
    assert [(row[0], row[3], row[4], row[5], row[6]) for row in table(result, "best")] == [
        ("S1", 2, 2, 1, 60000),
        ("S2", 2, 1, 1, 22000),
        ("S9", 1, 1, 1, 8000),
        ("S3", 1, 1, 0, 5990),
    ]
    # S1 and S2 stand together in one of the four orders; S1 in two, S2 in one: 1 * 4 / (2 * 1)
    assert table(result, "together") == [("S1", "S2", 1, 0.25, 0.5, 2.0)]
    slow = {row[0]: (row[2], row[3]) for row in table(result, "slow")}
    assert slow["S2"] == (date(2026, 1, 5), 85)


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("source", {"corner": (4, 2, 85990)}),
        (
            "category",
            {"连衣裙": (2, 1, 60000), "外套": (1, 1, 22000), "包": (1, 1, 8000), "配饰": (1, 0, 5990)},
        ),
        # 5 January is a Monday, 1 February and 1 March are Sundays, 4 February a Wednesday
        ("weekday", {"1": (1, 1, 52000), "3": (1, 0, 5990), "7": (2, 2, 28000)}),
    ],
)
def test_breakdown(shop: Shop, by: str, expected: dict[str, tuple[int, ...]]) -> None:
    rows = table(shop.reports.run("breakdown", {**SPAN, "by": by}), "sales")
    assert {row[0]: tuple(row[1:4]) for row in rows} == expected
    assert sum(row[4] for row in rows) == pytest.approx(1)  # type: ignore[misc]


def test_payment_counts_by_the_day_of_the_order(shop: Shop) -> None:
    result = shop.reports.run("payment", SPAN)
    rows = table(result, "months")
    # February: A2, A3 (never paid, 59.90), A4, A5
    assert [tuple(row) for row in rows] == [
        (date(2026, 1, 1), 1, 1, 1.0, 0, 0, 0),
        (date(2026, 2, 1), 4, 3, 0.75, 0, 1, 5990),
        (date(2026, 3, 1), 1, 1, 1.0, 0, 0, 0),
    ]
    assert "1 orders were not paid, 60 CNY in all" in result.findings.notes[1].en


def test_members_by_hand(shop: Shop) -> None:
    rows = table(shop.reports.run("members", SPAN), "members")
    assert [(row[0], row[1], row[2], row[4], row[5], row[7]) for row in rows] == [
        (date(2026, 1, 1), 1, 0, 52000, 0, 0),
        (date(2026, 2, 1), 1, 1, 20000, 20000, 5990),
        (date(2026, 3, 1), 1, 0, 8000, 0, 0),  # her February order went back: she is new
    ]


def test_why_they_stay_away(shop: Shop) -> None:
    people = People(shop)
    her = people.find("李雷")[0].customer_id
    people.log(her, "complaint", "slow", at=1_770_100_000)
    result = shop.reports.run("lapsed", as_of=date(2026, 12, 31))
    assert {row[0]: row[2] for row in table(result, "reasons")} == {1: 1, 2: 1}


def test_before_anything_was_bought_they_say_so(shop: Shop) -> None:
    names = ["sales", "members", "repurchase", "cohorts", "rfm", "pareto", "payment", "lapsed", "breakdown", "products", "satisfaction", "staff",
             "forecast", "expected"]  # fmt: skip
    for name in names:
        assert shop.reports.run(name, as_of=date(2025, 1, 1)).findings.notes, name


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("pareto", {"percent": "0"}, "percent"),
        ("cohorts", {"months": "99"}, "months"),
        ("lapsed", {"bands": "[9,3]"}, "rise"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(
    shop: Shop, name: str, typed: dict[str, str], said: str
) -> None:
    with pytest.raises(SettingError, match=said):
        shop.reports.run(name, typed)


def test_service_by_hand(shop: Shop) -> None:
    people = People(shop)
    her = people.find("李雷")[0].customer_id
    january, february = 1_767_500_000, 1_770_100_000  # the 4th of January, the 3rd of February 2026
    people.log(her, "review", "good", at=january, payload={"rating": 1})
    people.log(her, "review", "bad", at=february, payload={"rating": -1})
    people.log(her, "complaint", "late", at=february, owner="amy", state="settled")
    people.log(her, "inquiry", "size?", at=february, owner="amy", state="won")
    people.log(her, "inquiry", "colour?", at=february, owner="amy", state="lost")
    said = table(shop.reports.run("satisfaction", SPAN), "months")
    assert said == [
        (date(2026, 1, 1), 1, 1.0, 0.0, 0, 0, 0),
        (date(2026, 2, 1), 1, -1.0, 1.0, 1, 1, 2),
    ]
    assert table(shop.reports.run("staff", SPAN), "staff") == [("amy", 2, 1, 1, 0.5, 0, 1, 1, 1)]
    shop.change_plugin_settings("service", {"pay": '[{"per": "inquiry_won", "amount": 5}]'})
    pay = table(shop.reports.run("staff", SPAN), "pay")
    assert pay == [("amy", "inquiry_won", 1, 5.0, 5.0), ("", "", 1, None, 5.0)]
