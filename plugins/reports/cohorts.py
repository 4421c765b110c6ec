"""Cohorts: of those who first bought in a month, how many bought again in each month after it; and how soon.

Serves S183 and S230 (how durable loyalty is). A customer belongs to the month of her first bought order, by
the day of payment. Month 1 is the calendar month after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

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
    not_whole,
)

about = {"zh": "同期群：某月首次购买的客户，之后每个月有多少人再买，多久再买。"}


@dataclass(frozen=True)
class Asked:
    """How much is shown."""

    cohorts: Annotated[
        int,
        Title("首单月数", "Months of first orders"),
        {"zh": "看最近多少个月的首单客户", "en": "so many months of first orders, the newest"},
    ] = 12
    months: Annotated[
        int,
        Title("之后月数", "Months after"),
        {"zh": "看首单之后多少个月", "en": "so many months after the first order"},
    ] = 6

    def __post_init__(self) -> None:
        if not 1 <= self.cohorts <= 60 or not 1 <= self.months <= 24:
            raise ValueError(
                in_words(
                    {
                        "zh": "cohorts 为 1 到 60，months 为 1 到 24",
                        "en": "cohorts are 1 to 60, months 1 to 24",
                    }
                )
            )


_BOUGHT = """
WITH bought AS (
    SELECT customer_id, CAST(date_trunc('month', paid_on) AS DATE) AS month,
        CAST(date_trunc('month', first_on) AS DATE) AS cohort FROM purchases WHERE customer_id IS NOT NULL
)
"""
_COHORTS = (
    _BOUGHT
    + """
SELECT cohort, date_diff('month', cohort, month) AS age, count(DISTINCT customer_id)
FROM bought WHERE date_diff('month', cohort, $today) < $cohorts
GROUP BY 1, 2 ORDER BY 1, 2
"""
)
_MEMBERS = _BOUGHT + "SELECT customer_id FROM bought WHERE cohort = $cohort"
# The days from the first to the second day of buying.
_GAPS = """
WITH days AS (
    SELECT customer_id, paid_on, row_number() OVER (PARTITION BY customer_id ORDER BY paid_on) AS nth
    FROM (SELECT DISTINCT customer_id, paid_on FROM orders WHERE bought AND customer_id IS NOT NULL)
), gaps AS (
    SELECT a.customer_id, a.paid_on AS first, b.paid_on - a.paid_on AS days
    FROM days a LEFT JOIN days b ON b.customer_id = a.customer_id AND b.nth = 2 WHERE a.nth = 1
)
"""
_CURVE = (
    _GAPS
    + """
SELECT w.days, count(*) FILTER (first <= $today - CAST(w.days AS INTEGER)),
    count(*) FILTER (first <= $today - CAST(w.days AS INTEGER) AND gaps.days <= w.days)
FROM gaps, (VALUES (7), (30), (60), (90), (180), (365)) w(days)
GROUP BY 1 ORDER BY 1
"""
)
_AGAIN = (
    _GAPS
    + """
SELECT customer_id FROM gaps
WHERE first <= $today - CAST($days AS INTEGER) AND gaps.days <= CAST($days AS INTEGER)
"""
)


def cohorts(data: ReportData, asked: Asked) -> Findings:
    """The triangle of shares, and the curve of second purchases."""
    counted: dict[date, dict[int, int]] = {}
    for cohort, age, people in data.query(_COHORTS, today=data.today, cohorts=asked.cohorts):
        counted.setdefault(cohort, {})[age] = people
    rows = []
    for cohort, by_age in counted.items():
        size = by_age[0]
        reached = (data.today.year - cohort.year) * 12 + data.today.month - cohort.month
        shares = [by_age.get(age, 0) / size if age <= reached else None for age in range(1, asked.months + 1)]
        rows.append((cohort, size, *shares))
    months = [f"month_{age}" for age in range(1, asked.months + 1)]
    columns = [
        Column("cohort", "day", zh="首购月", en="First bought in"),
        Column("customers", "int", zh="人数", en="Customers"),
        *(Column(name, "percent", zh=f"+{age}月", en=f"+{age}") for age, name in enumerate(months, 1)),
    ]
    triangle = Table(
        "cohorts", columns, rows, zh="各月首购的人之后回来多少", en="How many came back", drill=_MEMBERS
    )
    curve = [
        (days, people, again, again / people if people else None)
        for days, people, again in data.query(_CURVE, today=data.today)
    ]
    speed = Table(
        "second",
        [
            Column("days", "int", zh="首购后天数", en="Days after the first"),
            Column("customers", "int", zh="首购已满这些天的人", en="Customers so far back"),
            Column("again", "int", zh="其中已再买", en="Of them bought again"),
            Column("share", "percent", zh="占比", en="Share"),
        ],
        curve,
        zh="多久再买",
        en="How soon they bought again",
        drill=_AGAIN,
        values={"today": data.today},
    )
    charts = [Chart("cohorts", "heat", "cohort", months), Chart("second", "bars", "days", ["share"])]
    first = data.one("SELECT min(paid_on) FROM orders WHERE bought")
    partly = not_whole("month", [*counted], [first], data.today, data.today)
    return Findings([triangle, speed], charts, [*_notes(curve), *partly])


def _notes(curve: list[tuple[int, int, int, float | None]]) -> list[Note]:
    known = {days: share for days, _people, _again, share in curve if share is not None}
    if not known:
        return [Note("还没有人买过。", "Nobody has bought yet.")]
    longest = max(known)
    half = next((days for days, share in known.items() if share >= known[longest] / 2), longest)
    return [
        Note(
            f"会再买的人里，一半在首购后 {half} 天内回来：提醒和关怀放在这之前。",
            f"Half of those who buy again do so within {half} days: remind and care before that.",
        )
    ]


@hookimpl
def crm_reports() -> list[Report]:
    """The report `cohorts`."""
    about = {
        "zh": "每个月的新客，之后几个月还有多少人回来？",
        "en": "Of each month's new customers, how many come back in the months after?",
    }
    return [
        Report(
            "cohorts",
            cohorts,
            zh="同期群",
            en="Cohorts",
            needs=("orders: customer_id bought paid_on",),
            parameters=Asked,
            about=about,
        )
    ]
