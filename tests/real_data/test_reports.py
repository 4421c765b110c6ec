"""Reports on the gift wholesaler's two years, each figure against pandas over the workbook's own rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from crmcore.shop import Shop
from tests.importing.shops import import_one
from tests.real_data.conftest import shared
from tests.real_data.test_online_retail import NO_GOODS, as_told, invoices, pence

AS_OF = date(2011, 12, 31)
YEAR = {"start": "2011-01-01", "end": "2011-12-31"}


def frames(path: Path) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Orders that count as bought, what went back, and the lines of goods."""
    _number, found = invoices(path)
    bought, back, lines = [], [], []
    for ref, rows in found.items():
        first, who = min(row[4] for row in rows), rows[0][6]
        if ref.startswith("C"):
            back.append({"day": first, "pence": -pence(rows)})
            continue
        bought.append({"ref": ref, "who": who, "day": first, "pence": pence(rows)})
        for row in rows:
            sku = str(row[1]).strip()
            if sku.upper() not in NO_GOODS:
                lines.append(
                    {
                        "ref": ref,
                        "who": who,
                        "day": first,
                        "sku": sku,
                        "quantity": row[3],
                        "pence": pence([row]),
                    }
                )
    made = (pd.DataFrame(bought), pd.DataFrame(back), pd.DataFrame(lines))
    for one in made:
        one["day"] = pd.to_datetime(one["day"]).dt.normalize()
    return made


def test_sales_people_and_products_of_two_years(
    make_shop: Callable[[str, str], Shop], tmp_path: Path
) -> None:
    path = shared("uci_online_retail_ii/online_retail_II_subset.xlsx")
    orders, back, lines = frames(path)
    with make_shop("GBP", "Europe/London") as shop:
        import_one(shop, path, mapping=as_told(tmp_path))

        def told(report: str, **typed: str) -> dict[str, list[tuple[Any, ...]]]:
            result = shop.reports.run(report, typed, as_of=AS_OF)
            return {one.name: [tuple(row) for row in one.rows] for one in result.findings.tables}

        _sales(told, orders, back)
        _people(told, orders)
        _products(told, lines)


def _sales(told: Callable[..., Any], orders: pd.DataFrame, back: pd.DataFrame) -> None:
    gone = back.groupby(back["day"].dt.to_period("M"))["pence"].sum()
    assert [row[:5] for row in told("sales", start="2009-12-01")["sales"]] == [
        (month.start_time.date(), len(of), of["who"].nunique(), of["pence"].sum(), gone.get(month, 0))
        for month, of in orders.groupby(orders["day"].dt.to_period("M"))
    ]
    assert sum(row[1] for row in told("payment", start="2009-12-01")["months"]) == len(orders)


def _people(told: Callable[..., Any], orders: pd.DataFrame) -> None:
    known = orders.dropna(subset="who")
    of_year = known[known["day"].dt.year == 2011]
    counts = of_year.groupby("who").agg(orders=("ref", "size"), pence=("pence", "sum"))
    assert told("repurchase", **YEAR)["times"] == [
        (times, len(of), pytest.approx(len(of) / len(counts)), of["orders"].sum(), of["pence"].sum())
        for times, of in counts.groupby(counts["orders"].clip(upper=3))
    ]
    ever = known.groupby("who").agg(orders=("ref", "size"), pence=("pence", "sum"), last=("day", "max"),
                                    first=("day", "min"))  # fmt: skip
    days = (pd.Timestamp(AS_OF) - ever["last"]).dt.days
    scores = {
        name: ((values.rank(method="min") - 1) * 5 // len(ever)).astype(int) + 1
        for name, values in (("r", -days), ("f", ever["orders"]))
    }
    grid = pd.DataFrame(scores).groupby(["r", "f"]).size()
    assert told("rfm")["grid"] == [
        (r, *(int(grid.get((r, f), 0)) for f in range(1, 6))) for r in range(5, 0, -1)
    ]
    months = known.assign(
        month=known["day"].dt.to_period("M"), cohort=known["who"].map(ever["first"]).dt.to_period("M")
    )
    age = (months["month"] - months["cohort"]).map(lambda one: one.n)
    people = months.assign(age=age).groupby(["cohort", "age"])["who"].nunique()
    for cohort, size, *shares in told("cohorts", cohorts="60", months="12")["cohorts"]:
        period = pd.Period(cohort, "M")
        assert size == people[period, 0]
        for month, share in enumerate(shares, 1):
            assert share is None or share == pytest.approx(people.get((period, month), 0) / size)
    spent = ever["pence"].sort_values(ascending=False)
    key = int((spent.cumsum() * 100 < spent.sum() * 80).sum()) + 1
    assert sum(row[1] for row in told("pareto")["tenths"]) == len(ever)
    assert 0 < key < len(ever)
    old = of_year[of_year["who"].map(ever["first"]) < of_year["day"].dt.to_period("M").dt.start_time]
    assert [(row[0], row[2], row[5]) for row in told("members", **YEAR)["members"]] == [
        (
            month.start_time.date(),
            (some := old[old["day"].dt.to_period("M") == month])["who"].nunique(),
            some["pence"].sum(),
        )
        for month in of_year["day"].dt.to_period("M").sort_values().unique()
    ]


def _products(told: Callable[..., Any], lines: pd.DataFrame) -> None:
    of_year = lines[lines["day"].dt.year == 2011]
    tables = told("products", limit="40", support="8", **YEAR)
    best = of_year.groupby("sku").agg(quantity=("quantity", "sum"), orders=("ref", "nunique"), who=("who", "nunique"),
                                      pence=("pence", "sum"))  # fmt: skip
    best = best.reset_index().sort_values(["pence", "sku"], ascending=[False, True]).head(40)
    assert [(row[0], *row[3:7]) for row in tables["best"]] == [*best.itertuples(index=False, name=None)]
    baskets = of_year.groupby("ref")["sku"].agg(lambda skus: sorted(set(skus)))
    alone = baskets.explode().value_counts()
    pairs = pd.Series([pair for skus in baskets for pair in combinations(skus, 2)]).value_counts()
    for a, b, count, support, confidence, lift in tables["together"]:
        assert count == pairs[(a, b)]
        assert (support, confidence) == (pytest.approx(count / len(baskets)), pytest.approx(count / alone[a]))
        assert lift == pytest.approx(count * len(baskets) / (alone[a] * alone[b]))
    lifts = {
        pair: count * len(baskets) / (alone[pair[0]] * alone[pair[1]])
        for pair, count in pairs.items()
        if count >= 8
    }
    assert min(row[5] for row in tables["together"]) == pytest.approx(
        sorted(lifts.values(), reverse=True)[:40][-1]
    )
