"""Regions in tiers: where buyers live, and which regions bring most of the money.

Serves S167. Orders count where bought, by the day of payment, in the region they were sent to. Regions are
ranked by money (`by=city_tier`: the tiers of cities that everybody names, or the playbook's); those that
bring the first half of it are tier A, those up to 80 % B, the rest C.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any, Literal

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
)

about = {"zh": "地区分层：买家住在哪里，哪些地区带来大部分销售额。"}


@dataclass(frozen=True)
class Asked(Days):
    """Which regions, which time, where the tiers end."""

    by: Annotated[
        Literal["province", "city", "city_tier"],
        Title("地区", "Region"),
        {"zh": "地区按什么划分", "en": "what a region is"},
    ] = "province"
    tiers: Annotated[
        tuple[float, ...],
        Title("分层界线（%）", "Tiers end at (%)"),
        {"zh": "A、B……各层到消费额的百分之几为止", "en": "per cent of the money at which tiers A, B, … end"},
    ] = (50.0, 80.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        known = [0.0, *self.tiers, 100.0]
        if any(low >= high for low, high in pairwise(known)) or len(self.tiers) > 8:
            raise ValueError(
                in_words(
                    {
                        "zh": "tiers 要在 0 和 100 之间递增，如 50, 80",
                        "en": "tiers must rise between 0 and 100, such as 50, 80",
                    }
                )
            )


# A tier of cities is told by two lists, the cities and their tiers; - for a city that they do not name.
_SOLD = """
WITH tiers AS (
    SELECT unnest(CAST($cities AS VARCHAR[])) AS named, unnest(CAST($tier_of AS VARCHAR[])) AS city_tier
), sold AS (
    SELECT coalesce({by}, '-') AS region, customer_id, paid_on, net, first_on
    FROM purchases LEFT JOIN tiers ON named = regexp_replace(city, '市$', '')
)
"""
_RANKED = (
    _SOLD
    + """
, now AS (
    SELECT region, count(DISTINCT customer_id) AS buyers,
        count(DISTINCT customer_id) FILTER (first_on >= $start) AS fresh, count(*) AS orders,
        CAST(sum(net) AS BIGINT) AS net
    FROM sold WHERE paid_on BETWEEN $start AND $end GROUP BY 1
), earlier AS (
    SELECT region, sum(net) AS net FROM sold
    WHERE paid_on BETWEEN $start - INTERVAL 364 DAY AND $end - INTERVAL 364 DAY GROUP BY 1
), ranked AS (
    SELECT now.*, now.net / nullif(sum(now.net) OVER (), 0) AS share,
        coalesce(sum(now.net) OVER (ORDER BY now.net DESC, region ROWS BETWEEN UNBOUNDED PRECEDING
            AND 1 PRECEDING), 0) / nullif(sum(now.net) OVER (), 0) AS ahead,
        now.net / nullif(earlier.net, 0) - 1 AS on_year
    FROM now LEFT JOIN earlier USING (region)
), tiered AS (
    SELECT *, substr('ABCDEFGHI', 1 + coalesce(len(list_filter($tiers, x -> x <= ahead * 100)), 0), 1) AS tier
    FROM ranked
)
"""
)
_REGIONS = (
    _RANKED
    + """
SELECT region, tier, buyers, fresh, orders, net, share, ahead + share, on_year
FROM tiered ORDER BY net DESC, region
"""
)
_BUYERS = _SOLD + "SELECT customer_id FROM sold WHERE paid_on BETWEEN $start AND $end AND region = $region"
_OF_TIER = (
    _RANKED
    + """
SELECT customer_id FROM sold JOIN tiered USING (region)
WHERE paid_on BETWEEN $start AND $end AND tier = $tier
"""
)


def regions(data: ReportData, asked: Asked) -> Findings:
    """The regions, and the tiers."""
    tier_of = _tiers(data) if asked.by == "city_tier" else {}
    values: dict[str, Any] = {
        **asked.span(data.today), "tiers": list(asked.tiers),
        "cities": [*tier_of], "tier_of": [*tier_of.values()],
    }  # fmt: skip
    rows = data.query(_REGIONS.format(by=asked.by), **values)
    columns = [
        Column("region", zh="地区", en="Region"),
        Column("tier", zh="级", en="Tier"),
        Column("buyers", "int", zh="买家", en="Buyers"),
        Column("new", "int", zh="新客", en="New"),
        Column("orders", "int", zh="订单", en="Orders"),
        Column("net", "money", zh="实收", en="Net"),
        Column("share", "percent", zh="占比", en="Share"),
        Column("so_far", "percent", zh="累计占比", en="So far"),
        Column("on_year", "percent", zh="同比", en="On last year"),
    ]
    drill = _BUYERS.format(by=asked.by)
    table = Table("regions", columns, rows, zh="地区", en="Regions", drill=drill, values=values)
    sums: dict[str, list[float]] = {}
    for row in rows:
        of_tier = sums.setdefault(row[1], [0, 0, 0])
        for place, value in enumerate((1, row[2], row[5])):
            of_tier[place] += value
    total = sum(row[5] for row in rows)
    tiers = Table(
        "tiers",
        [
            Column("tier", zh="级", en="Tier"),
            Column("regions", "int", zh="地区数", en="Regions"),
            Column("buyers", "int", zh="买家（逐地区相加）", en="Buyers (region by region)"),
            Column("net", "money", zh="实收", en="Net"),
            Column("share", "percent", zh="占比", en="Share"),
        ],
        [(tier, *sums[tier], sums[tier][2] / total if total else None) for tier in sorted(sums)],
        zh="分级",
        en="Tiers",
        drill=_OF_TIER.format(by=asked.by),
        values=values,
    )
    return Findings([table, tiers], [Chart("regions", "bars", "region", ["net"])], _notes(rows))


def _tiers(data: ReportData) -> dict[str, str]:
    """The tier (1, 2, …) of each city that the table of tiers names."""
    tiers = data.playbook("regions").get("city_tiers", {}).get("tiers", {})
    return {city: tier for tier, cities in reversed(tiers.items()) for city in cities}


def _notes(rows: list[tuple[object, ...]]) -> list[Note]:
    if not rows:
        return [Note("这段时间没有成交。", "Nothing was bought in this time.")]
    first = [str(row[0]) for row in rows if row[1] == "A"]
    listed = "、".join(first[:6])
    return [
        Note(
            f"A 级地区（{listed}）带来一半的钱：物流和活动先照顾这里。",
            f"Tier A ({', '.join(first[:6])}) brings half of the money: look after it first.",
        )
    ]


@hookimpl
def crm_reports() -> list[Report]:
    """The report `regions`."""
    about = {
        "zh": "买家在哪里，哪些地区最重要？",
        "en": "Where are the buyers, and which regions matter most?",
    }
    needs = ("orders: customer_id bought paid_on net province city",)
    return [
        Report("regions", regions, zh="地区分级", en="Regions", needs=needs, parameters=Asked, about=about)
    ]
