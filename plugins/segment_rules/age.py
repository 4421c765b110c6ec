"""Segments by age: below 18, 18–25, 26–29, 30–35, 36 and more.

Serves S123; G1 adds the open band. Bands are half-open: 30 belongs to 30–35, not to 26–30.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from crmcore import SegmentRule, Title, banded, hookimpl, rising

about = {"zh": "按年龄分群：18 岁以下、18–25、26–29、30–35、36 岁以上。"}


@dataclass(frozen=True)
class Settings:
    """Where the bands begin; the segments are named after these ages."""

    bands: Annotated[
        tuple[int, ...],
        Title("各段起始年龄", "Bands begin at"),
        {"zh": "各年龄段从几岁开始", "en": "ages at which the bands begin"},
    ] = (
        18,
        26,
        30,
        36,
    )

    def __post_init__(self) -> None:
        rising("bands", self.bands, such_as=(18, 26, 30, 36))


@hookimpl
def crm_segment_rules(settings: Settings) -> list[SegmentRule]:
    """Who has no birthday, or one without a year, stands in none."""
    return banded("age", settings.bands, _called)


def _called(low: int | None, high: int | None) -> tuple[str, str, str]:
    if low is None:
        return f"age_below_{high}", f"{high}岁以下", f"Below {high}"
    if high is None:
        return f"age_{low}_up", f"{low}岁及以上", f"Aged {low} and more"
    return f"age_{low}_{high - 1}", f"{low}–{high - 1}岁", f"Aged {low}–{high - 1}"
