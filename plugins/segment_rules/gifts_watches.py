"""Watches and other durables: gift givers and their days, and the circle that a buyer has.

A durable is bought again seldom: one in ten is usual (S164). It sells as a gift, at time nodes and festivals
(S111, S137), and by word of mouth: a buyer has a circle, and who brings somebody gets a discount or a gift
(S137, S179). So what is kept in mind is for which day somebody gave, and who brought whom.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from crmcore import (
    CALENDAR,
    CALM,
    CONTENT,
    Advice,
    Fact,
    Fold,
    History,
    InteractionKind,
    Line,
    NormTable,
    OrderView,
    Say,
    SegmentRule,
    Title,
    Words,
    at_least,
    days_until,
    hookimpl,
    occasions_near,
    where,
    within,
    year_later,
)

about = {"zh": "手表等耐用品：送礼的人和送礼的日子，以及买家的圈子。"}

_DURABLES = Words(
    {
        "watch": ("手表", "腕表", "机械表", "石英表", "watch"),
        "jewellery": (
            "项链",
            "手链",
            "戒指",
            "耳环",
            "耳钉",
            "吊坠",
            "necklace",
            "bracelet",
            "ring",
            "earrings",
        ),
        "other": ("钢笔", "打火机", "剃须刀", "保温杯", "皮带", "fountain pen", "lighter", "belt"),
    },
    but=("表带", "表盒", "watch strap"),
)
_GIFT = Words({"gift": ("礼盒", "礼物", "送礼", "礼品", "贺卡", "刻字", "情侣", "gift", "engraving")})
# On which days a durable is a gift; at Qingming or Lantern Festival nobody gives a watch.
_GIVEN_FOR = (
    "valentine", "womens_day", "mothers_day", "love_day", "fathers_day", "teachers_day", "qixi", "mid_autumn",
    "christmas", "new_year", "spring_festival",
)  # fmt: skip
_REFERRAL = "referral"
# What a source tag says of somebody who came by a friend.
_BROUGHT = ("老带新", "好友推荐", "转介绍", "referral")


@dataclass(frozen=True)
class Settings:
    """What counts as a gift for a day, and when to speak of the next one."""

    before: Annotated[
        int,
        Title("节前天数", "Days before"),
        {
            "zh": "节日前多少天内买的耐用品算作节日礼物",
            "en": "days before a festival in which a durable counts as a gift for it",
        },
    ] = 15
    festivals: Annotated[
        tuple[str, ...],
        Title("送礼节日", "Festivals"),
        {"zh": "送礼的节日，写日历里的名称", "en": "the days one gives for, by their names in the calendar"},
    ] = _GIVEN_FOR
    ahead: Annotated[
        int,
        Title("提前天数", "Days ahead"),
        {
            "zh": "次年同一天之前多少天值得提醒一句",
            "en": "days before the same day of the next year in which it is worth a word",
        },
    ] = 21
    service: Annotated[
        int,
        Title("手表保养天数", "Days to service"),
        {
            "zh": "手表多少天后该换电池或保养",
            "en": "days after which a watch wants a new battery or a service",
        },
    ] = 730

    def __post_init__(self) -> None:
        within(1, 60, before=self.before, ahead=self.ahead)
        at_least(1, service=self.service)


def _gifts(
    history: History, calendar: NormTable, before: int, festivals: Sequence[str]
) -> list[tuple[OrderView, str]]:
    """Her orders that were gifts, newest first, each with the festival it was for ("" where none is near).

    A gift says so in its title, is a durable bought in the days before a festival, or a durable sent to
    another estate than most of her orders.
    """
    lines: dict[int, list[Line]] = {}
    for line in history.lines():
        lines.setdefault(line.order_id, []).append(line)
    sent = [order.estate for order in history.orders() if order.estate]
    home = max(set(sent), key=sent.count) if sent else None
    found = []
    for order in history.orders():
        hers = lines.get(order.id, [])
        day = order.on
        durable = any(_DURABLES.of(line) for line in hers)
        said = any(_GIFT.kind(line.title) for line in hers)
        if day is None or not (durable or said):
            continue
        near = [name for name in occasions_near(calendar, day, before=before) if name in festivals]
        away = durable and home is not None and order.estate not in (None, home) and sent.count(home) > 1
        if said or away or near:
            found.append((order, near[0] if near else ""))
    return found


def gift_orders(history: History, calendar: NormTable, before: int, festivals: list[str]) -> int | None:
    """How many of her orders were gifts."""
    return len(history.once(_gifts, calendar, before, festivals)) or None


def gift_festivals(
    history: History, calendar: NormTable, before: int, festivals: list[str]
) -> list[str] | None:
    """The festivals she gave for, by their names in the calendar."""
    return [name for _order, name in history.once(_gifts, calendar, before, festivals) if name] or None


def gift_day_on(history: History, calendar: NormTable, before: int, festivals: list[str]) -> date | None:
    """The day she gives for, a year later: the festival's next date, else a year after the gift."""
    gifts = history.once(_gifts, calendar, before, festivals)
    if not gifts:
        return None
    order, festival = gifts[0]
    assert order.on is not None  # gifts have a day
    return (_next_year(calendar, festival, order.on) if festival else None) or year_later(order.on)


def _next_year(calendar: NormTable, festival: str, day: date) -> date | None:
    """The festival after the one that comes next on that day."""
    row = calendar[festival]
    days = sorted(
        date.fromisoformat(str(row[str(year)])) for year in range(day.year, day.year + 3) if str(year) in row
    )
    coming = [one for one in days if one >= day]
    return coming[1] if len(coming) > 1 else None


def durable_on(history: History) -> date | None:
    """When she bought her newest durable."""
    return next((line.paid_on for line in _DURABLES.bought(history)), None)


def watch_service_on(history: History, service: int) -> date | None:
    """When her newest watch wants a battery or a service."""
    newest = next(iter(_DURABLES.lines(history.lines(), "watch")), None)
    return newest.paid_on + timedelta(days=service) if newest else None


def came_by_friend(history: History) -> bool | None:
    """Whether one of her orders says that a friend brought her."""
    tags = [order.source_tag for order in history.orders(bought=False) if order.source_tag]
    return any(word in tag for tag in tags for word in _BROUGHT) if tags else None


@hookimpl
def crm_interaction_kinds() -> list[InteractionKind]:
    """She brought somebody: promised, rewarded; the text says whom."""
    return [
        InteractionKind(
            _REFERRAL,
            "老带新",
            "Referral",
            states=("owed", "rewarded", "refused"),
            moves={"owed": ("rewarded", "refused")},
            open_states=("owed",),
            can_be_due=True,
            state_titles={
                "owed": ("待奖励", "reward owed"),
                "rewarded": ("已奖励", "rewarded"),
                "refused": ("不奖励", "no reward"),
            },
        )
    ]


@hookimpl
def crm_segment_rules(settings: Settings) -> list[Fact | Fold | SegmentRule]:
    """Gift givers and their days; who brought whom; who has a circle."""
    near = {"before": settings.before, "festivals": list(settings.festivals)}
    bought = where("days_since_durable_on") >= 15
    of = where("kind") == _REFERRAL
    return [
        Fold("referrals", "interactions", "count", where=of, zh="介绍来的人", en="Brought"),
        Fold(
            "referrals_owed",
            "interactions",
            "count",
            where=of & (where("state") == "owed"),
            zh="欠介绍奖励",
            en="Rewards owed",
        ),
        Fact(gift_orders, zh="送礼单数", en="Gift orders", norms=[CALENDAR], settings=near),
        Fact(gift_festivals, zh="送礼节日", en="Festivals given for", norms=[CALENDAR], settings=near),
        Fact(gift_day_on, zh="下次送礼日", en="Next day to give", norms=[CALENDAR], settings=near),
        Fact(durable_on, zh="最近买耐用品", en="Newest durable"),
        Fact(watch_service_on, zh="手表保养日", en="Watch service", settings={"service": settings.service}),
        Fact(came_by_friend, zh="朋友介绍来", en="Came by a friend"),
        SegmentRule("gift_givers", where("gift_orders") >= 1, zh="送礼客户", en="Gift givers"),
        SegmentRule(
            "gift_day_due",
            where("days_until_gift_day_on").between(3, settings.ahead + 1) & CALM,
            zh="又到送礼日",
            en="Her day to give comes",
        ),
        SegmentRule("referrers", where("referrals") >= 1, zh="带来过新客", en="Brought somebody"),
        SegmentRule(
            "referral_owed", where("referrals_owed") >= 1, zh="欠介绍奖励", en="Reward for a referral owed"
        ),
        SegmentRule(
            "has_a_circle",
            bought & CONTENT & ((where("gift_orders") >= 1) | (where("came_by_friend") == True)),  # noqa: E712
            zh="有圈子，可请她介绍",
            en="Has a circle: ask her to refer",
        ),
        SegmentRule(
            "watch_service_due",
            where("days_until_watch_service_on").between(-60, 15) & CALM,
            zh="手表该保养",
            en="Watch service due",
        ),
    ]


@hookimpl
def crm_advice(settings: Settings) -> list[Advice]:
    """The day she gives for, a reward that is owed, her circle."""

    def giving(history: History, facts: Mapping[str, object], calendar: NormTable) -> list[Say]:
        said = _about_reward(facts)
        if not CALM(facts):
            return said
        return said + _about_day(history, facts, calendar, settings) + _about_circle(history, facts)

    return [Advice("giving", giving, zh="送礼与介绍", en="Gifts and referrals", norms=[CALENDAR])]


def _about_reward(facts: Mapping[str, object]) -> list[Say]:
    owed = facts.get("referrals_owed")
    if not owed:
        return []
    return [
        Say(
            {"zh": "先兑现介绍奖励", "en": "give her the reward for her referral first"},
            {"zh": f"欠 {owed} 次", "en": f"{owed} owed"},
        )
    ]


def _about_day(
    history: History, facts: Mapping[str, object], calendar: NormTable, settings: Settings
) -> list[Say]:
    left = days_until(facts, "gift_day_on", 0, settings.ahead)
    gifts = _gifts(history, calendar, settings.before, settings.festivals)
    if left is None or not gifts:
        return []
    order, festival = gifts[0]
    row = calendar.first(festival) or {"zh": "这个日子", "en": "this day"}
    return [
        Say(
            {"zh": f"问问今年{row['zh']}送什么", "en": f"ask what she gives for {row['en']} this year"},
            {
                "zh": f"{order.on:%Y-%m-%d} 买过礼物，还有 {left} 天",
                "en": f"a gift on {order.on:%Y-%m-%d}, {left} days to go",
            },
        )
    ]


def _about_circle(history: History, facts: Mapping[str, object]) -> list[Say]:
    day = durable_on(history)
    if day is None or not 15 <= (history.today - day).days <= 90 or not CONTENT(facts):
        return []
    return [
        Say(
            {"zh": "介绍朋友来，双方都有礼", "en": "if she brings a friend both get something"},
            {
                "zh": f"{day:%m-%d} 买的，用顺手了；别推第二块",
                "en": f"bought {day:%m-%d}: do not push another one",
            },
        )
    ]
