"""The monthly summary on two pages: the month's figures beside last month's and last year's, then the rest.

Serves S169 to S171 and S222 to S223. Whole months; without a month the newest one that is over. Members are
customers who are known; an old one bought before the month began. What stands below the figures comes from
the other reports of the shop, asked for the same month.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Annotated, Any

from crmcore import (
    Column,
    Findings,
    Note,
    Part,
    Report,
    ReportData,
    Table,
    Title,
    change,
    compared,
    hookimpl,
    percent,
)

about = {"zh": "两页月报：当月数据与上月、去年同月对比，然后是其他各项。"}


@dataclass(frozen=True)
class Asked:
    """Which month."""

    month: Annotated[
        date | None,
        Title("月份", "Month"),
        {
            "zh": "那个月里的任意一天；不填则为最近结束的月份",
            "en": "a day of the month; without it the newest month that is over",
        },
    ] = None


_MONTH = """
WITH sold AS (SELECT * FROM purchases WHERE paid_on BETWEEN $first AND $last),
people AS (SELECT customer_id, count(*) AS orders, min(first_on) AS since, sum(net) AS net FROM sold
    WHERE customer_id IS NOT NULL GROUP BY 1)
SELECT (SELECT count(*) FROM sold), (SELECT count(*) FROM people),
    (SELECT count(*) FROM people WHERE since >= $first), (SELECT count(*) FROM people WHERE orders >= 2),
    (SELECT CAST(coalesce(sum(net), 0) AS BIGINT) FROM sold),
    (SELECT CAST(coalesce(sum(net), 0) AS BIGINT) FROM people WHERE since < $first),
    (SELECT CAST(coalesce(sum(net), 0) AS BIGINT) FROM people),
    (SELECT CAST(coalesce(sum(amount), 0) AS BIGINT) FROM refunds WHERE on_day BETWEEN $first AND $last)
"""
_PLACED = "SELECT count(*), count(paid_on) FROM orders WHERE placed_on BETWEEN $first AND $last"
_SAID = """
SELECT count(*) FILTER (kind = 'complaint'), count(*) FILTER (kind = 'inquiry'),
    count(*) FILTER (kind = 'review'), count(*) FILTER (kind = 'review' AND rating < 0)
FROM interactions WHERE on_day BETWEEN $first AND $last
"""
_LOOKED = """
WITH told AS (SELECT * FROM traffic_days WHERE on_day BETWEEN $first AND $last)
SELECT CAST(sum(visitors) AS BIGINT), CAST(sum(spent) AS BIGINT), (SELECT count(*) FROM (
    SELECT DISTINCT paid_on, coalesce(customer_id, -id) FROM orders JOIN told ON on_day = paid_on WHERE bought
)) FROM told
"""
# Behind a figure stand the buyers of the month, or those whom it counts.
_BEHIND = """
SELECT customer_id FROM purchases
WHERE paid_on BETWEEN $first AND $last AND NOT $figure IN ($complained, $asked)
    AND (first_on >= $first OR $figure <> $new) AND (first_on < $first OR $figure <> $old)
UNION ALL SELECT customer_id FROM interactions WHERE on_day BETWEEN $first AND $last
    AND ($figure = $complained AND kind = 'complaint' OR $figure = $asked AND kind = 'inquiry')
"""
_COUNTS = {
    "orders": "订单 / orders", "buyers": "买家 / buyers", "new": "新客 / new buyers",
    "old": "老客 / old buyers", "visitors": "访客 / visitors", "inquiries": "咨询 / inquiries",
    "complaints": "投诉 / complaints",
}  # fmt: skip
_MONEY = {
    "net": "实收 / net", "refunded": "退款 / refunded", "average_order_value": "客单价 / AOV",
    "of_old": "老客成交 / of old buyers", "spent": "推广花费 / advertising",
}  # fmt: skip
_RATES = {
    "payment_rate": "付款率 / payment rate", "conversion": "转化率 / conversion",
    "second": "二次购买率 / second-purchase rate", "old_share": "老客占比 / share of old buyers",
    "old_turnover": "老客成交占比 / their share of turnover", "bad_reviews": "差评率 / bad reviews",
}  # fmt: skip


def summary(data: ReportData, asked: Asked) -> Findings:
    """Three tables of figures, and the parts."""
    first = (asked.month or _last_month(data.today)).replace(day=1)
    last, told = _end(first), f"{first:%Y-%m}"
    months = [_figures(data, one) for one in (first, _last_month(first), first.replace(year=first.year - 1))]
    tables = [
        _table("counts", "int", f"{told} 数量", f"{told}: how many", _COUNTS, months),
        _table("money", "money", f"{told} 金额", f"{told}: money", _MONEY, months),
        _table("rates", "percent", f"{told} 比率", f"{told}: rates", _RATES, months),
    ]
    names = {"new": "new", "old": "old", "complained": "complaints", "asked": "inquiries"}
    values = {"first": first, "last": last, **{ours: _COUNTS[one] for ours, one in names.items()}}
    tables = [replace(one, drill=_BEHIND, values=values) for one in tables]
    return Findings(tables, [], _notes(first, last, data.today, *months), _parts(first, last))


def _parts(first: date, last: date) -> list[Part]:
    span = {"start": first, "end": last}
    year = {"start": date(first.year - 1 + first.month // 12, first.month % 12 + 1, 1), "end": last}
    return [
        Part("sales", {"by": "month", **year}, ("sales",), 12, notes=False),
        Part("repurchase", year, ("times",)),
        Part("rfm", {}, ("groups",), 7, notes=False),
        Part("products", {**span, "limit": 5}, ("best", "slow"), 5, notes=False),
        Part("margin", {**span, "limit": 5}, ("margin",), 6),
        Part("regions", span, ("regions",), 5, notes=False),
        Part("promotion", span, ("tags",), 5, notes=False),
        Part("traffic", {"by": "week", **span}, ("sites",), 5),
        Part("staff", span, ("staff",), 6, notes=False),
        Part("lapsed", {}, ("bands",), 4),
        Part("forecast", {"months": 1}, ("ahead",), 1, notes=False),
    ]


def _last_month(day: date) -> date:
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def _end(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _figures(data: ReportData, first: date) -> dict[str, Any]:
    span = {"first": first, "last": _end(first)}
    [(orders, buyers, new, twice, net, of_old, known, refunded)] = data.query(_MONTH, **span)
    [(placed, paid)] = data.query(_PLACED, **span)
    [(complaints, inquiries, reviews, bad)] = data.query(_SAID, **span)
    [(visitors, spent, looked)] = data.query(_LOOKED, **span)
    counts = {"orders": orders, "buyers": buyers, "new": new, "old": buyers - new, "visitors": visitors,
              "inquiries": inquiries, "complaints": complaints}  # fmt: skip
    money = {"net": net, "refunded": refunded, "of_old": of_old, "spent": spent,
             "average_order_value": round(net / orders) if orders else None}  # fmt: skip
    rates = {
        "payment_rate": paid / placed if placed else None,
        "conversion": looked / visitors if visitors else None,
        "second": twice / buyers if buyers else None,
        "old_share": (buyers - new) / buyers if buyers else None,
        "old_turnover": of_old / known if known else None,
        "bad_reviews": bad / reviews if reviews else None,
    }
    return {**counts, **money, **rates}


def _table(
    name: str, kind: Any, zh: str, en: str, titles: dict[str, str], months: list[dict[str, Any]]
) -> Table:
    columns = [
        Column("figure", "label", zh="项", en="Figure"),
        Column("month", kind, zh="本月", en="Month"),
        Column("last_month", kind, zh="上月", en="Last month"),
        Column("on_last", "percent", zh="环比", en="On last month"),
        Column("last_year", kind, zh="去年同月", en="Last year"),
        Column("on_year", "percent", zh="同比", en="On last year"),
    ]
    return Table(name, columns, compared(titles, *months), zh=zh, en=en)


def _notes(
    first: date, last: date, today: date, now: dict[str, Any], before: dict[str, Any], year: dict[str, Any]
) -> list[Note]:
    told = f"{first:%Y-%m}"
    if not now["orders"]:
        return [Note(f"{told} 没有成交。", f"Nothing was bought in {told}.", "warn")]
    notes = []
    if last > today:
        notes.append(Note(f"{told} 还没过完。", f"{told} is not over yet.", "warn"))
    for zh, en, other in (("上月", "last month", before), ("去年同月", "the same month of last year", year)):
        more = change(now["net"], other["net"])
        if more is not None:
            text = percent(more, signed=True)
            level: Any = "good" if more >= 0 else "warn"
            notes.append(Note(f"实收比{zh} {text}。", f"Net is {text} on {en}.", level))
    worse = [
        (zh, en) for name, zh, en, bad in _WATCHED
        if (more := change(now[name], before[name])) is not None and more * bad > 0.1
    ]  # fmt: skip
    if worse:
        zh, en = "、".join(one[0] for one in worse), ", ".join(one[1] for one in worse)
        notes.append(
            Note(f"比上月差一成以上：{zh}。", f"Worse than last month by a tenth or more: {en}.", "warn")
        )
    return notes


# Figures to look at, and which way is bad.
_WATCHED = (
    ("payment_rate", "付款率", "payment rate", -1),
    ("conversion", "转化率", "conversion", -1),
    ("second", "二次购买率", "second-purchase rate", -1),
    ("old_turnover", "老客成交占比", "old buyers' turnover", -1),
    ("new", "新客", "new buyers", -1),
    ("refunded", "退款", "refunds", 1),
    ("complaints", "投诉", "complaints", 1),
    ("bad_reviews", "差评率", "bad reviews", 1),
)


@hookimpl
def crm_reports() -> list[Report]:
    """The report `summary`."""
    about = {"zh": "这个月做得怎么样？两页纸说完。", "en": "How was the month? On two pages."}
    needs = ("orders", "lines", "refunds", "customers", "interactions", "traffic", "products", "market")
    titles = {"zh": "月度总结", "en": "Monthly summary"}
    return [Report("summary", summary, **titles, needs=needs, parameters=Asked, about=about, pages=2)]
