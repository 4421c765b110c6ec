"""The order funnel: visitors, orders placed, paid, sent, kept, and buyers who came again.

Serves S71 to S73 beside the report `payment`. Orders count by the day they were placed, nobody's too.
Visitors stand at the top where traffic is known. Kept: sent and not refunded in full. Came again: buyers
who bought once more within `days` after their first order of that time, of those for whom that time is
over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

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
    both_words,
    hookimpl,
    in_words,
    percent,
)

about = {"zh": "订单漏斗：访客、下单、付款、发货、未退货，以及再次购买的买家。"}


@dataclass(frozen=True)
class Asked(Days):
    """Which time."""

    start: Annotated[
        date | None,
        Title("第一天", "First day"),
        {
            "zh": "第一天；不填则到最后一天共 90 天",
            "en": "the first day; without it 90 days up to the last",
        },
    ] = None
    days: Annotated[
        int,
        Title("复购天数", "Days to return"),
        {"zh": "多少天之内的第二单算复购", "en": "within so many days a second order counts"},
    ] = 60

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 <= self.days <= 1000:
            raise ValueError(in_words({"zh": "days 为 1 到 1000", "en": "days are 1 to 1000"}))


_STEPS = """
WITH placed AS (SELECT * FROM orders WHERE placed_on BETWEEN $start AND $end)
SELECT count(*), CAST(coalesce(sum(ordered), 0) AS BIGINT),
    count(paid_on), CAST(coalesce(sum(ordered) FILTER (paid_on IS NOT NULL), 0) AS BIGINT),
    count(*) FILTER (paid_on IS NOT NULL AND status IN ('shipped', 'completed')),
    CAST(coalesce(sum(ordered) FILTER (paid_on IS NOT NULL AND status IN ('shipped', 'completed')), 0)
        AS BIGINT),
    count(*) FILTER (bought AND status IN ('shipped', 'completed')),
    CAST(coalesce(sum(net) FILTER (bought AND status IN ('shipped', 'completed')), 0) AS BIGINT)
FROM placed
"""
_OVER = """
WITH first AS (
    SELECT customer_id, min(paid_on) AS day FROM orders
    WHERE bought AND customer_id IS NOT NULL AND placed_on BETWEEN $start AND $end GROUP BY 1
), over AS (
    SELECT customer_id, EXISTS (
        SELECT 1 FROM orders o WHERE o.bought AND o.customer_id = first.customer_id
            AND o.paid_on > first.day AND o.paid_on <= first.day + $days) AS again
    FROM first WHERE day <= $today - $days
)
"""
_AGAIN = _OVER + "SELECT count(*), count(*) FILTER (again) FROM over"
_WHO_CAME = _OVER + "SELECT customer_id FROM over WHERE again"
_VISITORS = "SELECT CAST(sum(visitors) AS BIGINT) FROM traffic_days WHERE on_day BETWEEN $start AND $end"
_BEHIND = """
SELECT customer_id FROM orders WHERE placed_on BETWEEN $start AND $end AND CASE $step
    WHEN 2 THEN true WHEN 3 THEN paid_on IS NOT NULL
    WHEN 4 THEN paid_on IS NOT NULL AND status IN ('shipped', 'completed')
    WHEN 5 THEN bought AND status IN ('shipped', 'completed') ELSE false END
"""
_NAMES = {
    1: "访客 / visitors",
    2: "下单 / placed",
    3: "付款 / paid",
    4: "已发货 / sent",
    5: "留下 / kept",
}


def funnel(data: ReportData, asked: Asked) -> Findings:
    """The steps, and who came again."""
    values: dict[str, Any] = {**asked.span(data.today, 90)}
    [found] = data.query(_STEPS, **values)
    steps = [(2, *found[0:2]), (3, *found[2:4]), (4, *found[4:6]), (5, *found[6:8])]
    if visitors := data.one(_VISITORS, **values):
        steps.insert(0, (1, visitors, None))
    rows = []
    for place, (step, count, money) in enumerate(steps):
        before = steps[place - 1][1] if place else None
        of_first = count / steps[0][1] if steps[0][1] else None
        rows.append((step, _NAMES[step], count, of_first, count / before if before else None, money))
    table = Table(
        "funnel",
        [
            Column("step", "int", zh="步", en="Step"),
            Column("name", "label", zh="到了哪一步", en="How far"),
            Column("count", "int", zh="数量", en="How many"),
            Column("of_first", "percent", zh="占第一步", en="Of the first"),
            Column("of_last", "percent", zh="占上一步", en="Of the last"),
            Column("money", "money", zh="金额", en="Money"),
        ],
        rows if found[0] or visitors else [],
        zh="漏斗",
        en="Funnel",
        drill=_BEHIND,
        values=values,
    )
    values |= {"today": data.today, "days": asked.days}
    [(people, again)] = data.query(_AGAIN, **values)
    came = Table(
        "again",
        [
            Column("buyers", "int", zh="买家（时间已满）", en="Buyers (time is over)"),
            Column("again", "int", zh=f"{asked.days} 天内再买", en=f"Again within {asked.days} days"),
            Column("share", "percent", zh="占比", en="Share"),
        ],
        [(people, again, again / people)] if people else [],
        zh="再买",
        en="Came again",
        drill=_WHO_CAME,
        values=values,
    )
    return Findings([table, came], [Chart("funnel", "bars", "name", ["count"])], _notes(rows, found[0]))


def _notes(rows: list[tuple[Any, ...]], placed: int) -> list[Note]:
    if not placed:
        return [Note("这段时间没有订单。", "No order was placed in this time.")]
    lost = [(row[4], row[1]) for row in rows if row[4] is not None and row[0] > 2]
    worst = min(lost, default=None)
    if worst is None or worst[0] >= 1:
        return []
    share = percent(1 - worst[0])
    zh, en = both_words(worst[1])
    return [
        Note(
            f"下单以后丢得最多的一步：{zh}，丢了 {share}。",
            f"After ordering most is lost at: {en}, {share}.",
        )
    ]


@hookimpl
def crm_reports() -> list[Report]:
    """The report `funnel`."""
    about = {
        "zh": "从来看到再买，在哪一步丢了人？",
        "en": "From looking to buying again: where are people lost?",
    }
    needs = ("orders: customer_id placed_on paid_on status bought ordered net", "traffic")
    return [Report("funnel", funnel, zh="漏斗", en="Funnel", needs=needs, parameters=Asked, about=about)]
