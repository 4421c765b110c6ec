"""RFM: customers by how lately, how often and for how much they bought, in five classes each.

Serves S128 to S130 and S74. Classes are fifths of the customers who ever bought, 5 the best; equal values
have equal classes (it is the fifth in which the first of the equal ones stands). Recency is the days
since the newest bought order, frequency the bought orders, monetary their net money. With `classes=fixed`
they are those of the segments `rfm_r1` … `rfm_m5`, whose bounds do not move with the other customers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal, NamedTuple

from crmcore import Chart, Column, Findings, Note, Report, ReportData, Table, Title, hookimpl

about = {"zh": "RFM：按最近一次购买、购买次数和消费额各分五档来看客户。"}


@dataclass(frozen=True)
class Asked:
    """Which classes."""

    classes: Annotated[
        Literal["fifths", "fixed"],
        Title("分段方式", "Bands"),
        {
            "zh": "fifths 为全体买家五等分，fixed 为分组 rfm_r1 … rfm_m5 的固定界线",
            "en": "fifths of all buyers, or the fixed bounds of the segments rfm_r1 … rfm_m5",
        },
    ] = "fifths"


# Days are counted from the day on which an order was placed, as the segments do.
_PEOPLE = """
WITH people AS (
    SELECT customer_id, $today - max(placed_on) AS days, count(*) AS orders, CAST(sum(net) AS BIGINT) AS net
    FROM orders WHERE bought AND customer_id IS NOT NULL GROUP BY 1
), """
_FIFTHS = (
    _PEOPLE
    + """scores AS (
    SELECT customer_id, days, orders, net,
        1 + CAST(floor((rank() OVER (ORDER BY days DESC) - 1) * 5.0 / count(*) OVER ()) AS INTEGER) AS r,
        1 + CAST(floor((rank() OVER (ORDER BY orders) - 1) * 5.0 / count(*) OVER ()) AS INTEGER) AS f,
        1 + CAST(floor((rank() OVER (ORDER BY net) - 1) * 5.0 / count(*) OVER ()) AS INTEGER) AS m
    FROM people
)
"""
)
_FIXED = (
    _PEOPLE
    + """scores AS (
    SELECT customer_id, days, orders, net,
        5 - len(list_filter($recency, x -> x <= days)) AS r,
        1 + len(list_filter($frequency, x -> x <= orders)) AS f,
        1 + len(list_filter($monetary, x -> x <= net)) AS m
    FROM people
)
"""
)
# Kept: ranking a million people takes longer than everything else.
_KEPT = "SELECT r, f, m, days, orders, net FROM scores"
_GRID = "SELECT r, f, count(*), CAST(sum(net) AS BIGINT) FROM scored GROUP BY 1, 2"
_CELL = "SELECT customer_id FROM scores WHERE r = $r"
# The group of a customer: the first one that fits counts.
_NAMED = """
named AS (
    SELECT *, CASE
        WHEN r >= 4 AND f >= 4 AND m >= 4 THEN 'best'
        WHEN r >= 4 AND f >= 4 THEN 'loyal'
        WHEN r >= 4 AND orders = 1 THEN 'new'
        WHEN r >= 4 THEN 'promising'
        WHEN r <= 2 AND f >= 4 THEN 'slipping'
        WHEN r = 3 THEN 'cooling'
        ELSE 'asleep' END AS name
    FROM {scores}
)
"""
_BY_GROUP = (
    "WITH"
    + _NAMED.format(scores="scored")
    + """
SELECT name, count(*), CAST(sum(net) AS BIGINT), CAST(round(avg(days)) AS BIGINT), avg(orders) FROM named
GROUP BY 1 ORDER BY 3 DESC, 1
"""
)
_OF_GROUP = "," + _NAMED.format(scores="scores") + "SELECT customer_id FROM named WHERE name = $group"


class Group(NamedTuple):
    """What a group of cells is called, and what to do for those in it; in both languages."""

    zh: str
    en: str
    advice_zh: str
    advice_en: str


# The segments' bounds where they are not in use; amounts in major units.
USUAL = {"recency": (30, 90, 180, 365), "frequency": (2, 3, 5, 8), "monetary": (100, 300, 1000, 3000)}

GROUPS = {
    "best": Group(
        "最好的客户", "Best customers", "专人接待，先给新品，不必打折",
        "serve them yourself, show them new arrivals first; they need no discount",
    ),
    "loyal": Group("常客", "Loyal", "推荐搭配，提高客单", "recommend what goes with it, so that orders grow"),
    "new": Group(
        "新客", "New", "首购后的关怀，促成第二次购买",
        "care after the first order, help the second one along",
    ),
    "promising": Group("有潜力", "Promising", "给一个再来的理由", "give them a reason to come back"),
    "slipping": Group(
        "正在流失的常客", "Slipping away", "打电话问原因，先挽回这些人",
        "call and ask why; win these back first",
    ),
    "cooling": Group("变冷", "Cooling", "提醒和关怀", "remind and care"),
    "asleep": Group(
        "沉睡", "Asleep", "大促时再唤醒，不必常打扰",
        "wake them at a big event, leave them in peace otherwise",
    ),
}  # fmt: skip


def _bounds(data: ReportData) -> dict[str, list[int]]:
    """The fixed bounds in force, amounts in minor units."""
    bands = data.playbook("bands")
    found = {name: list(bands.get(f"rfm_{name}", {}).get("edges") or usual) for name, usual in USUAL.items()}
    return {**found, "monetary": [data.minor(one) for one in found["monetary"]]}


def rfm(data: ReportData, asked: Asked) -> Findings:
    """The grid of recency and frequency, and the groups with what to do."""
    scores, values = _FIFTHS, dict[str, Any](today=data.today)
    if asked.classes == "fixed":
        scores, values = _FIXED, {**values, **_bounds(data)}
    data.keep("scored", scores + _KEPT, **values)
    cells = {(r, f): people for r, f, people, _net in data.query(_GRID)}
    grid = Table(
        "grid",
        [
            Column("r", "int", zh="近度 R", en="Recency R"),
            *(Column(f"f{f}", "int", zh=f"频度 F{f}", en=f"Frequency F{f}") for f in range(1, 6)),
        ],
        [(r, *(cells.get((r, f), 0) for f in range(1, 6))) for r in range(5, 0, -1)] if cells else [],
        zh="近度和频度",
        en="Recency and frequency",
        drill=scores + _CELL,
        values=values,
    )
    found = data.query(_BY_GROUP)
    people, money = sum(row[1] for row in found), sum(row[2] for row in found)
    groups = Table(
        "groups",
        [
            Column("group", zh="群", en="Group"),
            Column("title", "label", zh="名称", en="What they are"),
            Column("customers", "int", zh="人数", en="Customers"),
            Column("share", "percent", zh="人数占比", en="Share"),
            Column("net", "money", zh="实收", en="Net"),
            Column("of_money", "percent", zh="金额占比", en="Share of money"),
            Column("days", "int", zh="平均几天没买", en="Days since last"),
            Column("orders", "number", zh="平均单数", en="Orders each"),
        ],
        [
            (
                name,
                f"{GROUPS[name].zh} / {GROUPS[name].en}",
                count,
                count / people,
                net,
                net / money if money else None,
                days,
                each,
            )
            for name, count, net, days, each in found
        ],
        zh="分群",
        en="Groups",
        drill=scores + _OF_GROUP,
        values=values,
    )
    charts = [
        Chart("grid", "heat", "r", [f"f{f}" for f in range(1, 6)]),
        Chart("groups", "bars", "title", ["customers"]),
    ]
    return Findings([groups, grid], charts, [*_notes(found), *_which(asked)] if found else _notes(found))


def _which(asked: Asked) -> list[Note]:
    if asked.classes == "fixed":
        return [
            Note(
                "按固定界线分档，与分组 rfm_r1 … rfm_m5 相同（crm plugin settings rfm_cells）。",
                "By fixed bounds, as the segments rfm_r1 … rfm_m5 (crm plugin settings rfm_cells).",
            )
        ]
    return [
        Note(
            "按全体买家五等分；分组 rfm_r1 … rfm_m5 用固定界线，要看同样的人：--set classes=fixed。",
            "By fifths of all buyers; the segments rfm_r1 … rfm_m5 have fixed bounds: for the same people "
            "--set classes=fixed.",
        )
    ]


def _notes(found: list[tuple[str, int, int, int, float]]) -> list[Note]:
    if not found:
        return [Note("还没有人买过。", "Nobody has bought yet.")]
    return [
        Note(
            f"{GROUPS[name].zh}（{count:,} 人）：{GROUPS[name].advice_zh}。",
            f"{GROUPS[name].en} ({count:,}): {GROUPS[name].advice_en}.",
            "warn" if name == "slipping" else "info",
        )
        for name, count, *_rest in found
    ]


@hookimpl
def crm_reports() -> list[Report]:
    """The report `rfm`."""
    about = {
        "zh": "谁是最好的客户，谁正在流失？",
        "en": "Who are the best customers, and who is slipping away?",
    }
    return [
        Report(
            "rfm",
            rfm,
            zh="RFM",
            en="RFM",
            needs=("orders: customer_id bought placed_on paid_on net",),
            parameters=Asked,
            about=about,
        )
    ]
