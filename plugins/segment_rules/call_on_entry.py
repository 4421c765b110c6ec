"""A call-back for whoever comes into a segment: what falls out of a rule today is somebody's work tomorrow.

Serves S185 (each lapse group gets its own contact), S115 and S131. Keep the segments (`crm segment keep
lapsed_90 on`) and name them in the settings; the call-backs stand in Today and in `crm due`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from crmcore import SegmentMove, SegmentWatcher, ShopView, Title, hookimpl, in_words

about = {"zh": "有人进入分群就安排一次回访：今天规则筛出来的，明天就有人跟进。"}


@dataclass(frozen=True)
class Settings:
    """Which segments, how soon, and what to say."""

    segments: Annotated[
        tuple[str, ...],
        Title("分群", "Segments"),
        {
            "zh": "哪些有记录的分群，新进来的人要打电话",
            "en": "kept segments whose new members are to be called",
        },
    ] = ()
    days: Annotated[
        int,
        Title("期限天数", "Days to call"),
        {"zh": "几天之内要打完电话", "en": "days until the call is due"},
    ] = 1
    text: Annotated[
        str,
        Title("回访内容", "Text"),
        {
            "zh": "回访上写的话；{segment} 代表分群",
            "en": "what stands on the call-back; {segment} is the segment",
        },
    ] = "新进入 {segment}，回访"

    def __post_init__(self) -> None:
        if not 0 <= self.days <= 365:
            raise ValueError(in_words({"zh": "days 为 0 到 365", "en": "days must be from 0 to 365"}))


@hookimpl
def crm_segment_watchers(settings: Settings) -> list[SegmentWatcher]:
    """Nothing where no segment is named."""

    def call(shop: ShopView, moves: list[SegmentMove]) -> None:
        due = shop.today + timedelta(days=settings.days)
        for move in moves:
            if move.entered:
                shop.log(move.customer_id, "call", settings.text.replace("{segment}", move.segment), due=due)

    if not settings.segments:
        return []
    return [SegmentWatcher("call", call, settings.segments, zh="进入分群就回访", en="Call who comes in")]
