"""Segments by region: tier 1, 2 and 3 cities, the rest, and one province or city that is asked for.

Serves S54 and S122. Which city belongs to which tier stands in a table that a shop or a pack replaces (family
`regions` of the playbook).
"""

from __future__ import annotations

from crmcore import SegmentRule, hookimpl, param, where

about = {"zh": "按地区分群：一、二、三线城市和其他地区，或指定的省份、城市。"}

_TABLE = "Four first-tier and fifteen new first-tier cities of Yicai's ranking of 2025."
_CHECK = (
    "Yicai's ranking of 2024, not checked against its list: replace with a table of yours where it matters."
)


@hookimpl
def crm_segment_rules() -> list[SegmentRule]:
    """Tiers leave nobody out whose city is known."""
    tier, city = where("city_tier"), where("city")
    names = {1: ("一线", "Tier 1"), 2: ("二线", "Tier 2"), 3: ("三线", "Tier 3")}
    tiers = [
        SegmentRule(
            f"tier_{number}",
            tier == number,
            zh=f"{zh}城市",
            en=f"{en} cities",
            description=_TABLE if number == 1 else _CHECK,
        )
        for number, (zh, en) in names.items()
    ]
    return [
        *tiers,
        SegmentRule("tier_other", city.exists() & ~(tier <= 3), zh="其他城市", en="Other cities"),
        SegmentRule(
            "in_province",
            where("province").one_of([param("province"), param("also")]),
            zh="某省客户",
            en="In a province",
            params={"province": "浙江", "also": "浙江省"},
        ),
        SegmentRule(
            "in_area",
            where("area") == param("area"),
            zh="某大区客户",
            en="In a part of the country",
            params={"area": "华东"},
        ),
    ]
