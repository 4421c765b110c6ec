"""People who bring more than their own orders: big customers, those who refer, leaders of group buys.

Serves S94, S127, S133, S137, S147 and S177-S180. Referrals and group buys count by personal codes.
"""

from __future__ import annotations

from crmcore import CampaignKind, hookimpl

about = {"zh": "能带来更多人的客户：大客户、老带新、团购发起人。"}

CALL = (
    "您好，这里是{{ shop | default('小店') }}，您是我们的VIP：专属客服、优先发货、返利或礼品任选；"
    "最近有什么需要我帮您留意的吗？"
)
REFER = (
    "#客户昵称#，把专属码{{ code }}给朋友，朋友下单立减，"
    "您得{{ reward | default('返利或礼品') }}，拒收请回复R"
)
LEAD = "#客户昵称#，小区装修的邻居一起团，凑单更便宜：您的团长码{{ code }}，佣金当月结，拒收请回复R"


BIG_CUSTOMERS = CampaignKind(
    "big_customers",
    {
        "segment": "key_customers",
        "channels": ["phone"],
        "occasion": "month",
        "repeat": "daily",
        "control": 0,
        "window_days": 30,
        "messages": {"*": {"text": CALL}},
        "goal": {"measure": "buyers", "value": 10},
    },
    zh="大客户电话回访",
    en="Call round of big customers",
    about={
        "zh": "电话最有效也最费时间，只给大客户：每月一次，强调VIP特权，返利或送礼。",
        "en": "The phone works best and takes most time: big customers only, once a month.",
    },
)
REFERRAL = CampaignKind(
    "referral",
    {
        "where": {"all": [{"orders": {"gte": 2}}, {"complaints_open": {"eq": 0}}]},
        "code": "YQ",
        "personal_codes": True,
        "commission": 5,
        "control": 0,
        "window_days": 60,
        "messages": {"*": {"text": REFER, "subject": "#客户昵称#，邀请有礼"}},
        "goal": {"measure": "orders", "value": 20},
    },
    zh="老带新",
    en="Referral",
    about={
        "zh": "买过两次以上的客户带朋友：朋友用她的码下单，佣金按比例。",
        "en": "Customers of two orders or more bring friends: a code, a share of what they buy.",
    },
    ask=("channels",),
)
GROUP_BUY = CampaignKind(
    "group_buy",
    {
        "where": {"all": [{"orders": {"gte": 1}}, {"days_since_last_order": {"lt": 60}}]},
        "code": "TG",
        "personal_codes": True,
        "commission": 8,
        "control": 0,
        "window_days": 45,
        "messages": {"*": {"text": LEAD, "subject": "#客户昵称#，做团长拿佣金"}},
        "goal": {"measure": "orders", "value": 20},
    },
    zh="团购团长",
    en="Group-buy leader",
    about={
        "zh": "家居家电：一个小区一起装修，请老客当团长，按团长码算佣金。",
        "en": "Home and furniture: one estate fits out at once; a buyer leads for a commission.",
    },
    ask=("channels",),
)


@hookimpl
def crm_campaign_kinds() -> list[CampaignKind]:
    """The plans for those who are worth a call, or bring others."""
    return [BIG_CUSTOMERS, REFERRAL, GROUP_BUY]
