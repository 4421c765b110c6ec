"""Grades: buyers in five by how often they bought, and in tiers by what they spent.

Serves S128 (novice, junior, middle, senior, die-hard) and S236. Where the grades begin is the shop's to set,
once for the segments and this report: `crm plugin settings buyer_grade`. The five names are the trade's.
Orders and money are those of bought orders, ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

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
    rising,
)

about = {"zh": "买家等级：按购买次数分五级，按消费额分档。"}

NAMES = (
    ("新手", "novice"), ("初级", "junior"), ("中等", "middle"), ("资深", "senior"), ("骨灰", "die-hard"),
)  # fmt: skip
USUAL = (1, 2, 4, 8, 16)  # orders from which the grades begin, where the segments are not in use


@dataclass(frozen=True)
class Settings:
    """Where tiers begin."""

    spent: Annotated[
        tuple[float, ...],
        Title("各档起点", "Tiers begin at"),
        {"zh": "各档从多少消费额开始，单位元", "en": "money at which the tiers begin, in major units"},
    ] = (0, 100, 300, 1000, 3000, 10_000)

    def __post_init__(self) -> None:
        rising("spent", self.spent, such_as=(0, 100, 300), least=0)
        if self.spent[0] != 0:
            raise ValueError(
                in_words({"zh": "spent 要填从 0 起递增的数", "en": "spent are numbers that rise from 0"})
            )


_PEOPLE = """
WITH graded AS (
    SELECT *, $today - last_on AS days, len(list_filter($order_edges, x -> x <= orders)) AS grade,
        greatest(len(list_filter($money_edges, x -> x <= net)), 1) AS tier FROM buyers
)
"""
_BY = (
    _PEOPLE
    + """
SELECT {by}, count(*), count(*) / sum(count(*)) OVER (), CAST(sum(orders) AS BIGINT), CAST(sum(net) AS
BIGINT),     sum(net) / nullif(sum(sum(net)) OVER (), 0), CAST(round(sum(net) / sum(orders)) AS BIGINT),
    CAST(round(avg(days)) AS BIGINT)
FROM graded WHERE {by} > 0 GROUP BY 1 ORDER BY 1
"""
)
_OF = _PEOPLE + "SELECT customer_id FROM graded WHERE {by} = ${by}"
_FIGURES = (
    Column("customers", "int", zh="人数", en="Customers"),
    Column("share", "percent", zh="人数占比", en="Share"),
    Column("orders", "int", zh="订单", en="Orders"),
    Column("net", "money", zh="实收", en="Net"),
    Column("of_money", "percent", zh="金额占比", en="Share of money"),
    Column("average_order_value", "money", zh="客单价", en="AOV"),
    Column("days", "int", zh="平均几天没买", en="Days since last"),
)


def grades(data: ReportData, settings: Settings) -> Findings:
    """The five grades, and the tiers of money."""
    spent = [data.minor(one) for one in settings.spent]
    edges = list(data.playbook("bands").get("buyer_grade", {}).get("edges") or USUAL)
    # Not called as columns are: behind a row its own values stand for these names.
    values: dict[str, Any] = {"today": data.today, "order_edges": edges, "money_edges": spent}
    by_orders = data.query(_BY.format(by="grade"), **values)
    by_money = data.query(_BY.format(by="tier"), **values)
    one = Table(
        "grades",
        [Column("grade", "int", zh="级", en="Grade"), Column("name", "label", zh="名称", en="Name"),
         Column("from_orders", "int", zh="几单起", en="From orders"), *_FIGURES],
        [(row[0], " / ".join(NAMES[row[0] - 1]), edges[row[0] - 1], *row[1:]) for row in by_orders],
        zh="买家五级", en="Five grades", drill=_OF.format(by="grade"), values=values,
    )  # fmt: skip
    other = Table(
        "tiers",
        [Column("tier", "int", zh="档", en="Tier"), Column("from_money", "money", zh="累计从", en="From"),
         *_FIGURES],
        [(row[0], spent[row[0] - 1], *row[1:]) for row in by_money],
        zh="按累计金额", en="By money spent", drill=_OF.format(by="tier"), values=values,
    )  # fmt: skip
    charts = [Chart("grades", "bars", "name", ["customers"]), Chart("tiers", "bars", "from_money", ["net"])]
    return Findings([one, other], charts, _notes(by_orders))


def _notes(found: list[tuple[Any, ...]]) -> list[Note]:
    if not found:
        return [Note("还没有人买过。", "Nobody has bought yet.")]
    top = [row for row in found if row[0] >= 4]
    if not top:
        return [
            Note(
                "还没有资深买家：先把第二单做起来。", "There are no senior buyers yet: work on second orders."
            )
        ]
    people, money = sum(row[1] for row in top), sum(row[5] or 0 for row in top)
    share = percent(money)
    return [
        Note(
            f"资深以上 {people:,} 人带来 {share} 的收入。",
            f"Senior and die-hard buyers, {people:,} of them, bring {share} of the money.",
            "good",
        )
    ]


@hookimpl
def crm_reports(settings: Settings) -> list[Report]:
    """The report `grades`."""

    def worked_out(data: ReportData) -> Findings:
        return grades(data, settings)

    about = {
        "zh": "新手、资深买家各多少，钱从哪一档来？",
        "en": "How many novices and senior buyers, and which tier brings the money?",
    }
    needs = ("orders: customer_id bought placed_on paid_on net",)
    return [Report("grades", worked_out, zh="买家等级", en="Grades", needs=needs, about=about)]
