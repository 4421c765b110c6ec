"""figures: told by hand, listed, used by a report; and what is refused."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Crm


def test_a_cost_told_by_hand_is_in_the_margin(crm: Crm, filled: Path) -> None:
    told = crm("figures", "set", "product", "--set", "sku=S1", "--set", "cost=120", "--json", shop=filled)
    assert (told.code, told.json) == (0, {"kind": "product", "result": "new"})
    [one] = crm("figures", "list", "product", "--json", shop=filled).json["figures"]
    assert (one["source"], one["subject"], one["figures"]) == ("hand", "S1", {"cost": 12000})
    assert "S1" in crm("figures", "list", "product", shop=filled).out
    found = crm("report", "margin", "--as-of", "2026-02-28", "--json", shop=filled).json
    rows = [dict(zip(found["columns"], row, strict=True)) for row in found["rows"]]
    assert rows[0]["sku"] == "S1"
    assert rows[0]["profit"] == rows[0]["net"] - 12000 * rows[0]["quantity"]


def test_what_is_none_is_refused(crm: Crm, filled: Path) -> None:
    refused = crm("figures", "set", "product", "--set", "sku=S1", "--set", "cots=1", shop=filled)
    assert (refused.code, refused.out) == (2, "")
    assert "did you mean 'cost'" in refused.err
    assert crm("figures", "list", "weather", shop=filled).code == 2
