"""Our names for what a file can hold: the left side of every mapping.

A file's own column names stay the file's; these are the names that importers and mapping files map them to.
"""

from __future__ import annotations

from dataclasses import dataclass

# Prefixes of names that are free: `extra.coupon`.
OPEN_PREFIX = "extra."

RECORDS = ("order", "order_line", "customer", "interaction")
_ALL = frozenset(RECORDS)
_SALES = frozenset({"order", "order_line"})
_LINES = frozenset({"order", "order_line", "interaction"})
_VISIT = frozenset({"interaction"})


@dataclass(frozen=True)
class ImportField:
    """One of our field names.

    `type` is one of text, money (major units), int, number, instant, date, phone, email, list, bool, status.
    `records` are the kinds of record that may carry it.
    """

    name: str
    type: str
    zh: str
    en: str
    records: frozenset[str] = _ALL


_TABLE = [
    # who
    ImportField("buyer_ref", "text", "平台买家号", "The platform's id or login of the buyer"),
    ImportField("nickname", "text", "昵称", "Nickname"),
    ImportField("name", "text", "姓名", "Name of the person"),
    ImportField("first_name", "text", "名", "Given name, where the file splits it; `name` wins"),
    ImportField("last_name", "text", "姓", "Family name, where the file splits it; `name` wins"),
    ImportField("phone", "phone", "手机", "Phone"),
    ImportField("email", "email", "邮箱", "E-mail"),
    ImportField("birthday", "date", "生日", "Birthday"),
    ImportField("gender", "text", "性别", "Gender"),
    ImportField("country", "text", "国家", "Country"),
    ImportField("province", "text", "省", "Province or state"),
    ImportField("city", "text", "市", "City"),
    ImportField("address", "text", "地址", "Street address"),
    ImportField("tags", "list", "标签", "Tags, several in one cell"),
    ImportField("note", "text", "备注", "Note"),
    ImportField("consent.email", "bool", "同意邮件营销", "Agrees to promotion by e-mail (yes or no)"),
    ImportField("consent.sms", "bool", "同意短信营销", "Agrees to promotion by text message (yes or no)"),
    # the order
    ImportField("order_ref", "text", "订单号", "The platform's order number", _LINES),
    ImportField("placed_at", "instant", "下单时间", "When it was ordered", _SALES),
    ImportField("paid_at", "instant", "付款时间", "When it was paid", _SALES),
    ImportField("refunded_at", "instant", "退款时间", "When money went back", _SALES),
    ImportField("closed_at", "instant", "关闭时间", "When it was closed or cancelled", _SALES),
    ImportField("status", "status", "状态", "The platform's word for how far the order has got", _SALES),
    ImportField("status_reason", "text", "状态原因", "Why it was closed", _SALES),
    ImportField("order_total", "money", "订单金额", "What the whole order costs, goods and postage", _SALES),
    ImportField("paid_total", "money", "实付金额", "What the buyer paid for the order", _SALES),
    ImportField("refund_total", "money", "退款金额", "What went back to the buyer", _SALES),
    ImportField("currency", "text", "币种", "Currency code, where it differs by row", _SALES),
    ImportField("source_tag", "text", "来源标记", "Campaign or referrer the order came by", _SALES),
    ImportField("channel", "text", "渠道", "Phone, web, chat … it came through", _LINES),
    # its lines
    ImportField("line_ref", "text", "子订单号", "The platform's number of the line", _LINES),
    ImportField("sku", "text", "商品编码", "Product code", _LINES),
    ImportField("title", "text", "商品名称", "Product title", _LINES),
    ImportField("category", "text", "品类", "Product category", _LINES),
    ImportField("quantity", "int", "数量", "Pieces; negative ones went back", _SALES),
    ImportField("unit_price", "money", "单价", "Price of one piece", _SALES),
    ImportField("line_total", "money", "小计", "What the line costs", _SALES),
    # what happened between the shop and a person
    ImportField("kind", "text", "类型", "Kind of interaction: chat, call, inquiry, review …", _VISIT),
    ImportField("at", "instant", "时间", "When it happened", _VISIT),
    ImportField("text", "text", "内容", "What was said or written", _VISIT),
    ImportField("state", "text", "处理状态", "State of the interaction", _VISIT),
    ImportField("due_at", "instant", "到期时间", "When it is due", _VISIT),
    ImportField("owner", "text", "负责人", "Who of the staff looks after it", _VISIT),
    ImportField("rating", "int", "评分", "Rating: -1 bad, 0 middling, 1 good", _VISIT),
]

FIELDS: dict[str, ImportField] = {field.name: field for field in _TABLE}


def field_type(name: str) -> str:
    """The type of one of our field names; open ones (`extra.coupon`) are text."""
    field = FIELDS.get(name)
    return field.type if field else "text"


def fields_of(record: str) -> list[str]:
    """The field names that a record of that kind may carry, without the open ones."""
    return [name for name, field in FIELDS.items() if record in field.records]
