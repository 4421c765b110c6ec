"""Buyer grades in five: novice, junior, middle, senior, die-hard, by orders bought.

Serves S128 and S56.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

from crmcore import SegmentRule, hookimpl, in_words, param, where

about = {"zh": "买家五级：按购买单数分为新手、初级、中级、高级、骨灰级。"}

_GRADES = (
    ("novice", "新手", "Novice"),
    ("junior", "初级", "Junior"),
    ("middle", "中等", "Middle"),
    ("senior", "资深", "Senior"),
    ("die_hard", "骨灰", "Die-hard"),
)


@dataclass(frozen=True)
class Settings:
    """From how many orders each grade counts."""

    orders: Annotated[
        tuple[int, ...], {"zh": "五个等级各从多少单开始", "en": "orders from which the five grades begin"}
    ] = (1, 2, 4, 8, 16)

    def __post_init__(self) -> None:
        rising = all(low < high for low, high in pairwise(self.orders))
        if len(self.orders) != len(_GRADES) or self.orders[0] < 1 or not rising:
            raise ValueError(
                in_words(
                    {
                        "zh": "orders 要填五个递增的数，如 1, 2, 4, 8, 16",
                        "en": "orders must be five numbers that rise, such as 1, 2, 4, 8, 16",
                    }
                )
            )


@hookimpl
def crm_segment_rules(settings: Settings) -> list[SegmentRule]:
    """Half-open bands; who never bought has no grade."""
    orders, starts = where("orders"), settings.orders
    found = [
        SegmentRule(
            f"grade_{name}",
            orders.between(param("from"), param("below")),
            zh=f"{zh}买家",
            en=f"{en} buyers",
            params={"from": low, "below": high},
        )
        for (name, zh, en), (low, high) in zip(_GRADES, pairwise(starts), strict=False)
    ]
    name, zh, en = _GRADES[-1]
    best = SegmentRule(
        f"grade_{name}",
        orders >= param("from"),
        zh=f"{zh}买家",
        en=f"{en} buyers",
        params={"from": starts[-1]},
    )
    return [*found, best]
