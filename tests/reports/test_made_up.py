"""The reports of trade on the made-up shop: each figure against pandas over the rows of the same files."""

from __future__ import annotations

from datetime import date, timedelta
from statistics import fmean, pstdev

import pandas as pd
import pytest

from tests.reports import made_up
from tests.reports.made_up import TODAY

ORDERS, LINES = made_up.frame(), made_up.line_frame()
BOUGHT = ORDERS[ORDERS["bought"]]
FIRST = BOUGHT.groupby("who")["paid"].min()
SPAN = {"start": "2024-02-01", "end": "2024-03-31"}


def between(frame: pd.DataFrame, first: date | str, last: date | str, by: str = "paid") -> pd.DataFrame:
    return frame[frame[by].between(pd.Timestamp(first), pd.Timestamp(last))]


def close(values: list[object]) -> list[object]:
    return [pytest.approx(one, rel=1e-9) if isinstance(one, float) else one for one in values]


def test_there_is_something_to_tell_wrong() -> None:
    assert (BOUGHT["paid"] == pd.Timestamp(2024, 2, 29)).any()
    assert (BOUGHT["placed"] != BOUGHT["paid"]).sum() > 10  # paid after midnight
    assert BOUGHT["who"].isna().any()
    assert (ORDERS["net"] == 0).any()
    assert (BOUGHT["refunded"] > 0).any()


def test_sales_with_refunds_currencies_and_days(told) -> None:
    rows = told("sales", by="month", start="2023-03-01")["sales"]
    by_month = BOUGHT.groupby(BOUGHT["paid"].dt.to_period("M"))
    back = ORDERS[ORDERS["refunded"] > 0].groupby(ORDERS["paid"].dt.to_period("M"))["refunded"].sum()
    assert [row[:5] for row in rows] == [
        (month.start_time.date(), len(of), of["who"].nunique(), of["ordered"].sum(), back.get(month, 0))
        for month, of in by_month
    ]
    days = told("sales", by="day", start="2024-02-27", end="2024-03-02")["sales"]
    assert [row[0] for row in days] == [date(2024, 2, 27) + timedelta(days=one) for one in range(5)]
    leap = BOUGHT[BOUGHT["paid"] == pd.Timestamp(2024, 2, 29)]
    assert days[2][1:4] == (len(leap), leap["who"].nunique(), leap["ordered"].sum())


@pytest.mark.parametrize("tag", ["", "juhuasuan"])
def test_promotion(told, tag: str) -> None:
    first, last = pd.Timestamp(2024, 2, 24), pd.Timestamp(2024, 3, 8)
    size, year = pd.Timedelta(days=14), pd.Timedelta(days=364)
    phases = {"before": (first - size, first - pd.Timedelta(days=1)), "during": (first, last),
              "after": (last + pd.Timedelta(days=1), last + size), "last year": (first - year, last - year)}  # fmt: skip
    rows = told("promotion", start="2024-02-24", end="2024-03-08", tag=tag)["phases"]
    shown = {row[0].partition(" / ")[2]: row[1:] for row in rows}
    for name, (low, high) in phases.items():
        of = between(BOUGHT, low, high)
        if tag and name == "during":
            of = of[of["source_tag"] == tag]
        who = of["who"].dropna().unique()
        new = sum(FIRST[one] >= low for one in who)
        assert shown[name] == (
            low.date(), high.date(), 14, len(of), len(who), new, len(who) - new, of["net"].sum(),
            of["refunded"].sum(), round(of["net"].sum() / 14),
            round(of["net"].sum() / len(of)) if len(of) else None,
        )  # fmt: skip


def test_promotion_by_tag_with_what_was_spent(told) -> None:
    span = {"start": "2024-04-01", "end": "2024-05-10"}
    of = between(BOUGHT, *span.values())
    spent = between(_traffic(), *span.values(), by="day").groupby("site")["spent"].sum()
    expected = []
    for tag, some in of.groupby(of["source_tag"].replace("", "-")):
        who = some["who"].dropna().unique()
        new = sum(FIRST[one] >= pd.Timestamp(span["start"]) for one in who)
        cost = spent.get(tag)
        money = some["net"].sum()
        expected.append((tag, len(some), len(who), new, money, money / of["net"].sum(), cost,
                         None if cost is None else money / cost))  # fmt: skip
    expected.sort(key=lambda row: (-row[4], row[0]))
    assert [close([*row]) for row in told("promotion", **span)["tags"]] == [[*row] for row in expected]


def _traffic() -> pd.DataFrame:
    found = pd.DataFrame(made_up.traffic())
    found["day"] = pd.to_datetime(found["day"])
    found["site"] = found["site"].fillna("")
    found["spent"] = (found["spent"].astype(float) * 100).round()
    return found


def test_traffic(told) -> None:
    told_rows = told("traffic", by="week", start="2024-04-01")
    looked = between(_traffic(), "2024-04-01", TODAY, by="day")
    shop = looked[looked["site"] == ""].set_index("day")
    spent = looked.groupby("day")["spent"].sum()
    sold = between(BOUGHT, "2024-04-01", TODAY)
    buyers = sold.assign(one=sold["who"].fillna(sold["order_ref"])).groupby("paid")["one"].nunique()
    counts = sold.groupby("paid").size()
    expected = []
    for week, of in shop.groupby(shop.index.to_period("W")):
        visitors, views = int(of["visitors"].sum()), int(of["views"].sum())
        bought = int(buyers.reindex(of.index).fillna(0).sum())
        number = int(counts.reindex(of.index).fillna(0).sum())
        cost = int(spent.reindex(of.index).sum())
        expected.append([week.start_time.date(), visitors, views, views / visitors, number, bought,
                         bought / visitors, cost, len(of)])  # fmt: skip
    assert [close([*row]) for row in told_rows["traffic"]] == expected
    for site, *rest in told_rows["sites"]:
        of = looked[looked["site"] == site]
        visitors, orders = of["visitors"].sum(), sold[sold["source_tag"] == site]
        assert rest == close([
            int(of["shown"].sum()), of["clicks"].sum() / of["shown"].sum(), int(visitors),
            of["views"].sum() / visitors, of["left_at_once"].sum() / visitors,
            of["saw_5_pages"].sum() / visitors, of["saw_10_pages"].sum() / visitors, len(orders),
            len(orders) / visitors, int(of["spent"].sum()), int(orders["net"].sum()),
            orders["net"].sum() / of["spent"].sum(),
        ])  # fmt: skip
    assert {row[:3] for row in told_rows["creatives"]} == {
        (site, creative, "top") for site in ("ad_x", "juhuasuan") for creative in ("red", "blue")
    }


def test_margin_by_the_cost_of_the_day(told) -> None:
    of = between(LINES, "2023-06-01", TODAY)
    plain = {row["sku"]: round(float(row["cost"]) * 100) for row in made_up.COSTS if not row["day"]}
    dear = (of["sku"] == "S1") & (of["paid"] >= pd.Timestamp(2024, 3, 1))
    cost = (of["sku"].map(plain).where(~dear, 1950) * of["quantity"]).groupby(of["sku"]).sum(min_count=1)
    kept = of.groupby("sku")["kept"].sum()
    rows = {row[0]: row[1:] for row in told("margin", start="2023-06-01")["margin"]}
    assert set(rows) == {*plain, ""}
    for sku in plain:
        profit = round(kept[sku]) - int(cost[sku])
        quantity = of[of["sku"] == sku]["quantity"].sum()
        assert rows[sku][1:7] == (quantity, round(kept[sku]), int(cost[sku]), profit,
                                  pytest.approx(profit / round(kept[sku])), round(profit / quantity))  # fmt: skip
    # advertising is shared out by money; S8's share is not among these
    spent = round(_traffic()["spent"].sum())
    assert rows[""][7] == pytest.approx(
        rows[""][4] - spent * rows[""][2] / sum(round(one) for one in kept), abs=1
    )
    assert [row[0] for row in told("margin", start="2023-06-01")["unknown"]] == ["S8"]


def test_regions(told) -> None:
    of = between(BOUGHT, *SPAN.values())
    earlier = between(BOUGHT, pd.Timestamp(SPAN["start"]) - pd.Timedelta(days=364),
                      pd.Timestamp(SPAN["end"]) - pd.Timedelta(days=364)).groupby("province")["net"].sum()  # fmt: skip
    expected = []
    for region, some in of.groupby("province"):
        who = some["who"].dropna().unique()
        new = sum(FIRST[one] >= pd.Timestamp(SPAN["start"]) for one in who)
        was = earlier.get(region)
        expected.append([region or "-", len(who), new, len(some), some["net"].sum(),
                         some["net"].sum() / of["net"].sum(), some["net"].sum() / was - 1 if was else None])  # fmt: skip
    expected.sort(key=lambda row: (-row[4], row[0]))
    rows = told("regions", **SPAN)["regions"]
    assert [close([row[0], *row[2:7], row[8]]) for row in rows] == expected
    so_far = 0.0
    for row in rows:
        assert row[1] == ("A" if so_far < 0.5 else "B" if so_far < 0.8 else "C")
        so_far += row[6]
        assert row[7] == pytest.approx(so_far)


@pytest.mark.parametrize("category", ["", "裙"])
def test_loyalty(told, category: str) -> None:
    source = LINES[LINES["category"] == category] if category else BOUGHT
    days = source[["who", "paid"]].dropna().drop_duplicates()
    today = pd.Timestamp(TODAY)
    year = days[days["paid"] > today - pd.Timedelta(days=365)].groupby("who").size()
    ever = days.groupby("who")["paid"].agg(["min", "max", "size"]).loc[year.index]
    span = (ever["max"] - ever["min"]).dt.days[year >= 2]
    rates, months = [], []
    for month in pd.period_range("2023-05", "2024-04", freq="M"):
        now = set(days[days["paid"].dt.to_period("M") == month]["who"])
        before = set(days[days["paid"].dt.to_period("M").between(month - 3, month - 1)]["who"])
        months.append((month.start_time.date(), len(now), len(before), len(now & before)))
        if before:
            rates.append(len(now & before) / len(before))
    tables = told("loyalty", category=category)
    assert tables["loyalty"] == [(
        len(year), (year >= 2).sum(), pytest.approx((year >= 2).mean()), pytest.approx(year.mean()),
        span.median(), (ever["size"] > year).sum(), pytest.approx(pstdev(rates) / fmean(rates)),
    )]  # fmt: skip
    assert [row[:4] for row in tables["months"]] == months


def test_funnel(told) -> None:
    of = between(ORDERS, *SPAN.values(), by="placed")
    sent = of[of["paid"].notna() & of["status"].isin(["sent", "done"])]
    kept = sent[sent["bought"]]
    rows = {row[0]: row for row in told("funnel", **SPAN)["funnel"]}
    assert {step: (row[2], row[5]) for step, row in rows.items() if step > 1} == {
        2: (len(of), of["ordered"].sum()),
        3: (of["paid"].notna().sum(), of["ordered"][of["paid"].notna()].sum()),
        4: (len(sent), sent["ordered"].sum()),
        5: (len(kept), kept["net"].sum()),
    }
    first = of[of["bought"]].groupby("who")["paid"].min()
    over = first[first <= pd.Timestamp(TODAY) - pd.Timedelta(days=30)]
    again = sum(
        ((BOUGHT["who"] == who) & (BOUGHT["paid"] > day) & (BOUGHT["paid"] <= day + pd.Timedelta(days=30))).any()
        for who, day in over.items()
    )  # fmt: skip
    assert told("funnel", days="30", **SPAN)["again"] == [
        (len(over), again, pytest.approx(again / len(over)))
    ]


def test_before_and_after_a_date_without_days_off(told) -> None:
    off = ["2024-03-05", "2024-04-10"]
    tables = told("comparison", on="2024-04-01", days="30", days_off=str(off).replace("'", '"'))
    shown = {row[0].partition(" / ")[2]: row[1:3] for name in tables for row in tables[name]}
    for place, (low, high) in enumerate((("2024-03-02", "2024-03-31"), ("2024-04-01", "2024-04-30"))):
        of = between(BOUGHT, low, high)
        of = of[~of["paid"].isin(pd.to_datetime(off))]
        placed = between(ORDERS, low, high, by="placed")
        placed = placed[~placed["placed"].isin(pd.to_datetime(off))]
        who = of.groupby("who").size()
        new = sum(FIRST[one] >= pd.Timestamp(low) for one in who.index)
        assert {name: pair[place] for name, pair in shown.items() if "visitors" not in name} == {
            "orders": pytest.approx(len(of) / 29), "buyers": pytest.approx(len(who) / 29),
            "new buyers": pytest.approx(new / 29), "days open": 29, "net a day": round(of["net"].sum() / 29),
            "AOV": round(of["net"].sum() / len(of)),
            "payment rate": pytest.approx(placed["paid"].notna().mean()),
            "conversion": shown["conversion"][place],
            "second-purchase rate": pytest.approx((who >= 2).mean()),
            "share of old buyers": pytest.approx(1 - new / len(who)),
        }  # fmt: skip
    shop = _traffic()[lambda one: one["site"] == ""]
    looked = between(shop, "2024-04-01", "2024-04-30", by="day")
    assert shown["visitors"][1] == pytest.approx(
        looked[~looked["day"].isin(pd.to_datetime(off))]["visitors"].mean()
    )


def test_profile(told) -> None:
    rows = {row[0]: row[1:] for row in told("profile", by="weekday")["profile"]}
    known = BOUGHT.dropna(subset="who")
    counts = known.groupby("who").size()
    for day, of in known.groupby(known["paid"].dt.isocalendar().day):
        who = of["who"].unique()
        again = (counts[who] >= 2).sum()
        assert rows[str(day)] == (
            len(who), pytest.approx(len(who) / len(counts)), len(who), again,
            pytest.approx(again / len(who)), of["net"].sum(), round(of["net"].mean()),
        )  # fmt: skip


def test_new_buyers_by_kind_and_month(told) -> None:
    today = pd.Timestamp(TODAY)
    known = BOUGHT.dropna(subset="who").sort_values("paid", kind="stable")
    people = pd.DataFrame({"first": FIRST})
    soon = known[known["paid"] <= known["who"].map(FIRST) + pd.Timedelta(days=90)]
    people["orders"], people["net"] = soon.groupby("who").size(), soon.groupby("who")["net"].sum()
    tables = told("prospects", months="2")
    months = people.groupby(people["first"].dt.to_period("M")).size()
    months = months.reindex(pd.period_range("2023-03", "2024-04", freq="M"), fill_value=0)
    assert tables["known"] == [(month.start_time.date(), count) for month, count in months.items()]
    old = people[(people["first"] <= today - pd.Timedelta(days=90))
                 & (people["first"] > today - pd.Timedelta(days=455))]  # fmt: skip
    [(kind, lately, before, _trend, base, again, value)] = tables["kinds"]
    assert (kind, lately) == ("corner", (people["first"] > today - pd.Timedelta(days=90)).sum())
    assert (
        before == people["first"].between(today - pd.Timedelta(days=179), today - pd.Timedelta(days=90)).sum()
    )
    assert (base, again) == (len(old), pytest.approx((old["orders"] >= 2).mean()))
    assert value == round(old["net"].mean())
    assert len(tables["ahead"]) == 2
    assert all(low <= middle <= high for _month, low, middle, high in tables["ahead"])


def test_market(told) -> None:
    of = pd.DataFrame(made_up.MARKET)
    tables = told("market")
    assert [row[:3] for row in tables["months"]] == [
        (date.fromisoformat(day), some["searches"].sum(), some["deals"].sum())
        for day, some in of.groupby("day")
    ]
    for word, rank, searches, deals, rate, trend in tables["words"]:
        some = of[of["keyword"] == word].groupby("day")[["searches", "deals"]].sum()
        assert (rank, searches, deals) == (
            1 if word == "连衣裙" else 2,
            some["searches"].sum(),
            some["deals"].sum(),
        )
        assert rate == pytest.approx(deals / searches)
        late = some["searches"]["2024-03":].sum()
        assert trend == pytest.approx(late / some["searches"][:"2024-02-28"].sum() - 1)
    assert {row[0]: row[2] for row in tables["grades"]} == of.groupby("grade")["deals"].sum().to_dict()
