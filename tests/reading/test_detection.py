"""Whose file is it: by header, by sniffing, and what is told when nobody or two know it. Rows are made up."""

# ruff: noqa: RUF012 - declarations and tables, one line a row
from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter
from crm_importers import general, shopify, taobao

from crmcore.errors import FileError, PluginFailure
from crmcore.hooks.table_importer import Sample, TableImporter
from crmcore.importing.detect import detect

BUNDLED = [one for module in (general, shopify, taobao) for one in module.crm_importers()]
ORDER_LIST = (
    "订单编号,买家会员名,买家应付货款,总金额,订单创建时间,订单付款时间 \n1,a,1,1,2020-01-01 00:00:00,\n"
)
ITEM_LIST = (
    "订单编号,标题,价格,购买数量,外部系统编号,商品属性,套餐信息,备注,订单状态,商家编码\n1,x,1,1,s,,,,,\n"
)
STATISTICS = "update_time,id,title,price,sale_count,comment_count,店名\n2016/11/9,A1,面霜,99,6400,583,某店\n"


def put(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def refusal(*paths: Path, importers: list[TableImporter] = BUNDLED) -> str:
    with pytest.raises(FileError) as caught:
        detect(list(paths), importers)
    return str(caught.value)


def test_the_two_lists_of_taobao_belong_together(tmp_path: Path) -> None:
    items = put(tmp_path / "ExportOrderDetailList202001.csv", ITEM_LIST, "gbk")
    orders = put(tmp_path / "ExportOrderList202001.csv", ORDER_LIST, "gbk")
    found = detect([items, orders], BUNDLED)
    assert [(one.path, one.importer.name) for one in found] == [
        (orders, "taobao_orders"),
        (items, "taobao_items"),
    ]
    assert 0.5 < found[0].score <= 1


def test_header_below_titles_in_the_second_sheet(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("说明").write(0, 0, "导出说明")
        sheet = book.add_worksheet("订单")
        sheet.write(0, 0, "某店")
        sheet.write_row(2, 0, ["订单编号", "买家会员名", "买家应付货款"])
    assert detect([path], BUNDLED)[0].importer.name == "taobao_orders"


def test_product_statistics_are_told_apart(tmp_path: Path) -> None:
    message = refusal(put(tmp_path / "a.csv", STATISTICS, "utf-8-sig"))
    assert "daily product statistics" in message
    assert "no order number and no buyer" in message
    assert "UTF-8" in message
    assert "订单报表" in message


def test_shop_statistics_are_told_apart(tmp_path: Path) -> None:
    text = "店铺概况\n\n\n统计日期,浏览量,访客数,支付买家数,支付金额,客单价\n2017-09-06,10,5,1,9.9,9.9\n"
    assert "daily shop statistics" in refusal(put(tmp_path / "a.csv", text))


def test_unknown_file_shows_what_it_is_and_what_is_nearest(tmp_path: Path) -> None:
    message = refusal(put(tmp_path / "a.csv", "订单编号;买家会员名;收货人\n1;a;b\n", "gbk"))
    assert "GB18030" in message
    assert "';'" in message
    assert "订单编号, 买家会员名, 收货人" in message
    assert "taobao_orders (it lacks 买家应付货款)" in message
    assert "--mapping" in message


def test_a_refused_header_name_is_told(tmp_path: Path) -> None:
    text = "Order ID,Name,Financial Status,Lineitem name,Created at\n1,#1,paid,x,2020-01-01\n"
    message = refusal(put(tmp_path / "a.csv", text))
    assert "shopify_orders (but it has Order ID)" in message


def test_every_file_that_cannot_be_taken_is_told(tmp_path: Path) -> None:
    good = put(tmp_path / "good.csv", ORDER_LIST)
    message = refusal(put(tmp_path / "a.csv", STATISTICS), good, tmp_path / "gone.csv")
    assert "a.csv" in message
    assert "gone.csv: there is no such file" in message
    assert "good.csv" not in message


class Mine(TableImporter):
    platform, record = "mine", "order"
    recognise = ["订单编号", "买家会员名"]
    columns = {"order_ref": "订单编号"}


def test_two_that_know_it(tmp_path: Path) -> None:
    message = refusal(put(tmp_path / "a.csv", ORDER_LIST), importers=[*BUNDLED, Mine()])
    assert "mine and taobao_orders" in message
    assert "--as mine" in message


class Sniffer(TableImporter):
    platform, record = "sniffer", "order"
    columns = {"order_ref": "id"}
    sure: float | None = 0.9

    def sniff(self, sample: Sample) -> float | None:
        return self.sure if sample.rows[0] == ["id", "x"] else None


@pytest.mark.parametrize(("sure", "known"), [(0.9, True), (0.5, True), (0.3, False), (None, False)])
def test_sniffing(tmp_path: Path, sure: float | None, known: bool) -> None:
    importer = Sniffer()
    importer.sure = sure
    path = put(tmp_path / "a.csv", "id,x\n1,2\n")
    if known:
        (found,) = detect([path], [importer])
        assert found.score == sure
    else:
        refusal(path, importers=[importer])


def test_a_sniffer_that_fails_knows_nothing(tmp_path: Path) -> None:
    def failing(importer: TableImporter, sample: Sample) -> float | None:
        raise PluginFailure("sniffer", "sniff", "it hangs")

    (found,) = detect([put(tmp_path / "a.csv", ORDER_LIST)], [Sniffer(), *BUNDLED], failing)
    assert found.importer.name == "taobao_orders"


def test_general_tables_are_taken_only_when_asked_for(tmp_path: Path) -> None:
    text = "order_ref,placed_at,phone,sku\n1,2020-01-01,13800000000,a\n"
    assert "--as" in refusal(put(tmp_path / "a.csv", text))
