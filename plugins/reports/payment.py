"""From order to payment: the payment rate, what is lost on the way, what winning some back would bring.

Serves S71 (a usual shop is paid for about 80 % of its orders, a good one for 90 %), S72 and S73. Orders
count by the day they were placed, nobody's too; an order is paid when it ever was, whatever went back
later.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from crmcore import (
    Chart,
    Column,
    Days,
    Findings,
    Note,
    Report,
    ReportData,
    Table,
    Title,
    hookimpl,
    in_words,
    not_whole,
    percent,
)

about = {"zh": "从下单到付款：付款率、中途流失多少、挽回一部分能带来多少。"}

USUAL, GOOD = 0.8, 0.9  # S71


@dataclass(frozen=True)
class Asked(Days):
    """Which time, and how much is won back."""

    win_back: Annotated[
        float,
        Title("可挽回比例（%）", "Won back (%)"),
        {
            "zh": "流失的订单里能挽回多少，百分数",
            "en": "how much of what is lost could be won back, in per cent",
        },
    ] = 5.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.win_back <= 100:
            raise ValueError(in_words({"zh": "win_back 为 0 到 100", "en": "win_back is 0 to 100"}))


_MONTHS = """
SELECT CAST(date_trunc('month', placed_on) AS DATE) AS month, count(*), count(paid_on),
    count(*) FILTER (paid_on IS NULL AND status = 'closed'), count(*) FILTER (paid_on IS NULL AND status !=
    'closed'), CAST(coalesce(sum(ordered) FILTER (paid_on IS NULL), 0) AS BIGINT)
FROM orders WHERE placed_on BETWEEN $start AND $end GROUP BY 1 ORDER BY 1
"""
_LOST = """
SELECT customer_id FROM orders
WHERE paid_on IS NULL AND date_trunc('month', placed_on) = $month AND placed_on BETWEEN $start AND $end
"""


def payment(data: ReportData, asked: Asked) -> Findings:
    """The months, and the what-if."""
    values = asked.span(data.today)
    found = data.query(_MONTHS, **values)
    rows = [
        (month, placed, paid, paid / placed, closed, waiting, lost)
        for month, placed, paid, closed, waiting, lost in found
    ]
    columns = [
        Column("month", "day", zh="月份", en="Month"),
        Column("placed", "int", zh="下单", en="Placed"),
        Column("paid", "int", zh="付款", en="Paid"),
        Column("rate", "percent", zh="付款率", en="Payment rate"),
        Column("closed", "int", zh="未付关闭", en="Closed unpaid"),
        Column("waiting", "int", zh="还没付", en="Still unpaid"),
        Column("lost", "money", zh="未付金额", en="Not paid"),
    ]
    titles = {"zh": "下单到付款", "en": "From order to payment"}
    table = Table("months", columns, rows, **titles, drill=_LOST, values=values)
    placed, paid, lost = (sum(row[place] for row in found) for place in (1, 2, 5))
    days = (values["end"] - values["start"]).days + 1
    since = [values["start"], data.one("SELECT min(placed_on) FROM orders")]
    partly = not_whole("month", [row[0] for row in rows], since, values["end"], data.today)
    notes = [*_notes(data, asked, placed, paid, lost, days), *partly]
    return Findings([table], [Chart("months", "line", "month", ["rate"])], notes)


def _notes(data: ReportData, asked: Asked, placed: int, paid: int, lost: int, days: int) -> list[Note]:
    if not placed:
        return [Note("这段时间没有订单。", "No order was placed in this time.")]
    rate = paid / placed
    text = percent(rate)
    level: Literal["info", "good", "warn"] = "good" if rate >= GOOD else "info" if rate >= USUAL else "warn"
    back = lost * asked.win_back / 100
    amount, won, daily = map(data.money, (lost, back, back / days))
    share, count = f"{asked.win_back:g}%", f"{placed - paid:,}"
    return [
        Note(
            f"付款率 {text}（一般店约 80%，好的店约 90%）。",
            f"{text} of the orders were paid (usual is about 80%, good about 90%).",
            level,
        ),
        Note(
            f"{count} 单没付款，共 {amount} {data.currency}。追回 {share} 就是 {won}，"
            f"每天 {daily} {data.currency}：今天页的“催付”一栏逐单跟进。",
            f"{count} orders were not paid, {amount} {data.currency} in all. Winning back {share} brings "
            f"{won}, {daily} {data.currency} a day: follow them up on the Today screen, queue Unpaid.",
        ),
    ]


@hookimpl
def crm_reports() -> list[Report]:
    """The report `payment`."""
    about = {
        "zh": "下了单的有多少付了款？追回一点能多卖多少？",
        "en": "How many orders are paid, and what would winning some back bring?",
    }
    return [
        Report(
            "payment",
            payment,
            zh="付款率",
            en="Payment rate",
            needs=("orders: customer_id placed_on paid_on status ordered",),
            parameters=Asked,
            about=about,
        )
    ]
