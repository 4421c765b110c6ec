"""Home and furniture: who fits out a new home, in which stage, and how many do so in one estate.

Most buyers fit out a new home, and many in one estate at once: that is a group buy, with a commission for its
leader (S133, S147, S180). An estate is read from the delivery address; the shop sees its name, never the
door. A fit-out goes from tiles to lamps to sofas to curtains: what comes next is worth a word, what she has
is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from crmcore import (
    CALM,
    Advice,
    Fact,
    History,
    Line,
    Norm,
    NormTable,
    Page,
    ReportData,
    Say,
    Screen,
    SegmentRule,
    ShopView,
    Title,
    Words,
    at_least,
    hookimpl,
    where,
)

about = {"zh": "家居家具：谁在装修新房、到了哪个阶段、同一小区有多少家。"}

# The order in which a home is fitted out; what is bought for one stage.
_STAGES = {
    "hard": (
        "瓷砖", "地板", "木门", "门锁", "马桶", "花洒", "卫浴", "浴室柜", "橱柜", "水槽", "龙头", "乳胶漆",
        "开关插座", "吊顶", "tile", "flooring", "door", "toilet", "shower", "sink", "tap", "paint",
    ),
    "light": (
        "吊灯", "吸顶灯", "筒灯", "射灯", "灯具", "灯", "晾衣架", "壁纸", "墙布", "lamp",
        "light", "wallpaper",
    ),
    "furniture": (
        "沙发", "床架", "实木床", "双人床", "床垫", "餐桌", "餐椅", "衣柜", "书桌", "书柜", "茶几", "电视柜",
        "鞋柜", "床头柜", "sofa", "bed", "mattress", "table", "chair", "wardrobe", "desk", "bookcase",
    ),
    "soft": (
        "窗帘", "地毯", "挂画", "抱枕", "四件套", "被子", "收纳", "花瓶", "绿植", "餐具", "床品",
        "curtain", "carpet", "rug", "cushion", "bedding", "vase",
    ),
}  # fmt: skip
_ORDER = tuple(_STAGES)
_GOODS = Words(_STAGES, but=("面膜", "样品", "色卡", "sample"))
_NEXT = {
    "hard": ("灯具、壁纸", "lamps and wallpaper"),
    "light": ("沙发、床、餐桌", "sofa, bed, table"),
    "furniture": ("窗帘、地毯、床品", "curtains, carpets, bedding"),
}
_NEIGHBOURS = "neighbours"
# Neighbours who bought of late; the one who would lead: content, and the best customer among them.
_ESTATES = """
SELECT home_estate, count(*),
    arg_max(customer_id, total_spent) FILTER (complaints_open = 0 AND reviews_bad = 0 AND orders_refunded = 0)
FROM facts WHERE home_estate IS NOT NULL AND home_last_on >= $since GROUP BY 1 HAVING count(*) > 1
ORDER BY 2 DESC, 1 LIMIT 20000
"""
_WHO = "SELECT customer_id FROM facts WHERE list_contains($keys, home_estate)"


@dataclass(frozen=True)
class Settings:
    """How many neighbours make a group, and how long a fit-out lasts."""

    neighbours: Annotated[
        int,
        Title("小区买家数", "Neighbours"),
        {
            "zh": "同一小区多少个买家值得发起团购",
            "en": "so many buyers of one estate make a group buy worth while",
        },
    ] = 3
    months: Annotated[
        int,
        Title("月数", "Months"),
        {"zh": "多少个月之内买过的才算", "en": "who bought in so many months counts"},
    ] = 12
    fit_out: Annotated[
        int,
        Title("装修结束天数", "Days to the end"),
        {"zh": "多少天没下单算装修结束", "en": "days without an order after which a fit-out is over"},
    ] = 150

    def __post_init__(self) -> None:
        at_least(2, neighbours=self.neighbours)  # one alone is no group
        at_least(1, months=self.months, fit_out=self.fit_out)


def _this_time(history: History, fit_out: int) -> list[Line]:
    """What she bought for the home that she fits out now: the newest lines without a long pause."""
    found: list[Line] = []
    for line in _GOODS.bought(history):  # the newest first
        if found and (found[-1].paid_on - line.paid_on).days > fit_out:
            break
        found.append(line)
    return found


def home_estate(history: History) -> str | None:
    """The estate that her things for the home went to last."""
    home = {line.order_id for line in _GOODS.bought(history)}
    sent = next((one.estate for one in history.orders() if one.id in home and one.estate), None)
    return sent or (history.profile.get("estate") if home else None)


def home_last_on(history: History) -> date | None:
    """When she bought something for the home last."""
    return next((line.paid_on for line in _GOODS.bought(history)), None)


def fit_out_since(history: History, fit_out: int) -> date | None:
    """When the present fit-out began."""
    lines = _this_time(history, fit_out)
    return lines[-1].paid_on if lines else None


def fit_out_stage(history: History, fit_out: int) -> str | None:
    """How far it has got: hard, light, furniture or soft, the latest of the stages she bought for."""
    stages = {_GOODS.of(line) for line in _this_time(history, fit_out)}
    return next((stage for stage in reversed(_ORDER) if stage in stages), None)


def fit_out_missing(history: History, fit_out: int) -> list[str] | None:
    """Stages up to the next one that she has bought nothing for."""
    stage = fit_out_stage(history, fit_out)
    if stage is None:
        return None
    have = {_GOODS.of(line) for line in _this_time(history, fit_out)}
    return [one for one in _ORDER[: _ORDER.index(stage) + 2] if one not in have] or None


def estates(data: ReportData, *, months: int) -> Mapping[str, Mapping[str, int]]:
    """Per estate how many bought of late, and who would lead them."""
    since = (data.today - timedelta(days=30 * months)).isoformat()
    return {
        estate: {"buyers": count} | ({"leader": leader} if leader is not None else {})
        for estate, count, leader in data.query(_ESTATES, since=since)
    }


def estate_buyers(history: History, neighbours: NormTable) -> int | None:
    """How many buyers of late live in her estate, she among them."""
    row = neighbours.first(home_estate(history))
    return int(row["buyers"]) if row else None


def estate_leader(history: History, neighbours: NormTable) -> bool | None:
    """Whether she is the one to lead them: content, and the best customer of the estate."""
    row = neighbours.first(home_estate(history))
    return row.get("leader") == history.customer_id if row else None


@hookimpl
def crm_segment_rules(settings: Settings) -> list[Fact | Norm | SegmentRule]:
    """Estates with their buyers, the stage of each fit-out, and who belongs to a group."""
    pause, near = {"fit_out": settings.fit_out}, [_NEIGHBOURS]
    group = (where("estate_buyers") >= settings.neighbours) & CALM
    running = where("days_since_home_last_on") <= settings.fit_out
    return [
        Norm(
            _NEIGHBOURS,
            lambda data: estates(data, months=settings.months),
            needs=["facts"],
            who=_WHO,
            tolerance=0,
            zh="小区买家",
            en="Buyers by estate",
        ),
        Fact(home_estate, zh="小区", en="Estate"),
        Fact(home_last_on, zh="最近家居购买日", en="Last bought for the home"),
        Fact(fit_out_since, zh="装修开始", en="Fit-out since", settings=pause),
        Fact(fit_out_stage, zh="装修阶段", en="Stage of the fit-out", settings=pause),
        Fact(fit_out_missing, zh="还缺的阶段", en="Stages missing", settings=pause),
        Fact(estate_buyers, zh="同小区买家数", en="Buyers in her estate", norms=near),
        Fact(estate_leader, zh="适合当团长", en="Could lead the group", norms=near),
        SegmentRule("group_buy", group, zh="同小区可拼团", en="Group buy in one estate"),
        SegmentRule(
            "group_leaders",
            group & (where("estate_leader") == True),  # noqa: E712 - a rule, not a test
            zh="团长人选",
            en="Leaders of group buys",
        ),
        SegmentRule(
            "fitting_out",
            running & where("fit_out_missing").exists() & CALM,
            zh="装修进行中",
            en="Fitting out",
        ),
    ]


@hookimpl
def crm_advice(settings: Settings) -> list[Advice]:
    """The group buy of her estate, and what comes next in the fit-out."""

    def fit(history: History, facts: Mapping[str, object], neighbours: NormTable) -> list[Say]:
        if not CALM(facts):
            return []
        return _about_group(history, neighbours, settings) + _about_stage(history, settings)

    return [Advice("fit", fit, zh="拼团与装修", en="Group buy and fit-out", norms=[_NEIGHBOURS])]


def _about_group(history: History, neighbours: NormTable, settings: Settings) -> list[Say]:
    estate, buyers = home_estate(history), estate_buyers(history, neighbours)
    if buyers is None or buyers < settings.neighbours:
        return []
    reason = {
        "zh": f"{estate} 有 {buyers} 位业主近 {settings.months} 个月买过",
        "en": f"{buyers} in {estate} bought within {settings.months} months",
    }
    if estate_leader(history, neighbours):
        return [
            Say(
                {"zh": "请她当团长，讲清返佣", "en": "ask her to lead a group buy: name the commission"},
                reason,
            )
        ]
    return [Say({"zh": "邀她参加本小区团购", "en": "invite her to the group buy of her estate"}, reason)]


def _about_stage(history: History, settings: Settings) -> list[Say]:
    stage = fit_out_stage(history, settings.fit_out)
    last = home_last_on(history)
    if stage not in _NEXT or last is None or (history.today - last).days > settings.fit_out:
        return []
    zh, en = _NEXT[stage]
    since = fit_out_since(history, settings.fit_out)
    return [
        Say(
            {"zh": f"下一步可看：{zh}", "en": f"what comes next: {en}"},
            {
                "zh": f"{since:%m-%d} 开始装修，已到这一步",
                "en": f"fitting out since {since:%m-%d}, this far by now",
            },
        )
    ]


def groups(shop: ShopView) -> Page:
    """The estates in which a group buy is worth while, each with its leader."""
    rows: list[list[object]] = []
    people: list[int] = []
    for one in shop.customers("group_leaders"):
        facts = shop.facts(one.id)
        rows.append([str(facts.get("home_estate")), facts.get("estate_buyers"), one.name or "-"])
        people.append(one.id)
    order = sorted(range(len(rows)), key=lambda place: (-int(str(rows[place][1])), str(rows[place][0])))
    columns = [
        {"zh": "小区", "en": "Estate"},
        {"zh": "买家", "en": "Buyers"},
        {"zh": "团长人选", "en": "Leader"},
    ]
    lines = [] if rows else [{"zh": "还没有够人数的小区。", "en": "No estate has enough buyers yet."}]
    return Page(lines, columns, [rows[place] for place in order], [people[place] for place in order])


@hookimpl
def crm_screens() -> list[Screen]:
    """The estates with enough buyers."""
    return [Screen("groups", groups, zh="小区团购", en="Group buys")]
