"""Every figure of the reports about sales and goods, on the made-up shop, against pandas over the rows of its files."""

from __future__ import annotations

from datetime import date
from itertools import combinations, pairwise

import pandas as pd
import pytest

from tests.reports import made_up
from tests.reports.known import (
    BOUGHT,
    FIRST,
    KNOWN,
    LINES,
    NOW,
    ORDERS,
    TALKS,
    TRAFFIC,
    between,
    month,
    near,
    rounded,
    share,
)

SPAN = {"start": "2023-06-01", "end": "2024-04-30"}
RAW = pd.DataFrame(made_up.orders())


@pytest.mark.parametrize(
    ("by", "freq"), [("day", "D"), ("week", "W"), ("month", "M"), ("quarter", "Q"), ("year", "Y")]
)
def test_sales_beside_the_time_before_and_a_year_ago(told, by: str, freq: str) -> None:
    start = "2024-02-20" if by == "day" else "2023-03-01"
    of_period = BOUGHT.groupby(BOUGHT["paid"].dt.to_period(freq))
    paid = of_period["ordered"].sum().to_dict()
    gone = ORDERS[ORDERS["refunded"] > 0]
    back = gone.groupby(gone["paid"].dt.to_period(freq))["refunded"].sum().to_dict()
    year = pd.Timedelta(days=364) if freq in "DW" else pd.DateOffset(years=1)
    expected = []
    for period in pd.period_range(start, NOW, freq=freq):
        of = of_period.get_group(period) if period in of_period.groups else BOUGHT[:0]
        total = int(of["ordered"].sum())
        before, last = (paid.get(one, 0) for one in (period - 1, (period.start_time - year).to_period(freq)))
        expected.append((
            month(period), len(of), of["who"].nunique(), total, back.get(period, 0),
            rounded(total / len(of)) if len(of) else None, total / before - 1 if before else None,
            total / last - 1 if last else None,
        ))  # fmt: skip
    assert told("sales", by=by, start=start)["sales"] == near(expected)


def test_payment(told) -> None:
    of = between(ORDERS, *SPAN.values(), by="placed")
    expected = []
    for period, some in of.groupby(of["placed"].dt.to_period("M")):
        unpaid = some[some["paid"].isna()]
        shut = int((unpaid["status"] == "shut").sum())
        paid = len(some) - len(unpaid)
        expected.append((month(period), len(some), paid, paid / len(some), shut, len(unpaid) - shut,
                         unpaid["ordered"].sum()))  # fmt: skip
    assert told("payment", **SPAN)["months"] == near(expected)


BY = {
    "weekday": lambda one: one["paid"].dt.isocalendar().day.astype(str),
    "province": lambda one: one["province"].replace("", "-"),
    "source_tag": lambda one: one["source_tag"].replace("", "-"),
    "platform": lambda one: one["paid"].map(lambda _day: "corner"),
    "channel": lambda one: one["paid"].map(lambda _day: "-"),
}


@pytest.mark.parametrize("by", [*BY])
def test_breakdown(told, by: str) -> None:
    of = between(BOUGHT, *SPAN.values())
    whole = of["net"].sum()
    expected = [
        (name, len(some), some["who"].nunique(), some["net"].sum(), some["net"].sum() / whole,
         rounded(some["net"].sum() / len(some)))
        for name, some in of.groupby(BY[by](of))
    ]  # fmt: skip
    expected.sort(key=lambda row: (-row[3], row[0]))
    assert told("breakdown", by=by, **SPAN)["sales"] == near(expected)


def test_products(told) -> None:
    tables = told("products", limit="100", support="3", slow_after="20", **SPAN)
    of = between(LINES, *SPAN.values())
    whole = of["cents"].sum()
    best = [
        (sku, f"商品{sku}", some["category"].iloc[0] or None, some["quantity"].sum(), some["order_ref"].nunique(),
         some["who"].nunique(), some["cents"].sum(), some["cents"].sum() / whole)
        for sku, some in of.groupby("sku")
    ]  # fmt: skip
    best.sort(key=lambda row: (-row[6], row[0]))
    assert tables["best"] == near(best)
    baskets = of.groupby("order_ref")["sku"].agg(lambda skus: sorted(set(skus)))
    alone = baskets.explode().value_counts()
    pairs = pd.Series([pair for skus in baskets for pair in combinations(skus, 2)]).value_counts()
    together = [
        (a, b, count, count / len(baskets), count / alone[a], float(count * len(baskets) / (alone[a] * alone[b])))
        for (a, b), count in pairs.items() if count >= 3
    ]  # fmt: skip
    assert [(*row[:3], *row[3:]) for row in sorted(tables["together"])] == near(sorted(together))
    assert [row[5] for row in tables["together"]] == sorted((row[5] for row in together), reverse=True)
    end = pd.Timestamp(SPAN["end"])
    until = LINES[LINES["paid"] <= end]
    slow = [
        (sku, f"商品{sku}", some["paid"].max().date(), (end - some["paid"].max()).days, some["quantity"].sum(),
         None, None)
        for sku, some in until.groupby("sku") if (end - some["paid"].max()).days >= 20
    ]  # fmt: skip
    assert sorted(tables["slow"]) == sorted(slow)
    seasons = of.assign(category=of["category"].replace("", "-")).pivot_table(
        index="category", columns=of["paid"].dt.month, values="quantity", aggfunc="sum", fill_value=0
    )
    rows = [(name, *(int(row.get(one, 0)) for one in range(1, 13))) for name, row in seasons.iterrows()]
    assert tables["seasons"] == sorted(rows, key=lambda row: (-sum(row[1:]), row[0]))


def test_the_total_of_the_margin_and_what_has_no_cost(told) -> None:
    span = {"start": "2023-06-01", "end": "2024-02-29"}  # before anything was spent on advertisements
    tables = told("margin", other_costs="1000", **span)
    *rows, total = tables["margin"]
    assert [row[1] for row in rows] == [f"商品{row[0]}" for row in rows]
    earned = sum(row[5] for row in rows)
    assert [row[9] for row in rows] == [pytest.approx(row[5] / earned) for row in rows]
    assert [row[8] - row[5] for row in rows] == [
        pytest.approx(-100_000 * row[3] / sum(one[3] for one in (*rows, *tables["unknown"])), abs=1)
        for row in rows
    ]
    assert total[2:6] == tuple(sum(row[place] for row in rows) for place in (2, 3, 4, 5))
    assert total[6] == pytest.approx(total[5] / total[3])
    of = between(LINES, *span.values())
    none = of[of["sku"] == "S8"]
    assert tables["unknown"] == [("S8", "商品S8", none["quantity"].sum(), rounded(none["kept"].sum()))]


def test_tiers_of_regions(told) -> None:
    tables = told("regions", **SPAN)
    whole = sum(row[5] for row in tables["regions"])
    assert tables["tiers"] == near(
        (tier, len(of), sum(row[2] for row in of), sum(row[5] for row in of), sum(row[5] for row in of) / whole)
        for tier in "ABC" if (of := [row for row in tables["regions"] if row[1] == tier])
    )  # fmt: skip


def test_the_funnel_from_visitors_on(told) -> None:
    span = {"start": "2024-04-01", "end": "2024-05-10"}
    rows = told("funnel", **span)["funnel"]
    shop = between(TRAFFIC[TRAFFIC["site"] == ""], *span.values(), by="day")
    counts = [row[2] for row in rows]
    assert (rows[0][0], counts[0]) == (1, shop["visitors"].sum())
    assert [row[3] for row in rows] == [pytest.approx(one / counts[0]) for one in counts]
    assert [row[4] for row in rows] == [
        None, *(pytest.approx(now / then) for then, now in pairwise(counts)),
    ]  # fmt: skip


def test_advertisements(told) -> None:
    of = between(TRAFFIC[TRAFFIC["site"] != ""], "2024-04-01", NOW, by="day")
    expected = []
    for (site, creative, position), some in of.groupby(["site", "creative", "position"]):
        shown, clicks, visitors = (int(some[name].sum()) for name in ("shown", "clicks", "visitors"))
        rates = [
            some[name].sum() / visitors for name in ("views", "left_at_once", "saw_5_pages", "saw_10_pages")
        ]
        spent = int(some["spent"].sum())
        expected.append((site, creative, position, shown, clicks / shown, visitors, *map(float, rates), spent,
                         spent / clicks))  # fmt: skip
    expected.sort(key=lambda row: (-row[4], *row[:3]))
    assert told("traffic", start="2024-04-01")["creatives"] == near(expected)


def test_the_market_with_all_its_figures(told) -> None:
    of = pd.DataFrame(made_up.MARKET)
    tables = told("market")
    assert [row[3:] for row in tables["months"]] == near(
        (some["deals"].sum() / some["searches"].sum(), None) for _day, some in of.groupby("day")
    )
    by_grade = [
        (grade, some["searches"].sum(), some["deals"].sum(), some["deals"].sum() / of["deals"].sum(), None)
        for grade, some in of.groupby("grade")
    ]
    assert tables["grades"] == near(sorted(by_grade, key=lambda row: (-row[2], row[0])))


def _smoothed(values: list[float], ahead: int) -> list[tuple[int, int, int]]:
    """Simple exponential smoothing, every weight tried; low, middle, high of the months ahead."""

    def run(alpha: float) -> tuple[float, float]:
        level, squares = values[0], 0.0
        for value in values[1:]:
            squares += (value - level) ** 2
            level = alpha * value + (1 - alpha) * level
        return squares, level

    alpha = min((step / 100 for step in range(1, 101)), key=lambda one: run(one)[0])
    squares, level = run(alpha)
    error = (squares / (len(values) - 1)) ** 0.5
    reaches = [1.2816 * error * (1 + (one - 1) * alpha**2) ** 0.5 for one in range(1, ahead + 1)]
    return [(max(round(level - one), 0), round(level), round(level + one)) for one in reaches]


def test_forecast_of_orders_buyers_and_money(told) -> None:
    months = pd.period_range("2023-03", "2024-04", freq="M")
    of = BOUGHT.groupby(BOUGHT["paid"].dt.to_period("M"))
    known = [
        (month(one), len(some := of.get_group(one)), some["who"].nunique(), some["net"].sum())
        for one in months
    ]
    tables = told("forecast", months="3")
    assert tables["known"] == known
    fits = [_smoothed([float(row[place]) for row in known], 3) for place in (1, 2, 3)]
    assert tables["ahead"] == [
        (date(2024, 5 + place, 1), *fits[0][place], *fits[1][place], *fits[2][place]) for place in range(3)
    ]


def test_new_buyers_ahead_and_their_trend(told) -> None:
    first = FIRST.dt.to_period("M").value_counts()
    counts = [float(first.get(one, 0)) for one in pd.period_range("2023-03", "2024-04", freq="M")]
    tables = told("prospects", by="source_tag", months="2")
    assert [row[1:] for row in tables["ahead"]] == _smoothed(counts, 2)
    of = KNOWN.assign(number=KNOWN["order_ref"].str[1:].astype(int)).sort_values(
        ["paid", "number"], kind="stable"
    )
    came = of.groupby("who").agg(first=("paid", "min"), kind=("source_tag", "first"))
    soon = of[of["paid"] <= of["who"].map(came["first"]) + pd.Timedelta(days=90)]
    came["orders"], came["net"] = soon.groupby("who").size(), soon.groupby("who")["net"].sum()
    back = (NOW - came["first"]).dt.days
    rows = []
    for kind, some in came.groupby(came["kind"].replace("", "-")):
        ago = back[some.index]
        lately, before = int((ago < 90).sum()), int(ago.between(90, 179).sum())
        old = some[ago.between(90, 454)]
        rows.append((kind, lately, before, lately / before - 1 if before else None, len(old),
                     share(int((old["orders"] >= 2).sum()), len(old)), rounded(old["net"].mean())))  # fmt: skip
    assert tables["kinds"] == near(sorted(rows, key=lambda row: (-row[1], -row[2], row[0])))


def test_satisfaction(told) -> None:
    of = between(TALKS, *SPAN.values(), by="day")
    expected = []
    for period, some in of.groupby(of["day"].dt.to_period("M")):
        reviews, complaints = some[some["kind"] == "review"], some[some["kind"] == "complaint"]
        rating = reviews["rating"].astype(float)
        expected.append((
            month(period), len(reviews), float(rating.mean()) if len(reviews) else None,
            share(int((rating < 0).sum()), len(reviews)), len(complaints),
            complaints["state"].isin(["settled", "closed"]).sum(), (some["kind"] == "inquiry").sum(),
        ))  # fmt: skip
    assert told("satisfaction", **SPAN)["months"] == near(expected)
