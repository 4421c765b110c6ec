"""The promotion report tells of a campaign what `crm campaign report` tells, beside the days before and a year ago."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from crmcore.campaigns.report import add_cost
from crmcore.errors import CrmError
from tests.campaigns.conftest import World
from tests.conftest import NOW

DAY = 86_400


def told(world: World, **typed: str) -> dict[str, list[dict[str, Any]]]:
    result = world.shop.reports.run("promotion", typed)
    return {
        table.name: [
            {column.name: value for column, value in zip(table.columns, row, strict=True)}
            for row in table.rows
        ]
        for table in result.findings.tables
    } | {"notes": [{"en": one.en, "level": one.level} for one in result.findings.notes]}


def test_what_campaigns_earned_and_cost_stands_in_the_promotion_report(world: World) -> None:
    people = [world.person(f"P{number}") for number in range(120)]
    goal = {"measure": "revenue", "value": "1000"}
    name = world.campaign(control=0.4, prices={"pigeon": "0.5"}, goal=goal, window_days=7)
    world.campaigns.send(name)
    plan = world.campaigns.plans(name)[0]
    held_out = {
        one.person for one in world.campaigns.people(name, plan.id or 0, reasons=("control",), limit=None)
    }
    with world.shop.write("orders", kind="import") as w:
        for number, who in enumerate(people):
            if who not in held_out and number % 2:
                world.order(w, who, f"n{number}", net_total=1000, placed_at=NOW + DAY, paid_at=NOW + DAY)
            if number < 3:
                a_year_ago = NOW - 363 * DAY
                world.order(w, who, f"y{number}", net_total=500, placed_at=a_year_ago, paid_at=a_year_ago)
    add_cost(world.shop, world.campaigns.get(name).row, Decimal("12.50"), "flyers")
    world.go_to(NOW + 10 * DAY)
    known = world.campaigns.report(name)
    tables = told(world, start="2026-03-05", end="2026-03-11")
    [campaign] = tables["campaigns"]
    assert known.lift is not None
    assert campaign == {
        "campaign": name, "sent": plan.chosen, "orders": known.by_window.orders, "revenue": known.revenue,
        "cost": known.cost, "roi": pytest.approx(known.roi, abs=1e-4), "control": known.lift.control,
        "bought": pytest.approx(known.lift.share), "bought_without": 0.0,
        "difference": pytest.approx(known.lift.difference, abs=1e-6), "verdict": "确实多买了 / more bought",
        "extra": known.extra_revenue, "roi_of_lift": pytest.approx(known.roi_of_lift, abs=1e-4),
        "year_ago": known.year_ago.revenue, "before": known.period_before.revenue, "complained": 0,
    }  # fmt: skip
    assert any(one["en"].startswith(f"{name}: +") and "control group" in one["en"] for one in tables["notes"])
    returns = {row["phase"].partition(" / ")[2]: row for row in tables["returns"]}
    during = returns["during"]
    assert (during["net"], during["campaigns"], during["cost"]) == (known.revenue, known.cost, known.cost)
    assert during["roi"] == pytest.approx((known.revenue - known.cost) / known.cost)
    assert (during["goal"], during["of_goal"]) == (100_000, pytest.approx(known.revenue / 100_000))
    assert (returns["last year"]["net"], returns["last year"]["campaigns"]) == (1500, None)
    assert returns["before"]["goal"] is None
    said = {row["phase"].partition(" / ")[2]: row for row in told(
        world, start="2026-03-05", end="2026-03-11", cost="100", goal="500")["returns"]}  # fmt: skip
    assert (said["during"]["cost"], said["during"]["goal"]) == (10_000, 50_000)
    world.shop.gate = lambda _actor, action: action != "campaign.report"
    with pytest.raises(CrmError):
        world.campaigns.report(name)
    assert "campaigns" not in told(world, start="2026-03-05", end="2026-03-11")
