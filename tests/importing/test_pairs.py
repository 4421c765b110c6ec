"""Taobao's order list and item list: together or apart, in any order, the shop ends up the same."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from crmcore.shop import Shop
from tests.importing.shops import BOOKS, check, content, dump, import_one, lines, orders, rows, table


def order(number: str, buyer: str, total: str, **values: str) -> dict[str, str]:
    return {
        "订单编号": number, "买家会员名": buyer, "买家应付货款": total, "总金额": total, "买家实际支付金额": total,
        "订单状态": "交易成功", "收货人姓名": "李雷", "收货地址": "浙江省 杭州市 西湖区 文三路1号(310000)", "联系手机": "'13800138000",
        "订单创建时间": "2019-05-01 10:00:00", "订单付款时间": "2019-05-01 10:01:00", "退款金额": "0", **values,
    }  # fmt: skip


def item(number: str, sku: str, price: str, quantity: int = 1, **values: str) -> dict[str, str]:
    return {
        "订单编号": number, "标题": f"商品 {sku}", "价格": price, "购买数量": str(quantity), "外部系统编号": sku,
        "订单状态": "交易成功", **values,
    }  # fmt: skip


ORDERS = [
    order("5001", "小葵", "210.00", 买家实际支付金额="200.00"),
    order("5002", "小葵", "99.00", 退款金额="99.00", 买家实际支付金额="0.00"),
    order(
        "5003",
        "大山",
        "50.00",
        订单状态="等待买家付款",
        订单付款时间="",
        买家实际支付金额="0.00",
        联系手机="'13900139000",
    ),
    order("5004", "大山", "60.00", 联系手机="'13900139000"),
]
ITEMS = [
    item("5001", "K1", "100.00"),
    item("5001", "K2", "60.00", 2),
    item("5002", "K1", "99.00"),
    item("5003", "K3", "50.00", 订单状态="等待买家付款"),
    item("5004", "K3", "60.00"),
]


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    return {
        "orders": table(tmp_path, ORDERS, "ExportOrderList1.csv"),
        "items": table(tmp_path, ITEMS, "ExportOrderDetailList1.csv"),
    }


EXPECTED = {
    "5001": ["completed", 21000, 20000, 0, 20000],
    "5002": ["completed", 9900, 0, 9900, 0],
    "5003": ["unpaid", 5000, 0, 0, 0],
    "5004": ["completed", 6000, 6000, 0, 6000],
}


def is_whole(shop: Shop) -> None:
    found = orders(shop, "status", "ordered_total", "paid_total", "refunded_total", "net_total")
    assert found == EXPECTED
    assert {number: [one[:2] for one in some] for number, some in lines(shop).items()} == {
        "5001": [("K1", 1), ("K2", 2)],
        "5002": [("K1", 1)],
        "5003": [("K3", 1)],
        "5004": [("K3", 1)],
    }
    assert sorted(rows(shop, "customers", "nickname")) == ["大山", "小葵"]
    assert rows(shop, "cards", "orders", "total_spent", order="customer_id") == [(1, 20000), (1, 6000)]
    assert None not in orders(shop, "customer_id").values()
    check(shop)


def test_both_at_once_in_either_order(shop: Shop, files: dict[str, Path]) -> None:
    results = shop.imports.run([files["items"], files["orders"]])
    assert [one.importer for one in results] == ["taobao_orders", "taobao_items"]
    assert [(one.counts.read, one.counts.new, one.counts.changed) for one in results] == [
        (4, 4, 0),
        (5, 0, 5),
    ]
    is_whole(shop)
    held = content(shop)
    again = shop.imports.run([files["orders"], files["items"]])
    assert [one.counts.same for one in again] == [4, 5]
    assert content(shop) == held


@pytest.mark.parametrize(
    "sequence", [*itertools.permutations(["orders", "items"]), ("orders", "items", "orders")]
)
def test_one_after_the_other(sqlite_shop: Shop, files: dict[str, Path], sequence: tuple[str, ...]) -> None:
    for name in sequence:
        import_one(sqlite_shop, files[name])
    is_whole(sqlite_shop)


def test_items_alone_are_orders_of_nobody_until_the_list_comes(
    sqlite_shop: Shop, files: dict[str, Path]
) -> None:
    import_one(sqlite_shop, files["items"])
    assert set(orders(sqlite_shop, "customer_id").values()) == {None}
    assert {number: len(some) for number, some in lines(sqlite_shop).items()} == {
        "5001": 2,
        "5002": 1,
        "5003": 1,
        "5004": 1,
    }
    check(sqlite_shop)


@pytest.mark.parametrize(("first", "then"), [("orders", "items"), ("items", "orders")])
def test_undoing_one_of_the_pair_leaves_the_other(
    sqlite_shop: Shop, files: dict[str, Path], first: str, then: str
) -> None:
    shop = sqlite_shop
    import_one(shop, files[first])
    before = dump(shop, leave_out=BOOKS)
    second = import_one(shop, files[then])
    assert shop.imports.undo(second.id or 0).kept == ()
    after = dump(shop, leave_out=BOOKS)
    for name, found in before.items():
        strip = {"changed_by"}
        assert [{k: v for k, v in row.items() if k not in strip} for row in after[name]] == [
            {k: v for k, v in row.items() if k not in strip} for row in found
        ], name
    check(shop)
