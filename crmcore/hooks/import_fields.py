"""Our names for what a file can hold: the left side of every mapping.

A file's own column names stay the file's; these are the names that importers and mapping files map them to.
"""

from __future__ import annotations

from dataclasses import dataclass

# Prefixes of names that are free: `extra.coupon`.
OPEN_PREFIX = "extra."

# What figures by day, product or keyword are about: no customers (see `crmcore.importing.figures`).
FIGURES = ("traffic", "product", "market")
RECORDS = ("order", "order_line", "customer", "interaction", *FIGURES)
_ALL = frozenset(RECORDS) - frozenset(FIGURES)
_SALES = frozenset({"order", "order_line"})
_LINES = frozenset({"order", "order_line", "interaction"})
_GOODS = _LINES | {"product"}
_VISIT = frozenset({"interaction"})
_TRAFFIC = frozenset({"traffic"})
_PRODUCT = frozenset({"product"})
_MARKET = frozenset({"market"})


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
    ImportField("contact_by", "text", "希望的联系方式", "The channel she wishes: sms, email, phone …"),
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
    ImportField("sku", "text", "商品编码", "Product code", _GOODS),
    ImportField("title", "text", "商品名称", "Product title", _GOODS),
    ImportField("category", "text", "品类", "Product category", _GOODS),
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
    # figures by day
    ImportField("day", "date", "日期", "The day; for a product: from which it holds", frozenset(FIGURES)),
    ImportField("site", "text", "来源网站", "Site or way the visitors came by; none: all", _TRAFFIC),
    ImportField("creative", "text", "创意", "Advertisement, mail or page", _TRAFFIC),
    ImportField("position", "text", "位置", "Where and in which form it stood", _TRAFFIC),
    ImportField("shown", "int", "展现", "How often it was shown", _TRAFFIC),
    ImportField("clicks", "int", "点击", "Clicks on it", _TRAFFIC),
    ImportField("visitors", "int", "访客", "Visitors", _TRAFFIC),
    ImportField("views", "int", "浏览量", "Pages they looked at", _TRAFFIC),
    ImportField("left_at_once", "int", "跳出", "Visitors who left after one page", _TRAFFIC),
    ImportField("saw_5_pages", "int", "看 5 页以上", "Visitors who saw 5 pages or more", _TRAFFIC),
    ImportField("saw_10_pages", "int", "看 10 页以上", "Visitors who saw 10 pages or more", _TRAFFIC),
    ImportField("buyers", "int", "成交人数", "Buyers, as the platform counts them", _TRAFFIC),
    ImportField("orders", "int", "成交单数", "Orders, as the platform counts them", _TRAFFIC),
    ImportField("spent", "money", "花费", "What it cost", _TRAFFIC),
    # figures of products
    ImportField("cost", "money", "成本价", "What one piece costs the shop", _PRODUCT),
    ImportField("stock", "int", "库存", "Pieces in stock", _PRODUCT),
    ImportField("packaging", "text", "包装", "How it is packed", _PRODUCT),
    ImportField("supplier", "text", "供应商", "Who supplies it", _PRODUCT),
    # figures of the market
    ImportField("keyword", "text", "关键词", "What was searched for", _MARKET),
    ImportField("grade", "text", "消费层级", "Which consumers; none: all", _MARKET),
    ImportField("searches", "int", "搜索指数", "How often it was searched", _MARKET),
    ImportField("deals", "int", "成交指数", "How often it was bought", _MARKET),
    ImportField("sold", "money", "成交额", "What was spent on it", _MARKET),
    ImportField("rank", "int", "排名", "Place in the ranking list", _MARKET),
]

FIELDS: dict[str, ImportField] = {field.name: field for field in _TABLE}


def field_type(name: str) -> str:
    """The type of one of our field names; open ones (`extra.coupon`) are text."""
    field = FIELDS.get(name)
    return field.type if field else "text"


def fields_of(record: str) -> list[str]:
    """The field names that a record of that kind may carry, without the open ones."""
    return [name for name, field in FIELDS.items() if record in field.records]
