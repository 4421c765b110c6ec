"""Figures of days gone by that differ from yesterday's name their reason: an import, an edit, an undo."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from crmcore.analytics import show
from crmcore.shop import Shop
from crmcore.store import schema
from tests.analytics.test_live import bring, line
from tests.importing.shops import postgresql_under_stress as both_kinds_under_stress

DAY = 86_400


def yesterday(shop: Shop) -> None:
    """Everything that was done so far was done the day before."""
    with shop.write("clock") as write:
        write.connection.execute(sa.update(schema.changes).values(at=schema.changes.c.at - DAY))


@both_kinds_under_stress
def test_an_import_of_earlier_days_is_named(shop: Shop, tmp_path: Path) -> None:
    assert shop.reports.run("sales").since == []  # the shop is of today: nothing was told yesterday
    yesterday(shop)
    assert shop.reports.run("sales").since == []
    bring(shop, tmp_path, line("A7", "li"), line("A1", "li", refund_total="20.00"))
    [reason] = shop.reports.run("sales").since
    latest = shop.imports.all()[0]
    assert (reason.import_id, reason.kind, reason.new, reason.changed) == (latest.id, "import", 1, 1)
    told = " ".join(show.preamble(shop.reports.run("sales")))
    assert f"import {latest.id} (test): 1 orders came in, 1 orders changed" in told
    assert show.document(shop.reports.run("sales"))["changed_since_yesterday"][0]["import"] == latest.id
    shop.imports.undo(latest.id)
    kinds = [(one.kind, one.new) for one in shop.reports.run("sales").since]
    assert kinds[0] == ("undo", 0)
    yesterday(shop)
    assert shop.reports.run("sales").since == []


def test_orders_of_today_are_no_reason(shop: Shop, tmp_path: Path) -> None:
    yesterday(shop)
    at = f"{shop.clock().today} 00:00:00"
    bring(shop, tmp_path, line("A7", "li", placed_at=at, paid_at=at))
    assert shop.reports.run("sales").since == []
