"""Every figure of the reports about people, on the made-up shop, against pandas over the rows of its files."""

from __future__ import annotations

from datetime import date
from statistics import median

import pandas as pd
import pytest

from tests.reports.known import (
    BOUGHT,
    FIRST,
    KNOWN,
    LINES,
    NOW,
    ORDERS,
    PEOPLE,
    TALKS,
    between,
    month,
    near,
    rounded,
    share,
)  # fmt: skip

SPAN = {"start": "2023-06-01", "end": "2024-04-30"}


@pytest.mark.parametrize("by", ["month", "quarter"])
def test_members(told, by: str) -> None:
    typed = {"by": by, **SPAN, "activity_start": "2024-02-24", "activity_end": "2024-03-08"}
    tables = told("members", **typed)

    def row(first: date, of: pd.DataFrame) -> tuple[object, ...]:
        known = of.dropna(subset="who")
        old = known[known["who"].map(FIRST) < pd.Timestamp(first)]
        people, olds, net = known["who"].nunique(), old["who"].nunique(), known["net"].sum()
        return (first, people, olds, share(olds, people), net, old["net"].sum(), share(old["net"].sum(), net),
                of["net"].sum() - net)  # fmt: skip

    of = between(BOUGHT, *SPAN.values())
    periods = of.groupby(of["paid"].dt.to_period({"month": "M", "quarter": "Q"}[by]))
    assert tables["members"] == near(row(month(period), some) for period, some in periods)
    activity = row(date(2024, 2, 24), between(BOUGHT, "2024-02-24", "2024-03-08"))
    assert tables["activity"] == near([activity[:-1]])


def test_repurchase(told) -> None:
    of = between(KNOWN, *SPAN.values())
    people = of.groupby("who").agg(orders=("net", "size"), net=("net", "sum"))
    tables = told("repurchase", **SPAN)
    assert tables["times"] == near(
        (times, len(some), len(some) / len(people), some["orders"].sum(), some["net"].sum())
        for times, some in people.groupby(people["orders"].clip(upper=3))
    )
    rates: list[float] = []
    expected = []
    for period, some in of.groupby(of["paid"].dt.to_period("M")):
        counts = some.groupby("who").size()
        rate = float((counts >= 2).mean())
        expected.append(
            (month(period), len(counts), (counts >= 2).sum(), rate, _unusual(rate, len(counts), rates))
        )
        rates.append(rate)
    assert tables["months"] == near(expected)


def _unusual(rate: float, people: int, before: list[float]) -> str:
    if len(before) < 6:
        return ""
    middle = median(before)
    spread = 1.4826 * median(abs(one - middle) for one in before)
    usual = max(middle, 1 / people)
    return "!" if abs(rate - middle) > 3 * max(spread, (usual * (1 - usual) / people) ** 0.5) else ""


def _fifth(values: pd.Series) -> pd.Series:
    return ((values.rank(method="min") - 1) * 5 // len(values)).astype(int) + 1


def test_rfm(told) -> None:
    people = KNOWN.groupby("who").agg(orders=("net", "size"), net=("net", "sum"), last=("placed", "max"))
    people["days"] = (NOW - people["last"]).dt.days
    people["r"], people["f"], people["m"] = (
        _fifth(-people["days"]),
        _fifth(people["orders"]),
        _fifth(people["net"]),
    )

    def named(one: pd.Series) -> str:
        if one["r"] >= 4:
            if one["f"] >= 4:
                return "best" if one["m"] >= 4 else "loyal"
            return "new" if one["orders"] == 1 else "promising"
        if one["r"] <= 2 and one["f"] >= 4:
            return "slipping"
        return "cooling" if one["r"] == 3 else "asleep"

    tables = told("rfm")
    grid = people.groupby(["r", "f"]).size()
    assert tables["grid"] == [(r, *(int(grid.get((r, f), 0)) for f in range(1, 6))) for r in range(5, 0, -1)]
    found = [
        (name, len(of), len(of) / len(people), of["net"].sum(), of["net"].sum() / people["net"].sum(),
         rounded(of["days"].mean()), float(of["orders"].mean()))
        for name, of in people.groupby(people.apply(named, axis=1))
    ]  # fmt: skip
    found.sort(key=lambda row: (-row[3], row[0]))
    assert [(row[0], *row[2:]) for row in tables["groups"]] == near(found)


def test_pareto(told) -> None:
    spent = KNOWN.groupby("who")["net"].sum().sort_values(ascending=False).to_numpy()
    tenth = [-(-(place + 1) * 10 // len(spent)) for place in range(len(spent))]
    rows = []
    for one in range(1, 11):
        of = [int(net) for net, its in zip(spent, tenth, strict=True) if its == one]
        so_far = sum(int(net) for net, its in zip(spent, tenth, strict=True) if its <= one)
        rows.append((one, len(of), sum(of), sum(of) / spent.sum(), so_far / spent.sum(), min(of)))
    assert told("pareto")["tenths"] == near(rows)


def test_lapsed_with_what_had_happened_before(told) -> None:
    people = KNOWN.groupby("who").agg(last=("placed", "max"), net=("net", "sum"))
    people["days"] = (NOW - people["last"]).dt.days
    people["band"] = sum((people["days"] >= edge).astype(int) for edge in (60, 120, 240))
    tables = told("lapsed", bands="[60, 120, 240]")
    labels = ("0-59", "60-119", "120-239", "240+")
    assert tables["bands"] == near(
        (band, labels[band], len(of), len(of) / len(people), of["net"].sum(), rounded(of["days"].mean()))
        for band, of in people.groupby("band")
    )
    back = ORDERS[ORDERS["paid"].notna() & (ORDERS["net"] == 0)]
    happened = pd.concat([
        TALKS[TALKS["kind"] == "complaint"].assign(who=lambda one: one["buyer_ref"], rank=1),
        back.assign(day=back["paid"], rank=2),
        TALKS[(TALKS["kind"] == "review") & (TALKS["rating"] == -1)].assign(
            who=lambda one: one["buyer_ref"], rank=3),
        ORDERS[ORDERS["paid"].isna()].assign(day=lambda one: one["placed"], rank=4),
    ])[["who", "day", "rank"]]  # fmt: skip
    happened = happened[happened["day"] >= happened["who"].map(people["last"]) - pd.Timedelta(days=30)]
    away = people[people["band"] >= 1]
    reason = happened.groupby("who")["rank"].min().reindex(away.index).fillna(5).astype(int)
    assert [(row[0], *row[2:]) for row in tables["reasons"]] == [
        (rank, len(of), of["net"].sum()) for rank, of in away.groupby(reason)
    ]


def test_grades(told) -> None:
    people = KNOWN.groupby("who").agg(orders=("net", "size"), net=("net", "sum"), last=("placed", "max"))
    people["days"] = (NOW - people["last"]).dt.days
    edges = {"grades": (1, 2, 4, 8, 16), "tiers": (0, 10_000, 30_000, 100_000, 300_000, 1_000_000)}
    tables = told("grades")
    for name, column in (("grades", "orders"), ("tiers", "net")):
        of_edge = sum((people[column] >= edge).astype(int) for edge in edges[name])
        expected = [
            (one, edges[name][one - 1], len(of), len(of) / len(people), of["orders"].sum(), of["net"].sum(),
             of["net"].sum() / people["net"].sum(), rounded(of["net"].sum() / of["orders"].sum()),
             rounded(of["days"].mean()))
            for one, of in people.groupby(of_edge)
        ]  # fmt: skip
        shown = [(row[0], *row[2:]) if name == "grades" else row for row in tables[name]]
        assert shown == near(expected), name


def test_loyalty_to_kinds_of_goods(told) -> None:
    tables = told("loyalty")
    days = LINES[(LINES["category"] != "") & LINES["who"].notna()][
        ["category", "who", "paid"]
    ].drop_duplicates()
    expected = []
    for category, of in days.groupby("category"):
        year = of[of["paid"] > NOW - pd.Timedelta(days=365)].groupby("who").size()
        span = of.groupby("who")["paid"].agg(lambda one: (one.max() - one.min()).days)[year.index]
        again = int((year >= 2).sum())
        expected.append((category, len(year), again, again / len(year), float(year.mean()),
                         float(span[year >= 2].median())))  # fmt: skip
    expected.sort(key=lambda row: (-row[3], -row[1], row[0]))
    assert tables["categories"] == near(expected)
    assert [row[4] for row in tables["months"]] == [
        None if not row[2] else pytest.approx(row[3] / row[2]) for row in tables["months"]
    ]


def _age(born: str) -> str:
    """In tens, by whole years lived on the day of the shop."""
    if not born[0].isdigit():
        return ""
    year, month_, day = map(int, born.split("-"))
    years = NOW.year - year - ((NOW.month, NOW.day) < (month_, day))
    return f"{years // 10 * 10}-{years // 10 * 10 + 9}"


KINDS = {
    "gender": PEOPLE["gender"].map({"女": "女 / women", "男": "男 / men", "": ""}),
    "age": PEOPLE["birthday"].map(lambda born: _age(born) if born else ""),
    "birth_month": PEOPLE["birthday"].map(lambda born: born[-5:-3]),
    "occupation": PEOPLE["extra.occupation"],
}


@pytest.mark.parametrize("by", [*KINDS])
def test_profile(told, by: str) -> None:
    kind = KINDS[by].replace("", "-")
    bought = KNOWN.groupby("who").agg(orders=("net", "size"), net=("net", "sum")).reindex(PEOPLE.index)
    expected = []
    for name, of in bought.groupby(kind):
        buyers, again = int(of["orders"].count()), int((of["orders"] >= 2).sum())
        net, orders = int(of["net"].sum()), of["orders"].sum()
        expected.append((name, len(of), len(of) / len(PEOPLE), buyers, again, share(again, buyers), net,
                         rounded(net / orders) if orders else None))  # fmt: skip
    expected.sort(key=lambda row: (-row[1], row[0]))
    assert told("profile", by=by)["profile"] == near(expected)
