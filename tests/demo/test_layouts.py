"""The files have the platforms' own layouts, letter for letter."""

from __future__ import annotations

import re

import pytest

from crmcore.demo.files import DemoFile
from tests.demo.reading import header_of, rows_of, text_of

Files = dict[str, DemoFile]

# The header of 2017 as the platform wrote it, blanks in names included; newer ones are told by what changed.
TAOBAO_2017 = (
    "订单编号,买家会员名,买家支付宝账号,买家应付货款,买家应付邮费,买家支付积分,总金额,返点积分,"
    "买家实际支付金额,买家实际支付积分,订单状态,买家留言,收货人姓名,收货地址 ,运送方式,联系电话 ,"
    "联系手机,订单创建时间,订单付款时间 ,宝贝标题 ,宝贝种类 ,物流单号 ,物流公司,订单备注,宝贝总数量,"
    "店铺Id,店铺名称,订单关闭原因,卖家服务费,买家服务费,发票抬头,是否手机订单,分阶段订单信息,"
    "特权订金订单id,是否上传合同照片,是否上传小票,是否代付,定金排名,修改后的sku,修改后的收货地址,"
    "异常信息,天猫卡券抵扣,集分宝抵扣,是否是O2O交易,退款金额,预约门店"
)
TAOBAO_2018 = TAOBAO_2017.replace("买家支付宝账号,", "买家支付宝账号,支付单号,支付详情,").replace(
    "是否是O2O交易,退款金额,预约门店",
    "是否是O2O交易,新零售交易类型,新零售导购门店名称,新零售导购门店id,新零售发货门店名称,新零售发货门店id,退款金额,"
    "预约门店,确认收货时间,打款商家金额,含应开票给个人的个人红包",
)
TAOBAO_2019 = TAOBAO_2018 + ",是否信用购,体验期结束时间,前N有礼,配送类型,主订单编号"
TAOBAO_2022 = (
    TAOBAO_2019.replace("买家支付宝账号", "买家会员昵称")
    .replace("联系手机,", "联系手机,虚拟号过期时间,")
    .replace(
        "配送类型,",
        "配送类型,直播返现状态,返现金额,延迟发货自动赔付金额,新零售成交门店昵称,新零售成交门店id,新零售成交经销商id,"
        "预售订单,发货时间,商家备忘,",
    )
)
ITEMS = "订单编号,标题,价格,购买数量,外部系统编号,商品属性,套餐信息,备注,订单状态,商家编码"
ITEMS_2022 = (
    "子订单编号,主订单编号,标题,价格,购买数量,外部系统编号,商品属性,套餐信息,备注,订单状态,商家编码,"
    "支付单号,买家应付货款,买家实际支付金额,退款状态,退款金额,订单创建时间,订单付款时间"
)
SHOPIFY = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,"
    "Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,"
    "Lineitem quantity,Lineitem name,Lineitem price,Lineitem compare at price,Lineitem sku,"
    "Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status,Billing Name,"
    "Billing Street,Billing Address1,Billing Address2,Billing Company,Billing City,Billing Zip,"
    "Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,Shipping Address1,"
    "Shipping Address2,Shipping Company,Shipping City,Shipping Zip,Shipping Province,Shipping Country,"
    "Shipping Phone,Notes,Note Attributes,Cancelled at,Payment Method,Payment Reference,"
    "Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,Id,Tags,Risk Level,Source,"
    "Lineitem discount,Tax 1 Name,Tax 1 Value,Tax 2 Name,Tax 2 Value,Tax 3 Name,Tax 3 Value,Tax 4 Name,"
    "Tax 4 Value,Tax 5 Name,Tax 5 Value,Phone,Receipt Number,Duties,Billing Province Name,"
    "Shipping Province Name,Payment ID,Payment Terms Name,Next Payment Due At,Payment References"
)
SHOPIFY_CUSTOMERS = (
    "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Company,Address1,Address2,City,"
    "Province,Province Code,Country,Country Code,Zip,Phone,Accepts SMS Marketing,Total Spent,"
    "Total Orders,Tags,Note,Tax Exempt"
)


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("taobao_2018/orders", TAOBAO_2018),
        ("taobao_2018/items", ITEMS),
        ("taobao_2019/orders", TAOBAO_2019),
        ("taobao_2019/items", ITEMS),
        ("taobao_2022/orders", TAOBAO_2022),
        ("taobao_2022/items", ITEMS_2022),
        ("mall/orders", SHOPIFY),
        ("overseas/orders", SHOPIFY),
        ("mall_accounts/customers", SHOPIFY_CUSTOMERS),
    ],
)
def test_headers_are_the_platforms(demo_files: Files, name: str, header: str) -> None:
    assert ",".join(header_of(demo_files[name].path)) == header


@pytest.mark.parametrize("name", ["taobao_2018", "taobao_2019"])
def test_taobao_writes_gbk_with_protected_numbers(demo_files: Files, name: str) -> None:
    orders, items = (demo_files[f"{name}/{kind}"].path for kind in ("orders", "items"))
    with pytest.raises(UnicodeDecodeError):
        orders.read_bytes().decode("utf-8")
    lines = text_of(orders).split("\r\n")
    assert all(re.match(r'="\d{18}","[^"]+",', line) for line in lines[1:-1])
    assert all(',="",' in line for line in lines[1:-1])
    assert all(re.match(r'="\d{18}",', line) for line in text_of(items).split("\r\n")[1:-1])
    assert all(re.search(r",\"'\d{11}\",", line) for line in lines[1:-1])
    assert re.fullmatch(r"ExportOrderList\d{12}\.csv", orders.name)
    assert items.name == orders.name.replace("OrderList", "OrderDetailList")


def test_masked_export_shows_nobody(demo_files: Files) -> None:
    rows = rows_of(demo_files["taobao_2022/orders"].path)
    assert rows
    for row in rows:
        assert re.fullmatch(r".\*\*.", row["买家会员名"])
        assert re.fullmatch(r".\*\*", row["收货人姓名"])
        assert row["收货地址 "].endswith(" ****")
        assert re.fullmatch(r"1\*{6}\d{4}|\d{11}-\d{4}", row["联系手机"])
        assert bool(row["虚拟号过期时间"]) == ("-" in row["联系手机"])
        assert re.fullmatch(r"\d{18}", row["订单编号"])
    assert any("-" in row["联系手机"] for row in rows)


def test_shopify_fills_order_fields_on_the_first_line_only(demo_files: Files) -> None:
    rows = rows_of(demo_files["mall/orders"].path)
    seen: set[str] = set()
    further = 0
    for row in rows:
        first = row["Name"] not in seen
        seen.add(row["Name"])
        further += not first
        assert bool(row["Total"]) is bool(row["Id"]) is bool(row["Created at"]) is first
        assert row["Email"]
        assert row["Lineitem name"]
    assert further > 20


def test_shopify_notes_break_lines_inside_quotes(demo_files: Files) -> None:
    assert any("\n" in row["Notes"] for row in rows_of(demo_files["mall/orders"].path))


def test_orders_and_items_belong_together(demo_files: Files) -> None:
    for batch, column in (
        ("taobao_2018", "订单编号"),
        ("taobao_2019", "订单编号"),
        ("taobao_2022", "主订单编号"),
    ):
        orders = {row["订单编号"] for row in rows_of(demo_files[f"{batch}/orders"].path)}
        items = [row[column] for row in rows_of(demo_files[f"{batch}/items"].path)]
        assert orders == set(items)


def test_mappings_name_columns_that_exist(demo_files: Files) -> None:
    import yaml

    for name in ("group/orders", "service/interactions"):
        file = demo_files[name]
        assert file.mapping is not None
        mapping = yaml.safe_load(file.mapping.read_text(encoding="utf-8"))
        header = set(header_of(file.path))
        assert set(mapping["columns"].values()) == header
        assert set(mapping["recognise"]) <= header
