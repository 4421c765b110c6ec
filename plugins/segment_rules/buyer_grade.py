"""Buyer grades in five: novice, junior, middle, senior, die-hard, by orders bought.

Serves S128 and S56.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from crmcore import SegmentRule, Title, banded, hookimpl, in_words, rising

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
        tuple[int, ...],
        Title("各级起始单数", "Grades begin at"),
        {"zh": "五个等级各从多少单开始", "en": "orders from which the five grades begin"},
    ] = (1, 2, 4, 8, 16)

    def __post_init__(self) -> None:
        rising("orders", self.orders, such_as=(1, 2, 4, 8, 16))
        if len(self.orders) != len(_GRADES):
            text = {
                "zh": "orders 要填五个递增的数，如 1, 2, 4, 8, 16",
                "en": "orders must be five numbers that rise, such as 1, 2, 4, 8, 16",
            }
            raise ValueError(in_words(text))


@hookimpl
def crm_segment_rules(settings: Settings) -> list[SegmentRule]:
    """Half-open bands; who never bought has no grade."""

    def called(low: int | None, _high: int | None) -> tuple[str, str, str] | None:
        if low is None:
            return None
        name, zh, en = _GRADES[settings.orders.index(low)]
        return f"grade_{name}", f"{zh}买家", f"{en} buyers"

    return banded("orders", settings.orders, called)
