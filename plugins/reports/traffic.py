"""Traffic: visitors, views and what became of them, day by day; sites and advertisements beside each other.

Serves S149 to S152, S173 and S237. Figures of traffic come from files or by hand (`crm figures`). A day's
visitors are those told for the whole shop, else those of all sites together. Buyers are the people who bought
on a day that traffic is known of (an order of nobody known is one buyer), each day for itself; conversion is
buyers per visitor. A site's orders are those whose campaign tag is the site's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from crmcore import Chart, Column, Days, Findings, Note, Report, ReportData, Table, Title, hookimpl, percent

about = {"zh": "流量：每天的访客、浏览及其去向，各渠道和广告并排对比。"}

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Asked(Days):
    """Which time, in which steps."""

    by: Annotated[
        Literal["day", "week", "month"],
        Title("周期", "Period"),
        {"zh": "一期多长", "en": "the length of a period"},
    ] = "day"
    start: Annotated[
        date | None,
        Title("第一天", "First day"),
        {
            "zh": "第一天；不填则到最后一天共 30 天",
            "en": "the first day; without it 30 days up to the last",
        },
    ] = None


_DAYS = """
WITH sold AS (
    SELECT paid_on, count(*) AS orders, count(DISTINCT coalesce(customer_id, -id)) AS buyers
    FROM orders WHERE bought AND paid_on BETWEEN $start AND $end GROUP BY 1
)
SELECT CAST(date_trunc($by, on_day) AS DATE) AS period, CAST(sum(visitors) AS BIGINT),
    CAST(sum(views) AS BIGINT), sum(views) / nullif(sum(visitors), 0),
    CAST(coalesce(sum(sold.orders), 0) AS BIGINT), CAST(coalesce(sum(sold.buyers), 0) AS BIGINT),
    coalesce(sum(sold.buyers), 0) / nullif(sum(visitors), 0), CAST(sum(spent) AS BIGINT), count(*)
FROM traffic_days LEFT JOIN sold ON paid_on = on_day WHERE on_day BETWEEN $start AND $end
GROUP BY 1 ORDER BY 1
"""
_SITES = """
WITH told AS (
    SELECT {names}, sum(shown) AS shown, sum(clicks) AS clicks, sum(visitors) AS visitors,
        sum(views) AS views, sum(left_at_once) AS gone, sum(saw_5_pages) AS saw_5,
        sum(saw_10_pages) AS saw_10, sum(spent) AS spent
    FROM traffic WHERE on_day BETWEEN $start AND $end AND {told} GROUP BY ALL
), sold AS (
    SELECT source_tag AS site, count(*) AS orders, sum(net) AS net FROM orders
    WHERE bought AND paid_on BETWEEN $start AND $end AND source_tag IS NOT NULL GROUP BY 1
)
SELECT {shown}, CAST(shown AS BIGINT), clicks / nullif(shown, 0), CAST(visitors AS BIGINT),
    views / nullif(visitors, 0), gone / nullif(visitors, 0), saw_5 / nullif(visitors, 0),
    saw_10 / nullif(visitors, 0), {more}
FROM told {joined} ORDER BY {order}
"""
_OF_PERIOD = """
SELECT customer_id FROM orders WHERE bought AND CAST(date_trunc($by, paid_on) AS DATE) = $period
    AND paid_on IN (SELECT on_day FROM traffic WHERE on_day BETWEEN $start AND $end)
"""
_OF_SITE = """
SELECT customer_id FROM orders WHERE bought AND paid_on BETWEEN $start AND $end AND source_tag = $site
"""
_SOLD = """CAST(coalesce(orders, 0) AS BIGINT), coalesce(orders, 0) / nullif(visitors, 0),
    CAST(spent AS BIGINT), CAST(coalesce(net, 0) AS BIGINT), coalesce(net, 0) / nullif(spent, 0)"""
_BY_SITE = {
    "names": "site", "told": "site <> ''", "shown": "site", "more": _SOLD,
    "joined": "LEFT JOIN sold USING (site)", "order": "visitors DESC NULLS LAST, site",
}  # fmt: skip
_BY_CREATIVE = {
    "names": "site, creative, position", "told": "(creative <> '' OR position <> '')",
    "shown": "site, creative, position", "more": "CAST(spent AS BIGINT), spent / nullif(clicks, 0)",
    "joined": "", "order": "clicks / nullif(shown, 0) DESC NULLS LAST, site, creative, position",
}  # fmt: skip


def traffic(data: ReportData, asked: Asked) -> Findings:
    """The days, the sites, the advertisements."""
    values = asked.span(data.today, 30)
    days = data.query(_DAYS, by=asked.by, **values)
    sites = data.query(_SITES.format_map(_BY_SITE), **values)
    creatives = data.query(_SITES.format_map(_BY_CREATIVE), **values)
    tables = [_by_day(days, {"by": asked.by, **values})]
    if sites:
        columns = [Column("site", zh="来源", en="Site"), *_LOOKED, *_BOUGHT]
        titles = {"zh": "哪里来的人更喜欢本店", "en": "Whose visitors like the shop"}
        tables.append(Table("sites", columns, sites, **titles, drill=_OF_SITE, values=values))
    if creatives:
        tables.append(Table("creatives", _CREATIVE, creatives, zh="广告创意", en="Advertisements"))
    charts = [Chart("traffic", "line", "period", ["visitors"]), Chart("traffic", "line", "period", ["rate"])]
    return Findings(tables, charts, _notes(days, sites, creatives))


_LOOKED = (
    Column("shown", "int", zh="展现", en="Shown"),
    Column("click_rate", "percent", zh="点击率", en="Click rate"),
    Column("visitors", "int", zh="访客", en="Visitors"),
    Column("each", "number", zh="人均浏览", en="Views each"),
    Column("left", "percent", zh="跳出率", en="Left at once"),
    Column("saw_5", "percent", zh="看 5 页以上", en="Saw 5 pages"),
    Column("saw_10", "percent", zh="看 10 页以上", en="Saw 10 pages"),
)
_BOUGHT = (
    Column("orders", "int", zh="订单", en="Orders"),
    Column("rate", "percent", zh="转化率", en="Conversion"),
    Column("spent", "money", zh="花费", en="Spent"),
    Column("net", "money", zh="成交", en="Turnover"),
    Column("return", "number", zh="投入产出比", en="Turnover per spent"),
)
_CREATIVE = (
    Column("site", zh="来源", en="Site"),
    Column("creative", zh="创意", en="Creative"),
    Column("position", zh="位置", en="Position"),
    *_LOOKED,
    Column("spent", "money", zh="花费", en="Spent"),
    Column("per_click", "money", zh="每次点击", en="Per click"),
)


def _by_day(days: Rows, values: dict[str, Any]) -> Table:
    columns = [
        Column("period", "day", zh="时段", en="Period"),
        Column("visitors", "int", zh="访客", en="Visitors"),
        Column("views", "int", zh="浏览量", en="Views"),
        Column("each", "number", zh="人均浏览", en="Views each"),
        Column("orders", "int", zh="订单", en="Orders"),
        Column("buyers", "int", zh="买家", en="Buyers"),
        Column("rate", "percent", zh="转化率", en="Conversion"),
        Column("spent", "money", zh="花费", en="Spent"),
        Column("days", "int", zh="有数据的天数", en="Days known"),
    ]
    titles = {"zh": "访客和转化", "en": "Visitors and conversion"}
    return Table("traffic", columns, days, **titles, drill=_OF_PERIOD, values=values)


def _notes(days: Rows, sites: Rows, creatives: Rows) -> list[Note]:
    if not days:
        return [
            Note(
                "这段时间没有流量数据：用 record: traffic 的映射导入，或 crm figures set traffic 手工录入。",
                "No traffic is known of this time: import a table with a mapping of record traffic, or tell "
                "it with crm figures set traffic.",
            )
        ]
    notes = []
    liked = [row for row in sites if row[3] and row[9] is not None]
    if len(liked) > 1:
        best = max(liked, key=lambda row: (row[9], row[0]))
        notes.append(
            Note(
                f"{best[0]} 的访客转化最好（{percent(best[9])}）：预算向它倾斜。",
                f"Visitors of {best[0]} buy most ({percent(best[9])}): give it more of the budget.",
                "good",
            )
        )
    for row in sites:
        if row[10] and row[11] < row[10]:
            told = f"{row[0]}"
            notes.append(
                Note(f"{told} 花费多于成交。", f"{told} cost more than it brought in turnover.", "warn")
            )
    clicked = [row for row in creatives if row[4] is not None]
    if len(clicked) > 1:
        worst = clicked[-1]
        named = " ".join(filter(None, worst[:3]))
        notes.append(Note(f"{named} 点击率最低：换一个创意。", f"{named} is clicked least: change it."))
    return notes


@hookimpl
def crm_reports() -> list[Report]:
    """The report `traffic`."""
    about = {
        "zh": "多少人来看，多少人买，哪个来源和创意更好？",
        "en": "How many look, how many buy, which site and which advertisement do better?",
    }
    needs = ("traffic", "orders: id customer_id bought paid_on net source_tag")
    return [Report("traffic", traffic, zh="流量", en="Traffic", needs=needs, parameters=Asked, about=about)]
