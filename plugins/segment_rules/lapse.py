"""Segments by lapse: how many calendar days since the last order.

Serves S121: 90, 180 and 365 days; G1 adds the active ones, 0–89 days, and makes the bands editable.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from crmcore import SegmentRule, Title, banded, hookimpl, rising

about = {"zh": "按流失程度分群：距上次下单过了多少天。"}


@dataclass(frozen=True)
class Settings:
    """Where the bands begin; the segments are named after these days."""

    bands: Annotated[
        tuple[int, ...],
        Title("各段起始天数", "Bands begin at"),
        {"zh": "各段从多少天没下单开始", "en": "days without an order at which the bands begin"},
    ] = (90, 180, 365)

    def __post_init__(self) -> None:
        rising("bands", self.bands, such_as=(90, 180, 365))


@hookimpl
def crm_segment_rules(settings: Settings) -> list[SegmentRule]:
    """`active` below the first band, then one half-open band each: 180 days belong to `lapsed_180`."""
    return banded("days_since_last_order", settings.bands, _called)


def _called(low: int | None, high: int | None) -> tuple[str, str, str]:
    if low is None:
        return "active", f"活跃（{high}天内下过单）", f"Active (ordered within {high} days)"
    if high is None:
        return f"lapsed_{low}", f"{low}天以上未下单", f"No order for {low} days or more"
    return f"lapsed_{low}", f"{low}–{high - 1}天未下单", f"No order for {low}–{high - 1} days"
