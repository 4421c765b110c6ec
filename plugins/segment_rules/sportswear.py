"""Sports shoes and wear: couples, their two sizes, and shoes that are worn out.

Couple shoes and clothes sell for Valentine's Day (S138), by a message to couples with what fits them best
(S141, S126). A couple shows in what was bought: something made for couples, or his and hers in one order, or
again and again. Shoes wear out at their own pace, learned from when people buy the next pair.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby, pairwise
from typing import Annotated

from crmcore import (
    CALENDAR,
    CALM,
    Advice,
    Fact,
    History,
    Line,
    Norm,
    NormTable,
    ReportData,
    Say,
    SegmentRule,
    Title,
    Words,
    at_least,
    days_until,
    hookimpl,
    occasions_near,
    rhythm,
    size_of,
    usual,
    where,
    within,
)

about = {"zh": "运动鞋服：情侣、两个人的尺码，以及该换的鞋。"}

_GOODS = Words(
    {
        "shoes": (
            "跑鞋",
            "运动鞋",
            "篮球鞋",
            "板鞋",
            "训练鞋",
            "徒步鞋",
            "鞋",
            "sneaker",
            "running shoes",
            "shoes",
        ),
        "wear": (
            "运动裤",
            "运动服",
            "卫衣",
            "速干",
            "瑜伽",
            "T恤",
            "背心",
            "冲锋衣",
            "hoodie",
            "leggings",
            "jersey",
        ),
    },
    but=("鞋垫", "鞋带", "鞋油", "insole"),
)
_WHOSE = Words(
    {
        "his": ("男款", "男鞋", "男士", "男子", "男", "men's", "mens"),
        "hers": ("女款", "女鞋", "女士", "女子", "女", "women's", "womens"),
        "couple": ("情侣", "男女同款", "couple"),
    }
)
# Sizes of shoes that are nearly always a woman's, and a man's (EU numbers as Chinese shops write them).
_HERS_UP_TO, _HIS_FROM = 39, 41
_LOVERS = ("valentine", "love_day", "qixi")
_WORN = "worn"
# Days between two pairs of one customer, all models together: people change models, not feet.
_PAIRS = """
SELECT count(*), quantile_cont(gap, [0.25, 0.5, 0.75]) FROM (
    SELECT date_diff('day', lag(on_day) OVER w, on_day) AS gap FROM (
        SELECT DISTINCT customer_id, on_day FROM lines
        WHERE customer_id IS NOT NULL AND regexp_matches(concat(category, ' ', title), $shoes)
    ) WINDOW w AS (PARTITION BY customer_id ORDER BY on_day)
) WHERE gap BETWEEN 30 AND 900
"""


@dataclass(frozen=True)
class Settings:
    """When a couple counts as one, and when a pair is worth a word."""

    orders: Annotated[
        int,
        Title("情侣单数", "Orders of couples"),
        {"zh": "有多少单同时买男女款就算情侣", "en": "orders with his and hers from which they are a couple"},
    ] = 1
    ahead: Annotated[
        int,
        Title("提前天数", "Days ahead"),
        {"zh": "情人节前多少天联系情侣", "en": "days before a lovers' day in which couples are written to"},
    ] = 15
    least: Annotated[
        int,
        Title("最少间隔数", "Gaps at least"),
        {"zh": "至少要知道多少次换鞋间隔", "en": "so many gaps between pairs must be known"},
    ] = 5

    def __post_init__(self) -> None:
        at_least(1, orders=self.orders, least=self.least)
        within(1, 60, ahead=self.ahead)


def _whose(line: Line) -> str | None:
    """his, hers or couple; by words, else by the size of the shoe."""
    if said := _WHOSE.kind(line.options) or _WHOSE.kind(line.title):
        return said
    return _whose_size(size_of(line)) if _GOODS.of(line) == "shoes" else None


def _whose_size(size: str | None) -> str | None:
    try:
        number = float(size or "")
    except ValueError:
        return None
    return "hers" if number <= _HERS_UP_TO else "his" if number >= _HIS_FROM else None


def _together(history: History) -> Iterator[int]:
    """The orders that hold his and hers, or something for couples."""
    for order_id, lines in groupby(_GOODS.bought(history), key=lambda line: line.order_id):
        whose = {_whose(line) for line in lines}
        if "couple" in whose or {"his", "hers"} <= whose:
            yield order_id


def couple_orders(history: History) -> int | None:
    """Orders with his and hers, or with something made for couples."""
    return sum(1 for _order in _together(history)) or None


def his_size(history: History) -> str | None:
    """The size of shoes that she buys for him, or he for himself."""
    return _usual_size(history, "his")


def her_size(history: History) -> str | None:
    """The size of shoes for her."""
    return _usual_size(history, "hers")


def _usual_size(history: History, whose: str) -> str | None:
    shoes = [line for line in _GOODS.bought(history) if _GOODS.of(line) == "shoes"]
    sizes = [size_of(line) for line in shoes]
    return usual([size for size in sizes if _whose_size(size) == whose], least=1, share=0)


def usual_wear(data: ReportData, *, least: int) -> Mapping[str, Mapping[str, float]]:
    """How long a pair of shoes lasts people, under the key `shoes`."""
    ((count, days),) = data.query(_PAIRS, shoes="鞋|(?i)sneaker|shoes")
    if count < least:
        return {}
    low, gap, high = (round(float(one), 1) for one in days)
    return {"shoes": {"gap": gap, "low": low, "high": high, "count": count}}


def shoes_worn_on(history: History, worn: NormTable) -> date | None:
    """When the newest pair is worn out, for who buys for one; couples have two paces in one history."""
    days = sorted({line.paid_on for line in _GOODS.bought(history) if _GOODS.of(line) == "shoes"})
    if not days or couple_orders(history):
        return None
    found = rhythm([(later - day).days for day, later in pairwise(days)], worn.first("shoes"))
    return days[-1] + timedelta(days=round(found.days)) if found else None


@hookimpl
def crm_segment_rules(settings: Settings) -> list[Fact | Norm | SegmentRule]:
    """Couples and their sizes; couples before the lovers' days; worn-out shoes."""
    couples = where("couple_orders") >= settings.orders
    soon = where(f"days_until_{_LOVERS[0]}") <= settings.ahead
    for name in _LOVERS[1:]:
        soon |= where(f"days_until_{name}") <= settings.ahead
    return [
        Norm(
            _WORN,
            lambda data: usual_wear(data, least=settings.least),
            aside=["count"],
            zh="换鞋间隔",
            en="Days between two pairs",
        ),
        Fact(couple_orders, zh="情侣单数", en="Orders for two"),
        Fact(his_size, zh="他的鞋码", en="His size"),
        Fact(her_size, zh="她的鞋码", en="Her size"),
        Fact(shoes_worn_on, zh="该换鞋日", en="Shoes worn out", norms=[_WORN]),
        SegmentRule("couples", couples, zh="情侣", en="Couples"),
        SegmentRule(
            "couples_lovers_day",
            couples & soon & CALM,
            zh="情人节/520/七夕前的情侣",
            en="Couples before a lovers' day",
        ),
        SegmentRule(
            "shoes_worn_out",
            where("days_until_shoes_worn_on").between(-60, 15) & CALM,
            zh="该换跑鞋",
            en="Shoes worn out",
        ),
    ]


@hookimpl
def crm_advice(settings: Settings) -> list[Advice]:
    """Couple shoes before a lovers' day, both sizes at hand; a new pair when the old one is worn out."""

    def pairs(history: History, facts: Mapping[str, object], calendar: NormTable) -> list[Say]:
        if not CALM(facts):
            return []
        return _for_two(history, calendar, settings) + _worn_out(facts)

    return [Advice("pairs", pairs, zh="情侣与换鞋", en="Couples and worn shoes", norms=[CALENDAR])]


def _for_two(history: History, calendar: NormTable, settings: Settings) -> list[Say]:
    orders = couple_orders(history)
    if not orders or orders < settings.orders:
        return []
    near = occasions_near(calendar, history.today, before=settings.ahead)
    day = next((name for name in near if name in _LOVERS), None)
    if day is None:
        return []
    row, his, her = calendar[day], his_size(history), her_size(history)
    sizes = " / ".join(size for size in (his, her) if size)
    return [
        Say(
            {"zh": f"{row['zh']}推情侣款", "en": f"couple shoes for {row['en']}"},
            {
                "zh": f"买过 {orders} 次情侣款" + (f"，两人鞋码 {sizes}" if sizes else ""),
                "en": f"{orders} orders for two" + (f", sizes {sizes}" if sizes else ""),
            },
        )
    ]


def _worn_out(facts: Mapping[str, object]) -> list[Say]:
    if days_until(facts, "shoes_worn_on", -60, 14) is None:
        return []
    since = facts.get("days_since_last_order")
    return [
        Say(
            {"zh": "鞋差不多该换了", "en": "the shoes are about worn out"},
            {
                "zh": f"按换鞋的节奏，上次下单 {since} 天前",
                "en": f"by the usual pace; last order {since} days ago",
            },
        )
    ]
