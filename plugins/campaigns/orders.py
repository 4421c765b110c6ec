"""What an order, or its absence, asks for: payment, a second one, a refill, coming back.

Serves S69-S73 and S124-S126. The steps are counted by order, so that one order is never chased twice.
"""

from __future__ import annotations

from crmcore import CampaignKind, hookimpl

about = {"zh": "由订单引出的活动：催付、二次购买、补货、召回。"}

HURRY = "#客户昵称#，您拍下的宝贝还没付款，库存不多啦，今天付款优先发货；有疑问随时找我们"
SECOND = (
    "#客户昵称#，上次的宝贝用得怎么样？第二单立减"
    "{% if code %}，专属码{{ code }}{% else %}，下单前找客服领取{% endif %}，拒收请回复R"
)
REFILL = "#客户昵称#，您常买的差不多该补货了，老客补货价已备好，拒收请回复R"
BACK = (
    "#客户昵称#，好久不见，为您留了回归礼"
    "{% if code %}，专属码{{ code }}{% else %}，下单前找客服领取{% endif %}，拒收请回复R"
)
# Lapse bands: half-open, in days since the last order.
BANDS = {"30": (30, 90), "90": (90, 180), "180": (180, 365)}


def _chase(
    name: str, zh: str, en: str, unpaid: dict[str, float], text: str, about: dict[str, str]
) -> CampaignKind:
    body = {
        "unpaid": unpaid,
        "purpose": "order",
        "repeat": "daily",
        "control": 0.1,
        "window_days": 3,
        "messages": {"*": {"text": text}},
        "goal": {"measure": "orders", "value": 5},
    }
    return CampaignKind(name, body, zh=zh, en=en, about=about, ask=("channels",))


def _win_back(days: str, first: int, last: int) -> CampaignKind:
    body = {
        "where": {"all": [{"orders": {"gte": 1}}, {"days_since_last_order": {"gte": first, "lt": last}}]},
        "occasion": "last_order",
        "repeat": "daily",
        "window_days": 21,
        "control": 0.1,
        "messages": {"*": {"text": BACK, "subject": "#客户昵称#，好久不见"}},
    }
    about = {
        "zh": f"{first} 到 {last} 天没买的客户，每次流失只召回一次。",
        "en": f"Customers who bought last {first} to {last} days ago; once for each lapse.",
    }
    return CampaignKind(
        f"win_back_{days}", body, zh=f"流失召回 {first}–{last} 天", en=f"Win back, {first}-{last} days",
        about=about, ask=("channels",),
    )  # fmt: skip


UNPAID = _chase(
    "unpaid",
    "催付（普通订单）",
    "Unpaid orders",
    {"from_hours": 1, "to_hours": 48, "to_amount": 500},
    HURRY,
    {
        "zh": "拍下 1–48 小时没付款的小额订单：提醒一次，付了或关了不再催。",
        "en": "1 to 48 hours old, of a small sum: one reminder, none once it is paid or closed.",
    },
)
UNPAID_BIG = _chase(
    "unpaid_big",
    "催付（大额订单）",
    "Unpaid orders of a big sum",
    {"from_hours": 0.5, "to_hours": 72, "from_amount": 500},
    "您好，看到您拍下的订单还没付款，是尺码、运费还是优惠上有什么问题？我帮您看看",
    {
        "zh": "大额订单没付款：由客服打电话或旺旺问一句，比短信管用。",
        "en": "A big order that is not paid: ask by phone or chat, which works better than a text.",
    },
)
SECOND_PURCHASE = CampaignKind(
    "second_purchase",
    {
        "where": {"all": [{"orders": {"eq": 1}}, {"days_since_last_order": {"gte": 15, "lt": 45}}]},
        "occasion": "last_order",
        "repeat": "daily",
        "window_days": 30,
        "control": 0.1,
        "messages": {"*": {"text": SECOND, "subject": "#客户昵称#，第二单有礼"}},
    },
    zh="促第二单",
    en="Second purchase",
    about={
        "zh": "只买过一次、收货两周以后的客户：第二单决定她会不会留下。",
        "en": "Bought once, two weeks ago or more: the second order decides whether she stays.",
    },
    ask=("channels",),
)
REPLENISHMENT = CampaignKind(
    "replenishment",
    {
        "occasion": "last_order",
        "repeat": "daily",
        "window_days": 14,
        "control": 0.1,
        "messages": {"*": {"text": REFILL, "subject": "#客户昵称#，该补货了"}},
    },
    zh="补货提醒",
    en="Replenishment",
    about={
        "zh": "快用完时提醒：分群选类目插件给的“该补货”，如 refill_due。",
        "en": "When it is about to run out: choose a category plugin's segment such as refill_due.",
    },
    ask=("segment", "channels"),
)


@hookimpl
def crm_campaign_kinds() -> list[CampaignKind]:
    """The plans that follow from orders."""
    return [
        UNPAID,
        UNPAID_BIG,
        SECOND_PURCHASE,
        REPLENISHMENT,
        *(_win_back(days, *band) for days, band in BANDS.items()),
    ]
