"""RFM cells: how lately, how often and for how much she bought, each in five bands with editable bounds.

Serves S130, S74 and S16. Fixed bounds, so that a customer's cell changes when she does and not because others
did, and the titles say so: `crm report rfm` shows fifths of all buyers, and these with `--set
classes=fixed`. A cell is a rule over the bands:
`all: [{segment: rfm_r5}, {segment: rfm_f4}, {segment: rfm_m3}]`; the eight groups are high or low in each.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Annotated

from crmcore import Rule, SegmentRule, Title, hookimpl, in_words, rising, segment, where

about = {"zh": "RFM 分格：最近一次购买、购买次数和消费额各分五段，界线可改。"}

# Of the eight groups of high and low: what the trade calls them.
_GROUPS = {
    (True, True, True): ("champions", "重要价值客户", "Champions"),
    (True, False, True): ("to_develop", "重要发展客户", "Big but rare"),
    (False, True, True): ("to_keep", "重要保持客户", "Big, silent lately"),
    (False, False, True): ("to_win_back", "重要挽留客户", "Big once"),
    (True, True, False): ("loyal_small", "一般价值客户", "Loyal, small"),
    (True, False, False): ("new_small", "一般发展客户", "New, small"),
    (False, True, False): ("fading_small", "一般保持客户", "Fading, small"),
    (False, False, False): ("lost_small", "一般挽留客户", "Lost, small"),
}


@dataclass(frozen=True)
class Settings:
    """The four bounds between the five bands of each, and from which band on one counts as high."""

    recency: Annotated[
        tuple[int, ...],
        Title("最近购买界线", "Recency bounds"),
        {
            "zh": "距上次下单的天数：第 5 到第 1 段的界线",
            "en": "days since the last order: bounds of the bands 5 to 1",
        },
    ] = (
        30,
        90,
        180,
        365,
    )
    frequency: Annotated[
        tuple[int, ...],
        Title("购买次数界线", "Frequency bounds"),
        {"zh": "第 2 到第 5 段各从多少单开始", "en": "orders from which the bands 2 to 5 begin"},
    ] = (2, 3, 5, 8)
    monetary: Annotated[
        tuple[int, ...],
        Title("消费金额界线", "Monetary bounds"),
        {
            "zh": "第 2 到第 5 段各从多少金额开始，填整数",
            "en": "whole amounts from which the bands 2 to 5 begin",
        },
    ] = (
        100,
        300,
        1000,
        3000,
    )
    high: Annotated[
        int,
        Title("高段起点", "High from band"),
        {"zh": "八类客户里从第几段起算高", "en": "band from which one counts as high in the eight groups"},
    ] = 4

    def __post_init__(self) -> None:
        for name, bounds in (
            ("recency", self.recency),
            ("frequency", self.frequency),
            ("monetary", self.monetary),
        ):
            rising(name, bounds, such_as=(30, 90, 180, 365))
            if len(bounds) != 4:
                raise ValueError(
                    in_words(
                        {
                            "zh": "每项要填四个递增的数，如 30, 90, 180, 365",
                            "en": "each takes four numbers that rise, such as 30, 90, 180, 365",
                        }
                    )
                )
        if self.high not in (2, 3, 4, 5):
            raise ValueError(
                in_words({"zh": "high 是第 2 到第 5 段中的一段", "en": "high is a band from 2 to 5"})
            )


@hookimpl
def crm_segment_rules(settings: Settings) -> list[SegmentRule]:
    """Five bands of each, 5 the best, and eight groups; only who ever bought stands in any."""
    bands = {
        "r": [_days(number, settings.recency) for number in range(1, 6)],
        "f": [_from(where("orders"), number, settings.frequency, 1) for number in range(1, 6)],
        "m": [_from(where("total_spent"), number, settings.monetary, 0) for number in range(1, 6)],
    }
    words = {"r": ("近度", "Recency"), "f": ("频度", "Frequency"), "m": ("额度", "Money")}
    found = [
        SegmentRule(
            f"rfm_{letter}{number}",
            rule,
            zh=f"{words[letter][0]}{number}（固定界线）",
            en=f"{words[letter][1]} {number} (fixed bounds)",
        )
        for letter, rules in bands.items()
        for number, rule in enumerate(rules, start=1)
    ]
    return [*found, *[_group(which, settings.high) for which in product((True, False), repeat=3)]]


def _days(number: int, bounds: tuple[int, ...]) -> Rule:
    days, edges = where("days_since_last_order"), [0, *bounds]
    place = 5 - number
    return days.between(edges[place], edges[place + 1]) if number > 1 else days >= bounds[-1]


def _from(value: object, number: int, bounds: tuple[int, ...], least: int) -> Rule:
    edges = [least, *bounds]
    bought = where("orders") >= 1
    if number == 5:
        return bought & (value >= bounds[-1])  # type: ignore[operator]
    return bought & value.between(edges[number - 1], edges[number])  # type: ignore[attr-defined]


def _group(which: tuple[bool, bool, bool], high: int) -> SegmentRule:
    name, zh, en = _GROUPS[which]
    rule = where("orders") >= 1
    for letter, wanted in zip("rfm", which, strict=True):
        numbers = range(high, 6) if wanted else range(1, high)
        one = segment(f"rfm_{letter}{numbers[0]}")
        for number in numbers[1:]:
            one = one | segment(f"rfm_{letter}{number}")
        rule = rule & one
    return SegmentRule(f"rfm_{name}", rule, zh=zh, en=en)
