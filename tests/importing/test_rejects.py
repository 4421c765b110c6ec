"""Rows set aside: saved, listed, exported, mended and imported again; whole orders at a time."""

from __future__ import annotations

import csv
import tracemalloc
from dataclasses import replace
from pathlib import Path

from crmcore.importing import history
from crmcore.shop import Shop
from tests.importing.shops import (
    check,
    import_one,
    lines,
    mapping,
    orders,
    postgresql_under_stress,
    rows,
    table,
)

COLUMNS = [
    "order_ref",
    "buyer_ref",
    "phone",
    "placed_at",
    "status",
    "sku",
    "quantity",
    "unit_price",
    "order_total",
]


def line(number: str, sku: str = "S1", **values: object) -> dict[str, object]:
    return {
        "order_ref": number, "buyer_ref": "li", "phone": "13800138000", "placed_at": "2026-01-05 10:00:00", "status": "paid",
        "sku": sku, "quantity": 1, "unit_price": "10.00", "order_total": "10.00", **values,
    }  # fmt: skip


def the_mapping(folder: Path) -> Path:
    return mapping(folder, currency="CNY", columns=COLUMNS, statuses={"paid": "paid"})


BAD = [
    line("A1"),
    line("A2", "S1"),
    line("A2", "S2", quantity="two"),
    line("A3", placed_at="yesterday"),
    line("A4", order_total="ten"),
    line("", "S9"),
    line("A5", quantity="1.5"),
    line("1.23457E+17"),
]


def test_every_bad_row_is_kept_with_line_and_reason_and_its_order_with_it(shop: Shop, tmp_path: Path) -> None:
    file = table(tmp_path, BAD, "bad.csv")
    result = import_one(shop, file, mapping=the_mapping(tmp_path))
    assert (result.counts.read, result.counts.new, result.counts.rejected) == (8, 1, 7)
    assert list(orders(shop, "id")) == ["A1"]
    found = shop.imports.rejects(result.id or 0)
    assert [one.line for one in found] == [3, 4, 5, 6, 7, 8, 9]
    said = {one.line: one.reason for one in found}
    assert "another row of this order" in said[3]
    assert said[4].startswith("quantity:")
    assert said[5].startswith("placed_at:")
    assert said[6].startswith("order_total:")
    assert said[7] == "order_ref is empty"
    assert "whole number" in said[8]
    assert "spreadsheet" in said[9]
    assert found[1].row == {key: str(value) for key, value in BAD[2].items()}
    assert {one.file.name for one in found} == {"bad.csv"}
    check(shop)


@postgresql_under_stress
def test_mended_rejects_come_in_whole(shop: Shop, tmp_path: Path) -> None:
    said = the_mapping(tmp_path)
    result = import_one(shop, table(tmp_path, BAD[:5]), mapping=said)
    assert shop.imports.export_rejects(result.id or 0, tmp_path / "rejects.csv") == 4
    text = (tmp_path / "rejects.csv").read_bytes().decode("utf-8")
    assert text.startswith("\ufeff")
    mended = text.replace("two", "2").replace("yesterday", "2026-01-06 10:00:00").replace(",ten", ",10.00")
    (tmp_path / "mended.csv").write_text(mended, "utf-8")
    again = import_one(shop, tmp_path / "mended.csv", mapping=said)
    assert (again.counts.read, again.counts.new, again.counts.rejected) == (4, 4, 0)
    assert {number: len(some) for number, some in lines(shop).items()} == {"A1": 1, "A2": 2, "A3": 1, "A4": 1}
    check(shop)


def test_an_exported_formula_cannot_run_and_comes_back_as_it_was(sqlite_shop: Shop, tmp_path: Path) -> None:
    shop = sqlite_shop
    records = [
        {**line("A1", quantity="x"), "sku": "=HYPERLINK(1)", "phone": "+8613800138000", "unit_price": "-5.00"}
    ]
    said = the_mapping(tmp_path)
    result = import_one(shop, table(tmp_path, records), mapping=said)
    shop.imports.export_rejects(result.id or 0, tmp_path / "rejects.csv")
    with (tmp_path / "rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert not row["sku"].startswith("=")
    assert (row["phone"], row["unit_price"]) == ("+8613800138000", "-5.00")
    text = (tmp_path / "rejects.csv").read_text("utf-8-sig").replace(",x,", ",1,").replace("-5.00", "5.00")
    (tmp_path / "mended.csv").write_text(text, "utf-8")
    assert import_one(shop, tmp_path / "mended.csv", mapping=said).counts.new == 1
    assert lines(shop)["A1"][0][0] == "=HYPERLINK(1)".strip("=")


def test_rejects_are_written_down_without_holding_them(sqlite_shop: Shop, tmp_path: Path) -> None:
    result = import_one(sqlite_shop, table(tmp_path, [line("", sku="@SUM")]), mapping=the_mapping(tmp_path))
    number = result.id or 0
    (one,) = sqlite_shop.imports.rejects(number)
    with sqlite_shop.write("more of them") as write:
        history.keep_rejects(write, number, [replace(one, line=3 + i) for i in range(5_000)])
    file = tmp_path / "exports.csv"
    tracemalloc.start()
    try:
        assert sqlite_shop.imports.export_rejects(number, file) == 5_001
        held = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert held < 1_500_000  # bytes; as a list they are 5 MB
    with file.open(encoding="utf-8-sig", newline="") as stream:
        found = list(csv.DictReader(stream))
    assert [row["crm_line"] for row in found] == [str(2 + i) for i in range(5_001)]
    assert found[-1]["sku"] == "'@SUM"
    assert [one.name for one in tmp_path.iterdir() if "exports" in one.name] == ["exports.csv"]


@postgresql_under_stress
def test_a_ragged_row_takes_its_order_along(shop: Shop, tmp_path: Path) -> None:
    file = table(tmp_path, [line("A1"), line("A2"), line("A3")])
    text = file.read_text("utf-8")
    file.write_text(text + "A2,li,13800138000,2026-01-05 10:00:00,paid,S2,1,10.00,10.00,oops,oops\n", "utf-8")
    result = import_one(shop, file, mapping=the_mapping(tmp_path))
    assert (result.counts.read, result.counts.new, result.counts.rejected) == (4, 2, 2)
    assert list(orders(shop, "id")) == ["A1", "A3"]
    assert sorted(one.line for one in shop.imports.rejects(result.id or 0)) == [3, 5]


@postgresql_under_stress
def test_states_nobody_knows_are_told_and_kept(shop: Shop, tmp_path: Path) -> None:
    records = [line("A1", status="on hold"), line("A2", status="on hold"), line("A3")]
    result = import_one(shop, table(tmp_path, records), mapping=the_mapping(tmp_path))
    assert result.counts.rejected == 0
    (warning,) = result.warnings
    assert "'on hold'" in warning
    assert "2 rows" in warning
    assert orders(shop, "status", "status_text")["A1"] == ["unpaid", "on hold"]


def test_a_file_of_rejects_alone_is_an_import_all_the_same(sqlite_shop: Shop, tmp_path: Path) -> None:
    result = import_one(sqlite_shop, table(tmp_path, [line("")]), mapping=the_mapping(tmp_path))
    assert (result.counts.read, result.counts.rejected) == (1, 1)
    assert sqlite_shop.imports.show(result.id or 0).state == "done"
    assert rows(sqlite_shop, "customers", "id") == []
