"""A forecast of orders, buyers and money for the next months, with the range in which four of five fall.

Serves S76, S176 and S233. Simple exponential smoothing (Hyndman and Athanasopoulos, Forecasting: Principles
and Practice, 8.1 and 8.7): the level follows each whole month with the weight alpha that would have erred
least; the range is 1.28 standard errors of the one-month error, times the root of 1 + (h - 1) alpha^2 for h
months ahead. Honest limits: it knows neither season nor plan, and says nothing below six whole months.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from crmcore import Chart, Column, Findings, Note, Report, ReportData, Table, hookimpl

LEAST_MONTHS = 6
EIGHTY_PERCENT = 1.2816  # of a normal distribution, both sides


@dataclass(frozen=True)
class Asked:
    """How far ahead."""

    months: Annotated[int, "so many months ahead"] = 3

    def __post_init__(self) -> None:
        if not 1 <= self.months <= 24:
            raise ValueError("months are 1 to 24")


# Whole months only, those without a sale too.
_MONTHS = """
WITH bounds AS (
    SELECT CAST(date_trunc('month', min(paid_on)) AS DATE) AS first,
        CAST(date_trunc('month', CAST($today AS DATE) + 1) AS DATE) AS stop FROM orders WHERE bought
), months AS (
    SELECT CAST(unnest(generate_series(CAST(first AS TIMESTAMP), CAST(stop AS TIMESTAMP) - INTERVAL 1 DAY,
        INTERVAL 1 MONTH)) AS DATE) AS month FROM bounds
), sold AS (
    SELECT CAST(date_trunc('month', paid_on) AS DATE) AS month, count(*) AS orders,
        count(DISTINCT customer_id) AS buyers, CAST(sum(net) AS BIGINT) AS net
    FROM orders WHERE bought GROUP BY 1
)
SELECT month, coalesce(orders, 0), coalesce(buyers, 0), coalesce(net, 0)
FROM months LEFT JOIN sold USING (month) ORDER BY month
"""


def smooth(values: list[float]) -> tuple[float, float, float]:
    """The level after the last value, the weight alpha, and the standard error of the one-step errors."""

    def run(alpha: float) -> tuple[float, float]:
        level, squares = values[0], 0.0
        for value in values[1:]:
            squares += (value - level) ** 2
            level += alpha * (value - level)
        return squares, level

    alpha = min((step / 100 for step in range(1, 101)), key=lambda one: run(one)[0])
    squares, level = run(alpha)
    return level, alpha, (squares / (len(values) - 1)) ** 0.5


def forecast(data: ReportData, asked: Asked) -> Findings:
    """The months ahead, each figure with its range."""
    known = data.query(_MONTHS, today=data.today)
    columns = [
        Column("month", "day", zh="月份", en="Month"),
        *_three("orders", "订单", "Orders", "int"),
        *_three("buyers", "买家", "Buyers", "int"),
        *_three("net", "实收", "Net", "money"),
    ]
    titles = {"zh": "接下来几个月", "en": "The months ahead"}
    if len(known) < LEAST_MONTHS:
        note = Note(
            f"完整的月份只有 {len(known)} 个，少于 {LEAST_MONTHS} 个：先不猜。",
            f"Only {len(known)} whole months are known, fewer than {LEAST_MONTHS}: no guess is made.",
        )
        return Findings([Table("ahead", columns, [], **titles)], [], [note])
    fits = [smooth([float(row[place]) for row in known]) for place in (1, 2, 3)]
    rows = []
    for ahead in range(1, asked.months + 1):
        cells: list[object] = [_later(known[-1][0], ahead)]
        for level, alpha, error in fits:
            reach = EIGHTY_PERCENT * error * (1 + (ahead - 1) * alpha**2) ** 0.5
            cells += [max(round(level - reach), 0), round(level), round(level + reach)]
        rows.append(tuple(cells))
    past = Table(
        "known",
        [
            Column("month", "day", zh="月份", en="Month"),
            Column("orders", "int", zh="订单", en="Orders"),
            Column("buyers", "int", zh="买家", en="Buyers"),
            Column("net", "money", zh="实收", en="Net"),
        ],
        known[-24:],
        zh="已知的月份",
        en="The months known",
    )
    note = Note(
        "范围内的可能是八成；不知道季节、节日和活动。",
        "Four of five months fall into the range; seasons, festivals and campaigns are unknown to it.",
    )
    return Findings(
        [Table("ahead", columns, rows, **titles), past], [Chart("known", "line", "month", ["orders"])], [note]
    )


def _three(name: str, zh: str, en: str, kind: Literal["int", "money"]) -> list[Column]:
    return [
        Column(f"{name}_low", kind, zh=f"{zh} 低", en=f"{en}: low"),
        Column(name, kind, zh=zh, en=en),
        Column(f"{name}_high", kind, zh=f"{zh} 高", en=f"{en}: high"),
    ]


def _later(month: date, months: int) -> date:
    number = month.year * 12 + month.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


@hookimpl
def crm_reports() -> list[Report]:
    """The report `forecast`."""
    about = {"zh": "接下来几个月大概卖多少？", "en": "About how much will be sold in the next months?"}
    return [
        Report(
            "forecast",
            forecast,
            zh="预测",
            en="Forecast",
            needs=("orders: customer_id bought paid_on net",),
            parameters=Asked,
            about=about,
        )
    ]
