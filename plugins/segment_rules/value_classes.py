"""Value classes: A, B and C by the share of spending they bring, worked out over all customers.

Serves S129 and S130: with the usual shares A brings 80 %, B the next 15 %, C the last 5 %. By kind of goods,
channel and place see `crm report breakdown`, and combine a class with the segments of `goods_bought` and
`places`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from crmcore import SegmentRule, Title, TopShare, hookimpl, in_words, param, where

about = {"zh": "客户价值分 A、B、C 三类：按带来的消费占比，对全体客户计算。"}


@dataclass(frozen=True)
class Settings:
    """Where the classes end."""

    a: Annotated[
        float,
        Title("A 类占比", "Share of A"),
        {"zh": "A 类客户占全部消费的比例", "en": "share of all spending that class A brings"},
    ] = 0.8
    b: Annotated[
        float,
        Title("A、B 类占比", "Share of A and B"),
        {
            "zh": "A、B 两类合计占全部消费的比例",
            "en": "share of all spending that classes A and B bring together",
        },
    ] = 0.95

    def __post_init__(self) -> None:
        if not 0 < self.a < self.b < 1:
            raise ValueError(
                in_words(
                    {
                        "zh": "a 大于 0，b 大于 a、小于 1，如 0.8 和 0.95",
                        "en": "a must be above 0, b above a and below 1, such as 0.8 and 0.95",
                    }
                )
            )


@hookimpl
def crm_segment_rules(settings: Settings) -> list[SegmentRule]:
    """Every customer who spent something is in exactly one class."""
    spent = where("total_spent")
    top_a, top_b = TopShare("total_spent", settings.a), TopShare("total_spent", settings.b)
    in_a, in_b = spent >= param("a"), spent >= param("b")
    both = {"a": top_a, "b": top_b}
    return [
        SegmentRule("value_a", in_a, zh="A类客户", en="Class A customers", params={"a": top_a}),
        SegmentRule("value_b", in_b & ~in_a, zh="B类客户", en="Class B customers", params=both),
        SegmentRule(
            "value_c", (spent > 0) & ~in_b, zh="C类客户", en="Class C customers", params={"b": top_b}
        ),
    ]
