"""The general tables, and the importer that the documents print. All rows are made up."""

# ruff: noqa: RUF012 - declarations and tables, one line a row
from __future__ import annotations

from pathlib import Path

import pytest
from crm_importers import general, shopify, taobao

from crmcore import TableImporter, column
from crmcore.hooks.import_fields import FIELDS, fields_of
from crmcore.hooks.importer_check import validate
from crmcore.importing.detect import detect
from tests.importers import helpers


class Weidian(TableImporter):  # as printed in the design
    platform, record = "weidian", "order_line"
    title = {"zh": "微店订单", "en": "Weidian orders"}
    recognise = ["订单编号", "微店昵称", "商品编码"]
    currency, time_zone = "CNY", "Asia/Shanghai"
    columns = {"order_ref": "订单编号", "buyer_ref": "买家ID", "nickname": "微店昵称", "name": "收货人",
               "phone": ["手机号", "收货人手机"],
               "placed_at": "下单时间", "paid_at": "付款时间", "status": "订单状态", "sku": "商品编码", "title": "商品名称",
               "quantity": "数量", "unit_price": "单价", "order_total": "订单金额", "refund_total": "退款金额", "extra.coupon": "优惠券"}  # fmt: skip
    order_amounts = "repeated"
    statuses = {
        "待付款": "unpaid",
        "待发货": "paid",
        "已发货": "shipped",
        "交易成功": "completed",
        "已关闭": "closed",
    }

    @column("商品名称")
    def category(self, title: str) -> str | None:
        return title.partition("】")[0].lstrip("【") or None


def test_the_printed_importer(tmp_path: Path) -> None:
    path = tmp_path / "weidian.csv"
    text = "订单编号,买家ID,微店昵称,收货人手机,商品编码,商品名称,优惠券\n1,b7,小葵,13800000000,A1,【连衣裙】夏款,满减\n"
    path.write_text(text, encoding="gb18030")
    (found,) = detect([path], [Weidian()])
    assert found.importer.name == "weidian"
    (got,) = helpers.fields_of(path, found.importer, tmp_path / "w")
    assert (got["category"], got["phone"], got["extra.coupon"]) == ("连衣裙", "13800000000", "满减")


@pytest.mark.parametrize(
    "importer",
    [one for m in (general, shopify, taobao) for one in m.crm_importers()],
    ids=lambda one: one.name,
)
def test_every_bundled_importer_is_sound(importer: TableImporter) -> None:
    validate(importer)
    assert importer.title["zh"]
    assert importer.title["en"]


@pytest.mark.parametrize("importer", general.crm_importers(), ids=lambda one: one.name)
def test_our_own_names_are_header_names_of_the_general_tables(importer: TableImporter) -> None:
    names = {name for field in importer.columns for name in importer.names_of(field)}
    for field in importer.columns:
        assert field in names
        assert FIELDS[field].records >= {importer.record}
    if importer.record == "order_line":
        assert set(importer.columns) == set(fields_of("order_line"))


def test_a_general_table(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "订单号,下单时间,姓名,手机,商品名称,数量,单价\n1,2024-01-01,王,13800000000,面霜,2,9.90\n",
        encoding="utf-8",
    )
    (got,) = helpers.fields_of(path, general.GeneralOrders(), tmp_path / "w")
    assert got == {
        "order_ref": "1", "placed_at": "2024-01-01", "name": "王", "phone": "13800000000", "title": "面霜", "quantity": "2",
        "unit_price": "9.90",
    }  # fmt: skip
