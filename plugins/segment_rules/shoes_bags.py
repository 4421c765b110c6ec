"""Shoes and bags: the brand she comes back to, her size, her season, the sale events she waits for.

Brand, season and festival sell here (S136). A brand is read from titles, the shop's own brands by name where
it sets them; who buys one brand mostly is written to about that brand. Boots and sandals come with their
season, at the time of the year when she bought the last pair. Who buys at sale events only is not written to
in between.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from crmcore import (
    CALENDAR,
    CALM,
    Advice,
    Fact,
    Habit,
    History,
    NormTable,
    Say,
    SegmentRule,
    Title,
    Words,
    a_share,
    at_least,
    brand_of,
    days_until,
    habit,
    hookimpl,
    occasions_near,
    size_of,
    usual,
    where,
    within,
    year_later,
)

about = {"zh": "鞋包：她常买的品牌、尺码、季节，以及她等的大促。"}

_GOODS = Words(
    {
        "boots": ("靴", "雪地靴", "马丁靴", "boot"),
        "sandals": ("凉鞋", "拖鞋", "凉拖", "洞洞鞋", "sandal", "slipper"),
        "shoes": ("鞋", "单鞋", "高跟鞋", "乐福鞋", "运动鞋", "shoe", "sneaker", "loafer", "heels"),
        "bags": (
            "包",
            "手提包",
            "单肩包",
            "双肩包",
            "斜挎包",
            "钱包",
            "行李箱",
            "bag",
            "handbag",
            "backpack",
            "purse",
        ),
    },
    but=("包邮", "鞋垫", "鞋油", "鞋带", "面包", "背包客", "insole"),
)
# What is worn in one season only: the pair of last year is worn down or out of fashion when it comes again.
_OF_SEASON = ("boots", "sandals")
_SEASONS = {"boots": ("靴子", "boots"), "sandals": ("凉鞋", "sandals")}
_RECENT = 12


@dataclass(frozen=True)
class Settings:
    """The shop's brands, and what counts as loyal, as waiting for sales, as near a day."""

    brands: Annotated[
        tuple[str, ...],
        Title("品牌", "Brands"),
        {
            "zh": "店里的品牌，别名写在斜杠后：“Belle/百丽”",
            "en": 'the shop\'s brands, other names behind a slash: "Belle/百丽"',
        },
    ] = ()
    loyal: Annotated[
        float,
        Title("品牌占比", "Share of a brand"),
        {
            "zh": "一个品牌占她所买件数多少比例，算她的品牌",
            "en": "share of her pieces from which a brand is hers",
        },
    ] = 0.6
    pieces: Annotated[
        int,
        Title("品牌件数", "Pieces of a brand"),
        {"zh": "并且这个品牌她买过多少件", "en": "and she has so many of it"},
    ] = 2
    near: Annotated[
        int,
        Title("大促前后天数", "Days around sales"),
        {
            "zh": "大促当天前后多少天算在大促里",
            "en": "days around the main day of a sale event that belong to it",
        },
    ] = 5
    ahead: Annotated[
        int,
        Title("提前天数", "Days ahead"),
        {
            "zh": "到那个时节之前多少天值得提醒一句",
            "en": "days before that time of the year from which it is worth a word",
        },
    ] = 21

    def __post_init__(self) -> None:
        a_share(loyal=self.loyal)
        at_least(2, pieces=self.pieces)
        within(0, 30, near=self.near)
        within(0, 60, ahead=self.ahead)


def _brand(history: History, brands: list[str], loyal: float, pieces: int) -> Habit | None:
    found = [brand_of(line.title, brands) for line in _GOODS.bought(history)[:_RECENT]]
    return habit(found, least=pieces, share=loyal)


def favourite_brand(history: History, brands: list[str], loyal: float, pieces: int) -> str | None:
    """The brand that most of her shoes and bags are of."""
    found = _brand(history, brands, loyal, pieces)
    return found.value if found else None


def brands_bought(history: History, brands: list[str]) -> list[str] | None:
    """Every brand of shoes and bags that she kept."""
    return [one for line in _GOODS.bought(history) if (one := brand_of(line.title, brands))] or None


def shoe_size(history: History) -> str | None:
    """The size of shoes that she keeps."""
    shoes = _GOODS.lines(history.lines(), "boots", "sandals", "shoes")[:_RECENT]
    return usual([size_of(line) for line in shoes], least=1)


def season_pair(history: History) -> str | None:
    """Boots or sandals: what she bought last of the two."""
    newest = next(iter(_GOODS.lines(history.lines(), *_OF_SEASON)), None)
    return _GOODS.of(newest) if newest else None


def season_pair_on(history: History) -> date | None:
    """The same time of the next year after she bought that pair: their season comes again."""
    newest = next(iter(_GOODS.lines(history.lines(), *_OF_SEASON)), None)
    return year_later(newest.paid_on) if newest else None


def sale_orders(history: History, calendar: NormTable, near: int) -> int | None:
    """How many of her orders fell on a sale event of the platforms."""
    return sum(_at_sale(order.on, calendar, near) for order in history.orders() if order.on) or None


def sale_share(history: History, calendar: NormTable, near: int) -> float | None:
    """What share of her orders that is."""
    days = [order.on for order in history.orders() if order.on]
    return round(sum(_at_sale(day, calendar, near) for day in days) / len(days), 3) if days else None


def _at_sale(day: date, calendar: NormTable, near: int) -> bool:
    return bool(occasions_near(calendar, day, before=near, after=near, kinds=("platform",)))


@hookimpl
def crm_segment_rules(settings: Settings) -> list[Fact | SegmentRule]:
    """Her brand, size and season; who waits for sale events."""
    brands = {"brands": list(settings.brands)}
    loyal = brands | {"loyal": settings.loyal, "pieces": settings.pieces}
    near = {"near": settings.near}
    return [
        Fact(favourite_brand, zh="钟爱品牌", en="Favourite brand", settings=loyal),
        Fact(brands_bought, zh="买过的品牌", en="Brands bought", settings=brands),
        Fact(shoe_size, zh="鞋码", en="Shoe size"),
        Fact(season_pair, zh="当季鞋款", en="Pair of the season"),
        Fact(season_pair_on, zh="下个换鞋季", en="Its season comes"),
        Fact(sale_orders, zh="大促订单数", en="Orders at sale events", norms=[CALENDAR], settings=near),
        Fact(sale_share, zh="大促订单占比", en="Share at sale events", norms=[CALENDAR], settings=near),
        SegmentRule(
            "brand_loyal", where("favourite_brand").exists(), zh="认准一个品牌", en="Loyal to a brand"
        ),
        SegmentRule(
            "season_pair_due",
            where("days_until_season_pair_on").between(-45, settings.ahead + 1) & CALM,
            zh="该换季买鞋",
            en="Boots or sandals due",
        ),
        SegmentRule(
            "sale_hunters",
            (where("sale_orders") >= 2) & (where("sale_share") >= 0.6),
            zh="专等大促",
            en="Waits for sale events",
        ),
    ]


@hookimpl
def crm_advice(settings: Settings) -> list[Advice]:
    """Her brand and size, her season, and the sale she waits for."""

    def hers(history: History, facts: Mapping[str, object], calendar: NormTable) -> list[Say]:
        if not CALM(facts):
            return []
        brand = _brand(history, list(settings.brands), settings.loyal, settings.pieces)
        size = shoe_size(history)
        said = _about_brand(brand, size) + _about_season(facts, settings)
        return said + _about_sale(history, facts, calendar)

    return [Advice("hers", hers, zh="品牌与换季", en="Brand and season", norms=[CALENDAR])]


def _about_brand(brand: Habit | None, size: str | None) -> list[Say]:
    if brand is None:
        return []
    return [
        Say(
            {
                "zh": f"先看 {brand.value} 的款" + (f"，鞋码 {size}" if size else ""),
                "en": f"show her {brand.value} first" + (f", size {size}" if size else ""),
            },
            {
                "zh": f"最近 {brand.of} 件里 {brand.times} 件是它",
                "en": f"{brand.times} of the last {brand.of} pieces",
            },
        )
    ]


def _about_season(facts: Mapping[str, object], settings: Settings) -> list[Say]:
    pair = facts.get("season_pair")
    if days_until(facts, "season_pair_on", -45, settings.ahead) is None or pair not in _SEASONS:
        return []
    zh, en = _SEASONS[str(pair)]
    return [
        Say(
            {"zh": f"可以看今年的{zh}了", "en": f"time for this year's {en}"},
            {"zh": f"去年买过{zh}，今年还没买", "en": f"she bought {en} last year, and none this year yet"},
        )
    ]


def _about_sale(history: History, facts: Mapping[str, object], calendar: NormTable) -> list[Say]:
    """Who waits for sale events: the next one, where it is near, and nothing else in between."""
    orders, share = facts.get("sale_orders"), facts.get("sale_share")
    if not isinstance(orders, int) or not isinstance(share, float) or orders < 2 or share < 0.6:
        return []
    near = occasions_near(calendar, history.today, before=30, kinds=("platform",))
    if not near:
        return []
    row = calendar[near[0]]
    return [
        Say(
            {"zh": f"提醒她{row['zh']}的活动", "en": f"tell her about {row['en']}"},
            {
                "zh": f"{len(history.orders())} 单里 {orders} 单在大促",
                "en": f"{orders} of {len(history.orders())} orders fell on sale events",
            },
        )
    ]
