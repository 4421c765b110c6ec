"""Files of daily figures: kept, changed, set aside, taken back; and figures told by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crmcore.errors import MappingError, UsageError
from crmcore.importing.figures import by_hand
from crmcore.importing.mapping import load_mapping
from crmcore.shop import Shop
from crmcore.store.figures import listed
from tests.importing.shops import content, import_one, mapping, table

DAYS = [
    {"day": "2026-11-01", "site": "", "visitors": "1,200", "views": "4800", "spent": "12.50"},
    {"day": "2026/11/02", "site": "", "visitors": "1.3万", "views": "", "spent": "￥8"},
    {"day": "yesterday", "site": "", "visitors": "5", "views": "6", "spent": ""},
    {"day": "2026-11-03", "site": "a", "visitors": "-5", "views": "6", "spent": ""},
    {"day": "2026-11-04", "site": "a", "visitors": "", "views": "", "spent": ""},
    {"day": "", "site": "a", "visitors": "7", "views": "", "spent": ""},
]


def days(folder: Path) -> Path:
    return mapping(folder, "days", record="traffic", columns=["day", "site", "visitors", "views", "spent"])


def kept(shop: Shop, kind: str = "traffic") -> list[tuple[object, ...]]:
    with shop.database.read() as connection:
        return [(row.day, row.subject, json.loads(row.figures)) for row in listed(connection, kind, 100)]


def test_days_come_in_and_what_is_none_is_set_aside_with_its_reason(shop: Shop, tmp_path: Path) -> None:
    result = import_one(shop, table(tmp_path, DAYS), mapping=days(tmp_path))
    assert (result.counts.new, result.counts.rejected) == (2, 4)
    assert kept(shop) == [
        ("2026-11-02", "", {"spent": 800, "visitors": 13000}),
        ("2026-11-01", "", {"spent": 1250, "views": 4800, "visitors": 1200}),
    ]
    assert result.id is not None
    reasons = {one.line: one.reason for one in shop.imports.rejects(result.id)}
    for line, word in ((4, "yesterday"), (5, "-5"), (6, "no figure"), (7, "no day")):
        assert word in reasons[line]


def test_a_newer_file_changes_what_it_says_and_undo_takes_it_back(shop: Shop, tmp_path: Path) -> None:
    says = days(tmp_path)
    first = import_one(shop, table(tmp_path, DAYS[:2]), mapping=says)
    before = content(shop)
    assert import_one(shop, table(tmp_path, DAYS[:2]), mapping=says).counts.same == 2
    assert content(shop) == before
    newer = [{"day": "2026-11-01", "visitors": "1300"}, {"day": "2026-11-05", "visitors": "1"}]
    dry = import_one(shop, table(tmp_path, newer), mapping=says, dry_run=True)
    assert (dry.id, dry.counts.new, dry.counts.changed) == (None, 1, 1)
    assert content(shop) == before
    second = import_one(shop, table(tmp_path, newer), mapping=says)
    assert kept(shop)[-1] == ("2026-11-01", "", {"spent": 1250, "views": 4800, "visitors": 1300})
    assert second.id is not None
    assert first.id is not None
    shop.imports.undo(second.id)
    assert [one[2] for one in kept(shop)] == [
        {"spent": 800, "visitors": 13000}, {"spent": 1250, "views": 4800, "visitors": 1200},
    ]  # fmt: skip
    shop.imports.undo(first.id)
    assert kept(shop) == []


def test_costs_by_hand_and_by_file_stand_side_by_side(sqlite_shop: Shop, tmp_path: Path) -> None:
    says = mapping(
        tmp_path, "goods", record="product", columns={"sku": "货号", "cost": "成本", "stock": "库存"}
    )
    import_one(sqlite_shop, table(tmp_path, [{"货号": "S1", "成本": "9.90", "库存": 12}]), mapping=says)
    assert by_hand(sqlite_shop, "product", {"sku": "S1", "cost": "9.50", "day": "2026-11-01"}) == "new"
    assert by_hand(sqlite_shop, "product", {"sku": "S1", "cost": "9.50", "day": "2026-11-01"}) == "same"
    assert kept(sqlite_shop, "product") == [
        ("2026-11-01", "S1", {"cost": 950}),
        ("", "S1", {"cost": 990, "stock": 12}),
    ]


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"sku": "S1", "costs": "1"}, "cost"),
        ({"cost": "1"}, "sku"),
        ({"sku": "S1", "cost": "cheap"}, "cheap"),
        ({"sku": "S1", "cost": "1", "day": "32.1."}, "2026-11-20"),
        ({"sku": "S1"}, "no figure"),
    ],
)
def test_what_is_no_figure_is_refused_by_hand_too(
    sqlite_shop: Shop, texts: dict[str, str], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        by_hand(sqlite_shop, "product", texts)
    assert kept(sqlite_shop, "product") == []


@pytest.mark.parametrize(("record", "needs"), [("traffic", "day"), ("product", "sku"), ("market", "keyword")])
def test_a_mapping_of_figures_says_what_they_are_about(record: str, needs: str) -> None:
    with pytest.raises(MappingError, match=needs):
        load_mapping({"platform": "x", "record": record, "columns": {"extra.note": "note"}})


def test_the_platforms_daily_figures_are_known_by_their_header(sqlite_shop: Shop, tmp_path: Path) -> None:
    row = {
        "统计日期": "2026-11-01",
        "浏览量": "4,800",
        "访客数": "1,200",
        "支付金额": "9,876.00",
        "支付买家数": 31,
    }
    result = import_one(sqlite_shop, table(tmp_path, [row]))
    assert result.importer == "sycm_days"
    assert kept(sqlite_shop) == [("2026-11-01", "", {"buyers": 31, "views": 4800, "visitors": 1200})]
