"""A gift wholesaler's two years in two sheets that overlap, against plain sums over the workbook."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import openpyxl

from crmcore.shop import Shop
from crmcore.store import stats
from tests.importing.shops import check, content, import_one, mapping, rows
from tests.real_data.conftest import shared

NO_GOODS = ["POST", "M", "D", "ADJUST", "C2", "BANK CHARGES"]


def invoices(path: Path) -> tuple[int, dict[str, list[tuple[Any, ...]]]]:
    """The number of rows, and each invoice's rows as the last sheet that has it tells them."""
    book = openpyxl.load_workbook(path, read_only=True)
    number, found = 0, {}
    for sheet in book:
        of_sheet: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        for row in list(sheet.iter_rows(values_only=True))[1:]:
            of_sheet[str(row[0])].append(row)
            number += 1
        found |= of_sheet
    return number, found


def pence(rows: list[tuple[Any, ...]]) -> int:
    amounts = (Decimal(str(row[5])) * Decimal(row[3]) * 100 for row in rows)
    return sum(int(one.quantize(Decimal(1), ROUND_HALF_UP)) for one in amounts)


def as_told(folder: Path) -> Path:
    """The mapping of the workbook."""
    return mapping(
        folder, "uci", platform="uci", currency="GBP", time_zone="Europe/London", not_goods=NO_GOODS,
        columns={
            "order_ref": ["Invoice", "InvoiceNo"], "buyer_ref": ["Customer ID", "CustomerID"], "placed_at": "InvoiceDate",
            "sku": "StockCode", "title": "Description", "quantity": "Quantity", "unit_price": ["Price", "UnitPrice"],
            "country": "Country",
        },
    )  # fmt: skip


def test_two_overlapping_sheets_by_a_mapping(make_shop: Callable[[str, str], Shop], tmp_path: Path) -> None:
    path = shared("uci_online_retail_ii/online_retail_II_subset.xlsx")
    said = as_told(tmp_path)
    number, found = invoices(path)
    sales = {ref: rows for ref, rows in found.items() if not ref.startswith("C")}
    back = {ref: rows for ref, rows in found.items() if ref.startswith("C")}
    with make_shop("GBP", "Europe/London") as shop:
        result = import_one(shop, path, mapping=said)
        assert (result.counts.read, result.counts.rejected) == (number, 0)
        assert result.counts.same == number - sum(map(len, found.values()))  # what both sheets tell
        with shop.database.read() as connection:
            counted = stats.count(connection, "GBP")
        assert counted.orders == len(sales)
        assert counted.order_lines == sum(map(len, sales.values()))
        assert counted.totals.ordered_total == counted.totals.paid_total == sum(map(pence, sales.values()))
        assert counted.totals.refunded_total == -sum(map(pence, back.values()))
        assert dict(rows(shop, "refunds", "number", "amount")) == {
            ref: -pence(some) for ref, some in back.items()
        }
        assert dict(rows(shop, "orders", "number", "ordered_total")) == {
            ref: pence(some) for ref, some in sales.items()
        }
        assert counted.anonymous_orders == sum(some[0][6] is None for some in sales.values())
        assert counted.customers == len({some[0][6] for some in found.values()} - {None})
        skus = {str(row[1]).strip() for some in sales.values() for row in some}
        assert set(rows(shop, "products", "sku")) == {one for one in skus if one.upper() not in NO_GOODS}
        check(shop)
        held = content(shop)
        again = import_one(shop, path, mapping=said)
        assert (again.counts.same, again.counts.new, again.counts.changed) == (number, 0, 0)
        assert content(shop) == held
