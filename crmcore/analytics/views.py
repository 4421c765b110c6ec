"""Views over the tables of reports: what several reports ask, said in one place.

Nothing is worked out before a report asks. Who does not need `first_on` asks the orders themselves: DuckDB
works it out for `purchases` whether it is named or not (0.4 s of CPU over three million orders).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class View:
    """A view over one table, and the columns of it that it cannot do without."""

    of: str
    columns: frozenset[str]
    select: str


_FIGURES = (
    "shown", "clicks", "visitors", "views", "left_at_once", "saw_5_pages", "saw_10_pages", "buyers", "orders",
    "spent",
)  # fmt: skip
# What is told of the whole shop (site '') counts; else what is told of its sites, together.
_OF_THE_SHOP = ", ".join(f"coalesce(sum({one}) FILTER (site = ''), sum({one})) AS {one}" for one in _FIGURES)

VIEWS = {
    "purchases": View(
        "orders",
        frozenset({"customer_id", "bought", "paid_on"}),
        "SELECT *, CASE WHEN customer_id IS NOT NULL THEN min(paid_on) OVER (PARTITION BY customer_id) END "
        "AS first_on FROM orders WHERE bought",
    ),
    "buyers": View(
        "orders",
        frozenset({"customer_id", "bought", "placed_on", "paid_on", "net"}),
        "SELECT customer_id, count(*) AS orders, CAST(sum(net) AS BIGINT) AS net, min(paid_on) AS first_on, "
        "max(placed_on) AS last_on FROM orders WHERE bought AND customer_id IS NOT NULL GROUP BY 1",
    ),
    # A shop of whose lines none has a product behind it sells something all the same.
    "goods_sold": View(
        "lines",
        frozenset({"sku", "goods"}),
        "SELECT * FROM lines WHERE sku IS NOT NULL "
        "AND (goods OR NOT (SELECT coalesce(bool_or(goods), false) FROM lines))",
    ),
    "traffic_days": View(
        "traffic",
        frozenset({"on_day", "site", *_FIGURES}),
        f"SELECT on_day, {_OF_THE_SHOP} FROM traffic GROUP BY 1",
    ),
}


def views(wanted: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The statements that make the views over these tables, which come with their columns (none: all)."""
    for name, view in VIEWS.items():
        columns = wanted.get(view.of)
        if columns is not None and view.columns <= set(columns or view.columns):
            yield f"CREATE OR REPLACE VIEW {name} AS {view.select}"
