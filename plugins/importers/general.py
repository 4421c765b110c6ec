"""The general tables: files whose headers are crm's own field names or the plain words for them.

They recognise nothing by themselves (their words are too common): `--as general_orders`. A table with other
headers needs a mapping file instead; it has the same keys as these classes.
"""

# ruff: noqa: RUF012 - the attributes are a declaration, read and never changed
from __future__ import annotations

from crmcore import TableImporter, hookimpl

about = {"zh": "通用表格：表头是 crm 自己的字段名，或这些字段的常用叫法。"}

_PERSON = {
    "buyer_ref": ["buyer_ref", "客户编号", "会员号", "会员名", "customer id"],
    "nickname": ["nickname", "昵称"],
    "name": ["name", "姓名", "收货人", "客户姓名"],
    "first_name": ["first_name", "first name"],
    "last_name": ["last_name", "last name"],
    "phone": ["phone", "手机", "手机号", "电话", "联系电话", "mobile"],
    "email": ["email", "e-mail", "邮箱", "电子邮箱"],
    "birthday": ["birthday", "生日"],
    "gender": ["gender", "性别"],
    "country": ["country", "国家"],
    "province": ["province", "省", "省份", "state"],
    "city": ["city", "市", "城市"],
    "address": ["address", "地址", "收货地址"],
    "contact_by": ["contact_by", "希望的联系方式", "联系方式偏好"],
    "tags": ["tags", "标签"],
    "note": ["note", "备注"],
    "consent.email": ["consent.email", "接受邮件"],
    "consent.sms": ["consent.sms", "接受短信"],
}
_STATUSES = {
    "unpaid": "unpaid", "待付款": "unpaid", "未付款": "unpaid",
    "paid": "paid", "已付款": "paid", "待发货": "paid",
    "shipped": "shipped", "已发货": "shipped",
    "completed": "completed", "已完成": "completed", "交易成功": "completed",
    "closed": "closed", "已关闭": "closed", "已取消": "closed", "cancelled": "closed",
    "refunded": "refunded", "已退款": "refunded",
}  # fmt: skip


class GeneralOrders(TableImporter):
    """Orders with their items, one line an item; the order's amounts stand on each of its lines."""

    platform, record = "general", "order_line"
    title = {"zh": "通用订单表", "en": "General order table"}
    statuses = _STATUSES
    columns = {
        **_PERSON,
        "order_ref": ["order_ref", "订单号", "订单编号", "order id", "order number"],
        "line_ref": ["line_ref", "子订单号"],
        "placed_at": ["placed_at", "下单时间", "订单日期", "order date"],
        "paid_at": ["paid_at", "付款时间"],
        "refunded_at": ["refunded_at", "退款时间"],
        "closed_at": ["closed_at", "关闭时间"],
        "status": ["status", "状态", "订单状态"],
        "status_reason": ["status_reason", "关闭原因"],
        "order_total": ["order_total", "订单金额", "total"],
        "paid_total": ["paid_total", "实付金额"],
        "refund_total": ["refund_total", "退款金额"],
        "currency": ["currency", "币种"],
        "channel": ["channel", "渠道"],
        "source_tag": ["source_tag", "来源"],
        "sku": ["sku", "商品编码", "货号"],
        "title": ["title", "商品名称", "商品", "product"],
        "category": ["category", "品类", "类目"],
        "quantity": ["quantity", "数量", "qty"],
        "unit_price": ["unit_price", "单价", "price"],
        "line_total": ["line_total", "小计"],
    }


class GeneralCustomers(TableImporter):
    """People, one a line."""

    platform, record = "general", "customer"
    title = {"zh": "通用客户表", "en": "General customer table"}
    columns = _PERSON


class GeneralInteractions(TableImporter):
    """What happened between the shop and people: chats, calls, reviews, complaints, one a line."""

    platform, record = "general", "interaction"
    title = {"zh": "通用互动表", "en": "General interaction table"}
    kind = "note"
    columns = {
        **{field: names for field, names in _PERSON.items() if not field.startswith("consent.")},
        "kind": ["kind", "类型"],
        "at": ["at", "时间", "日期", "date"],
        "text": ["text", "内容", "content"],
        "state": ["state", "处理状态"],
        "due_at": ["due_at", "到期时间", "跟进时间"],
        "owner": ["owner", "负责人", "客服"],
        "rating": ["rating", "评分"],
        "channel": ["channel", "渠道"],
        "order_ref": ["order_ref", "订单号", "订单编号"],
    }


@hookimpl
def crm_importers() -> list[TableImporter]:
    """Orders, customers and interactions."""
    return [GeneralOrders(), GeneralCustomers(), GeneralInteractions()]
