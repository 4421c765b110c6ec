"""Segments by average order value, in the shop's currency.

Serves S120: below 100, 100–300, 300–500; G1 adds 500 and more, and makes the bands editable.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from crmcore import SegmentRule, Title, banded, hookimpl, rising

about = {"zh": "按客单价分群，用店铺的币种。"}


@dataclass(frozen=True)
class Settings:
    """The amounts between the bands; the segments are named after them."""

    bands: Annotated[
        tuple[int, ...],
        Title("各段起始金额", "Bands begin at"),
        {"zh": "各段从多少金额开始，填整数", "en": "whole amounts at which the bands begin"},
    ] = (100, 300, 500)

    def __post_init__(self) -> None:
        rising("bands", self.bands, such_as=(100, 300, 500))


@hookimpl
def crm_segment_rules(settings: Settings) -> list[SegmentRule]:
    """Half-open bands, 300 belongs to 300–500; who never bought has no average and stands in none."""
    return banded("average_order_value", settings.bands, _called)


def _called(low: int | None, high: int | None) -> tuple[str, str, str]:
    if low is None:
        return f"aov_below_{high}", f"客单价{high}以下", f"Average order below {high}"
    if high is None:
        return f"aov_{low}_up", f"客单价{low}及以上", f"Average order {low} and more"
    return f"aov_{low}_{high}", f"客单价{low}–{high}", f"Average order {low}–{high}"
