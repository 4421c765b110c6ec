"""Segments by average order value, in the shop's currency.

Serves S120: below 100, 100–300, 300–500; G1 adds 500 and more, and makes the bands editable.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

from crmcore import SegmentRule, hookimpl, in_words, param, where

about = {"zh": "按客单价分群，用店铺的币种。"}


@dataclass(frozen=True)
class Settings:
    """The amounts between the bands; the segments are named after them."""

    bands: Annotated[
        tuple[int, ...], {"zh": "各段从多少金额开始，填整数", "en": "whole amounts at which the bands begin"}
    ] = (100, 300, 500)

    def __post_init__(self) -> None:
        if not self.bands or self.bands[0] < 1 or any(low >= high for low, high in pairwise(self.bands)):
            raise ValueError(
                in_words(
                    {
                        "zh": "bands 要填递增的金额，如 100, 300, 500",
                        "en": "bands must be amounts that rise, such as 100, 300, 500",
                    }
                )
            )


@hookimpl
def crm_segment_rules(settings: Settings) -> list[SegmentRule]:
    """Half-open bands, 300 belongs to 300–500; who never bought has no average and stands in none."""
    value, bands = where("average_order_value"), settings.bands
    first, last = bands[0], bands[-1]
    below = SegmentRule(
        f"aov_below_{first}",
        value < param("below"),
        zh=f"客单价{first}以下",
        en=f"Average order below {first}",
        params={"below": first},
    )
    between = [
        SegmentRule(
            f"aov_{low}_{high}",
            value.between(param("from"), param("below")),
            zh=f"客单价{low}–{high}",
            en=f"Average order {low}–{high}",
            params={"from": low, "below": high},
        )
        for low, high in pairwise(bands)
    ]
    above = SegmentRule(
        f"aov_{last}_up",
        value >= param("from"),
        zh=f"客单价{last}及以上",
        en=f"Average order {last} and more",
        params={"from": last},
    )
    return [below, *between, above]
