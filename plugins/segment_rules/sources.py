"""Segments by the source of an order: 聚划算, 天天特价, U站 and whatever tags a shop's files carry.

Serves S116.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from crmcore import SegmentRule, Title, hookimpl, in_words, where

about = {"zh": "按订单来源分群：聚划算、天天特价、U站，以及店铺文件里的任何标签。"}


@dataclass(frozen=True)
class Settings:
    """The sources, each as it is to be called and as files write it."""

    sources: Annotated[
        tuple[str, ...],
        Title("来源", "Sources"),
        {
            "zh": "每个来源写名称和标签，如“juhuasuan 聚划算”",
            "en": "name and tag of each source, such as 'juhuasuan 聚划算'",
        },
    ] = (
        "juhuasuan 聚划算",
        "tiantian 天天特价",
        "uzhan U站",
    )

    def __post_init__(self) -> None:
        names = [one.split(" ", 1)[0] for one in self.sources]
        fits = all(re.fullmatch(r"[a-z][a-z0-9_]{0,40} .+", one) for one in self.sources)
        if not fits or len(set(names)) < len(names):
            raise ValueError(
                in_words(
                    {
                        "zh": "每个来源要写一个不重复的名称和一个标签，如“juhuasuan 聚划算”",
                        "en": "each source is a name of its own and a tag, such as 'juhuasuan 聚划算'",
                    }
                )
            )


@hookimpl
def crm_segment_rules(settings: Settings) -> list[SegmentRule]:
    """Those who ordered from each source, and those who came from no promotion at all."""
    pairs = [one.split(" ", 1) for one in settings.sources]
    tags = [tag for _name, tag in pairs]
    found = [
        SegmentRule(f"source_{name}", where("sources").has(tag), zh=f"来源：{tag}", en=f"Source: {tag}")
        for name, tag in pairs
    ]
    plain = (where("orders") >= 1) & ~where("sources").any(tags)
    return [*found, SegmentRule("source_other", plain, zh="来源：其他", en="Source: others")]
