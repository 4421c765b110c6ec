"""Sales by what one likes: source, platform, category, region, channel of sale, campaign tag, weekday.

Serves S116, S130, S167 and S232 (consumption kind, channel, place of sale). Orders count where bought, by
the day of payment, nobody's too; by category the lines of such orders count, with their own totals.
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
    percent,
)

about = {"zh": "销售构成：按来源、平台、类目、地区、销售渠道、活动标签或星期来看。"}

By = Literal["source", "platform", "province", "city", "channel", "source_tag", "category", "weekday"]
_TITLES = {
    "source": ("来源", "Source"),
    "platform": ("平台", "Platform"),
    "province": ("省份", "Province"),
    "city": ("城市", "City"),
    "channel": ("渠道", "Channel"),
    "source_tag": ("活动来源", "Campaign tag"),
    "category": ("类目", "Category"),
    "weekday": ("星期（1 为周一）", "Weekday (1: Monday)"),
}


@dataclass(frozen=True)
class Asked(Days):
    """By what, and which time."""

    by: Annotated[
        By, Title("分群依据", "Grouped by"), {"zh": "销售按什么分群", "en": "what the sales are grouped by"}
    ] = "source"
    limit: Annotated[
        int,
        Title("行数上限", "Rows at most"),
        {"zh": "最多列多少行，其余合为一行", "en": "so many rows, the others as one"},
    ] = 30

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 <= self.limit <= 1000:
            raise ValueError(in_words({"zh": "limit 为 1 到 1000", "en": "limit is 1 to 1000"}))


# Columns by name: what stands between the braces below comes from here alone.
_GROUPS = {"weekday": "CAST(isodow(paid_on) AS VARCHAR)"}
_ORDERS = """
WITH sold AS (
    SELECT coalesce({group}, '-') AS name, id, customer_id, net FROM orders
    WHERE bought AND paid_on BETWEEN $start AND $end
)
"""
_LINES = """
WITH sold AS (
    SELECT coalesce(category, '-') AS name, order_id AS id, customer_id, total AS net FROM lines
    WHERE on_day BETWEEN $start AND $end
)
"""
_SUMS = """
, grouped AS (
    SELECT name, count(DISTINCT id) AS orders, count(DISTINCT customer_id) AS buyers,
        CAST(coalesce(sum(net), 0) AS BIGINT) AS net
    FROM sold GROUP BY 1
)
SELECT name, orders, buyers, net, net / nullif(sum(net) OVER (), 0) FROM grouped ORDER BY net DESC, name
"""
_BEHIND = "SELECT customer_id FROM sold WHERE name = $name"


def breakdown(data: ReportData, asked: Asked) -> Findings:
    """One table, the biggest first."""
    values = asked.span(data.today)
    sold = _LINES if asked.by == "category" else _ORDERS.replace("{group}", _GROUPS.get(asked.by, asked.by))
    found = data.query(sold + _SUMS, **values)
    rows = [(*row[:4], row[4], round(row[3] / row[1])) for row in found[: asked.limit]]
    zh, en = _TITLES[asked.by]
    columns = [
        Column("name", "platform" if asked.by in ("source", "platform") else "text", zh=zh, en=en),
        Column("orders", "int", zh="订单", en="Orders"),
        Column("buyers", "int", zh="买家", en="Buyers"),
        Column("net", "money", zh="实收", en="Net"),
        Column("share", "percent", zh="占比", en="Share"),
        Column("average_order_value", "money", zh="客单价", en="AOV"),
    ]
    titles = {"zh": f"按{zh}", "en": f"By {en.lower()}"}
    table = Table("sales", columns, rows, **titles, drill=sold + _BEHIND, values=values)
    return Findings([table], [Chart("sales", "bars", "name", ["net"])], _notes(found, asked))


def _notes(found: list[tuple[str, int, int, int, float | None]], asked: Asked) -> list[Note]:
    if not found:
        return [Note("这段时间没有成交。", "Nothing was bought in this time.")]
    notes = []
    if len(found) > asked.limit:
        rest = found[asked.limit :]
        notes.append(
            Note(
                f"另有 {len(rest):,} 项，共 {sum(row[1] for row in rest):,} 单。",
                f"{len(rest):,} more, {sum(row[1] for row in rest):,} orders in all.",
            )
        )
    unknown = next((row for row in found if row[0] == "-"), None)
    if unknown is not None:
        share = percent(unknown[4] or 0)
        notes.append(Note(f"{share} 的成交没有这一项信息。", f"{share} of the sales do not say."))
    return notes


@hookimpl
def crm_reports() -> list[Report]:
    """The report `breakdown`."""
    about = {
        "zh": "钱从哪里来：来源、地区、类目、渠道？",
        "en": "Where does the money come from: source, region, category, channel?",
    }
    return [
        Report(
            "breakdown",
            breakdown,
            zh="构成",
            en="Breakdown",
            needs=("orders", "lines"),
            parameters=Asked,
            about=about,
        )
    ]
