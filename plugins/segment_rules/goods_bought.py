"""Segments by what was bought: categories such as dress, T-shirt, coat, jeans, and single products.

Serves S118. The categories are a setting; `crm segment count bought_product --set sku=A-1` asks about one
product.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from crmcore import SegmentRule, Title, hookimpl, in_words, param, where

about = {"zh": "按买过什么分群：连衣裙、T恤、外套、牛仔裤等类目，以及单个商品。"}


@dataclass(frozen=True)
class Settings:
    """The categories, each as it is to be called and as the shop's files write it."""

    categories: Annotated[
        tuple[str, ...],
        Title("类目", "Categories"),
        {
            "zh": "每项写名称和类目，如“dress 连衣裙”",
            "en": "name and category of each, such as 'dress 连衣裙'",
        },
    ] = (
        "dress 连衣裙",
        "t_shirt T恤",
        "coat 外套",
        "jeans 牛仔裤",
    )

    def __post_init__(self) -> None:
        names = [one.split(" ", 1)[0] for one in self.categories]
        fits = all(re.fullmatch(r"[a-z][a-z0-9_]{0,40} .+", one) for one in self.categories)
        if not fits or len(set(names)) < len(names):
            raise ValueError(
                in_words(
                    {
                        "zh": "每项要写一个不重复的名称和一个类目，如“dress 连衣裙”",
                        "en": "each category is a name of its own and a category, such as 'dress 连衣裙'",
                    }
                )
            )


@hookimpl
def crm_segment_rules(settings: Settings) -> list[SegmentRule]:
    """Those who bought from each category, from the one that is asked for, and one product."""
    found = [
        SegmentRule(
            f"bought_{name}", where("categories").has(category), zh=f"买过{category}", en=f"Bought {category}"
        )
        for name, category in (one.split(" ", 1) for one in settings.categories)
    ]
    first = settings.categories[0].split(" ", 1)[1] if settings.categories else "-"
    return [
        *found,
        SegmentRule(
            "bought_category",
            where("categories").has(param("category")),
            zh="买过某类目",
            en="Bought from a category",
            params={"category": first},
        ),
        SegmentRule(
            "bought_product",
            where("lines").any(where("sku") == param("sku")),
            zh="买过某商品",
            en="Bought a product",
            params={"sku": "-"},
        ),
    ]
