"""Bands are said once: what segments, plugins and reports tell apart are the same people."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from crmcore.rules.where import where
from crmcore.shop import Shop
from crmcore.store.playbook_tables import LAYERS
from tests.importing.shops import import_one, mapping
from tests.playbook.test_playbook import lay

DAY = date(2026, 5, 5)  # li last ordered 93 days before, han 65


def rows(shop: Shop, report: str, table: str, **typed: str) -> list[tuple[Any, ...]]:
    found = shop.reports.run(report, typed, as_of=DAY).findings.tables
    return [tuple(row) for row in next(one for one in found if one.name == table).rows]


def test_bands_of_a_pack_hold_for_the_segments_and_the_report_of_lapse(shop: Shop) -> None:
    edges = {"title": {"zh": "流失", "en": "Lapse"}, "field": "days_since_last_order", "edges": [60, 80]}
    lay(shop.playbook, "tea", 1, "bands", lapse=edges, odd={"field": "orders", "edges": [3, 1]})
    shop.plugins_changed()
    names = {one.name for one in shop.segments.all() if one.source == "lapse"}
    assert names == {"active", "lapsed_60", "lapsed_80"}
    assert [shop.segments.count(name, DAY).count for name in ("active", "lapsed_60", "lapsed_80")] == [
        0,
        1,
        1,
    ]
    assert [row[1:3] for row in rows(shop, "lapsed", "bands")] == [("60-79", 1), ("80+", 1)]
    shop.change_plugin_settings("lapse", {"bands": "[90]"})  # the shop's own word goes before
    assert shop.segments.count("lapsed_90", DAY).count == 1
    assert [row[1:3] for row in rows(shop, "lapsed", "bands")] == [("0-89", 1), ("90+", 1)]


LATE = """\
order_ref,buyer_ref,name,placed_at,paid_at,order_total
B1,wu,吴一,2026-02-04 23:00:00,2026-02-05 01:00:00,50.00
B2,zhao,赵二,,2026-05-01 09:00:00,50.00
"""


def test_how_long_somebody_has_not_bought_is_counted_from_the_day_of_ordering(
    shop: Shop, tmp_path: Path
) -> None:
    """Paid the day after, 89 days ago; and of the other one no day but that of paying is known."""
    (tmp_path / "late.csv").write_text(LATE, "utf-8")
    columns = LATE.partition("\n")[0].split(",")
    said = mapping(
        tmp_path, "late", record="order", columns=columns, currency="CNY", time_zone="Asia/Shanghai"
    )
    import_one(shop, tmp_path / "late.csv", mapping=said)
    names = ("active", "lapsed_90", "lapsed_180", "lapsed_365")
    # han and zhao; li and wu
    assert [shop.segments.count(name, DAY).count for name in names] == [2, 2, 0, 0]
    kept = "SELECT count(*) FROM cards WHERE orders > 0 AND (last_order_at IS NULL OR first_order_at IS NULL)"
    with shop.database.read() as connection:
        assert connection.exec_driver_sql(kept).scalar() == 0
    assert [row[1:3] for row in rows(shop, "lapsed", "bands")] == [("0-89", 2), ("90-179", 2)]
    grid = rows(shop, "rfm", "grid", classes="fixed")
    assert {row[0]: sum(row[1:]) for row in grid} == {
        r: shop.segments.count(f"rfm_r{r}", DAY).count for r in range(1, 6)
    }
    assert [row[-1] for row in rows(shop, "grades", "grades")] == [53, 93]  # of 65, 90 and 4; li bought twice


def test_any_other_bands_make_segments_of_their_own(shop: Shop) -> None:
    titles = [{"zh": word, "en": word} for word in ("small", "middle", "big")]
    body = {"title": {"zh": "消费", "en": "Spent"}, "field": "total_spent", "edges": [80, 700]}
    lay(
        shop.playbook,
        "tea",
        1,
        "bands",
        spent={**body, "titles": titles},
        some={**body, "titles": titles[1:]},
    )
    lay(shop.playbook, "tea", 1, "bands", nowhere={**body, "field": "spendings"})
    known = {one.name: one for one in shop.segments.all() if one.source == "tea"}
    assert {name: one.en for name, one in known.items() if name.startswith(("spent", "some"))} == {
        "spent_1": "Spent small", "spent_2": "Spent middle", "spent_3": "Spent big",
        "some_1": "Spent middle", "some_2": "Spent big",
    }  # fmt: skip
    assert "no field 'spendings'" in str(known["nowhere_1"].error)
    counts = [shop.segments.count(f"spent_{number}", DAY).count for number in (1, 2, 3)]
    assert counts == [0, 1, 1]  # han spent 80.00, and an edge begins its range
    shop.documents.table(LAYERS).remove(where("pack") == "tea")
    assert not any(one.name.startswith("spent") for one in shop.segments.all())


def test_the_classes_of_the_reports_are_those_of_the_segments(shop: Shop) -> None:
    shop.change_plugin_settings("rfm_cells", {"recency": "[70,90,180,365]", "monetary": "[90,100,300,3000]"})
    shop.change_plugin_settings("buyer_grade", {"orders": "[1,2,3,4,5]"})
    table = rows(shop, "rfm", "grid", classes="fixed")
    grid = {row[0]: sum(row[1:]) for row in table}
    assert grid == {r: shop.segments.count(f"rfm_r{r}", DAY).count for r in range(1, 6)}
    assert (grid[5], grid[3]) == (1, 1)
    for f in range(1, 6):
        assert sum(row[f] for row in table) == shop.segments.count(f"rfm_f{f}", DAY).count
    result = shop.reports.run("rfm", {}, as_of=DAY)
    assert any("classes=fixed" in note.en for note in result.findings.notes)
    assert "fixed bounds" in shop.segments.get("rfm_r5").en
    names = ("novice", "junior", "middle", "senior", "die_hard")
    told = {row[0]: row[3] for row in rows(shop, "grades", "grades")}
    for number, name in enumerate(names, start=1):
        assert shop.segments.count(f"grade_{name}", DAY).count == told.get(number, 0)
