"""What core's own facts count, for who reads Chinese: the catalogue describes them in English."""

from __future__ import annotations

from crmcore.i18n import language
from crmcore.rules.fields import Field

_CHINESE = {
    "orders": "已付款且未全额退款的订单数",
    "last_order_at": "最近一笔有效订单的下单时间",
    "first_order_at": "最早一笔有效订单的下单时间",
    "total_spent": "有效订单最终带来的金额",
    "average_order_value": "累计消费除以购买次数",
    "order_gap_days": "两次购买之间天数的中位数",
    "order_days": "有过购买的天数",
    "orders_unpaid": "一直未付款、也未关闭的订单",
    "orders_closed": "未付款就关闭的订单",
    "orders_refunded": "全额退款的订单",
    "refunds_total": "退回去的钱",
    "inquiries": "所有咨询，不论结果",
    "reviews_bad": "最低评分的评价",
    "complaints_open": "还没处理完的投诉",
    "promises_open": "还没兑现、也没放弃的承诺",
    "last_contact_at": "最近一次与她联系",
    "sources": "从哪些店铺和账号认识她",
    "categories": "有效订单里的商品类目",
}


def meaning(field: Field) -> str:
    """What a fact counts, in the language in force; "" where nobody has said it in that."""
    if language() == "zh" and field.source == "crmcore" and field.name in _CHINESE:
        return _CHINESE[field.name]
    # A plugin describes its facts in one language: who reads Chinese has the titles.
    return field.description if language() == "en" or not field.description.isascii() else ""
