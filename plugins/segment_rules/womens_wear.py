"""Women's wear: her season, whether she takes new arrivals, her size and style, whether much comes back.

Season, the pace of new arrivals and repurchase hang together (S135), and nobody wants a dress in winter
(S86). So the season she buys in tells when to write to her this year; who buys in the first days of a new
arrival is shown it first; and who sends much back is asked about her size before the parcel leaves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from crmcore import (
    CALM,
    Advice,
    Fact,
    Habit,
    History,
    Line,
    Norm,
    NormTable,
    ReportData,
    Say,
    SegmentRule,
    Title,
    Words,
    a_share,
    at_least,
    days_until,
    habit,
    hookimpl,
    season_again,
    season_of,
    size_of,
    usual,
    where,
    within,
)

about = {"zh": "女装：她的购买季节、是否爱买新品、尺码和风格、退货多不多。"}

_WEAR = Words(
    {
        "dress": ("连衣裙", "半身裙", "裙", "dress", "skirt"),
        "top": ("T恤", "衬衫", "上衣", "打底衫", "吊带", "t-shirt", "shirt", "blouse", "top"),
        "knit": ("毛衣", "针织", "开衫", "sweater", "knit", "cardigan"),
        "coat": ("外套", "大衣", "风衣", "羽绒服", "棉服", "西装", "coat", "jacket"),
        "trousers": ("裤", "牛仔", "jeans", "trousers", "pants"),
        "suit": ("套装", "suit", "set"),
    },
    but=("男装", "男款", "童装", "面膜", "护肤", "men's"),
)
_STYLES = Words(
    {
        word: (word,)
        for word in (
            "碎花", "法式", "通勤", "复古", "宽松", "修身", "韩版", "日系", "国风", "新中式", "甜美", "街头",
            "运动", "极简", "学院", "小香风", "显瘦", "高腰", "纯色", "格子", "条纹", "蕾丝",
        )
    }
)  # fmt: skip
_SEASONS = {"spring": "春", "summer": "夏", "autumn": "秋", "winter": "冬"}
_RECENT = 12  # sizes and tastes of years ago are no longer hers
_ARRIVALS = "arrivals"
# The first day each product was sold. Of what was sold in the shop's first month nobody knows how new it was.
_FIRST_SOLD = """
SELECT product, CAST(min(on_day) AS VARCHAR) FROM (
    SELECT coalesce(nullif(sku, ''), title) AS product, on_day FROM lines
) WHERE product <> '' GROUP BY 1
HAVING min(on_day) > (SELECT min(on_day) FROM lines) + 30 ORDER BY max(on_day) DESC LIMIT 20000
"""
_WHO = "SELECT customer_id FROM lines WHERE list_contains($keys, coalesce(nullif(sku, ''), title))"


@dataclass(frozen=True)
class Settings:
    """What counts as fresh, as prone to return, and as a season's beginning."""

    fresh: Annotated[
        int,
        Title("新品天数", "Days a product is new"),
        {
            "zh": "首次卖出后多少天内算新品",
            "en": "days after its first sale in which a product is a new arrival",
        },
    ] = 14
    back: Annotated[
        float,
        Title("退货比例", "Share given back"),
        {
            "zh": "退货（含部分退）订单达到多少比例算爱退货",
            "en": "share of orders that came back, in part or in full, from which she is prone",
        },
    ] = 0.4
    orders: Annotated[
        int,
        Title("最少单数", "Orders at least"),
        {"zh": "并且她付过多少单", "en": "and she has paid so many orders"},
    ] = 3
    ahead: Annotated[
        int,
        Title("提前天数", "Days ahead"),
        {
            "zh": "她常买的季节到来前多少天值得提醒一句",
            "en": "days before her season in which it is worth a word",
        },
    ] = 14

    def __post_init__(self) -> None:
        at_least(1, fresh=self.fresh, orders=self.orders)
        within(0, 60, ahead=self.ahead)
        a_share(back=self.back)


def first_sold(data: ReportData) -> Mapping[str, Mapping[str, str]]:
    """The day on which each product was sold first."""
    return {product: {"first": day} for product, day in data.query(_FIRST_SOLD)}


def wear_season(history: History) -> str | None:
    """The season in which she buys clothes: half of the days or more, three days at least."""
    days = sorted({line.paid_on for line in _WEAR.bought(history)}, reverse=True)
    return usual([season_of(day.month).value for day in days], least=3)


def wear_season_on(history: History) -> date | None:
    """When that season begins again, after the last time she bought in it."""
    season = wear_season(history)
    days = [line.paid_on for line in _WEAR.bought(history) if season_of(line.paid_on.month) == season]
    return season_again(max(days)) if days else None


def new_arrivals_bought(history: History, arrivals: NormTable, fresh: int) -> int | None:
    """How many pieces she bought within days of their first sale."""
    return len(_fresh_lines(history, arrivals, fresh)) or None


def new_arrival_share(history: History, arrivals: NormTable, fresh: int) -> float | None:
    """What share that is of the pieces whose first sale is known."""
    known = [line for line in _WEAR.bought(history) if line.product in arrivals]
    return round(len(_fresh_lines(history, arrivals, fresh)) / len(known), 3) if known else None


def _fresh_lines(history: History, arrivals: NormTable, fresh: int) -> list[Line]:
    found = []
    for line in _WEAR.bought(history):
        row = arrivals.get(line.product)
        if row and line.paid_on <= date.fromisoformat(str(row["first"])) + timedelta(days=fresh):
            found.append(line)
    return found


def _size(history: History) -> Habit | None:
    return habit([size_of(line) for line in _WEAR.bought(history)[:_RECENT]])


def wear_size(history: History) -> str | None:
    """The size that she keeps: of the last twelve pieces half or more."""
    found = _size(history)
    return found.value if found else None


def wear_styles(history: History) -> list[str] | None:
    """Words of style that come up at least twice in what she kept, the three most frequent."""
    styles = Counter(style for line in _WEAR.bought(history)[:_RECENT] if (style := _STYLES.kind(line.title)))
    return [style for style, times in styles.most_common(3) if times > 1] or None


def wear_paid_orders(history: History) -> int | None:
    """How many orders she ever paid, those that came back among them."""
    return sum(order.paid_on is not None for order in history.orders(bought=False)) or None


def wear_back_share(history: History) -> float | None:
    """What share of the orders that she paid came back: in full, or a third and more of the money."""
    paid = [order for order in history.orders(bought=False) if order.paid_on is not None]
    back = [one for one in paid if one.refunded_total * 3 >= one.net_total + one.refunded_total > 0]
    return round(len(back) / len(paid), 3) if paid else None


def wear_back_size(history: History) -> str | None:
    """The size that she sent back most often."""
    return usual([size_of(line) for line in _WEAR.lines(history.returned())], least=1, share=0)


@hookimpl
def crm_segment_rules(settings: Settings) -> list[Fact | Norm | SegmentRule]:
    """Her habits, and who is to be written to when."""
    fresh = {"fresh": settings.fresh}
    prone = (where("wear_back_share") >= settings.back) & (where("orders") >= 1)
    return [
        Norm(_ARRIVALS, first_sold, who=_WHO, zh="首次上架", en="First sold"),
        Fact(wear_season, zh="购衣季节", en="Season she buys in"),
        Fact(wear_season_on, zh="下个购衣季", en="Her season begins"),
        Fact(new_arrivals_bought, zh="买新品件数", en="New arrivals", norms=[_ARRIVALS], settings=fresh),
        Fact(new_arrival_share, zh="新品占比", en="Share of new arrivals", norms=[_ARRIVALS], settings=fresh),
        Fact(wear_size, zh="常穿尺码", en="Her size"),
        Fact(wear_styles, zh="偏好风格", en="Her styles"),
        Fact(wear_paid_orders, zh="付过款的单数", en="Orders ever paid"),
        Fact(wear_back_share, zh="退货单占比", en="Share that came back"),
        Fact(wear_back_size, zh="常退尺码", en="Size sent back"),
        SegmentRule(
            "wear_season_due",
            where("days_until_wear_season_on").between(-30, settings.ahead + 1) & CALM,
            zh="换季该看新款",
            en="Her season begins",
        ),
        SegmentRule(
            "wear_new_arrivals",
            (where("new_arrivals_bought") >= 2) & (where("new_arrival_share") >= 0.5),
            zh="爱买新品",
            en="Takes new arrivals",
        ),
        SegmentRule(
            "wear_return_prone",
            prone & (where("wear_paid_orders") >= settings.orders),
            zh="易退货",
            en="Much comes back",
        ),
    ]


@hookimpl
def crm_advice(settings: Settings) -> list[Advice]:
    """Her size, what comes back, what is new for her season."""

    def fitting(history: History, facts: Mapping[str, object]) -> list[Say]:
        if not CALM(facts):
            return []
        return [*_about_size(history, facts, settings), *_about_season(facts, settings)]

    return [Advice("fitting", fitting, zh="尺码与换季", en="Size and season")]


def _about_size(history: History, facts: Mapping[str, object], settings: Settings) -> list[Say]:
    share, paid = facts.get("wear_back_share"), facts.get("wear_paid_orders")
    if (
        isinstance(share, float)
        and isinstance(paid, int)
        and share >= settings.back
        and paid >= settings.orders
    ):
        size = facts.get("wear_back_size")
        return [
            Say(
                {"zh": "先核对尺码再发货", "en": "check her size before it leaves"},
                {
                    "zh": f"{paid} 单退了 {round(share * paid)} 单"
                    + (f"，退得最多的是 {size}" if size else ""),
                    "en": f"{round(share * paid)} of {paid} came back" + (f", mostly {size}" if size else ""),
                },
            )
        ]
    found = _size(history)
    if found is None:
        return []
    return [
        Say(
            {"zh": f"报尺码：她常穿 {found.value}", "en": f"offer size {found.value}"},
            {
                "zh": f"最近 {found.of} 件里 {found.times} 件",
                "en": f"{found.times} of the last {found.of} pieces",
            },
        )
    ]


def _about_season(facts: Mapping[str, object], settings: Settings) -> list[Say]:
    season = str(facts.get("wear_season"))
    if days_until(facts, "wear_season_on", -30, settings.ahead) is None:
        return []
    styles = facts.get("wear_styles")
    named = "、".join(styles) if isinstance(styles, list | tuple) else ""
    return [
        Say(
            {
                "zh": f"给她看{_SEASONS[season]}季新款" + (f"：{named}" if named else ""),
                "en": f"show her what is new for {season}" + (f": {named}" if named else ""),
            },
            {
                "zh": f"她总在{_SEASONS[season]}季买，今年还没买",
                "en": f"she buys in {season}, and has not yet this year",
            },
        )
    ]
