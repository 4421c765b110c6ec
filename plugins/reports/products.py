"""Products: what sells, what stands still, what is bought together, and in which months it sells.

Serves S86 to S88 and S234. Lines of bought orders count by the day of payment. Two products are bought
together when they stand in one order; lift is how much more often that happens than if nobody chose (Brin
et al. 1997): P(a and b) / (P(a) * P(b)) over the orders with lines; pairs below `support` orders are left
out. Stock, supplier and packaging stand where product figures tell them (`crm figures`); stock lasts so many
days at the pace of the newest `slow_after` days.
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
    hookimpl,
    in_words,
)

about = {"zh": "商品分析：什么好卖、什么滞销、什么常一起买、在哪几个月卖得好。"}

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Asked(Days):
    """Which time, how many rows."""

    limit: Annotated[
        int,
        Title("行数上限", "Rows at most"),
        {"zh": "最多列多少个商品和搭配", "en": "so many products and pairs"},
    ] = 20
    slow_after: Annotated[
        int,
        Title("滞销天数", "Slow after days"),
        {"zh": "多少天没卖出算滞销", "en": "a product is slow when it has not sold for so many days"},
    ] = 90
    support: Annotated[
        int,
        Title("搭配单数", "Pair from orders"),
        {"zh": "一起买的单数达到多少才算搭配", "en": "a pair counts from so many orders"},
    ] = 5

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 <= self.limit <= 1000 or self.support < 1 or self.slow_after < 1:
            raise ValueError(
                in_words(
                    {
                        "zh": "limit 为 1 到 1000，support 和 slow_after 不小于 1",
                        "en": "limit is 1 to 1000, support and slow_after at least 1",
                    }
                )
            )


_SOLD = """
SELECT sku, arg_max(title, on_day), arg_max(category, on_day), CAST(sum(quantity) AS BIGINT),
    count(DISTINCT order_id),
    count(DISTINCT customer_id), CAST(coalesce(sum(total), 0) AS BIGINT) AS net
FROM goods_sold WHERE on_day BETWEEN $start AND $end GROUP BY 1 ORDER BY net DESC,
    sku LIMIT $limit
"""
# The newest figures of a product that are told; those that never sold are slow, too.
_SUPPLY = """
, supply AS (
    SELECT sku, max_by(stock, coalesce(on_day, DATE '0001-01-01')) FILTER (stock IS NOT NULL) AS stock,
        any_value(supplier) AS supplier, any_value(packaging) AS packaging, any_value(title) AS title
    FROM products WHERE sku <> '' AND coalesce(on_day <= $end, true) GROUP BY 1
)
"""
_SLOW = (
    """
WITH sold AS (
    SELECT sku, arg_max(title, on_day) AS title, max(on_day) AS last, sum(quantity) AS pieces
    FROM goods_sold WHERE on_day <= $end GROUP BY 1
)
"""
    + _SUPPLY
    + """
SELECT sku, coalesce(s.title, p.title), last, $end - last AS days, CAST(coalesce(pieces, 0) AS BIGINT), stock,
    supplier
FROM sold s FULL JOIN supply p USING (sku)
WHERE coalesce($end - last >= $slow_after, stock > 0) ORDER BY days DESC NULLS FIRST, sku LIMIT $limit
"""
)
_STOCK = (
    """
WITH sold AS (
    SELECT sku, sum(quantity) AS pieces FROM goods_sold
    WHERE on_day BETWEEN $end - $slow_after + 1 AND $end GROUP BY 1
)
"""
    + _SUPPLY
    + """
SELECT sku, title, packaging, supplier, stock, CAST(coalesce(pieces, 0) AS BIGINT),
    CASE WHEN pieces > 0 THEN stock * $slow_after / pieces END AS days
FROM supply LEFT JOIN sold USING (sku) WHERE stock IS NOT NULL
ORDER BY days DESC NULLS FIRST, stock DESC, sku LIMIT $limit
"""
)
_PAIRS = """
WITH bought AS (
    SELECT DISTINCT order_id, sku FROM goods_sold WHERE on_day BETWEEN $start AND $end
), alone AS (SELECT sku, count(*) AS orders FROM bought GROUP BY 1),
every AS (SELECT count(DISTINCT order_id) AS orders FROM bought),
pairs AS (
    SELECT a.sku AS a, b.sku AS b, count(*) AS orders FROM bought a JOIN bought b USING (order_id)
    WHERE a.sku < b.sku GROUP BY 1, 2 HAVING count(*) >= $support
)
SELECT p.a, p.b, p.orders, p.orders / e.orders, p.orders / x.orders,
    CAST(p.orders AS DOUBLE) * e.orders / (CAST(x.orders AS DOUBLE) * y.orders) AS lift
FROM pairs p, every e, alone x, alone y WHERE x.sku = p.a AND y.sku = p.b
ORDER BY lift DESC, p.orders DESC, p.a, p.b LIMIT $limit
"""
_MONTHS = """
SELECT coalesce(category, '-') AS category, month(on_day), CAST(sum(quantity) AS BIGINT)
FROM lines WHERE on_day BETWEEN $start AND $end GROUP BY 1, 2
"""
_OF_SKU = "SELECT customer_id FROM lines WHERE sku = $sku AND on_day BETWEEN $start AND $end"
_OF_CATEGORY = """
SELECT customer_id FROM lines WHERE coalesce(category, '-') = $category AND on_day BETWEEN $start AND $end
"""
_EVER = "SELECT customer_id FROM lines WHERE sku = $sku AND on_day <= $end"
_OF_PAIR = """
SELECT customer_id FROM lines WHERE on_day BETWEEN $start AND $end AND sku IN ($a, $b)
GROUP BY customer_id, order_id HAVING count(DISTINCT sku) = 2
"""


def products(data: ReportData, asked: Asked) -> Findings:
    """What sells, what goes together, what stands still, and the seasons of the categories."""
    values = asked.span(data.today)
    more = {"limit": asked.limit, "slow_after": asked.slow_after, "support": asked.support}
    sold = data.query(_SOLD, **values, **more)
    total = data.one(
        "SELECT CAST(sum(total) AS BIGINT) FROM lines WHERE on_day BETWEEN $start AND $end", **values
    )
    pairs = data.query(_PAIRS, **values, **more)
    slow = data.query(_SLOW, **values, **more)
    seasons = _seasons(data.query(_MONTHS, **values), values)
    stock = data.query(_STOCK, **values, **more)
    tables = [
        _best(sold, total, values),
        _together(pairs, values),
        _still(slow, values),
        seasons,
        *_stocked(stock, values),
    ]
    months = [f"m{month}" for month in range(1, 13)]
    charts = [Chart("best", "bars", "title", ["net"]), Chart("seasons", "heat", "category", months)]
    return Findings(tables, charts, _notes(sold, pairs, slow, asked))


def _best(sold: Rows, total: int | None, values: dict[str, date]) -> Table:
    columns = [
        Column("sku", zh="货号", en="SKU"),
        Column("title", zh="商品", en="Product"),
        Column("category", zh="类目", en="Category"),
        Column("quantity", "int", zh="件数", en="Pieces"),
        Column("orders", "int", zh="订单", en="Orders"),
        Column("buyers", "int", zh="买家", en="Buyers"),
        Column("net", "money", zh="金额", en="Money"),
        Column("share", "percent", zh="占比", en="Share"),
    ]
    rows = [(*row, row[6] / total if total else None) for row in sold]
    return Table("best", columns, rows, zh="卖得好的", en="What sells", drill=_OF_SKU, values=values)


def _together(pairs: Rows, values: dict[str, date]) -> Table:
    columns = [
        Column("a", zh="商品 A", en="Product A"),
        Column("b", zh="商品 B", en="Product B"),
        Column("orders", "int", zh="一起买的单", en="Orders with both"),
        Column("support", "percent", zh="占全部订单", en="Of all orders"),
        Column("confidence", "percent", zh="买 A 的也买 B", en="Of A's also B"),
        Column("lift", "number", zh="提升度", en="Lift"),
    ]
    return Table("together", columns, pairs, zh="一起买", en="Bought together", drill=_OF_PAIR, values=values)


def _still(slow: Rows, values: dict[str, date]) -> Table:
    columns = [
        Column("sku", zh="货号", en="SKU"),
        Column("title", zh="商品", en="Product"),
        Column("last", "day", zh="最后卖出", en="Sold last"),
        Column("days", "int", zh="天数", en="Days"),
        Column("quantity", "int", zh="一共卖过", en="Ever sold"),
        Column("stock", "int", zh="库存", en="In stock"),
        Column("supplier", zh="供应商", en="Supplier"),
    ]
    titles = {"zh": "卖不动的", "en": "What stands still"}
    return Table("slow", columns, slow, **titles, drill=_EVER, values=values)


def _stocked(stock: Rows, values: dict[str, date]) -> list[Table]:
    columns = [
        Column("sku", zh="货号", en="SKU"),
        Column("title", zh="商品", en="Product"),
        Column("packaging", zh="包装", en="Packaging"),
        Column("supplier", zh="供应商", en="Supplier"),
        Column("stock", "int", zh="库存", en="In stock"),
        Column("quantity", "int", zh="近期卖出", en="Sold lately"),
        Column("days", "number", zh="还能卖几天", en="Lasts days"),
    ]
    table = Table("stock", columns, stock, zh="库存", en="Stock", drill=_EVER, values=values)
    return [table] if stock else []


def _seasons(found: list[tuple[str, int, int]], values: dict[str, date]) -> Table:
    counted: dict[str, dict[int, int]] = {}
    for category, month, quantity in found:
        counted.setdefault(category, {})[month] = quantity
    columns = [Column("category", zh="类目", en="Category")]
    columns += [Column(f"m{month}", "int", zh=f"{month}月", en=str(month)) for month in range(1, 13)]
    rows = [
        (category, *(months.get(month, 0) for month in range(1, 13)))
        for category, months in sorted(counted.items(), key=lambda pair: (-sum(pair[1].values()), pair[0]))
    ]
    titles = {"zh": "各月卖出件数", "en": "Pieces by month of the year"}
    return Table("seasons", columns, rows, **titles, drill=_OF_CATEGORY, values=values)


def _notes(
    sold: Rows,
    pairs: Rows,
    slow: Rows,
    asked: Asked,
) -> list[Note]:
    if not sold:
        return [Note("这段时间没卖出商品。", "Nothing was sold in this time.")]
    notes = []
    if pairs:
        first = pairs[0]
        notes.append(
            Note(
                f"{first[0]} 和 {first[1]} 常一起买（提升度 {first[5]:.1f}）：可以做搭配推荐。",
                f"{first[0]} and {first[1]} are bought together (lift {first[5]:.1f}): offer them together.",
                "good",
            )
        )
    if slow:
        notes.append(
            Note(
                f"有商品 {asked.slow_after} 天以上没卖出：少备货，换季前清掉。",
                f"Some products have not sold for {asked.slow_after} days: stock less, clear them before the "
                "season.",
                "warn",
            )
        )
    return notes


@hookimpl
def crm_reports() -> list[Report]:
    """The report `products`."""
    about = {
        "zh": "什么好卖、什么卖不动、什么常一起买？",
        "en": "What sells, what stands still, what is bought together?",
    }
    return [
        Report(
            "products",
            products,
            zh="商品",
            en="Products",
            needs=("lines: order_id customer_id on_day sku title category quantity total goods", "products"),
            parameters=Asked,
            about=about,
        )
    ]
