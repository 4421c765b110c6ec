"""生意参谋 (Taobao, Tmall): the shop's figures day by day."""

# ruff: noqa: RUF012 - the attributes are a declaration, read and never changed
from __future__ import annotations

from crmcore import TableImporter, hookimpl

about = {"zh": "生意参谋（淘宝、天猫）：店铺每天的数据。"}


class SycmDays(TableImporter):
    """One line a day: visitors, page views, buyers and orders as the platform counts them."""

    name, platform, record = "sycm_days", "taobao", "traffic"
    title = {"zh": "生意参谋每日", "en": "Taobao daily figures"}
    recognise = ["统计日期", "访客数", "支付金额"]
    refuse = ["商品id"]
    currency, time_zone = "CNY", "Asia/Shanghai"
    columns = {
        "day": "统计日期",
        "visitors": "访客数",
        "views": "浏览量",
        "buyers": "支付买家数",
        "orders": "支付父订单数",
    }


@hookimpl
def crm_importers() -> list[TableImporter]:
    """The importer `sycm_days`."""
    return [SycmDays()]
