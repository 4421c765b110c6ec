"""Campaigns for one occasion: whom and when the shop says itself."""

from __future__ import annotations

from crmcore import CampaignKind, hookimpl

about = {"zh": "一次性活动：发给谁、什么时候发，由店铺自己定。"}

ONE_OFF = CampaignKind(
    "one_off",
    {"purpose": "promotion", "control": 0.1, "window_days": 14},
    zh="一次性活动",
    en="One-off",
    about={
        "zh": "给一个客户分群发一次：自己选分群、渠道和话术。",
        "en": "Once to one segment: choose the segment, the channels and the words.",
    },
    ask=("segment", "channels", "messages"),
)


@hookimpl
def crm_campaign_kinds() -> list[CampaignKind]:
    """The plan for one occasion."""
    return [ONE_OFF]
