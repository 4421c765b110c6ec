"""Segments by purchase frequency: once, twice, many times.

Serves S119. Orders count when they were paid and not refunded in full.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from crmcore import SegmentRule, Title, hookimpl, in_words, param, where

about = {"zh": "按购买频率分群：一次、两次、多次。"}


@dataclass(frozen=True)
class Settings:
    """From how many orders a customer counts as buying many times."""

    many: Annotated[
        int,
        Title("多次起点", "Many begins at"),
        {"zh": "从多少单起算多次购买", "en": "orders from which a customer buys many times"},
    ] = 3

    def __post_init__(self) -> None:
        if self.many < 3:
            raise ValueError(
                in_words(
                    {
                        "zh": "many 不小于 3：一次和两次各有自己的分群",
                        "en": "many must be 3 or more: once and twice have segments of their own",
                    }
                )
            )


@hookimpl
def crm_segment_rules(settings: Settings) -> list[SegmentRule]:
    """Three bands that leave nobody out who has bought: 1, 2 up to `many`, `many` and more."""
    orders, many = where("orders"), {"many": settings.many}
    few = "2" if settings.many == 3 else f"2–{settings.many - 1}"
    return [
        SegmentRule("once", orders == 1, zh="购买一次", en="Bought once"),
        SegmentRule(
            "twice",
            orders.between(2, param("many")),
            zh=f"购买{few}次",
            en=f"Bought {few} times",
            params=many,
        ),
        SegmentRule(
            "three_or_more",
            orders >= param("many"),
            zh=f"购买{settings.many}次及以上",
            en=f"Bought {settings.many} times or more",
            params=many,
        ),
    ]
