"""Persistency: how loyal buyers are (degree), for how long (durability), how it moves (fluctuation).

Serves S183 and S230. Buying is a day with a bought order. Of those who bought in the year that ends with the
day: degree is the share who bought on two days or more; durability the median days from the first to the
newest buying of those, ever. Month by month, kept is the share of the buyers of the three months before who
bought again in it; fluctuation is the coefficient of variation of that share (standard deviation by mean)
over whole months. By category the same counts buying of that category alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from statistics import fmean, pstdev
from typing import Annotated, Any

from crmcore import (
    Chart,
    Column,
    Findings,
    Note,
    Report,
    ReportData,
    Table,
    Title,
    hookimpl,
    in_words,
    percent,
)

about = {"zh": "客户忠诚：忠诚到什么程度、持续多久、怎样波动。"}

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Asked:
    """How far back, and which goods."""

    months: Annotated[int, Title("月数", "Months"), {"zh": "看多少个整月", "en": "so many whole months"}] = 12
    category: Annotated[
        str, Title("类目", "Category"), {"zh": "只看这个类目的购买", "en": "only buying of this category"}
    ] = ""

    def __post_init__(self) -> None:
        if not 2 <= self.months <= 60:
            raise ValueError(in_words({"zh": "months 为 2 到 60", "en": "months are 2 to 60"}))


_DAYS = """
WITH days AS (
    SELECT DISTINCT customer_id, paid_on AS day FROM orders
    WHERE bought AND customer_id IS NOT NULL AND $category = ''
    UNION SELECT DISTINCT customer_id, on_day FROM lines
    WHERE customer_id IS NOT NULL AND category = $category
)
"""
_YEAR = (
    _DAYS
    + """
, people AS (
    SELECT customer_id, count(*) FILTER (day > $today - 365) AS times,
        count(*) AS ever, max(day) - min(day) AS span FROM days GROUP BY 1
)
SELECT count(*), count(*) FILTER (times >= 2), avg(times), median(span) FILTER (times >= 2),
    count(*) FILTER (ever > times) FROM people WHERE times > 0
"""
)
_AGAIN = _DAYS + "SELECT customer_id FROM days WHERE day > $today - 365 GROUP BY 1 HAVING count(*) >= 2"
_MONTHS = (
    _DAYS
    + """
, months AS (
    SELECT CAST(unnest(generate_series(date_trunc('month', CAST($today AS DATE) + 1)
        - to_months(CAST($months AS INTEGER)),
        date_trunc('month', CAST($today AS DATE) + 1) - INTERVAL 1 DAY, INTERVAL 1 MONTH)) AS DATE) AS month
), before AS (
    SELECT DISTINCT month, customer_id FROM months JOIN days
    ON day < month AND day >= month - INTERVAL 3 MONTH
), within AS (
    SELECT DISTINCT month, customer_id FROM months JOIN days
    ON day >= month AND day < month + INTERVAL 1 MONTH
)
SELECT month, (SELECT count(*) FROM within w WHERE w.month = m.month),
    (SELECT count(*) FROM before b WHERE b.month = m.month),
    (SELECT count(*) FROM before b JOIN within w USING (month, customer_id) WHERE b.month = m.month)
FROM months m ORDER BY month
"""
)
_KEPT = (
    _DAYS
    + """
SELECT DISTINCT customer_id FROM days WHERE day < $month AND day >= $month - INTERVAL 3 MONTH
    AND customer_id IN (SELECT customer_id FROM days WHERE day >= $month AND day < $month + INTERVAL 1 MONTH)
"""
)
_CATEGORIES = """
WITH days AS (
    SELECT DISTINCT category, customer_id, on_day AS day FROM lines
    WHERE category IS NOT NULL AND customer_id IS NOT NULL
), people AS (
    SELECT category, customer_id, count(*) FILTER (day > $today - 365) AS times, max(day) - min(day) AS span
    FROM days GROUP BY 1, 2
)
SELECT category, count(*), count(*) FILTER (times >= 2), count(*) FILTER (times >= 2) / count(*), avg(times),
    CAST(median(span) FILTER (times >= 2) AS DOUBLE)
FROM people WHERE times > 0 GROUP BY 1 ORDER BY 4 DESC, 2 DESC, 1 LIMIT 30
"""
_OF_CATEGORY = """
SELECT customer_id FROM (SELECT DISTINCT customer_id, on_day FROM lines WHERE category = $category)
WHERE on_day > $today - 365 GROUP BY 1 HAVING count(*) >= 2
"""


def loyalty(data: ReportData, asked: Asked) -> Findings:
    """The three figures, the months, the categories."""
    values = {"today": data.today, "category": asked.category}
    [(buyers, again, times, span, older)] = data.query(_YEAR, **values)
    months = [
        (month, people, base, kept, kept / base if base else None)
        for month, people, base, kept in data.query(_MONTHS, months=asked.months, **values)
    ]
    rates = [row[4] for row in months if row[4] is not None]
    swing = pstdev(rates) / fmean(rates) if len(rates) > 1 and fmean(rates) else None
    figures = Table(
        "loyalty",
        [
            Column("buyers", "int", zh="一年内的买家", en="Buyers of a year"),
            Column("again", "int", zh="买过 2 天以上", en="On two days or more"),
            Column("degree", "percent", zh="忠诚程度", en="Degree"),
            Column("times", "number", zh="人均购买天数", en="Days each"),
            Column("durability", "number", zh="持续天数（中位）", en="Durability (median days)"),
            Column("older", "int", zh="一年前就买过", en="Bought before that year, too"),
            Column("fluctuation", "percent", zh="波动", en="Fluctuation"),
        ],
        [(buyers, again, again / buyers, times, span, older, swing)] if buyers else [],
        zh="忠诚度",
        en="Persistency",
        drill=_AGAIN,
        values=values,
    )
    by_month = Table(
        "months",
        [
            Column("month", "day", zh="月份", en="Month"),
            Column("buyers", "int", zh="买家", en="Buyers"),
            Column("base", "int", zh="前三个月的买家", en="Buyers of the 3 months before"),
            Column("kept", "int", zh="其中又买", en="Of them bought again"),
            Column("rate", "percent", zh="留住", en="Kept"),
        ],
        months,
        zh="逐月留住多少",
        en="Kept, month by month",
        drill=_KEPT,
        values=values,
    )
    tables = [figures, by_month]
    if not asked.category:
        tables.append(_by_category(data.query(_CATEGORIES, today=data.today), data.today))
    return Findings(tables, [Chart("months", "line", "month", ["rate"])], _notes(buyers, rates, swing))


def _by_category(found: Rows, today: date) -> Table:
    columns = [
        Column("category", zh="类目", en="Category"),
        Column("buyers", "int", zh="买家", en="Buyers"),
        Column("again", "int", zh="同类再买", en="Bought it again"),
        Column("degree", "percent", zh="忠诚程度", en="Degree"),
        Column("times", "number", zh="人均购买天数", en="Days each"),
        Column("durability", "number", zh="持续天数", en="Durability"),
    ]
    titles = {"zh": "对哪类商品忠诚", "en": "Loyal to which goods"}
    return Table("categories", columns, found, **titles, drill=_OF_CATEGORY, values={"today": today})


def _notes(buyers: int, rates: list[float], swing: float | None) -> list[Note]:
    if not buyers:
        return [Note("一年内没有人买过。", "Nobody has bought within a year.")]
    if len(rates) < 6 or swing is None:
        return []
    half = len(rates) // 2
    early, late = fmean(rates[:half]), fmean(rates[half:])
    then, now = percent(early), percent(late)
    if late < early * 0.9:
        return [
            Note(
                f"留住的老客从 {then} 降到 {now}：看流失报表里的原因。",
                f"Fewer buyers are kept: {then}, now {now}. The report lapsed tells reasons.",
                "warn",
            )
        ]
    if late > early * 1.1:
        return [
            Note(f"留住的老客从 {then} 升到 {now}。", f"More buyers are kept: {then}, now {now}.", "good")
        ]
    return [Note(f"留住的老客稳定在 {now}。", f"As many are kept as before: {now}.")]


@hookimpl
def crm_reports() -> list[Report]:
    """The report `loyalty`."""
    about = {
        "zh": "老客有多忠诚，能持续多久，在变好吗？",
        "en": "How loyal are buyers, for how long, and does it grow?",
    }
    needs = ("orders: customer_id bought paid_on", "lines: customer_id on_day category")
    return [Report("loyalty", loyalty, zh="忠诚度", en="Loyalty", needs=needs, parameters=Asked, about=about)]
