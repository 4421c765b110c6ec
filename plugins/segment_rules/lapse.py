"""Segments by lapse: how many calendar days since the last order.

Serves S121: 90, 180 and 365 days; G1 adds the active ones, 0–89 days, and makes the bands editable.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

from crmcore import SegmentRule, hookimpl, in_words, param, where

about = {"zh": "按流失程度分群：距上次下单过了多少天。"}


@dataclass(frozen=True)
class Settings:
    """Where the bands begin; the segments are named after these days."""

    bands: Annotated[
        tuple[int, ...],
        {"zh": "各段从多少天没下单开始", "en": "days without an order at which the bands begin"},
    ] = (90, 180, 365)

    def __post_init__(self) -> None:
        if not self.bands or self.bands[0] < 1 or any(low >= high for low, high in pairwise(self.bands)):
            raise ValueError(
                in_words(
                    {
                        "zh": "bands 要填递增的天数，如 90, 180, 365",
                        "en": "bands must be days that rise, such as 90, 180, 365",
                    }
                )
            )


@hookimpl
def crm_segment_rules(settings: Settings) -> list[SegmentRule]:
    """`active` below the first band, then one half-open band each: 180 days belong to `lapsed_180`."""
    days, bands = where("days_since_last_order"), settings.bands
    first, last = bands[0], bands[-1]
    active = SegmentRule(
        "active",
        days < param("below"),
        zh=f"活跃（{first}天内下过单）",
        en=f"Active (ordered within {first} days)",
        params={"below": first},
    )
    between = [
        SegmentRule(
            f"lapsed_{low}",
            days.between(param("from"), param("below")),
            zh=f"{low}–{high - 1}天未下单",
            en=f"No order for {low}–{high - 1} days",
            params={"from": low, "below": high},
        )
        for low, high in pairwise(bands)
    ]
    longest = SegmentRule(
        f"lapsed_{last}",
        days >= param("from"),
        zh=f"{last}天以上未下单",
        en=f"No order for {last} days or more",
        params={"from": last},
    )
    return [active, *between, longest]
