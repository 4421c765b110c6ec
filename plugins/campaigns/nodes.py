"""Festivals and the platforms' own sales: each channel goes out so many days before the day.

Serves S97, S110-S112 and S141-S144. E-mails are read late and go out first; a text message is read at once.
"""

from __future__ import annotations

from crmcore import CampaignKind, hookimpl

about = {"zh": "节日和平台大促的活动：每个渠道在节点前几天发出。"}

AHEAD = {"email": 5, "phone": 3, "wechat": 2, "qq": 2, "sms": 1}
GIFT = "#客户昵称#，节日快到了，给重要的人挑好礼：老客专享价，拒收请回复R"
SALE = "#客户昵称#，大促预热开始：老客提前享，先收藏再下单更划算，拒收请回复R"


FESTIVAL = CampaignKind(
    "festival",
    {
        "where": {"all": [{"orders": {"gte": 1}}, {"days_since_last_order": {"lt": 730}}]},
        "ahead": AHEAD,
        "messages": {"*": {"text": GIFT, "subject": "#客户昵称#，节日好礼提前备"}},
        "window_days": 10,
        "control": 0.1,
        "goal": {"measure": "buyers", "value": 50},
    },
    zh="节日营销",
    en="Festival",
    about={
        "zh": "春节、情人节、七夕、中秋……邮件早几天、短信晚几天，过了就不发。",
        "en": "Days ahead of a festival by channel: e-mail first, texts last; never after it.",
    },
    ask=("node", "channels"),
)
PLATFORM_EVENT = CampaignKind(
    "platform_event",
    {
        "where": {"any": [{"total_spent": {"gte": 300}}, {"orders": {"gte": 2}}]},
        "ahead": AHEAD,
        "messages": {"*": {"text": SALE, "subject": "#客户昵称#，大促提前看"}},
        "window_days": 7,
        "control": 0.1,
        "goal": {"measure": "revenue", "value": 10000},
    },
    zh="平台大促（双11、年中、双12）",
    en="Platform sale",
    about={
        "zh": "按消费水平挑人，大促前几天预热；只在大节点用，不要天天发。",
        "en": "Chosen by what they spend, some days ahead of the platform's sale; not day to day.",
    },
    ask=("node", "channels"),
)


@hookimpl
def crm_campaign_kinds() -> list[CampaignKind]:
    """The plans for a day that everybody knows."""
    return [FESTIVAL, PLATFORM_EVENT]
