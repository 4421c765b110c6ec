"""The same file twice, newer and older exports of the same orders."""

from __future__ import annotations

from pathlib import Path

from crmcore.importing.counts import Counts
from crmcore.shop import Shop
from tests.importing.shops import check, content, import_one, lines, mapping, orders, rows, table

COLUMNS = [
    "order_ref", "buyer_ref", "name", "phone", "placed_at", "paid_at", "closed_at", "status", "sku", "title",
    "category", "quantity", "unit_price", "order_total", "paid_total", "refund_total",
]  # fmt: skip
STATUSES = {"new": "unpaid", "paid": "paid", "sent": "shipped", "done": "completed", "closed": "closed"}


def order(number: str, sku: str = "S1", **values: object) -> dict[str, object]:
    return {
        "order_ref": number, "buyer_ref": "li", "name": "李雷", "phone": "13800138000", "placed_at": "2026-01-05 10:00:00",
        "paid_at": "2026-01-05 10:05:00", "status": "paid", "sku": sku, "title": f"title {sku}", "quantity": 1,
        "unit_price": "100.00", "order_total": "100.00", **values,
    }  # fmt: skip


def the_mapping(folder: Path) -> Path:
    return mapping(folder, currency="CNY", time_zone="Asia/Shanghai", statuses=STATUSES, columns=COLUMNS)


def test_the_same_file_twice_changes_nothing(shop: Shop, tmp_path: Path) -> None:
    file = table(
        tmp_path,
        [
            order("A1"),
            order("A1", "S2"),
            order("A2", buyer_ref="han", name="韩梅梅", phone="13900139000", status="new", paid_at=""),
            order("A3", buyer_ref="", name="", phone=""),
            order("A4", refund_total="40.00"),
        ],
    )
    said = the_mapping(tmp_path)
    first = import_one(shop, file, mapping=said)
    assert (first.counts.read, first.counts.new, first.counts.customers_new, first.counts.orders_new) == (
        5,
        5,
        2,
        4,
    )
    before = content(shop)
    again = import_one(shop, file, mapping=said)
    assert (again.counts.same, again.counts.new, again.counts.changed) == (5, 0, 0)
    assert (again.counts.customers_changed, again.counts.orders_changed) == (0, 0)
    assert content(shop) == before
    check(shop)


def test_another_shops_file_is_told_where_its_numbers_are_those_of_other_orders(
    shop: Shop, tmp_path: Path
) -> None:
    said = the_mapping(tmp_path)
    numbers = ("A1", "A2", "A3", "A4")
    import_one(shop, table(tmp_path, [order(one) for one in numbers]), mapping=said)
    # Unmasked, paid later, cheaper: the same shop's all the same.
    later = {"name": "李雷雷", "order_total": "90.00", "unit_price": "90.00", "status": "done"}
    assert (
        import_one(shop, table(tmp_path, [order(one, **later) for one in numbers]), mapping=said).warnings
        == []
    )
    # Each differs in another two of the three; the last is the same order.
    hers = {"buyer_ref": "han", "name": "韩梅梅", "phone": "13900139000"}
    cheap, day = {"order_total": "90.00", "unit_price": "90.00"}, {"placed_at": "2026-02-11 09:00:00"}
    second = table(
        tmp_path,
        [
            order("A1", **hers, **day, **cheap),
            order("A2", **hers),
            order("A3", **day),
            order("A4", **later),
            order("A5", **hers),
        ],
    )
    [told] = import_one(shop, second, mapping=said, dry_run=True).warnings
    assert told.startswith(
        "3 of the 4 order numbers that are known already belong to orders of another buyer"
    )
    assert "(corner:NAME: --source, or s in the plan)" in told
    assert import_one(shop, second, mapping=said, source="corner:second", dry_run=True).warnings == []
    [told] = import_one(shop, second, mapping=said).warnings
    assert "take it back" in told


def test_a_file_is_another_shops_where_two_orders_and_half_of_those_met_are_others() -> None:
    seen = [(met, unlike) for met in range(7) for unlike in range(met + 1)]
    told = [one for one in seen if Counts(orders_met=one[0], orders_unlike=one[1]).looks_like_another_shop]
    assert told == [one for one in seen if one[1] >= 2 and one[0] - one[1] <= one[1]]


def test_a_newer_export_brings_states_refunds_and_lines_forward(shop: Shop, tmp_path: Path) -> None:
    said = the_mapping(tmp_path)
    older = table(tmp_path, [order("A1", status="paid"), order("A2"), order("A2", "S2"), order("A3")])
    newer = table(
        tmp_path,
        [
            order("A1", status="done", refund_total="30.00"),
            order("A2", "S2"),
            order("A2", "S3"),
            order("A3"),
            order("A4"),
        ],
    )
    import_one(shop, older, mapping=said)
    later = import_one(shop, newer, mapping=said)
    assert (later.counts.changed, later.counts.same, later.counts.new) == (3, 1, 1)
    assert (later.counts.orders_changed, later.counts.orders_new) == (2, 1)
    assert orders(shop, "status", "refunded_total", "net_total")["A1"] == ["completed", 3000, 7000]
    assert [one[0] for one in lines(shop)["A2"]] == ["S2", "S3"]
    held = content(shop)
    # The older file once more says nothing new about any of them, except the lines of A2: see below.
    back = import_one(shop, table(tmp_path, [order("A1", status="paid"), order("A3")]), mapping=said)
    assert (back.counts.same, back.counts.changed) == (2, 0)
    assert content(shop) == held
    check(shop)


def test_an_unpaid_order_that_was_paid_since_counts_from_then(shop: Shop, tmp_path: Path) -> None:
    said = the_mapping(tmp_path)
    import_one(shop, table(tmp_path, [order("A1", status="new", paid_at="")]), mapping=said)
    assert rows(shop, "cards", "orders", "total_spent", "orders_unpaid", order="customer_id") == [(0, 0, 1)]
    import_one(shop, table(tmp_path, [order("A1")]), mapping=said)
    assert rows(shop, "cards", "orders", "total_spent", "orders_unpaid", order="customer_id") == [
        (1, 10000, 0)
    ]
    import_one(shop, table(tmp_path, [order("A1", status="new", paid_at="")]), mapping=said)
    assert rows(shop, "cards", "orders", "total_spent", "orders_unpaid", order="customer_id") == [
        (1, 10000, 0)
    ]
    check(shop)


def test_a_refund_of_somebody_in_part_hidden_makes_her_once(sqlite_shop: Shop, tmp_path: Path) -> None:
    said = mapping(
        tmp_path,
        record="order",
        currency="CNY",
        columns=["buyer_ref", "order_ref", "order_total", "placed_at"],
    )
    back = {"buyer_ref": "小***7", "order_ref": "A1", "order_total": -5, "placed_at": "2026-01-05"}
    file = table(tmp_path, [back])
    for _again in range(2):
        import_one(sqlite_shop, file, mapping=said)
        assert rows(sqlite_shop, "customers", "id") == [1]
        assert rows(sqlite_shop, "refunds", "customer_id", "amount") == [(1, 500)]
