"""Sales by period: orders, buyers, money in and back, average order value, each beside the same time before.

Serves S172 and S173 (before and after a date, days off left out). An order counts where it was bought (paid
and not refunded in full), on the day of its payment; what went back counts on the day it went back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import dropwhile
from typing import Annotated, Any, Literal

from crmcore import Chart, Column, Days, Findings, Note, Report, ReportData, Table, Title, hookimpl, not_whole

about = {"zh": "按期销售：订单、买家、收款与退款、客单价，每项与上一期对比。"}

Step = Literal["day", "week", "month", "quarter", "year"]
# How many periods are shown where no start is given: about as many as fit a screen.
_SHOWN = {"day": 30, "week": 26, "month": 24, "quarter": 12, "year": 10}
_YEAR_AGO = {"day": "364 days", "week": "364 days", "month": "1 year", "quarter": "1 year", "year": "1 year"}
_BEFORE = {"day": "1 day", "week": "7 days", "month": "1 month", "quarter": "3 months", "year": "1 year"}


@dataclass(frozen=True)
class SalesBy(Days):
    """What to show."""

    by: Annotated[Step, Title("周期", "Period"), {"zh": "一期多长", "en": "the length of a period"}] = "month"
    start: Annotated[
        date | None,
        Title("第一期", "First period"),
        {
            "zh": "第一期里的任意一天；不填则一屏放得下多少期就看多少期",
            "en": "a day of the first period; without it as many as fit a screen",
        },
    ] = None
    source: Annotated[
        str, Title("来源", "Source"), {"zh": "只看这个来源的订单", "en": "only orders of this source"}
    ] = ""
    days_off: Annotated[
        tuple[date, ...],
        Title("店休日", "Days closed"),
        {
            "zh": "店休日；这些天的订单不算",
            "en": "days on which the shop was closed; their orders are left out",
        },
    ] = ()


# So many days before the first one are looked at: its period, the one before, and the same a year ago.
_REACH = {"day": 365, "week": 380, "month": 430, "quarter": 560, "year": 1100}
_SALES = """
WITH periods AS (
    SELECT CAST(unnest(generate_series(date_trunc($by, CAST($start AS TIMESTAMP)), CAST($end AS TIMESTAMP),
        CAST($step AS INTERVAL))) AS DATE) AS period
), sold AS (
    SELECT CAST(date_trunc($by, paid_on) AS DATE) AS period, count(*) AS orders,
        count(DISTINCT customer_id) AS buyers, count(*) FILTER (customer_id IS NULL) AS nobodys,
        CAST(sum(net + refunded) AS BIGINT) AS paid
    FROM orders
    WHERE bought AND paid_on BETWEEN $reach AND $end AND ($source = '' OR source = $source)
        AND NOT list_contains($days_off, paid_on)
    GROUP BY 1
), back AS (
    SELECT CAST(date_trunc($by, refunds.on_day) AS DATE) AS period, CAST(sum(amount) AS BIGINT) AS refunded
    FROM refunds LEFT JOIN orders ON orders.id = refunds.order_id
    WHERE refunds.on_day BETWEEN $reach AND $end AND ($source = '' OR orders.source = $source)
    GROUP BY 1
)
SELECT p.period, coalesce(s.orders, 0), coalesce(s.buyers, 0), coalesce(s.paid, 0), coalesce(b.refunded, 0),
    CASE WHEN s.orders > 0 THEN CAST(round(s.paid / s.orders) AS BIGINT) END,
    CASE WHEN l.paid > 0 THEN coalesce(s.paid, 0) / l.paid - 1 END,
    CASE WHEN y.paid > 0 THEN coalesce(s.paid, 0) / y.paid - 1 END
FROM periods p LEFT JOIN sold s USING (period) LEFT JOIN back b USING (period)
    LEFT JOIN sold l ON l.period = p.period - CAST($step AS INTERVAL)
    LEFT JOIN sold y ON y.period = CAST(date_trunc($by, p.period - CAST($year AS INTERVAL)) AS DATE)
ORDER BY p.period
"""
_BUYERS = """
SELECT customer_id FROM orders
WHERE bought AND paid_on <= $end AND ($source = '' OR source = $source)
    AND NOT list_contains($days_off, paid_on) AND date_trunc($by, paid_on) = $period
"""


def sales(data: ReportData, asked: SalesBy) -> Findings:
    """The periods with their sales, and a line over them."""
    start, end = asked.span(data.today, _days(asked.by)).values()
    values = {"by": asked.by, "end": end, "source": asked.source, "days_off": list(asked.days_off)}
    reach = date.fromordinal(max(start.toordinal() - _REACH[asked.by], 1))
    steps = {"step": _BEFORE[asked.by], "year": _YEAR_AGO[asked.by], "reach": reach}
    rows = data.query(_SALES, start=start, **values, **steps)
    if asked.start is None:  # nothing is told of the time before the shop's first sale
        rows = list(dropwhile(lambda row: not any(row[1:5]), rows))
    columns = [
        Column("period", "day", zh="时段", en="Period"),
        Column("orders", "int", zh="订单", en="Orders"),
        Column("buyers", "int", zh="买家", en="Buyers"),
        Column("paid", "money", zh="付款", en="Paid"),
        Column("refunded", "money", zh="退款", en="Refunded"),
        Column("average_order_value", "money", zh="客单价", en="AOV"),
        Column("on_last", "percent", zh="环比", en="On last period"),
        Column("on_year", "percent", zh="同比", en="On last year"),
    ]
    table = Table("sales", columns, rows, zh="销售", en="Sales", drill=_BUYERS, values=values)
    return Findings([table], [Chart("sales", "line", "period", ["paid"])], _notes(data, rows, asked, end))


def _days(by: Step) -> int:
    """So many days reach from the first period that is shown to the last."""
    days = {"day": 1, "week": 7, "month": 30.44, "quarter": 91.31, "year": 365.25}[by]
    return int(days * (_SHOWN[by] - 1)) + 1


def _notes(data: ReportData, rows: list[tuple[Any, ...]], asked: SalesBy, end: date) -> list[Note]:
    if not any(row[1] for row in rows):
        return [Note("这段时间没有成交的订单。", "No order was bought in this time.")]
    first = data.one("SELECT min(paid_on) FROM orders WHERE bought")
    return not_whole(asked.by, [row[0] for row in rows], [first], end, data.today)


@hookimpl
def crm_reports() -> list[Report]:
    """The report `sales`."""
    about = {
        "zh": "每个时段卖了多少，和上一期、去年同期比如何？",
        "en": "What was sold in each period, beside the last one and last year?",
    }
    return [
        Report(
            "sales",
            sales,
            zh="销售",
            en="Sales",
            needs=("orders: id customer_id source bought paid_on net refunded", "refunds"),
            parameters=SalesBy,
            about=about,
        )
    ]
