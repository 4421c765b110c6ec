"""Who stopped buying, since when, what they had brought, and what had happened before.

Serves S121 and S170, and S52 (after-sales reasons). A customer is lapsed by the days since she placed her
newest bought order, and the bands are those of the segments. The reason is the worst thing known between that
day and today, or in the 30 days before it: an open or settled complaint, a refund in full, a bad review, an
order left unpaid.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from crmcore import Chart, Column, Findings, Note, Report, ReportData, Table, Title, hookimpl, rising

about = {"zh": "流失客户：谁不再买了、从什么时候开始、带来过多少、之前发生过什么。"}


USUAL = (90, 180, 365)  # where the segments are not in use


@dataclass(frozen=True)
class Asked:
    """Where the bands begin."""

    bands: Annotated[
        tuple[int, ...],
        Title("各段起始天数", "Bands begin at"),
        {
            "zh": "各段从多少天没下单开始；不填则与分组相同",
            "en": "days without an order at which the bands begin; none: those of the segments",
        },
    ] = ()

    def __post_init__(self) -> None:
        if self.bands:
            rising("bands", self.bands, such_as=USUAL)


_PEOPLE = """
WITH people AS (
    SELECT *, $today - last_on AS days, len(list_filter($bands, b -> b <= $today - last_on)) AS band
    FROM buyers
)
"""
_BANDS = (
    _PEOPLE
    + """
SELECT band, count(*), CAST(sum(net) AS BIGINT), CAST(round(avg(days)) AS BIGINT) FROM people
GROUP BY 1 ORDER BY 1
"""
)
_OF_BAND = _PEOPLE + "SELECT customer_id FROM people WHERE band = $band"
_REASONS = """
, happened AS (
    SELECT customer_id, on_day, CASE kind WHEN 'complaint' THEN 1 ELSE 3 END AS rank FROM interactions
    WHERE kind = 'complaint' OR (kind = 'review' AND rating < 0)
    UNION ALL SELECT customer_id, coalesce(refunded_on, paid_on), 2 FROM orders WHERE refunded_in_full
    UNION ALL SELECT customer_id, placed_on, 4 FROM orders WHERE paid_on IS NULL
), worst AS (
    SELECT p.customer_id, p.net, min(h.rank) AS rank
    FROM people p LEFT JOIN happened h ON h.customer_id = p.customer_id AND h.on_day >= p.last_on - 30
    WHERE p.band >= 1 GROUP BY 1, 2
)
"""
_BY_REASON = (
    _PEOPLE
    + _REASONS
    + "SELECT coalesce(rank, 5), count(*), CAST(sum(net) AS BIGINT) FROM worst GROUP BY 1 ORDER BY 1"
)
_OF_REASON = _PEOPLE + _REASONS + "SELECT customer_id FROM worst WHERE coalesce(rank, 5) = $reason"
_TITLES = {
    1: "投诉 / complaint",
    2: "全额退款 / refund in full",
    3: "差评 / bad review",
    4: "未付订单 / order left unpaid",
    5: "看不出 / nothing known",
}


def lapsed(data: ReportData, asked: Asked) -> Findings:
    """The bands, and the reasons of those beyond the first one."""
    edges_asked = list(asked.bands or data.playbook("bands").get("lapse", {}).get("edges") or USUAL)
    values = {"today": data.today, "bands": edges_asked}
    found = data.query(_BANDS, **values)
    people = sum(row[1] for row in found)
    edges = [0, *edges_asked]
    rows = [(band, _label(edges, band), count, count / people, net, days) for band, count, net, days in found]
    bands = Table(
        "bands",
        [
            Column("band", "int", zh="档", en="Band"),
            Column("days_without", zh="多少天没买", en="Days without an order"),
            Column("customers", "int", zh="人数", en="Customers"),
            Column("share", "percent", zh="占比", en="Share"),
            Column("net", "money", zh="曾带来", en="Had brought"),
            Column("days", "int", zh="平均天数", en="Days on average"),
        ],
        rows,
        zh="多久没买",
        en="How long they have not bought",
        drill=_OF_BAND,
        values=values,
    )
    by_reason = data.query(_BY_REASON, **values)
    reasons = Table(
        "reasons",
        [
            Column("reason", "int", zh="序", en="No."),
            Column("what", "label", zh="之前发生了什么", en="What had happened before"),
            Column("customers", "int", zh="人数", en="Customers"),
            Column("net", "money", zh="曾带来", en="Had brought"),
        ],
        [(rank, _TITLES[rank], count, net) for rank, count, net in by_reason],
        zh=f"{edges_asked[0]} 天以上没买的人",
        en=f"Those without an order for {edges_asked[0]} days or more",
        drill=_OF_REASON,
        values=values,
    )
    charts = [Chart("bands", "bars", "days_without", ["customers"])]
    return Findings([bands, reasons], charts, _notes(by_reason, people))


def _label(edges: list[int], band: int) -> str:
    return f"{edges[band]}-{edges[band + 1] - 1}" if band + 1 < len(edges) else f"{edges[band]}+"


def _notes(by_reason: list[tuple[int, int, int]], people: int) -> list[Note]:
    if not people:
        return [Note("还没有人买过。", "Nobody has bought yet.")]
    known = sum(count for rank, count, _net in by_reason if rank <= 3)
    if not known:
        return []
    return [
        Note(
            f"其中 {known:,} 人走之前有过投诉、退款或差评：先把事情处理好，再谈促销。",
            f"{known:,} of them had complained, returned everything or left a bad review before: "
            "settle that first, promotions later.",
            "warn",
        )
    ]


@hookimpl
def crm_reports() -> list[Report]:
    """The report `lapsed`."""
    about = {"zh": "谁不来了？之前发生过什么？", "en": "Who stopped buying, and what had happened before?"}
    return [
        Report(
            "lapsed",
            lapsed,
            zh="流失",
            en="Lapse",
            needs=(
                "orders: customer_id bought placed_on paid_on refunded_on refunded_in_full net",
                "interactions: customer_id on_day kind rating",
            ),
            parameters=Asked,
            about=about,
        )
    ]
