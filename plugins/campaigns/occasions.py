"""Her own days: birthday and the anniversary of the first order; care after a complaint.

Serves S115 and S141. Once a year each, whatever else goes out; care is no promotion and has no cap.
"""

from __future__ import annotations

from crmcore import CampaignKind, Fold, hookimpl, where

about = {"zh": "客户自己的日子：生日、首单周年；还有投诉后的关怀。"}

WISHES = (
    "#客户昵称#，生日快乐！送您一份生日礼{% if code %}，专属码{{ code }}{% endif %}，7天内有效，拒收请回复R"
)
YEARS = (
    "#客户昵称#，不知不觉您已经是我们的老朋友了，周年礼请收下"
    "{% if code %}，专属码{{ code }}{% endif %}，拒收请回复R"
)
CARE = "#客户昵称#，上次的问题给您添麻烦了，现在都还好吗？有任何不满意随时找我们"

# In the week after so many years since her first order.
_YEARS_ON = [
    {"days_since_first_order": {"gte": 365 * years, "lt": 365 * years + 7}} for years in (1, 2, 3, 4, 5)
]
BIRTHDAY = CampaignKind(
    "birthday",
    {
        "where": {"all": [{"days_until_birthday": {"gte": 0, "lt": 7}}]},
        "occasion": "year",
        "repeat": "daily",
        "window_days": 30,
        "control": 0.1,
        "messages": {"*": {"text": WISHES, "subject": "#客户昵称#，生日快乐"}},
    },
    zh="生日关怀",
    en="Birthday",
    about={"zh": "生日前一周内，一年一次。", "en": "In the week before her birthday, once a year."},
    ask=("channels",),
)
ANNIVERSARY = CampaignKind(
    "anniversary",
    {
        "where": {"any": _YEARS_ON},
        "occasion": "anniversary",
        "repeat": "daily",
        "window_days": 30,
        "control": 0.1,
        "messages": {"*": {"text": YEARS, "subject": "#客户昵称#，周年快乐"}},
    },
    zh="首单周年",
    en="Anniversary",
    about={
        "zh": "首次下单满一年、两年……的那一周。",
        "en": "In the week after so many years since her first order.",
    },
    ask=("channels",),
)
CARE_AFTER_COMPLAINT = CampaignKind(
    "care_after_complaint",
    {
        "where": {
            "all": [
                {"complaints_open": {"eq": 0}},
                {"days_since_complaint_settled": {"gte": 3, "lt": 30}},
            ]
        },
        "purpose": "service",
        "occasion": "complaint",
        "repeat": "daily",
        "control": 0,
        "window_days": 60,
        "messages": {"*": {"text": CARE, "subject": "给您添麻烦了"}},
        "goal": {"measure": "replies", "value": 10},
    },
    zh="投诉后回访",
    en="Care after a complaint",
    about={
        "zh": "投诉了结三天后回访一次，不带促销，每次投诉一次。",
        "en": "Three days after a complaint was settled, once for each; no promotion in it.",
    },
    ask=("channels",),
)


# The day on which her newest complaint was settled, whoever spoke to her since.
COMPLAINT_SETTLED = Fold(
    "complaint_settled",
    "interactions",
    "max",
    "state_at",
    where=(where("kind") == "complaint") & (where("open") == False),  # noqa: E712 - a rule
    zh="投诉解决",
    en="Complaint settled",
)


@hookimpl
def crm_segment_rules() -> list[Fold]:
    """What the plans ask of a card beside what is there."""
    return [COMPLAINT_SETTLED]


@hookimpl
def crm_campaign_kinds() -> list[CampaignKind]:
    """The plans for days of her own."""
    return [BIRTHDAY, ANNIVERSARY, CARE_AFTER_COMPLAINT]
