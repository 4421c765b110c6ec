"""A ready-made norm: how many days usually lie between two purchases of a product, by everybody."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from crmcore.hooks.norms import Norm, Row
from crmcore.hooks.reports import ReportData

# What stands before the name of a category among the keys, which are products otherwise.
OF_CATEGORY = "category:"

# A gap is told for one piece: who bought two comes back after twice the time.
_BOUGHT = """
SELECT customer_id, coalesce(nullif(sku, ''), title) AS product, any_value(category) AS category, on_day,
    greatest(sum(quantity), 1) AS pieces
FROM lines WHERE customer_id IS NOT NULL AND coalesce(nullif(sku, ''), title) <> '' GROUP BY 1, 2, 4
"""
_GAPS = """
SELECT product, category, date_diff('day', lag(on_day) OVER w, on_day) / lag(pieces) OVER w AS gap
FROM bought WINDOW w AS (PARTITION BY customer_id, product ORDER BY on_day)
"""
_USUAL = """
SELECT {key} AS key, count(*), quantile_cont(gap, [0.25, 0.5, 0.75]) FROM gaps
WHERE gap BETWEEN $least_days AND $most_days AND {key} IS NOT NULL
GROUP BY 1 HAVING count(*) >= $least ORDER BY 2 DESC, 1 LIMIT $most
"""
_WHO = f"""
SELECT customer_id FROM lines WHERE list_contains($keys, coalesce(nullif(sku, ''), title))
    OR list_contains($keys, '{OF_CATEGORY}' || category)
"""


def repeat_gaps(
    name: str = "gaps", *, least: int = 5, least_days: float = 2, most_days: float = 540, most: int = 5_000
) -> Norm:
    """A norm of the days between two purchases of a product by the same customer, for one piece.

    Keys are `Line.product`, and `category:NAME` for all products of a category together: a new product goes
    by its category. Figures: `gap` (median), `low` and `high` (quartiles), `count`. Products with fewer than
    `least` gaps are left out, and gaps outside `least_days` to `most_days`: the same order sent twice, and
    who came back after years. Who never came back is not counted: the gaps are those of people who do.
    """
    function = partial(_gaps, least=least, least_days=least_days, most_days=most_days, most=most)
    zh, en = "复购间隔", "Days until bought again"
    return Norm(name, function, ["lines"], _WHO, aside=["count"], zh=zh, en=en)


def _gaps(
    data: ReportData, *, least: int, least_days: float, most_days: float, most: int
) -> Mapping[str, Row]:
    values = {"least": least, "least_days": least_days, "most_days": most_days, "most": most}
    data.keep("bought", _BOUGHT)
    data.keep("gaps", _GAPS)
    found: dict[str, Row] = {}
    for key in ("product", f"'{OF_CATEGORY}' || category"):
        for product, count, (low, gap, high) in data.query(_USUAL.format(key=key), **values):
            found[product] = _row(count, low, gap, high)
    return found


def _row(count: int, *days: Any) -> Row:
    low, gap, high = (round(float(one), 1) for one in days)
    return {"gap": gap, "low": low, "high": high, "count": int(count)}
