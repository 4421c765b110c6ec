"""Reports about people, each figure against pandas over the same purchases, as of two days."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from tests.reports.conftest import END

AS_OF = (date(1997, 9, 30), END)


def until(purchases: pd.DataFrame, as_of: date) -> pd.DataFrame:
    return purchases[purchases["day"] <= pd.Timestamp(as_of)]


@pytest.mark.parametrize("as_of", AS_OF)
def test_repurchase(found, purchases: pd.DataFrame, as_of: date) -> None:
    start = pd.Timestamp(as_of) - pd.Timedelta(days=364)
    since = until(purchases, as_of)[lambda one: one["day"] >= start]
    people = since.groupby("id").agg(orders=("cents", "size"), cents=("cents", "sum"))
    people["times"] = people["orders"].clip(upper=3)
    expected = people.groupby("times").agg(
        n=("orders", "size"), orders=("orders", "sum"), cents=("cents", "sum")
    )
    tables = found("repurchase", as_of)
    assert tables["times"] == [
        (times, row.n, pytest.approx(row.n / len(people)), row.orders, row.cents)
        for times, row in expected.iterrows()
    ]
    months = since.assign(month=since["day"].dt.to_period("M").dt.to_timestamp())
    by_month = (
        months.groupby(["month", "id"]).size().groupby("month").agg([len, lambda sizes: (sizes >= 2).sum()])
    )
    assert [row[:3] for row in tables["months"]] == [
        (month.date(), int(row.iloc[0]), int(row.iloc[1])) for month, row in by_month.iterrows()
    ]


@pytest.mark.parametrize("as_of", AS_OF)
def test_cohorts(found, purchases: pd.DataFrame, as_of: date) -> None:
    known = until(purchases, as_of)
    months = known.assign(month=known["day"].dt.to_period("M"))
    first = months.groupby("id")["month"].min().rename("cohort")
    joined = months.join(first, on="id")
    age = (joined["month"] - joined["cohort"]).map(lambda offset: offset.n)
    counts = joined.assign(age=age).groupby(["cohort", "age"])["id"].nunique()
    now = pd.Timestamp(as_of).to_period("M")
    rows = found("cohorts", as_of, cohorts="24", months="6")["cohorts"]
    assert [row[0] for row in rows] == [one.start_time.date() for one in sorted(first.unique())]
    for cohort, size, *shares in rows:
        period = pd.Period(cohort, "M")
        assert size == counts[period, 0]
        for month, share in enumerate(shares, 1):
            if (now - period).n < month:
                assert share is None
            else:
                assert share == pytest.approx(counts.get((period, month), 0) / size)


@pytest.mark.parametrize("as_of", AS_OF)
def test_how_soon_they_bought_again(found, purchases: pd.DataFrame, as_of: date) -> None:
    days = until(purchases, as_of)[["id", "day"]].drop_duplicates().sort_values(["id", "day"])
    first = days.groupby("id")["day"].nth(0).to_numpy()
    people = days.groupby("id")["day"].agg(list)
    gaps = people.map(lambda one: (one[1] - one[0]).days if len(one) > 1 else np.inf).to_numpy()
    back = (pd.Timestamp(as_of) - pd.to_datetime(first)).days
    assert found("cohorts", as_of)["second"] == [
        (
            limit,
            int((back >= limit).sum()),
            int(((back >= limit) & (gaps <= limit)).sum()),
            pytest.approx(((back >= limit) & (gaps <= limit)).sum() / (back >= limit).sum())
            if (back >= limit).any()
            else None,
        )
        for limit in (7, 30, 60, 90, 180, 365)
    ]


@pytest.mark.parametrize("as_of", AS_OF)
def test_rfm(found, purchases: pd.DataFrame, as_of: date) -> None:
    people = until(purchases, as_of).groupby("id").agg(
        last=("day", "max"), orders=("cents", "size"), cents=("cents", "sum")
    )  # fmt: skip
    people["days"] = (pd.Timestamp(as_of) - people["last"]).dt.days

    def score(values: pd.Series) -> pd.Series:
        return ((values.rank(method="min") - 1) * 5 // len(values)).astype(int) + 1

    people["r"], people["f"] = score(-people["days"]), score(people["orders"])
    grid = people.groupby(["r", "f"]).size()
    tables = found("rfm", as_of)
    assert tables["grid"] == [(r, *(int(grid.get((r, f), 0)) for f in range(1, 6))) for r in range(5, 0, -1)]
    assert sum(row[2] for row in tables["groups"]) == len(people)
    assert sum(row[4] for row in tables["groups"]) == people["cents"].sum()


@pytest.mark.parametrize("as_of", AS_OF)
def test_pareto(found, cdnow, purchases: pd.DataFrame, as_of: date) -> None:
    spent = np.sort(until(purchases, as_of).groupby("id")["cents"].sum().to_numpy())[::-1]
    tenth = np.ceil((np.arange(len(spent)) + 1) * 10 / len(spent)).astype(int)
    rows = found("pareto", as_of)["tenths"]
    assert [(row[0], row[1], row[2]) for row in rows] == [
        (one, int((tenth == one).sum()), int(spent[tenth == one].sum())) for one in range(1, 11)
    ]
    assert rows[-1][4] == pytest.approx(1)
    key = int((spent.cumsum() * 100 < spent.sum() * 80).sum()) + 1
    result = cdnow.reports.run("pareto", as_of=as_of)
    assert f"{key:,} key customers" in result.findings.notes[0].en


@pytest.mark.parametrize("as_of", AS_OF)
def test_members(found, purchases: pd.DataFrame, as_of: date) -> None:
    known = until(purchases, as_of)
    known = known.assign(
        month=known["day"].dt.to_period("M").dt.to_timestamp(),
        first=known.groupby("id")["day"].transform("min"),
    )
    since = known[known["day"] >= pd.Timestamp(as_of) - pd.Timedelta(days=364)]
    old = since[since["first"] < since["month"]]
    rows = found("members", as_of)["members"]
    assert [(row[0], row[1], row[2], row[4], row[5], row[7]) for row in rows] == [
        (
            month.date(),
            of_month["id"].nunique(),
            old[old["month"] == month]["id"].nunique(),
            of_month["cents"].sum(),
            old[old["month"] == month]["cents"].sum(),
            0,
        )
        for month, of_month in since.groupby("month")
    ]


@pytest.mark.parametrize("as_of", AS_OF)
def test_sales(found, purchases: pd.DataFrame, as_of: date) -> None:
    known = until(purchases, as_of)
    months = known.groupby(known["day"].dt.to_period("M").dt.to_timestamp()).agg(
        orders=("cents", "size"), buyers=("id", "nunique"), cents=("cents", "sum")
    )
    rows = found("sales", as_of, start="1997-01-01")["sales"]
    assert [row[:4] for row in rows] == [
        (month.date(), row.orders, row.buyers, row.cents) for month, row in months.iterrows()
    ]
    cents = months["cents"].to_numpy()
    assert [row[6] for row in rows[1:]] == [pytest.approx(b / a - 1) for a, b in pairwise(cents)]


def test_payment_rate_on_orders_that_were_all_paid(found) -> None:
    assert {row[3] for row in found("payment")["months"]} == {1.0}


@pytest.mark.parametrize("as_of", AS_OF)
def test_lapsed(found, purchases: pd.DataFrame, as_of: date) -> None:
    people = until(purchases, as_of).groupby("id").agg(last=("day", "max"), cents=("cents", "sum"))
    days = (pd.Timestamp(as_of) - people["last"]).dt.days
    band = (days >= 90).astype(int) + (days >= 180) + (days >= 365)
    rows = found("lapsed", as_of)["bands"]
    assert [(row[0], row[2], row[4]) for row in rows] == [
        (one, int((band == one).sum()), int(people["cents"][band == one].sum()))
        for one in sorted(band.unique())
    ]
    reasons = found("lapsed", as_of)["reasons"]
    assert [(row[0], row[2]) for row in reasons] == [(5, int((band >= 1).sum()))]
