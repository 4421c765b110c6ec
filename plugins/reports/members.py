"""Old customers and new ones, period by period: their share of buyers and of turnover.

Serves S166 and S169. An old customer of a period has bought before it began; a new one buys for the first
time in it. Orders of nobody known are counted apart. `activity_start` and `activity_end` name a campaign:
its buyers and their share stand as a period of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from crmcore import Chart, Column, Days, Findings, Note, Report, ReportData, Table, Title, hookimpl, not_whole

about = {"zh": "新老客户：每一期各占买家和销售额的多少。"}


@dataclass(frozen=True)
class Asked(Days):
    """Which time, in which steps."""

    by: Annotated[
        Literal["week", "month", "quarter", "year"],
        Title("周期", "Period"),
        {"zh": "一期多长", "en": "the length of a period"},
    ] = "month"
    start: Annotated[
        date | None,
        Title("第一天", "First day"),
        {
            "zh": "第一天；不填则为最后一天之前一年（按年看则五年）",
            "en": "the first day; without it a year (five for years) before the last",
        },
    ] = None
    activity_start: Annotated[
        date | None,
        Title("活动第一天", "Campaign from"),
        {"zh": "活动的第一天", "en": "the first day of a campaign"},
    ] = None
    activity_end: Annotated[
        date | None,
        Title("活动最后一天", "Campaign to"),
        {"zh": "活动的最后一天", "en": "the last day of the campaign"},
    ] = None


_SOLD = """
WITH periods AS (
    SELECT CAST(date_trunc($by, paid_on) AS DATE) AS period, customer_id, first_on, net FROM purchases
    WHERE paid_on BETWEEN $start AND $end
)
SELECT period, count(DISTINCT customer_id), count(DISTINCT customer_id) FILTER (first_on < period),
    CAST(coalesce(sum(net) FILTER (customer_id IS NOT NULL), 0) AS BIGINT),
    CAST(coalesce(sum(net) FILTER (first_on < period), 0) AS BIGINT),
    CAST(coalesce(sum(net) FILTER (customer_id IS NULL), 0) AS BIGINT)
FROM periods GROUP BY 1 ORDER BY 1
"""
_ACTIVITY = """
SELECT count(DISTINCT customer_id), count(DISTINCT customer_id) FILTER (first_on < $start),
    CAST(coalesce(sum(net) FILTER (customer_id IS NOT NULL), 0) AS BIGINT),
    CAST(coalesce(sum(net) FILTER (first_on < $start), 0) AS BIGINT)
FROM purchases WHERE paid_on BETWEEN $start AND $end
"""
_IN_ACTIVITY = "SELECT customer_id FROM orders WHERE bought AND paid_on BETWEEN $start AND $end"
_OLD = """
SELECT customer_id FROM purchases
WHERE CAST(date_trunc($by, paid_on) AS DATE) = $period AND first_on < $period
    AND paid_on BETWEEN $start AND $end
"""


def members(data: ReportData, asked: Asked) -> Findings:
    """The periods, and the campaign's days as one."""
    days = asked.span(data.today, 5 * 365 if asked.by == "year" else 365)
    values = {"by": asked.by, **days}
    rows = [_row(*found) for found in data.query(_SOLD, **values)]
    columns = [
        Column("period", "day", zh="时段", en="Period"),
        Column("buyers", "int", zh="买家", en="Buyers"),
        Column("old", "int", zh="老客", en="Old customers"),
        Column("old_share", "percent", zh="老客占比", en="Share"),
        Column("turnover", "money", zh="成交", en="Turnover"),
        Column("old_turnover", "money", zh="老客成交", en="Of old customers"),
        Column("old_turnover_share", "percent", zh="老客成交占比", en="Share of turnover"),
        Column("nobodys", "money", zh="无买家信息", en="Nobody's"),
    ]
    titles = {"zh": "新老客户", "en": "Old and new customers"}
    tables = [Table("members", columns, rows, **titles, drill=_OLD, values=values)]
    notes = [] if rows else [Note("这段时间没有成交。", "Nothing was bought in this time.")]
    if asked.activity_start is not None:
        last = asked.activity_end or data.today
        activity = {"start": asked.activity_start, "end": last}
        [(buyers, old, turnover, of_old)] = data.query(_ACTIVITY, **activity)
        tables.append(
            Table(
                "activity",
                columns[:-1],
                [_row(asked.activity_start, buyers, old, turnover, of_old, 0)[:-1]],
                zh="活动期",
                en="The campaign's days",
                drill=_IN_ACTIVITY,
                values=activity,
            )
        )
    since = [days["start"], data.one("SELECT min(paid_on) FROM orders WHERE bought")]
    notes += not_whole(asked.by, [row[0] for row in rows], since, days["end"], data.today)
    return Findings(tables, [Chart("members", "line", "period", ["old_turnover_share"])], notes)


def _row(period: date, buyers: int, old: int, turnover: int, of_old: int, nobodys: int) -> tuple[object, ...]:
    share = old / buyers if buyers else None
    of_money = of_old / turnover if turnover else None
    return period, buyers, old, share, turnover, of_old, of_money, nobodys


@hookimpl
def crm_reports() -> list[Report]:
    """The report `members`."""
    about = {
        "zh": "老客占了多少买家、多少成交？",
        "en": "What share of buyers and of turnover are old customers?",
    }
    return [
        Report(
            "members",
            members,
            zh="新老客户",
            en="Old and new customers",
            needs=("orders: customer_id bought paid_on net",),
            parameters=Asked,
            about=about,
        )
    ]
