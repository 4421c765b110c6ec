"""Segments of those who did not buy in the end, and of those who complained.

Serves S131: enquiries, closed orders, refunds, disputes, bad reviews; and S41: prospects who never bought.
"""

from __future__ import annotations

from crmcore import SegmentRule, hookimpl, where

about = {"zh": "最终没买成的人，以及投诉过的人。"}


@hookimpl
def crm_segment_rules() -> list[SegmentRule]:
    """Never a bought order, by how far it got; and those who complained, whether they bought or not."""
    never = where("orders") == 0
    placed = (where("orders_unpaid") >= 1) | (where("orders_closed") >= 1)
    refunded = where("orders_refunded") >= 1
    return [
        SegmentRule(
            "asked_never_bought",
            never & (where("inquiries") >= 1),
            zh="咨询未购买",
            en="Asked, never bought",
        ),
        SegmentRule(
            "unpaid_or_closed_only",
            never & placed & ~refunded,
            zh="只有未付款或关闭的订单",
            en="Only unpaid or closed orders",
        ),
        SegmentRule(
            "prospects",
            never & ~placed & ~refunded,
            zh="潜在客户（从未下单）",
            en="Prospects (never ordered)",
        ),
        SegmentRule(
            "complained_never_bought",
            never & where("interactions").any(where("kind") == "complaint"),
            zh="有纠纷未购买",
            en="Complained, never bought",
        ),
        SegmentRule("refunded_in_full", never & refunded, zh="全部退款", en="Everything refunded"),
        SegmentRule("complaint_open", where("complaints_open") >= 1, zh="纠纷未结", en="Complaint open"),
        SegmentRule("bad_review", where("reviews_bad") >= 1, zh="给过差评", en="Left a bad review"),
    ]
