"""Taobao's and Tmall's lists of every age, in the form they are exported in. All rows are made up."""

# ruff: noqa: SIM905 - declarations and tables, one line a row
from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
import xlsxwriter
import xlwt
from crm_importers.taobao import TaobaoItems, TaobaoOrders, TmallReport, crm_importers, place_of
from hypothesis import example, given
from hypothesis import strategies as st

from crmcore.hooks.table_importer import TableImporter
from crmcore.importing.detect import detect
from crmcore.importing.staging.plain import plain
from tests.importers.helpers import fields_of

H2017 = (
    "订单编号,买家会员名,买家支付宝账号,买家应付货款,买家应付邮费,买家支付积分,总金额,返点积分,买家实际支付金额,买家实际支付积分,"
    "订单状态,买家留言,收货人姓名,收货地址 ,运送方式,联系电话 ,联系手机,订单创建时间,订单付款时间 ,宝贝标题 ,宝贝种类 ,物流单号 ,物流公司,"
    "订单备注,宝贝总数量,店铺Id,店铺名称,订单关闭原因,卖家服务费,买家服务费,发票抬头,是否手机订单,分阶段订单信息,特权订金订单id,"
    "是否上传合同照片,是否上传小票,是否代付,定金排名,修改后的sku,修改后的收货地址,异常信息,天猫卡券抵扣,集分宝抵扣,是否是O2O交易,"
    "退款金额,预约门店"
).split(",")
LATER = ("是否上传合同照片", "是否上传小票", "是否代付", "退款金额", "预约门店")
H2016 = [name for name in H2017 if name not in LATER]
H2019 = [*H2017, "新零售交易类型", "确认收货时间", "打款商家金额", "是否信用购", "前N有礼", "主订单编号"]
H2022 = [name for name in H2019 if name != "买家支付宝账号"]
H2022[2:2] = ["买家会员昵称", "支付单号", "支付详情"]
H2022.insert(H2022.index("联系手机") + 1, "虚拟号过期时间")

ROW = {
    "订单编号": "35153000000000017",
    "买家会员名": "小葵爱护肤7",
    "买家支付宝账号": "xiaokui@example.com",
    "买家应付货款": "95.00",
    "总金额": "100.00",
    "买家实际支付金额": "100.00",
    "订单状态": "卖家已发货，等待买家确认",
    "买家留言": "请发顺丰，谢谢",
    "收货人姓名": "王小葵",
    "收货地址 ": "浙江省 杭州市 西湖区 某某路1号(310000)",
    "联系手机": "13800000000",
    "订单创建时间": "2017-07-08 00:42:32",
    "订单付款时间 ": "2017-07-08 00:43:00",
    "宝贝标题 ": "面霜，眼霜",
    "订单备注": "来自聚划算",
    "订单关闭原因": "订单未关闭",
    "卖家服务费": "0",
    "买家服务费": "0元",
    "是否手机订单": "手机订单",
    "退款金额": "0.00",
}


def csv_of(path: Path, header: list[str], *rows: dict[str, str], encoding: str = "gbk") -> Path:
    """As the platform writes it: all cells quoted, order numbers as ="…", the phone with an apostrophe."""
    lines = [",".join(f'"{name}"' for name in header)]
    for row in rows:
        cells = []
        for name in header:
            cell = row.get(name, "")
            if name in ("订单编号", "特权订金订单id"):
                cells.append(f'="{cell}"')
            else:
                cells.append('"{}{}"'.format("'" if name == "联系手机" and cell else "", cell))
        lines.append(",".join(cells))
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["gbk", "utf-8-sig"])
@pytest.mark.parametrize("header", [H2016, H2017, H2019, H2022], ids=["2016", "2017", "2019", "2022"])
def test_order_list_of_every_age(tmp_path: Path, header: list[str], encoding: str) -> None:
    row = {**ROW, "买家会员昵称": "小葵"}
    path = csv_of(tmp_path / "ExportOrderList.csv", header, row, encoding=encoding)
    (found,) = detect([path], crm_importers())
    assert found.importer.name == "taobao_orders"
    (got,) = fields_of(path, found.importer, tmp_path / "w")
    assert got["order_ref"] == "35153000000000017"
    assert got["buyer_ref"] == "小葵爱护肤7"
    assert got["nickname"] == ("小葵" if "买家会员昵称" in header else "小葵爱护肤7")
    assert got.get("email") == ("xiaokui@example.com" if "买家支付宝账号" in header else None)
    assert (got["name"], got["phone"]) == ("王小葵", "13800000000")
    assert (got["province"], got["city"]) == ("浙江", "杭州市")
    assert got["address"] == "浙江省 杭州市 西湖区 某某路1号"
    assert (got["placed_at"], got["paid_at"]) == ("2017-07-08 00:42:32", "2017-07-08 00:43:00")
    assert (got["order_total"], got["paid_total"]) == ("100.00", "100.00")
    assert TaobaoOrders.statuses[got["status"]] == "shipped"
    assert "status_reason" not in got
    assert (got["channel"], got["source_tag"], got["note"]) == ("mobile", "聚划算", "请发顺丰，谢谢")
    assert "title" not in got  # the joined titles are no product


@pytest.mark.parametrize("kind", ["xlsx", "xls", "html", "tab"])
def test_order_list_saved_by_a_spreadsheet(tmp_path: Path, kind: str) -> None:
    row = {**ROW, "订单创建时间": "2016/5/23 22:02"}
    cells = [row.get(name, "") for name in H2017]
    path = tmp_path / "ExportOrderList.xls"
    if kind == "xlsx":
        with xlsxwriter.Workbook(str(path)) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, H2017)
            for position, cell in enumerate(cells):
                sheet.write_string(1, position, cell)
    elif kind == "xls":
        book = xlwt.Workbook()
        sheet = book.add_sheet("s")
        for position, (name, cell) in enumerate(zip(H2017, cells, strict=True)):
            sheet.write(0, position, name)
            sheet.write(1, position, cell)
        with path.open("wb") as file:
            book.save(file)
    elif kind == "html":
        rows = "".join(
            "<tr>" + "".join(f"<td>{cell}</td>" for cell in one) + "</tr>" for one in (H2017, cells)
        )
        path.write_bytes(f'<html><meta charset="gbk"><table>{rows}</table></html>'.encode("gbk"))
    else:
        path.write_bytes(("\t".join(H2017) + "\n" + "\t".join(cells) + "\n").encode("utf-16"))
    (found,) = detect([path], crm_importers())
    (got,) = fields_of(path, found.importer, tmp_path / "w")
    assert got["order_ref"] == "35153000000000017"
    assert got["placed_at"] == "2016/5/23 22:02"


def test_a_shops_own_copy_of_the_layout(tmp_path: Path) -> None:
    header = ["订单编号", "买家会员名", "支付金额", "订单状态", "收货人", "联系手机", "订单创建时间"]
    row = {**ROW, "收货人": "王小葵", "支付金额": "88.00"}
    path = csv_of(tmp_path / "a.csv", header, row, encoding="utf-8")
    (found,) = detect([path], crm_importers())
    (got,) = fields_of(path, found.importer, tmp_path / "w")
    assert (got["name"], got["paid_total"]) == ("王小葵", "88.00")


def one_order(tmp_path: Path, **change: str) -> dict[str, str]:
    path = csv_of(tmp_path / "a.csv", H2017, {**ROW, **change})
    (got,) = fields_of(path, TaobaoOrders(), tmp_path / "w")
    return got


def test_the_account_is_an_email_or_a_phone(tmp_path: Path) -> None:
    got = one_order(tmp_path, 买家支付宝账号="13911111111", 联系手机="")
    assert got["phone"] == "13911111111"
    assert "email" not in got
    got = one_order(tmp_path, 买家支付宝账号="13911111111")
    assert got["phone"] == "13800000000"
    got = one_order(tmp_path, 买家支付宝账号="139****1111", 联系手机="")
    assert "phone" not in got


@pytest.mark.parametrize(
    ("word", "ours"),
    [
        ("等待买家付款", "unpaid"), ("买家已付款，等待卖家发货", "paid"), ("买家已付款", "paid"), ("买家已付款｜｜｜等待卖家发货", "paid"),
        ("卖家部分发货", "paid"), ("卖家已发货，等待买家确认", "shipped"), ("卖家已发货｜｜｜等待买家确认", "shipped"),
        ("交易成功", "completed"), ("交易关闭", "closed"),
    ],
)  # fmt: skip
def test_status_words(word: str, ours: str) -> None:
    assert TaobaoOrders.statuses[word] == ours
    assert TaobaoItems.statuses[word] == ours


def test_a_closed_order_was_refunded_when_the_reason_says_so(tmp_path: Path) -> None:
    assert one_order(tmp_path, 订单状态="交易关闭", 订单关闭原因="退款")["status"] == "refunded"
    unpaid = one_order(tmp_path, 订单状态="交易关闭", 订单关闭原因="买家未付款")
    assert (unpaid["status"], unpaid["status_reason"]) == ("交易关闭", "买家未付款")


def test_the_changed_address_is_the_one_that_counts(tmp_path: Path) -> None:
    got = one_order(tmp_path, 修改后的收货地址="江苏省 南京市 玄武区 另一路2号(210000)")
    assert (got["province"], got["address"]) == ("江苏", "江苏省 南京市 玄武区 另一路2号")


@pytest.mark.parametrize(
    ("address", "province", "city"),
    [
        ("浙江省 杭州市 西湖区 某某路1号(310000)", "浙江", "杭州市"),
        ("上海 上海市 闵行区 某某路1号（200000）", "上海", "上海市"),
        ("内蒙古自治区 包头市 青山区 某某路", "内蒙古", "包头市"),
        ("新疆维吾尔自治区", "新疆", None),
        ("广西壮族自治区 南宁市 x", "广西", "南宁市"),
        ("香港特别行政区 九龙 x", "香港", "九龙"),
        ("江苏省", "江苏", None),
        ("张三，86-13800000000，浙江省 杭州市 西湖区 某某路1号，310000", "浙江", "杭州市"),
        ("浙江省 杭州市 西湖区 ****", "浙江", "杭州市"),
        ("****", None, None),
        ("", None, None),
    ],
)
def test_places(address: str, province: str | None, city: str | None) -> None:
    place = place_of(address)
    assert (place["province"], place["city"]) == (province, city)


def taken(importer: TableImporter, method: str, *cells: str) -> dict[str, str | None] | None:
    """What the database makes of the cells without asking the method; None where it asks."""
    computed = next(one for one in importer.computed() if one.method == method)
    forms = plain([(computed, [""] * len(cells))])
    asked = ", ".join(f"CAST(? AS VARCHAR) AS ask_0_{i}" for i in range(len(cells)))
    answers = ", ".join(value for _field, _test, value in forms.answers)
    row = duckdb.execute(
        f"SELECT {forms.tests[0]}, {answers} FROM (SELECT *, {', '.join(forms.taken)} FROM (SELECT {asked}))",
        list(cells),
    ).fetchone()
    assert row is not None
    fields = (field for field, _test, _value in forms.answers)
    return dict(zip(fields, row[1:], strict=True)) if row[0] else None


(_ADDRESS,) = (one.plain[0] for one in TmallReport().computed())
_NEARLY = st.text(st.sampled_from("浙江省上海市内蒙古自治区杭州西湖路号 　1a@.()（），*\n-3"), max_size=30)


@given(st.from_regex(_ADDRESS or "", fullmatch=True) | _NEARLY | st.builds("浙江省 {}".format, _NEARLY))
@example("新疆维吾尔自治区 喀什地区 某某路1号(844000)")
def test_an_address_that_need_not_be_asked_about_is_taken_apart_the_same_way(address: str) -> None:
    for importer, cells in ((TmallReport(), (address,)), (TaobaoOrders(), ("", address))):
        assert taken(importer, "place", *cells) in (None, place_of(address))


def agrees(method: str, *cells: str) -> None:
    """What is taken without asking is what the method says; a field that neither fills may be missing."""
    found = taken(TaobaoOrders(), method, *cells)
    if found is not None:
        said = getattr(TaobaoOrders(), method)(*cells)
        said = said if isinstance(said, dict) else {method: said}
        assert {key: one for key, one in found.items() if one} == {
            key: one for key, one in said.items() if one
        }


@given(st.emails() | st.text(st.sampled_from("ab1@.* 　\n+-王"), max_size=12), st.sampled_from(["", "138"]))
@example("", "138")
def test_an_account_that_need_not_be_asked_about_is_the_same_email(account: str, phone: str) -> None:
    agrees("account", account, "", phone)


_STATES = st.sampled_from(["", "交易成功", "交易关闭", "交易关闭 ", "买家已付款，等待卖家发货", "交易"])
_REASONS = st.text(st.sampled_from("未关闭退款\n 　a"), max_size=6) | st.just("订单未关闭")


@given(_STATES, _REASONS)
def test_how_an_order_was_closed_need_not_be_asked_where_it_was_not(word: str, reason: str) -> None:
    agrees("closing", word, reason)


_NOTE = st.text(st.sampled_from("来自聚划算a1，。; 　\n\u2003"), max_size=8) | st.builds(
    "来自{}".format, st.text("长", max_size=34)
)


@given(_NOTE, _NOTE)
def test_a_note_that_need_not_be_asked_about_tells_the_same_campaign(note: str, memo: str) -> None:
    agrees("source_tag", note, memo)


def test_the_usual_account_and_address_need_not_be_asked_about() -> None:
    assert taken(TaobaoOrders(), "account", "a.b@example.com", "", "") == {"email": "a.b@example.com"}
    usual = "广西壮族自治区 南宁市 青秀区 某某路1号3幢(530000)"
    assert taken(TaobaoOrders(), "place", "", usual) == place_of(usual)
    assert taken(TaobaoOrders(), "place", usual, usual) is None
    assert taken(TaobaoOrders(), "account", "", "13800000001", "") == {"email": None}
    assert taken(TaobaoOrders(), "closing", "交易成功", "") == {"status_reason": None}
    assert taken(TaobaoOrders(), "closing", "交易关闭", "买家申请退款") is None
    assert taken(TaobaoOrders(), "source_tag", "", "请快") == {"source_tag": None}
    assert taken(TaobaoOrders(), "source_tag", "来自聚划算，多送", "") == {"source_tag": "聚划算"}
    assert taken(TaobaoOrders(), "place", "", "浙江省 杭州市 西湖区 ***") is None


def test_a_province_alone_is_no_address() -> None:
    assert place_of("江苏省")["address"] is None


OLD_ITEMS = [
    "订单编号",
    "标题",
    "价格",
    "购买数量",
    "外部系统编号",
    "商品属性",
    "套餐信息",
    "备注",
    "订单状态",
    "商家编码",
]
NEW_ITEMS = [
    "子订单编号", "主订单编号", "标题", "价格", "购买数量", "外部系统编号", "商品属性", "套餐信息", "备注", "订单状态", "商家编码",
    "支付单号", "买家应付货款", "买家实际支付金额", "退款状态", "退款金额", "订单创建时间", "订单付款时间",
]  # fmt: skip
ITEM = {
    "订单编号": "35153000000000017", "主订单编号": "35153000000000017", "子订单编号": "35153000000000018", "标题": "玫瑰面霜 50g",
    "价格": "95.00", "购买数量": "2", "外部系统编号": "MS-50", "商品属性": "容量：50g;颜色：白", "套餐信息": "NULL", "订单状态": "交易成功",
    "商家编码": "MS-50W",
}  # fmt: skip


@pytest.mark.parametrize("header", [OLD_ITEMS, NEW_ITEMS], ids=["old", "new"])
def test_item_list(tmp_path: Path, header: list[str]) -> None:
    path = csv_of(tmp_path / "ExportOrderDetailList.csv", header, ITEM)
    (found,) = detect([path], crm_importers())
    assert found.importer.name == "taobao_items"
    assert found.importer.join == "orders"
    (got,) = fields_of(path, found.importer, tmp_path / "w")
    assert (got["order_ref"], got["sku"], got["quantity"], got["unit_price"]) == (
        "35153000000000017",
        "MS-50W",
        "2",
        "95.00",
    )
    assert got["title"] == "玫瑰面霜 50g"
    assert got.get("line_ref") == ("35153000000000018" if header is NEW_ITEMS else None)


def test_the_short_report(tmp_path: Path) -> None:
    text = (
        "订单编号,总金额,买家实际支付金额,收货地址 ,订单创建时间,订单付款时间 ,退款金额\r\n"
        "1,85.0,0.0,四川省,2020-02-26 12:29:33,2020-02-26 12:29:38,85.0\r\n2,10.0,0.0,江苏省,2020-02-26 12:29:33,,0.0\r\n"
    )
    path = tmp_path / "tmall_order_report.csv"
    path.write_text(text, encoding="utf-8", newline="")
    (found,) = detect([path], crm_importers())
    assert isinstance(found.importer, TmallReport)
    refunded, unpaid = fields_of(path, found.importer, tmp_path / "w")
    assert (refunded["province"], refunded["refund_total"], refunded["paid_total"]) == ("四川", "85.0", "0.0")
    assert "paid_at" not in unpaid
