"""Segments by age: below 18, 18–25, 26–29, 30–35, 36 and more.

Serves S123; G1 adds the open band. Bands are half-open: 30 belongs to 30–35, not to 26–30.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

from crmcore import SegmentRule, hookimpl, in_words, param, where

about = {"zh": "按年龄分群：18 岁以下、18–25、26–29、30–35、36 岁以上。"}


@dataclass(frozen=True)
class Settings:
    """Where the bands begin; the segments are named after these ages."""

    bands: Annotated[tuple[int, ...], {"zh": "各年龄段从几岁开始", "en": "ages at which the bands begin"}] = (
        18,
        26,
        30,
        36,
    )

    def __post_init__(self) -> None:
        if not self.bands or self.bands[0] < 1 or any(low >= high for low, high in pairwise(self.bands)):
            raise ValueError(
                in_words(
                    {
                        "zh": "bands 要填递增的年龄，如 18, 26, 30, 36",
                        "en": "bands must be ages that rise, such as 18, 26, 30, 36",
                    }
                )
            )


@hookimpl
def crm_segment_rules(settings: Settings) -> list[SegmentRule]:
    """Who has no birthday, or one without a year, stands in none."""
    age, bands = where("age"), settings.bands
    first, last = bands[0], bands[-1]
    return [
        SegmentRule(
            f"age_below_{first}",
            age < param("below"),
            zh=f"{first}岁以下",
            en=f"Below {first}",
            params={"below": first},
        ),
        *[
            SegmentRule(
                f"age_{low}_{high - 1}",
                age.between(param("from"), param("below")),
                zh=f"{low}–{high - 1}岁",
                en=f"Aged {low}–{high - 1}",
                params={"from": low, "below": high},
            )
            for low, high in pairwise(bands)
        ],
        SegmentRule(
            f"age_{last}_up",
            age >= param("from"),
            zh=f"{last}岁及以上",
            en=f"Aged {last} and more",
            params={"from": last},
        ),
    ]
