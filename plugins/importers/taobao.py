"""Taobao and Tmall: the order list, the item list that belongs to it, and the short Tmall report.

Layouts of 2016 to today, as seller centre 千牛 exports them (GBK csv, xls, xlsx) and as shops' own systems
copy them. See formats.md section 2.
"""

# ruff: noqa: RUF012 - the attributes are a declaration, read and never changed
from __future__ import annotations

import re

from crmcore import TableImporter, column, hookimpl

about = {"zh": "淘宝和天猫：订单报表、对应的宝贝报表，以及天猫的精简报表。"}

_STATUSES = {
    "等待买家付款": "unpaid",
    "没有创建支付宝交易": "unpaid",
    "买家已付款，等待卖家发货": "paid",
    "买家已付款": "paid",
    "等待卖家发货": "paid",
    "卖家部分发货": "paid",
    "卖家已发货，等待买家确认": "shipped",
    "卖家已发货": "shipped",
    "买家已签收，货到付款专用": "shipped",
    "交易成功": "completed",
    "交易关闭": "closed",
    "付款以前，卖家或买家主动关闭交易": "closed",
    "付款以后用户退款成功，交易自动关闭": "refunded",
}
# Dumps of shops' databases write the comma of the long words as ｜｜｜.
_STATUSES |= {word.replace("，", "｜｜｜"): ours for word, ours in _STATUSES.items() if "，" in word}

_TAILS = re.compile(r"(?:维吾尔|壮族|回族)?自治区$|特别行政区$|[省市]$")
_POSTCODE = re.compile(r"(?:[(（]\d{6}[)）]|，\s*\d{6})\s*$")
# The variant that begins with name and phone: 张三，86-13800000000，浙江省 杭州市 …，310000
_LED = re.compile(r"^[^，]{1,30}，\s*(?:86-)?[\d*\-]{5,20}，\s*")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")
_NUMBER = re.compile(r"\+?[\d -]{7,20}")
# What most accounts and addresses look like, which `account` and `place_of` need not be asked about.
_PLAIN_MAIL = "(?:(?P<email>[!-?A-~]+@[!-?A-~]+))?"
_WORD = "[0-9A-Za-z一-龥#-]+"
_PLAIN_PLACE = (
    "(?P<address>(?P<province>北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|"
    "广东|海南|四川|贵州|云南|陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门)"
    "(?:省|市|(?:维吾尔|壮族|回族)?自治区|特别行政区)? "
    rf"(?P<city>[一-龥]+)(?: {_WORD})*)(?:\([0-9]{{6}}\))?"
)
# Orders that are not closed, and their reasons; notes that tell no campaign, and those that tell one.
_NOT_CLOSED, _REASON = "(?:[^交].*|交易成功)?", "(?:订单未关闭|(?P<status_reason>.+))?"
_NO_TAG, _TAG = "(?s:[^来].*)?", "来自(?P<source_tag>[0-9A-Za-z一-龥]{1,30})(?:[ ，,。;；].*)?"


def place_of(address: str) -> dict[str, str | None]:
    """The province as people say it (浙江), the city, and the address without the postcode at its end."""
    bare = _LED.sub("", address.strip())
    bare = _POSTCODE.sub("", bare).strip()
    parts = bare.split()
    province = _TAILS.sub("", parts[0]) if parts and "*" not in parts[0] else None
    city = parts[1] if len(parts) > 1 and "*" not in parts[1] else None
    # A province alone is no address; neither is what the platform hid.
    return {"province": province, "city": city, "address": bare if len(parts) > 1 else None}


class TaobaoOrders(TableImporter):
    """订单报表 (ExportOrderList): one line an order, no items."""

    platform, record = "taobao", "order"
    title = {"zh": "淘宝/天猫订单报表", "en": "Taobao/Tmall order list"}
    recognise = [
        ["订单编号", "买家会员名", "买家应付货款"],
        ["订单编号", "买家会员名", "订单状态", "订单创建时间"],
    ]
    refuse = ["子订单编号"]
    currency, time_zone = "CNY", "Asia/Shanghai"
    statuses = _STATUSES
    columns = {
        "order_ref": "订单编号",
        "buyer_ref": "买家会员名",
        "nickname": ["买家会员昵称", "买家会员名"],
        "name": ["收货人姓名", "收货人"],
        "phone": ["联系手机", "联系电话"],
        "placed_at": "订单创建时间",
        "paid_at": "订单付款时间",
        "status": "订单状态",
        "order_total": "总金额",
        # What counts in the end: the platform lowers it with every refund, to 0 after a full one.
        "paid_total": ["买家实际支付金额", "支付金额"],
        "refund_total": "退款金额",
        "note": "买家留言",
        "extra.seller_note": ["订单备注", "商家备忘"],
        "extra.shop": "店铺名称",
    }

    @column(
        "买家支付宝账号", "联系手机", "联系电话", fills=["email", "phone"], plain=[_PLAIN_MAIL, None, None]
    )
    def account(self, account: str, mobile: str, phone: str) -> dict[str, str | None]:
        """The account is an e-mail address or a phone; the phone counts where there is no other."""
        if _MAIL.fullmatch(account):
            return {"email": account}
        return {"phone": account} if not (mobile or phone) and _NUMBER.fullmatch(account) else {}

    @column("修改后的收货地址", "收货地址", fills=["province", "city", "address"], plain=["", _PLAIN_PLACE])
    def place(self, changed: str, address: str) -> dict[str, str | None]:
        """Province, city and street from `浙江省 杭州市 西湖区 某路1号(310000)`."""
        return place_of(changed or address)

    @column("订单状态", "订单关闭原因", fills=["status", "status_reason"], plain=[_NOT_CLOSED, _REASON])
    def closing(self, word: str, reason: str) -> dict[str, str | None]:
        """Why it was closed; the platform writes 订单未关闭 for all that are not.

        A closed order whose reason is a refund was paid and went back in full.
        """
        refunded = word == "交易关闭" and "退款" in reason
        return {
            "status": "refunded" if refunded else None,
            "status_reason": None if reason in ("", "订单未关闭") else reason,
        }

    @column("是否手机订单")
    def channel(self, word: str) -> str | None:
        """Orders from the phone carry the word, all others nothing."""
        return "mobile" if word in ("手机订单", "是") else None

    @column("订单备注", "商家备忘", plain=[f"(?:{_NO_TAG}|{_TAG})", _NO_TAG])
    def source_tag(self, note: str, memo: str) -> str | None:
        """The campaign, where the shop's note tells it: 来自聚划算."""
        found = re.match(r"来自\s*([^\s，,。;；]{1,30})", note or memo)
        return found[1] if found else None


class TaobaoItems(TableImporter):
    """宝贝报表 (ExportOrderDetailList): one line a sub-order; joins the order list by order number."""

    platform, record = "taobao", "order_line"
    title = {"zh": "淘宝/天猫宝贝报表", "en": "Taobao/Tmall item list"}
    recognise = [
        ["订单编号", "标题", "购买数量", "外部系统编号"],
        ["子订单编号", "主订单编号", "外部系统编号"],
    ]
    refuse = ["买家会员名", "选购商品"]
    currency, time_zone = "CNY", "Asia/Shanghai"
    join = "orders"
    statuses = _STATUSES
    columns = {
        "order_ref": ["主订单编号", "订单编号"],
        "line_ref": "子订单编号",
        "title": "标题",
        "unit_price": "价格",
        "quantity": "购买数量",
        "sku": ["商家编码", "外部系统编号"],
        "extra.options": "商品属性",
        "status": "订单状态",
        "placed_at": "订单创建时间",
        "paid_at": "订单付款时间",
    }


class TmallReport(TableImporter):
    """The short report in circulation: seven columns, no buyer, the address is often the province alone."""

    platform, record = "taobao", "order"
    title = {"zh": "天猫简易订单报表", "en": "Tmall short order report"}
    recognise = ["订单编号", "买家实际支付金额", "订单创建时间"]
    refuse = ["买家会员名", "子订单编号"]
    currency, time_zone = "CNY", "Asia/Shanghai"
    columns = {
        "order_ref": "订单编号",
        "placed_at": "订单创建时间",
        "paid_at": "订单付款时间",
        "order_total": "总金额",
        "paid_total": "买家实际支付金额",
        "refund_total": "退款金额",
    }

    @column("收货地址", fills=["province", "city", "address"], plain=[_PLAIN_PLACE])
    def place(self, address: str) -> dict[str, str | None]:
        """Province, city and street, as far as the report has them."""
        return place_of(address)


@hookimpl
def crm_importers() -> list[TableImporter]:
    """The order list, the item list and the short report."""
    return [TaobaoOrders(), TaobaoItems(), TmallReport()]
