"""The monthly summary and the comparison around a date: every figure, and the parts against the reports themselves."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.reports.known import BOUGHT, FIRST, KNOWN, ORDERS, TALKS, TRAFFIC, between, near, rounded, share

Figures = dict[str, object]


def figures(first: pd.Timestamp, last: pd.Timestamp, off: list[pd.Timestamp] | None = None) -> Figures:
    """What was sold, said and looked at in these days, by the names that reports give it."""
    closed = off or []
    of = between(BOUGHT, first, last)[lambda one: ~one["paid"].isin(closed)]
    placed = between(ORDERS, first, last, by="placed")[lambda one: ~one["placed"].isin(closed)]
    people = of.groupby("who").size()
    new = int((FIRST[people.index] >= first).sum())
    known = of.dropna(subset="who")
    old = int(known[known["who"].map(FIRST) < first]["net"].sum())
    said = between(TALKS, first, last, by="day")
    rating = said[said["kind"] == "review"]["rating"].astype(float)
    gone = between(ORDERS[ORDERS["refunded"] > 0], first, last)
    looked = between(TRAFFIC, first, last, by="day")[lambda one: ~one["day"].isin(closed)]
    shop = looked[looked["site"] == ""]
    visitors = int(shop["visitors"].sum()) if len(shop) else None
    buyers = BOUGHT[BOUGHT["paid"].isin(shop["day"])]
    one_a_day = buyers.assign(one=buyers["who"].fillna(buyers["order_ref"]))[
        ["paid", "one"]
    ].drop_duplicates()
    net = int(of["net"].sum())
    return {
        "orders": len(of), "buyers": len(people), "new buyers": new, "old buyers": len(people) - new,
        "visitors": visitors, "inquiries": int((said["kind"] == "inquiry").sum()),
        "complaints": int((said["kind"] == "complaint").sum()), "net": net, "refunded": int(gone["refunded"].sum()),
        "AOV": rounded(net / len(of)) if len(of) else None, "of old buyers": old,
        "advertising": int(looked["spent"].sum()) if len(looked) else None,
        "payment rate": share(int(placed["paid"].notna().sum()), len(placed)),
        "conversion": share(len(one_a_day), visitors) if visitors else None,
        "second-purchase rate": share(int((people >= 2).sum()), len(people)),
        "share of old buyers": share(len(people) - new, len(people)),
        "their share of turnover": share(old, int(known["net"].sum())),
        "bad reviews": share(int((rating < 0).sum()), len(rating)), "days known": len(shop),
    }  # fmt: skip


def change(now: object, then: object) -> float | None:
    return now / then - 1 if then and now is not None else None  # type: ignore[operator]


def test_the_monthly_summary(told) -> None:
    tables = told("summary", month="2024-04-01")
    months = [(pd.Timestamp(first), pd.Timestamp(first) + pd.offsets.MonthEnd(0))
              for first in ("2024-04-01", "2024-03-01", "2023-04-01")]  # fmt: skip
    now, before, year = (figures(*one) for one in months)
    shown = [
        (row[0].partition(" / ")[2], *row[1:])
        for name in ("counts", "money", "rates")
        for row in tables[name]
    ]
    assert len(shown) == 18
    assert shown == near(
        (
            name,
            now[name],
            before[name],
            change(now[name], before[name]),
            year[name],
            change(now[name], year[name]),
        )
        for name, *_rest in shown
    )


def test_the_parts_of_the_summary_are_the_reports(told) -> None:
    tables = told("summary", month="2024-04-01")
    span = {"start": "2024-04-01", "end": "2024-04-30"}
    year = {"start": "2023-05-01", "end": "2024-04-30"}
    asked = {
        "sales.sales": {"by": "month", **year}, "repurchase.times": year, "rfm.groups": {},
        "products.best": {**span, "limit": "5"}, "products.slow": {**span, "limit": "5"}, "regions.regions": span,
        "promotion.tags": span, "traffic.sites": {"by": "week", **span}, "staff.staff": span, "lapsed.bands": {},
        "forecast.ahead": {"months": "1"}, "margin.margin": {**span, "limit": "5"},
    }  # fmt: skip
    found = {name for name in tables if "." in name}
    assert found == set(asked) - ({"products.slow"} - found)
    alone = {report: told(report, **typed) for report, typed in (
        (name.partition(".")[0], typed) for name, typed in asked.items())}  # fmt: skip
    for name in found:
        report, _dot, table = name.partition(".")
        assert tables[name] == alone[report][table][: len(tables[name])], name
        assert len(tables[name]) >= min(4, len(alone[report][table])), name


@pytest.mark.parametrize("gap", [0, 5])
def test_before_and_after_a_date(told, gap: int) -> None:
    off = [pd.Timestamp(2024, 3, 5), pd.Timestamp(2024, 4, 10)]
    days = '["2024-03-05", "2024-04-10"]'
    tables = told("comparison", on="2024-04-01", days="28", gap=str(gap), days_off=days)
    begin = pd.Timestamp(2024, 4, 1)
    spans = [(begin - pd.Timedelta(days=28), begin - pd.Timedelta(days=1)),
             (begin + pd.Timedelta(days=gap), begin + pd.Timedelta(days=gap + 27))]  # fmt: skip
    then, now = (figures(*span, off) for span in spans)
    expected = []
    for name in ("orders", "buyers", "new buyers"):
        expected.append((name, then[name] / 27, now[name] / 27))  # type: ignore[operator]
    expected.append(("visitors", *(share(one["visitors"], one["days known"]) for one in (then, now))))  # type: ignore[arg-type]
    expected.append(("days open", 27.0, 27.0))
    expected.append(("net a day", *(rounded(one["net"] / 27) for one in (then, now))))  # type: ignore[operator]
    for name in ("AOV", "payment rate", "conversion", "second-purchase rate", "share of old buyers"):
        expected.append((name, then[name], now[name]))
    shown = [
        (row[0].partition(" / ")[2], *row[1:]) for name in ("daily", "money", "rates") for row in tables[name]
    ]
    assert shown == near((*row, change(row[2], row[1])) for row in expected)
    assert len(KNOWN) < len(BOUGHT)
