"""Margin: what each product earns, on one piece, in all, and after what the shop spends besides.

Serves S87 and S231 (marginal, total and net profit by product). What a piece costs comes from product files
or by hand (`crm figures set product`): the newest cost that held on the day of the sale. A line brings its
total, less its share of what went back on its order. Net profit takes off `other_costs` and what traffic
figures say was spent on advertising, shared out by the money that each product brought.
"""

from __future__ import annotations

from dataclasses import dataclass
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
    hookimpl,
    in_words,
    percent,
)

about = {"zh": "毛利：每个商品单件赚多少、一共赚多少、扣除店铺其他开支后剩多少。"}

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Asked(Days):
    """Which time, how many rows."""

    other_costs: Annotated[
        float,
        Title("其他成本", "Other costs"),
        {
            "zh": "这段时间的房租、工资、邮费等，单位元",
            "en": "rent, wages, postage of that time, in major units",
        },
    ] = 0.0
    limit: Annotated[
        int,
        Title("商品数上限", "Products at most"),
        {"zh": "最多列多少个商品，其余合为一行", "en": "so many products, the others as one"},
    ] = 50

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 <= self.limit <= 1000 or self.other_costs < 0:
            raise ValueError(
                in_words(
                    {
                        "zh": "limit 为 1 到 1000，other_costs 不小于 0",
                        "en": "limit is 1 to 1000, other_costs 0 or more",
                    }
                )
            )


# A cost without a day holds from ever on; of two on one day the shop's own word counts.
_SOLD = """
WITH costs AS (
    SELECT sku, coalesce(on_day, DATE '0001-01-01') AS since,
        coalesce(max(cost) FILTER (source = 'hand'), max(cost)) AS cost
    FROM products WHERE cost IS NOT NULL GROUP BY 1, 2
), sold AS (
    SELECT l.sku, l.title, l.on_day, l.quantity, l.customer_id,
        l.total * CASE WHEN o.refunded > 0 THEN o.net / (o.net + o.refunded) ELSE 1 END AS money
    FROM goods_sold l JOIN orders o ON o.id = l.order_id
    WHERE l.on_day BETWEEN $start AND $end
), priced AS (
    SELECT s.*, c.cost FROM sold s ASOF LEFT JOIN costs c ON s.sku = c.sku AND s.on_day >= c.since
)
SELECT sku, arg_max(title, on_day), CAST(sum(quantity) AS BIGINT), CAST(round(sum(money)) AS BIGINT) AS net,
    CAST(sum(quantity * cost) AS BIGINT), CAST(round(sum(money) FILTER (cost IS NOT NULL)) AS BIGINT),
    CAST(sum(quantity) FILTER (cost IS NOT NULL) AS BIGINT)
FROM priced GROUP BY 1 ORDER BY net DESC, sku
"""
_SPENT = """
SELECT CAST(coalesce(sum(spent), 0) AS BIGINT) FROM traffic_days WHERE on_day BETWEEN $start AND $end
"""
_BUYERS = "SELECT customer_id FROM lines WHERE sku = $sku AND on_day BETWEEN $start AND $end"
_COLUMNS = [
    Column("sku", zh="货号", en="SKU"),
    Column("title", zh="商品", en="Product"),
    Column("quantity", "int", zh="件数", en="Pieces"),
    Column("net", "money", zh="金额", en="Money"),
    Column("cost", "money", zh="成本", en="Cost"),
    Column("profit", "money", zh="毛利", en="Profit"),
    Column("rate", "percent", zh="毛利率", en="Margin"),
    Column("each", "money", zh="每件毛利", en="Profit a piece"),
    Column("net_profit", "money", zh="净利", en="Net profit"),
    Column("share", "percent", zh="毛利占比", en="Share of profit"),
]


def margin(data: ReportData, asked: Asked) -> Findings:
    """Products by what they earn, a line over them all, and what is not known."""
    values = asked.span(data.today)
    found = data.query(_SOLD, **values)
    money = sum(row[3] for row in found)
    besides = data.minor(asked.other_costs) + data.one(_SPENT, **values)
    known = [_row(row, besides * row[3] / money if money else 0) for row in found if row[4] is not None]
    known.sort(key=lambda row: (-row[5], row[0]))
    earned = sum(row[5] for row in known)
    rows: Rows = [(*row, row[5] / earned if earned else None) for row in known[: asked.limit]]
    if rows:
        rows.append(_total(known, besides, money))
    table = Table(
        "margin", _COLUMNS, rows, zh="毛利", en="Profit by product", drill=_BUYERS, values=values,
        footer=bool(rows),
    )  # fmt: skip
    unknown = [(row[0], row[1], row[2], row[3]) for row in found if row[4] is None]
    tables = [table]
    if unknown:
        titles = {"zh": "不知道成本的商品", "en": "Products without a cost"}
        rest = unknown[: asked.limit]
        tables.append(Table("unknown", _COLUMNS[:4], rest, **titles, drill=_BUYERS, values=values))
    return Findings(tables, [Chart("margin", "bars", "sku", ["profit"])], _notes(data, known, unknown, money))


def _row(row: tuple[Any, ...], besides: float) -> tuple[Any, ...]:
    """`row`: sku, title, pieces, money, cost, and money and pieces of what has a known cost."""
    sku, title, quantity, net, cost, priced, pieces = row
    profit = priced - cost
    rate = profit / priced if priced else None
    each = round(profit / pieces) if pieces else None
    return sku, title, quantity, net, cost, profit, rate, each, round(profit - besides)


def _total(known: Rows, besides: int, money: int) -> tuple[Any, ...]:
    quantity, net, cost, profit = (sum(row[place] for row in known) for place in (2, 3, 4, 5))
    left = round(profit - (besides * net / money if money else 0))
    return (
        "",
        "",
        quantity,
        net,
        cost,
        profit,
        profit / net if net else None,
        None,
        left,
        1.0 if profit else None,
    )


def _notes(data: ReportData, known: Rows, unknown: Rows, money: int) -> list[Note]:
    if not known and not unknown:
        return [Note("这段时间没卖出商品。", "Nothing was sold in this time.")]
    notes = []
    if unknown:
        share = percent(sum(row[3] for row in unknown) / money if money else 0)
        notes.append(
            Note(
                f"{len(unknown):,} 个商品没有成本价，占销售额 {share}：用 record: product 的映射导入，或 "
                "crm figures set product 手工录入。",
                f"{len(unknown):,} products, {share} of the money, have no cost: import a table with a "
                "mapping of record product, or tell it with crm figures set product.",
                "warn",
            )
        )
    losing = [row for row in known if row[5] < 0]
    if losing:
        lost = data.money(-sum(row[5] for row in losing))
        notes.append(
            Note(
                f"{len(losing):,} 个商品亏本卖，共亏 {lost}：调价或停售。",
                f"{len(losing):,} products sell below cost, {lost} in all: raise the price or stop.",
                "warn",
            )
        )
    if known and known[0][5] > 0:
        told = f"{known[0][0]}"
        notes.append(Note(f"{told} 赚得最多：优先备货。", f"{told} earns most: keep it in stock.", "good"))
    return notes


@hookimpl
def crm_reports() -> list[Report]:
    """The report `margin`."""
    about = {"zh": "哪些商品真正赚钱？", "en": "Which products really earn money?"}
    needs = ("lines", "orders: id net refunded", "products", "traffic")
    return [Report("margin", margin, zh="毛利", en="Margin", needs=needs, parameters=Asked, about=about)]
