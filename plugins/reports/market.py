"""The market: what is searched and bought, month by month, by which consumers, and which words lead.

Serves S238 (hot spots, deal trend and consumers of the past 12 months, ranking lists) with figures that a
market index tool lists and `crm import` brings in (record `market`), or that are told by hand. A word's trend
is its searches in the newest three months against the three before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from crmcore import Chart, Column, Findings, Note, Report, ReportData, Table, Title, hookimpl, in_words

about = {"zh": "市场行情：每个月大家搜什么、买什么，是哪些消费者，哪些词领先。"}


@dataclass(frozen=True)
class Asked:
    """Which word, how far back."""

    keyword: Annotated[str, Title("关键词", "Keyword"), {"zh": "只看这个词", "en": "only this word"}] = ""
    months: Annotated[int, Title("月数", "Months"), {"zh": "看多少个月", "en": "so many months"}] = 12
    limit: Annotated[
        int, Title("词数上限", "Words at most"), {"zh": "最多列多少个词", "en": "so many words"}
    ] = 20

    def __post_init__(self) -> None:
        if not 1 <= self.months <= 60 or not 1 <= self.limit <= 1000:
            raise ValueError(
                in_words(
                    {
                        "zh": "months 为 1 到 60，limit 为 1 到 1000",
                        "en": "months are 1 to 60, limit is 1 to 1000",
                    }
                )
            )


# Figures of all consumers, else those of the grades together.
_TOLD = """
WITH told AS (
    SELECT CAST(date_trunc('month', on_day) AS DATE) AS month, keyword, grade, searches, deals, sold, rank
    FROM market WHERE ($keyword = '' OR keyword = $keyword) AND on_day <= $today
        AND on_day >= date_trunc('month', CAST($today AS DATE)) - to_months(CAST($months AS INTEGER) - 1)
), whole AS (
    SELECT month, keyword, coalesce(sum(searches) FILTER (grade = ''), sum(searches)) AS searches,
        coalesce(sum(deals) FILTER (grade = ''), sum(deals)) AS deals,
        coalesce(sum(sold) FILTER (grade = ''), sum(sold)) AS sold, min(rank) AS rank
    FROM told GROUP BY 1, 2
)
"""
_MONTHS = (
    _TOLD
    + """
SELECT month, CAST(sum(searches) AS BIGINT), CAST(sum(deals) AS BIGINT), sum(deals) / nullif(sum(searches),
0),     CAST(sum(sold) AS BIGINT) FROM whole GROUP BY 1 ORDER BY 1
"""
)
_WORDS = (
    _TOLD
    + """
, newest AS (SELECT max(month) AS month FROM whole)
SELECT keyword, arg_max(rank, whole.month), CAST(sum(searches) AS BIGINT), CAST(sum(deals) AS BIGINT),
    sum(deals) / nullif(sum(searches), 0),
    sum(searches) FILTER (whole.month > newest.month - INTERVAL 3 MONTH)
        / nullif(sum(searches) FILTER (whole.month <= newest.month - INTERVAL 3 MONTH
            AND whole.month > newest.month - INTERVAL 6 MONTH), 0) - 1
FROM whole, newest GROUP BY 1 ORDER BY 3 DESC NULLS LAST, 1 LIMIT $limit
"""
)
_GRADES = (
    _TOLD
    + """
SELECT grade, CAST(sum(searches) AS BIGINT), CAST(sum(deals) AS BIGINT),
    sum(deals) / nullif(sum(sum(deals)) OVER (), 0), CAST(sum(sold) AS BIGINT)
FROM told WHERE grade <> '' GROUP BY 1 ORDER BY 3 DESC NULLS LAST, 1
"""
)
_SEARCHES = Column("searches", "int", zh="搜索指数", en="Searches")
_DEALS = Column("deals", "int", zh="成交指数", en="Deals")
_RATE = Column("rate", "percent", zh="成交比搜索", en="Deals per search")


def market(data: ReportData, asked: Asked) -> Findings:
    """Months, words, consumers."""
    values: dict[str, Any] = {"today": data.today, "keyword": asked.keyword, "months": asked.months}
    months = data.query(_MONTHS, **values)
    words = data.query(_WORDS, limit=asked.limit, **values)
    grades = data.query(_GRADES, **values)
    sold = Column("sold", "money", zh="成交额", en="Sold")
    rank, trend = (
        Column("rank", "int", zh="排名", en="Rank"),
        Column("trend", "percent", zh="走势", en="Trend"),
    )
    tables = [
        Table("months", [Column("month", "day", zh="月份", en="Month"), _SEARCHES, _DEALS, _RATE, sold],
        months,       zh="走势", en="Month by month"),
        Table("words", [Column("keyword", zh="关键词", en="Keyword"), rank, _SEARCHES, _DEALS, _RATE, trend],
              words, zh="热词", en="Words"),
    ]  # fmt: skip
    if grades:
        share = Column("share", "percent", zh="成交占比", en="Share of deals")
        named = Column("grade", zh="消费层级", en="Consumers")
        tables.append(
            Table("grades", [named, _SEARCHES, _DEALS, share, sold], grades, zh="谁在买", en="Who buys")
        )
    charts = [Chart("months", "line", "month", ["searches"]), Chart("words", "bars", "keyword", ["searches"])]
    return Findings(tables, charts, _notes(words))


def _notes(words: list[tuple[Any, ...]]) -> list[Note]:
    if not words:
        return [
            Note(
                "没有行业指数：用 record: market 的映射导入，或 crm figures set market 手工录入。",
                "No figures of the market are known: import a table with a mapping of record market, or tell "
                "them with crm figures set market.",
            )
        ]
    rising = [row for row in words if row[5] is not None and row[5] > 0]
    if not rising:
        return []
    best = max(rising, key=lambda row: (row[5], row[0]))
    change = f"{best[5] * 100:+.0f}%"
    return [
        Note(
            f"“{best[0]}”近三个月 {change}：上新和标题里用上。",
            f"“{best[0]}” is at {change} in three months: use it in new arrivals and titles.",
            "good",
        )
    ]


@hookimpl
def crm_reports() -> list[Report]:
    """The report `market`."""
    about = {
        "zh": "行业里在搜什么、买什么，谁在买？",
        "en": "What is searched and bought in the trade, and by whom?",
    }
    return [
        Report("market", market, zh="行业指数", en="Market", needs=("market",), parameters=Asked, about=about)
    ]
