"""Reports on a shop of six orders whose answers one can count on one's fingers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from crmcore.analytics.data import Data
from crmcore.analytics.findings import Checked
from crmcore.analytics.parts import tried
from crmcore.analytics.results import Result
from crmcore.hooks.reports import TABLES
from crmcore.hooks.settings import SettingError
from crmcore.importing.figures import by_hand
from crmcore.people import People
from crmcore.shop import Shop
from crmcore.store import schema
from crmcore.store.schema_campaigns import campaigns
from tests.analytics.conftest import both_kinds
from tests.analytics.test_live import bring, line
from tests.packs.conftest import loaded, write_pack

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


def test_stock_lasts_at_the_pace_of_the_newest_days(shop: Shop) -> None:
    for sku, stock in (("S1", "30"), ("S2", "5"), ("S77", "9")):
        by_hand(shop, "product", {"sku": sku, "stock": stock, "supplier": "甲厂", "packaging": "盒"})
    result = shop.reports.run("products", {**SPAN, "slow_after": "60"})
    # Of S1 one piece was sold in the 60 days to 31 March; S2 stands since 5 January, S77 never sold.
    assert table(result, "stock") == [
        ("S77", None, "盒", "甲厂", 9, 0, None),
        ("S2", None, "盒", "甲厂", 5, 0, None),
        ("S1", None, "盒", "甲厂", 30, 1, 1800.0),
    ]
    slow = [(row[0], row[3], row[5]) for row in table(result, "slow")]
    assert slow == [("S77", None, 9), ("S2", 85, 5)]


def test_the_trade_of_the_playbook_stands_beside_the_shop(shop: Shop) -> None:
    top = [{"shop": "甲店", "once": 60, "twice": 25, "services": "生日礼"}, {"shop": "no shares"}]
    body = {"low": 70, "high": 80, "year": 2026, "source": "own count", "top_shops": top}
    shop.playbook.save("benchmarks", "cosmetics", body)
    result = shop.reports.run("repurchase", SPAN)
    assert "70-80% (own count, 2026). Below it" in result.findings.notes[1].en
    assert [row[:4] for row in table(result, "top_shops")] == [
        ("*", 0.5, 0.5, ""), ("甲店", 0.6, 0.25, "生日礼"),
    ]  # fmt: skip


def test_what_is_usual_elsewhere_stands_beneath_the_report_that_it_names(shop: Shop, tmp_path: Path) -> None:
    folder = write_pack(
        tmp_path / "tea",
        benchmarks="tea_gap: {title: {zh: 茶客隔多久, en: Gap of tea drinkers}, unit: days, low: 30, high: 45,"
        " report: sales, source: own count, year: 2025}\n"
        "tea_back: {title: {zh: 退款率, en: Refunds}, unit: share, value: 3.5, report: sales}\n"
        "cosmetics: {title: {zh: 美妆, en: Cosmetics}, unit: share, low: 70, high: 80, top_shops:"
        " [{shop: 甲店, once: 60, twice: 25, services: 生日礼}]}\n",
    )
    shop.packs.install(*loaded(folder))
    shop.playbook.save("benchmarks", "odd", {"report": "sales", "low": "many", "unit": 7})
    notes = shop.reports.run("sales", SPAN).findings.notes
    assert [one.en for one in notes if one.en.startswith("Usual elsewhere")] == [
        "Usual elsewhere: Refunds: 3.5 %.",
        "Usual elsewhere: Gap of tea drinkers: 30–45 days (own count, 2025).",
    ]
    assert "别处常见：茶客隔多久 30–45 天（own count, 2025）。" in [one.zh for one in notes]
    told = shop.reports.run("repurchase", SPAN)
    assert not any(one.en.startswith("Usual elsewhere") for one in told.findings.notes)
    assert "70-80%" in told.findings.notes[1].en
    assert table(told, "top_shops")[1][0] == "甲店"


def test_tiers_of_cities_are_those_of_the_playbook(shop: Shop, tmp_path: Path) -> None:
    shop.playbook.save("regions", "city_tiers", {"tiers": {"1": ["杭州"], "2": ["宁波"], "3": ["丽水"]}})
    people = People(shop)
    assert people.find("李雷")
    with shop.write("cities") as write:
        rows = sa.update(schema.orders)
        write.connection.execute(rows.where(schema.orders.c.number == "A1").values(city="杭州市"))
        write.connection.execute(rows.where(schema.orders.c.number == "A2").values(city="宁波"))
    rows = table(shop.reports.run("regions", {**SPAN, "by": "city_tier"}), "regions")
    assert {row[0]: row[5] for row in rows} == {"1": 52000, "2": 20000, "-": 13990}


def test_an_occasion_of_the_calendar_tells_the_days_of_a_promotion(shop: Shop) -> None:
    result = shop.reports.run(
        "promotion", {"campaign": "queens_day", "year": "2026"}, as_of=date(2026, 3, 31)
    )
    [before, during] = [row for row in table(result, "phases") if row[0].startswith(("之前", "活动中"))]  # type: ignore[attr-defined]
    assert during[1] <= date(2026, 3, 8) <= during[2]  # type: ignore[operator]
    assert before[2] < during[1]  # type: ignore[operator]
    assert "No campaign" in shop.reports.run("promotion", {"campaign": "nothing"}).findings.notes[0].en


def test_members_by_hand(shop: Shop) -> None:
    result = shop.reports.run("members", SPAN)
    rows = table(result, "members")
    assert [(row[0], row[1], row[2], row[4], row[5], row[7]) for row in rows] == [
        (date(2026, 1, 1), 1, 0, 52000, 0, 0),
        (date(2026, 2, 1), 1, 1, 20000, 20000, 5990),
        (date(2026, 3, 1), 1, 0, 8000, 0, 0),  # her February order went back: she is new
    ]
    assert [one.en.partition(" on only")[0] for one in result.findings.notes] == [
        "2026-01 counts from 2026-01-05"
    ]


def test_a_month_that_began_before_the_data_did_is_no_month_of_a_forecast(shop: Shop) -> None:
    result = shop.reports.run("forecast", as_of=date(2026, 9, 30))
    assert [(row[0], row[1]) for row in table(result, "known")[:3]] == [
        (date(2026, 2, 1), 2), (date(2026, 3, 1), 1), (date(2026, 4, 1), 0)
    ]  # fmt: skip


@pytest.mark.parametrize(("days", "again"), [("26", 0), ("27", 1)])
def test_came_again_within_so_many_days_counts_the_last_of_them(shop: Shop, days: str, again: int) -> None:
    # 李雷 bought on 5 January and on 1 February, 27 days later; 韩梅梅 once.
    rows = table(shop.reports.run("funnel", {**SPAN, "days": days}), "again")
    assert rows == [(2, again, again / 2)]


def test_loyalty_swings_over_the_months_that_somebody_could_stay_in(shop: Shop) -> None:
    result = shop.reports.run("loyalty", {"months": "12"}, as_of=date(2026, 4, 30))
    # Before February nobody had bought in the three months before. Of one in February one, then nobody.
    assert [row[4] for row in table(result, "months")] == [*[None] * 9, 1.0, 0.0, 0.0]
    assert table(result, "loyalty")[0][6] == pytest.approx(2**0.5)


def test_why_they_stay_away(shop: Shop) -> None:
    people = People(shop)
    her = people.find("李雷")[0].customer_id
    people.log(her, "complaint", "slow", at=1_770_100_000)
    result = shop.reports.run("lapsed", as_of=date(2026, 12, 31))
    assert {row[0]: row[2] for row in table(result, "reasons")} == {1: 1, 2: 1}


@pytest.mark.parametrize("there", ["nobody", "somebody who never bought", "one order", "nothing yet"])
def test_every_report_can_tell_of_next_to_nothing(shop: Shop, there: str) -> None:
    """A shop that is empty, one customer without and with an order, and a day before the first order."""
    source = shop.reports._source(date(2025, 1, 1) if there == "nothing yet" else None)
    kept = {
        "nobody": {"orders": "false", "lines": "false", "refunds": "false", "customers": "false"},
        "somebody who never bought": {"orders": "false", "lines": "false", "refunds": "false", "customers": "t.id = 1"},
        "one order": {"orders": "number = 'A1'", "refunds": "false"},
    }.get(there, {})  # fmt: skip
    told = {
        name: f"SELECT * FROM ({source.statements[name]}) AS t WHERE {rule}" for name, rule in kept.items()
    }
    with Data(replace(source, statements={**source.statements, **told}), TABLES) as data:
        for plugin, report in shop.reports.all():
            if plugin != "own":
                found = tried(report, data, shop.reports._parameters(plugin, report.name, {}))
                assert isinstance(found, Checked), (report.name, found)
                assert found.notes or there == "one order", report.name


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("pareto", {"percent": "0"}, "percent"),
        ("cohorts", {"months": "99"}, "months"),
        ("lapsed", {"bands": "[9,3]"}, "rise"),
        ("sales", {"start": "2026-03-01", "end": "2026-02-28"}, "end is before start"),
        ("margin", {"start": "2026-03-01", "end": "2026-02-28"}, "end is before start"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(
    shop: Shop, name: str, typed: dict[str, str], said: str
) -> None:
    with pytest.raises(SettingError, match=said):
        shop.reports.run(name, typed)


def test_service_by_hand(shop: Shop, tmp_path: Path) -> None:
    people = People(shop)
    her = people.find("李雷")[0].customer_id
    january, february = 1_767_500_000, 1_770_100_000  # the 4th of January, the 3rd of February 2026
    people.log(her, "review", "good", at=january, payload={"rating": 1})
    people.log(her, "review", "bad", at=february, payload={"rating": -1})
    people.log(her, "complaint", "late", at=february, owner="amy", state="settled")
    people.log(her, "inquiry", "size?", at=february, owner="amy", state="won")
    people.log(her, "call", "told her", at=february + 5400, owner="amy", state="done")
    people.log(her, "inquiry", "colour?", at=february + 7200, owner="amy", state="lost")
    later = {
        "placed_at": "2026-02-11 16:00:00",
        "paid_at": "2026-02-11 16:00:00",
    }  # more than a week after it
    bring(shop, tmp_path, line("A7", "li", placed_at="2026-02-05 10:00:00", paid_at="2026-02-05 10:00:00"),
          line("A8", "li", **later))  # fmt: skip
    said = table(shop.reports.run("satisfaction", SPAN), "months")
    assert said == [
        (date(2026, 1, 1), 1, 1.0, 0.0, 0, 0, 0),
        (date(2026, 2, 1), 1, -1.0, 1.0, 1, 1, 2),
    ]
    # Answered after an hour and a half; 300.00 within a week after the inquiry that was won.
    assert table(shop.reports.run("staff", SPAN), "staff") == [
        ("amy", 2, 1, 1, 0.5, 1, 1, 1, 1, 1.5, 1, 30000)
    ]
    rules = '[{"per": "inquiry_won", "amount": 5}, {"per": "turnover", "amount": 2.5}, {"per": "complaint", "amount": -1}]'
    shop.change_plugin_settings("service", {"pay": rules})
    result = shop.reports.run("staff", SPAN)
    assert table(result, "pay") == [
        ("amy", "inquiry_won", 1, None, 5.0, 500),
        ("amy", "turnover", None, 30000, 2.5, 750),
        ("amy", "complaint", 1, None, -1.0, -100),
        ("", "", None, None, None, 1150),
    ]
    assert table(result, "earned") == [("amy", 1150)]


def test_days_off_of_the_calendar_are_no_days_of_a_comparison(shop: Shop) -> None:
    body = {
        "kind": "off",
        "title": {"en": "Closed"},
        "years": {"2026": {"first": "2026-02-01", "last": "2026-02-02"}},
    }
    shop.playbook.save("calendars", "closed", body)
    typed = {"on": "2026-02-01", "days": "28"}
    daily = {row[0]: row[2] for row in table(shop.reports.run("comparison", typed), "daily")}
    # February without its first two days: A4 is left of A2 and A4 (A5 went back whole).
    assert daily["营业天数 / days open"] == 26.0
    assert daily["订单 / orders"] == pytest.approx(1 / 26)


def test_a_campaign_tells_the_days_of_a_promotion(shop: Shop) -> None:
    begun, ended = 1_769_900_000, 1_770_250_000  # 1 to 5 February 2026 in the shop's zone
    with shop.write("campaign") as write:
        write.connection.execute(
            sa.insert(campaigns).values(
                name="spring", kind="x", purpose="promotion", state="done", body="{}", seed=1, at=begun,
                started_at=begun, ended_at=ended, created_by=write.change_id,
            )
        )  # fmt: skip
    result = shop.reports.run("promotion", {"campaign": "spring", "cost": "100"}, as_of=date(2026, 3, 31))
    during = next(row for row in table(result, "phases") if str(row[0]).startswith("活动中"))
    assert during[1:9] == (date(2026, 2, 1), date(2026, 2, 5), 5, 2, 1, 0, 1, 25990)
    last = result.findings.notes[-1]
    assert "It cost 100 and turned over 2.60 times that" in last.en
    dear = shop.reports.run("promotion", {"campaign": "spring", "cost": "1000"}, as_of=date(2026, 3, 31))
    assert (last.level, dear.findings.notes[-1].level) == ("good", "warn")  # nothing was sold the days before
