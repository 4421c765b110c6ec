"""Key customers: the fewest who bring 80 % of the spending.

Serves S129 and S127. The share is a setting.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from crmcore import SegmentRule, Title, TopShare, hookimpl, in_words, param, where

about = {"zh": "重点客户：带来 80 % 消费的最少的那些人。"}


@dataclass(frozen=True)
class Settings:
    """How much of the spending the key customers bring."""

    share: Annotated[
        float,
        Title("消费占比", "Share of spending"),
        {"zh": "占全部消费的比例，大于 0，最大 1", "en": "share of all spending, above 0 and up to 1"},
    ] = 0.8

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise ValueError(
                in_words(
                    {
                        "zh": "share 大于 0，最大 1，如 0.8",
                        "en": "share must be above 0 and at most 1, such as 0.8",
                    }
                )
            )


@hookimpl
def crm_segment_rules(settings: Settings) -> list[SegmentRule]:
    """One segment, worked out over all customers each time it is asked for."""
    percent = f"{settings.share:.0%}"
    return [
        SegmentRule(
            "key_customers",
            where("total_spent") >= param("top"),
            zh=f"核心客户（贡献{percent}消费）",
            en=f"Key customers ({percent} of spending)",
            params={"top": TopShare("total_spent", settings.share)},
        )
    ]
