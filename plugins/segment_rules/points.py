"""Points: earned by what is bought on every platform, spent where the shop says.

Serves S177 and S178. A platform counts points of its own purchases alone; a shop that sells on several earns
them for all of these, and lets them be spent in one place (its WeChat account, say). What is earned follows
from the orders, so a refund takes its points back by itself; what is given or spent is written down as an
interaction of the kind `points`: `crm log 21 points "tea cup" --set points=-300`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from crmcore import (
    Advice,
    Fact,
    History,
    InteractionKind,
    Say,
    SegmentRule,
    Title,
    above_zero,
    at_least,
    hookimpl,
    where,
)

about = {"zh": "积分：各平台的购买统一累计，在店铺指定的地方兑换；退款自动扣回。"}

_KIND = "points"


@dataclass(frozen=True)
class Settings:
    """Where points are earned and spent, how many, and what they are good for."""

    per_unit: Annotated[
        float,
        Title("每元积分", "Points a unit"),
        {"zh": "实付每一元积几分", "en": "points for each unit of the currency that is paid in the end"},
    ] = 1.0
    earned_on: Annotated[
        tuple[str, ...],
        Title("积分平台", "Earned on"),
        {
            "zh": "在哪些平台或店铺购买可以积分，如 taobao；留空为全部",
            "en": "platforms or shops whose orders earn (taobao); empty: all",
        },
    ] = ()
    spent_on: Annotated[
        str, Title("兑换处", "Spent at"), {"zh": "在哪里兑换", "en": "where they are spent, as staff say it"}
    ] = "微信"
    gift_at: Annotated[
        int, Title("换礼积分", "Gift at"), {"zh": "多少分够换一份礼", "en": "so many are enough for a gift"}
    ] = 500
    since: Annotated[
        date | None,
        Title("积分起始日", "Since"),
        {
            "zh": "这一天之前付款的订单不积分；留空为全部",
            "en": "orders paid before this day earn nothing; empty: all earn",
        },
    ] = None

    def __post_init__(self) -> None:
        above_zero(per_unit=self.per_unit)
        at_least(1, gift_at=self.gift_at)


def points_earned(history: History, per_unit: float, earned_on: list[str], since: str) -> int | None:
    """What her orders earned: each rounded down for itself, in the shop's currency."""
    first = date.fromisoformat(since) if since else date.min
    earned = sum(
        int(float(order.net_total) * per_unit)
        for order in history.orders()
        if order.currency == history.currency
        and (not earned_on or order.source in earned_on or order.source.partition(":")[0] in earned_on)
        and order.paid_on is not None
        and order.paid_on >= first
    )
    return earned or None


def points_balance(history: History, per_unit: float, earned_on: list[str], since: str) -> int | None:
    """What she has left: earned, and what was given or spent by hand."""
    entries = history.interactions(_KIND)
    earned = points_earned(history, per_unit, earned_on, since) or 0
    by_hand = sum(int(one.payload.get("points", 0)) for one in entries)
    return earned + by_hand if earned or entries else None


def points_spent_on(history: History) -> date | None:
    """When she last spent some."""
    return next((one.on for one in history.interactions(_KIND) if one.payload.get("points", 0) < 0), None)


@hookimpl
def crm_interaction_kinds() -> list[InteractionKind]:
    """Points given (above 0) or spent (below 0); the text says what for."""
    return [InteractionKind(_KIND, "积分", "Points", contact=False, fields={"points": "int"})]


@hookimpl
def crm_segment_rules(settings: Settings) -> list[Fact | SegmentRule]:
    """Who has how many, and who has enough for a gift."""
    how = {
        "per_unit": settings.per_unit,
        "earned_on": list(settings.earned_on),
        "since": settings.since.isoformat() if settings.since else "",
    }
    enough = where("points_balance") >= settings.gift_at
    return [
        Fact(points_earned, zh="积分累计", en="Points earned", settings=how),
        Fact(points_balance, zh="积分余额", en="Points left", settings=how),
        Fact(points_spent_on, zh="上次用积分", en="Points last spent"),
        SegmentRule("points_for_a_gift", enough, zh="积分够换礼", en="Points enough for a gift"),
        SegmentRule(
            "points_never_spent",
            enough & ~where("points_spent_on").exists(),
            zh="积分够却没换过",
            en="Points enough, never spent",
        ),
    ]


@hookimpl
def crm_advice(settings: Settings) -> list[Advice]:
    """What staff may offer her, and where."""

    def points(_history: History, facts: Mapping[str, object]) -> list[Say]:
        left = facts.get("points_balance")
        if not isinstance(left, int) or left < settings.gift_at:
            return []
        place = settings.spent_on
        return [
            Say(
                {
                    "zh": f"积分够换礼了，请她到{place}兑换",
                    "en": f"she has points enough for a gift: {place}",
                },
                {"zh": f"还有 {left} 分", "en": f"{left} left"},
            )
        ]

    return [Advice("points", points, zh="积分", en="Points")]
