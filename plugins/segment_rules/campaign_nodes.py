"""Segments by sale event: 双十一, 年中促, 双十二, with the days that each had in each year.

Serves S117, S142 and S112. The days are the calendar's (`crm calendar list`); `--set node="double_11 2024"`
asks about one year.
"""

from __future__ import annotations

from crmcore import SegmentRule, hookimpl, param, where

about = {"zh": "按大促分群：双十一、年中促、双十二，用每年实际的日期。"}

_NODES = {
    "double_11": ("双十一", "Double 11"),
    "mid_year": ("年中促", "Mid-year sale"),
    "double_12": ("双十二", "Double 12"),
}


@hookimpl
def crm_segment_rules() -> list[SegmentRule]:
    """Bought during each, in any, in none but these; and those with an order in the last one of a kind."""
    bought = where("bought") == True  # noqa: E712 - a rule, not a comparison
    during = where("orders").any(bought & (where("during") == param("node")))
    found = [
        SegmentRule(f"bought_{name}", during, zh=f"{zh}买过", en=f"Bought during {en}", params={"node": name})
        for name, (zh, en) in _NODES.items()
    ]
    nodes = list(_NODES)
    inside = where("orders").any(bought & where("during").one_of(nodes))
    outside = where("orders").any(bought & ~where("during").one_of(nodes))
    return [
        *found,
        SegmentRule("events_only", inside & ~outside, zh="只在大促购买", en="Bought during sale events only"),
        SegmentRule(
            "events_never", outside & ~inside, zh="从不在大促购买", en="Never bought during a sale event"
        ),
    ]
