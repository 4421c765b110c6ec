"""Amounts, quantities and times that are none, or too big to be one: set aside with the reason, never guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmcore.importing.staging.values import read_amount
from crmcore.shop import Shop
from tests.importing.shops import import_one, mapping, orders, table


@pytest.mark.parametrize(
    ("written", "decimal", "meant"),
    [
        ("1,234.50", ".", "1234.50"),
        ("1 234,50 €", ",", "1234.50"),
        ("1.234,50", ",", "1234.50"),
        ("10.5", ",", "10.5"),
        ("1'234.50", ".", "1234.50"),
        ("Rs. 1,23,456", ".", "123456"),
        ("US$1,240.00", ".", "1240.00"),
        ("￥１２.5", ".", "12.5"),
        ("12元", ".", "12"),
        ("10.00（含运费）", ".", "10.00"),
        ("(5.00)", ".", "-5.00"),
        ("-$5", ".", "-5"),
        ("5-", ".", "-5"),
        ("1e400", ".", None),
        ("1e3", ".", None),
        ("=1+1", ".", None),
        ("0x10", ".", None),
        ("3 x 5", ".", None),
        ("1,2,3", ".", None),
        ("1.234,50", ".", None),
        ("NaN", ".", None),
        ("(5", ".", None),
    ],
)
def test_an_amount_is_read_whole_or_not_at_all(written: str, decimal: str, meant: str | None) -> None:
    assert read_amount(written, decimal) == meant


def test_what_does_not_fit_is_set_aside_and_named(sqlite_shop: Shop, tmp_path: Path) -> None:
    columns = ["order_ref", "buyer_ref", "placed_at", "quantity", "unit_price", "order_total"]
    said = mapping(tmp_path, columns=columns, currency="CNY")
    usual = {"buyer_ref": "li", "placed_at": "2026-01-05", "quantity": 1, "unit_price": 1, "order_total": 1}
    file = table(
        tmp_path,
        [
            {"order_ref": "A1", **usual, "order_total": "99999999999999999999"},
            {"order_ref": "A2", **usual, "order_total": "1e400"},
            {"order_ref": "A3", **usual, "quantity": "99999999999", "unit_price": "99999999999"},
            {"order_ref": "A4", **usual, "placed_at": "0002-01-01"},
            {"order_ref": "A5", **usual, "placed_at": "9999-12-31"},
            {"order_ref": "B1", **usual, "order_total": "N/A"},
            {"order_ref": "B2", **usual, "placed_at": "0001-01-01 00:00:00"},
            {"order_ref": "B3", **usual, "order_total": "$1,234.50"},
        ],
    )
    result = import_one(sqlite_shop, file, mapping=said)
    assert [(one.line, one.reason.partition(":")[0]) for one in result.rejects] == [
        (2, "order_total"),
        (3, "order_total"),
        (4, "quantity"),
        (5, "placed_at"),
        (6, "placed_at"),
    ]
    assert orders(sqlite_shop, "ordered_total") == {"B1": 100, "B2": 100, "B3": 123450}


def test_numbers_rounded_by_a_spreadsheet_are_set_aside_though_they_are_text(
    sqlite_shop: Shop, tmp_path: Path
) -> None:
    said = mapping(
        tmp_path,
        record="order",
        columns=["order_ref", "buyer_ref", "placed_at", "order_total"],
        currency="CNY",
    )

    def file_of(*numbers: str) -> Path:
        return table(
            tmp_path,
            [
                {"order_ref": number, "buyer_ref": "li", "placed_at": "2026-01-05", "order_total": 1}
                for number in numbers
            ],
        )

    rounded = file_of("3012345678901230000", "3012345678904560000", "778")
    result = import_one(sqlite_shop, rounded, mapping=said)
    assert [(one.line, "spreadsheet" in one.reason) for one in result.rejects] == [
        (2, True),
        (3, True),
    ]
    # One that ends in noughts by chance, among whole ones, is an order like any other.
    whole = file_of("3012345678901230000", "3012345678904561234", "3012345678904567777")
    assert import_one(sqlite_shop, whole, mapping=said).counts.orders_new == 3


def test_amounts_of_many_digits_are_kept_to_the_last_one(sqlite_shop: Shop, tmp_path: Path) -> None:
    said = mapping(tmp_path, record="order", columns=["order_ref", "phone", "order_total", "currency"])
    amounts = [
        ("13800138000", "CNY"),
        ("99999999999.99", "CNY"),
        ("99999999999.995", "KWD"),
        ("0.005", "CNY"),
    ]
    records: list[dict[str, object]] = [
        {"order_ref": f"A{i}", "phone": "13800000001", "order_total": amount, "currency": currency}
        for i, (amount, currency) in enumerate(amounts)
    ]
    import_one(sqlite_shop, table(tmp_path, records), mapping=said)
    assert list(orders(sqlite_shop, "ordered_total").values()) == [
        1_380_013_800_000,
        9_999_999_999_999,
        99_999_999_999_995,
        1,
    ]
