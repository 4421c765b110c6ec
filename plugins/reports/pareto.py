"""Pareto: what share of the money the best tenths of the customers bring, and how few bring 80 % of it.

Serves S129 (80 % of the profit comes from 20 % of the customers). Customers are those with a bought order,
ranked by their net money, of two with equal money the one with the smaller id first.
"""

from __future__ import annotations

from dataclasses import dataclass
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
    percent,
)

about = {"zh": "二八分析：最好的每一成客户带来多少消费，多少人就带来了 80 %。"}


@dataclass(frozen=True)
class Asked:
    """What counts as most of the money."""

    percent: Annotated[
        float,
        Title("消费占比（%）", "Share (%)"),
        {
            "zh": "重点客户带来的消费占比，百分数",
            "en": "the share of the money that key customers bring, in per cent",
        },
    ] = 80.0

    def __post_init__(self) -> None:
        if not 0 < self.percent <= 100:
            raise ValueError(
                in_words({"zh": "percent 大于 0，最大 100", "en": "percent is above 0 and at most 100"})
            )


_RANKED = """
WITH ranked AS (
    SELECT customer_id, net, row_number() OVER (ORDER BY net DESC, customer_id) AS place,
        count(*) OVER () AS people,
        sum(net) OVER (ORDER BY net DESC, customer_id ROWS UNBOUNDED PRECEDING) AS so_far,
            sum(net) OVER () AS total
    FROM buyers
)
"""
_TENTHS = (
    _RANKED
    + """
SELECT CAST(ceil(place * 10.0 / people) AS INTEGER) AS tenth, count(*), CAST(sum(net) AS BIGINT), min(net),
    CAST(max(so_far) AS BIGINT), CAST(any_value(total) AS BIGINT)
FROM ranked GROUP BY 1 ORDER BY 1
"""
)
_TENTH = (
    _RANKED + "SELECT customer_id FROM ranked WHERE CAST(ceil(place * 10.0 / people) AS INTEGER) = $tenth"
)
_KEY = (
    _RANKED + "SELECT count(*), any_value(people) FROM ranked WHERE (so_far - net) * 100 < total * $percent"
)


def pareto(data: ReportData, asked: Asked) -> Findings:
    """The tenths, and the key customers."""
    rows = [
        (tenth, people, net, net / total if total else None, so_far / total if total else None, least)
        for tenth, people, net, least, so_far, total in data.query(_TENTHS)
    ]
    columns = [
        Column("tenth", "int", zh="第几个十分之一", en="Tenth"),
        Column("customers", "int", zh="人数", en="Customers"),
        Column("net", "money", zh="实收", en="Net"),
        Column("share", "percent", zh="占比", en="Share"),
        Column("so_far", "percent", zh="累计占比", en="So far"),
        Column("least", "money", zh="其中最少", en="Least of them"),
    ]
    table = Table("tenths", columns, rows, zh="客户十等分", en="Customers by tenths", drill=_TENTH)
    if not rows:
        return Findings([table], [], [Note("还没有人买过。", "Nobody has bought yet.")])
    [(key, people)] = data.query(_KEY, percent=asked.percent)
    share = percent(key / people)
    note = Note(
        f"{key:,} 位关键客户（占 {share}）带来了 {asked.percent:g}% 的收入：先把这些人服务好。",
        f"{key:,} key customers ({share} of all) bring {asked.percent:g}% of the money: look after these "
        "first.",
    )
    return Findings([table], [Chart("tenths", "bars", "tenth", ["share"])], [note])


@hookimpl
def crm_reports() -> list[Report]:
    """The report `pareto`."""
    about = {"zh": "多少客户带来了大部分收入？", "en": "How few customers bring most of the money?"}
    return [
        Report(
            "pareto",
            pareto,
            zh="二八分析",
            en="Pareto",
            needs=("orders: customer_id bought placed_on paid_on net",),
            parameters=Asked,
            about=about,
        )
    ]
