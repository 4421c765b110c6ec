"""Behind every row stand its customers, as many as the row counts; but for rows that stand for nobody."""

from __future__ import annotations

from collections.abc import Sequence

from crmcore.analytics.data import Data
from crmcore.analytics.findings import Checked, drill_values
from crmcore.analytics.parts import tried
from crmcore.hooks.reports import TABLES, Table
from crmcore.shop import Shop
from tests.reports.made_up import TODAY

# Rows of these stand for nobody: months to come, the trade, advertisements that no order names.
NOBODYS = {
    "forecast.ahead", "prospects.ahead", "market.months", "market.words", "market.grades", "traffic.creatives",
    "repurchase.top_shops", "promotion.campaigns",
}  # fmt: skip
# What a row counts of those who stand behind it, the first column that it has.
COUNTS = ("again", "old", "lately", "kept", "new", "customers", "buyers")
OTHERS = {
    "traffic.traffic": "", "satisfaction.months": "", "repurchase.times": "buyers", "sales.sales": "buyers",
    "payment.months": "", "forecast.known": "buyers", "regions.regions": "buyers", "promotion.phases": "buyers",
    "promotion.tags": "buyers", "members.activity": "buyers", "staff.staff": "customers", "profile.profile": "customers",
    "regions.tiers": "", "rfm.grid": "", "summary.counts": "", "prospects.kinds": "lately",
}  # fmt: skip
TYPED = {
    "members": {"activity_start": "2024-02-24", "activity_end": "2024-03-08"},
    "products": {"slow_after": "10"}, "promotion": {"start": "2024-04-01"}, "comparison": {"on": "2024-04-01"},
    "summary": {"month": "2024-04-01"},
}  # fmt: skip


def test_every_row_leads_to_its_customers(made_up: Shop) -> None:
    wrong = []
    with Data(made_up.reports._source(TODAY), TABLES) as data:
        for plugin, report in made_up.reports.all():
            name = report.name
            found = tried(report, data, made_up.reports._parameters(plugin, name, TYPED.get(name, {})))
            assert isinstance(found, Checked), found
            for table in found.tables:
                its = f"{name}.{table.name}"
                if its in NOBODYS or not table.drill:
                    wrong += [] if its in NOBODYS and not table.drill else [(its, "is it anybody's?")]
                elif rows := table.rows[:-1] if table.footer else table.rows:
                    wrong += _wrong(data, its, table, rows[len(rows) // 2])
    assert wrong == []


def _wrong(data: Data, its: str, table: Table, row: Sequence[object]) -> list[tuple[object, ...]]:
    shown = dict(zip((one.name for one in table.columns), row, strict=True))
    select = f"SELECT count(DISTINCT customer_id) FROM ({table.drill})"
    count = data.one(select, **drill_values(table, row))
    column = OTHERS.get(its) if its in OTHERS else next((one for one in COUNTS if one in shown), "")
    right = count == shown[column] if column else count or its == "traffic.traffic"
    return [] if right else [(its, count, shown)]
