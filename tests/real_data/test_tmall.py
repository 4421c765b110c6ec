"""Half a month of a real Tmall shop, and a table that is no order list at all."""

from __future__ import annotations

import csv
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from crmcore.errors import FileError
from crmcore.shop import Shop
from crmcore.store import stats
from tests.importing.shops import content, dump, import_one, rows
from tests.real_data.conftest import shared

MakeShop = Callable[[str, str], Shop]


def plain_sums(path: Path) -> tuple[int, dict[str, int]]:
    """The number of orders and the sums of the file's own columns, in fen."""
    with path.open(encoding="utf-8", newline="") as file:
        records = [{key.strip(): value for key, value in row.items()} for row in csv.DictReader(file)]
    columns = ("总金额", "买家实际支付金额", "退款金额")
    return len(records), {one: int(sum(Decimal(row[one]) for row in records) * 100) for one in columns}


def test_a_tmall_report_is_recognised_adds_up_comes_twice_and_goes_away(make_shop: MakeShop) -> None:
    path = shared("tmall/tmall_order_report_older_half.csv")
    number, sums = plain_sums(path)
    assert number == 14_005
    with make_shop("CNY", "Asia/Shanghai") as shop:
        empty = content(shop)
        first = import_one(shop, path)
        assert first.importer == "tmall_report"
        assert (first.counts.new, first.counts.orders_new, first.counts.customers_new) == (number, number, 0)
        with shop.database.read() as connection:
            found = stats.count(connection, "CNY")
        assert (found.orders, found.anonymous_orders, found.customers) == (number, number, 0)
        totals = found.totals
        assert [totals.ordered_total, totals.paid_total, totals.refunded_total] == list(sums.values())

        held = content(shop)
        again = import_one(shop, path)
        assert (again.counts.same, again.counts.new, again.counts.changed) == (number, 0, 0)
        assert content(shop) == held

        report = shop.imports.undo(first.id or 0)
        assert (report.removed, report.kept_count) == (number, 0)
        assert content(shop) == empty


def test_unpaid_paid_and_refunded_orders_of_tmall_are_told_apart(make_shop: MakeShop) -> None:
    path = shared("tmall/tmall_order_report_older_half.csv")
    with path.open(encoding="utf-8", newline="") as file:
        records = [{key.strip(): value for key, value in row.items()} for row in csv.DictReader(file)]
    paid = [row for row in records if row["订单付款时间"]]
    kept = [row for row in paid if Decimal(row["买家实际支付金额"]) > 0 or Decimal(row["退款金额"]) == 0]
    with make_shop("CNY", "Asia/Shanghai") as shop:
        import_one(shop, path)
        found = rows(shop, "orders", "paid_at", "refunded_total", "net_total", "paid_total")
    bought = [one for one in found if one[0] is not None and not (one[1] > 0 and one[2] <= 0)]
    assert len([one for one in found if one[0] is None]) == len(records) - len(paid)
    assert len(bought) == len(kept)
    # What the buyers paid in the end is what the platform says they really paid: it has taken refunds off.
    assert sum(one[2] for one in bought) == sum(int(Decimal(row["买家实际支付金额"]) * 100) for row in kept)


def test_product_statistics_are_refused_with_advice_and_nothing_is_written(make_shop: MakeShop) -> None:
    path = shared("tmall/cosmetics_daily_product_stats_nov05-09.csv")
    with make_shop("CNY", "Asia/Shanghai") as shop:
        shop.facts.install()
        before = dump(shop)
        with pytest.raises(FileError) as refused:
            shop.imports.run([path])
        said = str(refused.value)
        assert path.name in said
        assert "daily product statistics" in said
        assert "Export the order list" in said
        assert dump(shop) == before
        assert rows(shop, "imports", "id") == []
