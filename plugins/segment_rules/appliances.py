"""Appliances, computers and cars: care in the place of a second sale.

Who bought one will not buy another for years; she is worth her word to others (S132). So nobody is pushed
towards a second one while the first does its work. What she gets is care: the inspection or cleaning that is
due (S139, S19), the filter that is used up, a call before the warranty ends. And who is content is asked to
tell others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Annotated

from crmcore import (
    CALM,
    CONTENT,
    Advice,
    Fact,
    Fold,
    History,
    InteractionKind,
    Line,
    Panel,
    Say,
    SegmentRule,
    Title,
    Words,
    at_least,
    hookimpl,
    in_words,
    where,
)

about = {"zh": "家电、电脑和汽车：重在售后保养，而不是再卖一台。"}

_KINDS = {
    "air_conditioner": ("空调", "挂机", "air conditioner"),
    "water_heater": ("热水器", "water heater"),
    "water_purifier": ("净水器", "净水机", "饮水机", "water purifier"),
    "air_purifier": ("空气净化器", "新风机", "air purifier"),
    "hood": ("油烟机", "抽油烟机", "cooker hood"),
    "washing_machine": ("洗衣机", "烘干机", "washing machine", "dryer"),
    "fridge": ("冰箱", "冰柜", "fridge", "refrigerator"),
    "vacuum": ("吸尘器", "扫地机", "洗地机", "vacuum cleaner"),
    "computer": ("电脑", "笔记本", "台式机", "一体机", "laptop", "computer"),
    "television": ("电视", "投影", "television", "projector"),
    "car": ("汽车", "电动车", "摩托车", "car", "e-bike"),
}
# What belongs to an appliance is none itself.
_ADDED = Words(
    {
        "filter": ("滤芯", "滤网", "活性炭", "filter"),
        "bag": ("尘袋", "集尘袋", "拖布", "滚刷", "dust bag"),
        "cleaner": ("清洗剂", "清洁剂", "除垢剂", "descaler"),
        "part": (
            "配件", "支架", "延长管", "电源线", "遥控器", "内存条", "硬盘", "鼠标", "键盘", "电脑包", "cable",
            "spare part",
        ),
        "car part": ("机油", "雨刮", "脚垫", "坐垫", "轮胎", "机滤", "engine oil", "wiper", "tyre"),
        "service": ("延保", "上门清洗", "保养服务", "安装服务", "extended warranty"),
    }
)  # fmt: skip
# Goods that only name an appliance.
_NEAR = (
    "玩具", "模型", "贴", "电视柜", "电脑桌", "电脑椅", "空调被", "空调衫", "冰箱垫", "洗衣机罩", "空调罩",
    "车载", "toy",
)  # fmt: skip
_APPLIANCES = Words(_KINDS, but=_NEAR)
_TITLES = {
    "air_conditioner": ("空调", "air conditioner"), "water_heater": ("热水器", "water heater"),
    "water_purifier": ("净水器", "water purifier"), "air_purifier": ("空气净化器", "air purifier"),
    "hood": ("油烟机", "cooker hood"), "washing_machine": ("洗衣机", "washing machine"),
    "fridge": ("冰箱", "fridge"), "vacuum": ("吸尘器", "vacuum cleaner"), "computer": ("电脑", "computer"),
    "television": ("电视", "television"), "car": ("车", "car"),
}  # fmt: skip
_WORK = "maintenance"


def _every() -> dict[str, int]:
    """After how many days each kind wants a look, as makers commonly advise; a shop knows its own better."""
    return {
        "air_conditioner": 180, "water_heater": 365, "water_purifier": 180, "air_purifier": 180, "hood": 365,
        "washing_machine": 180, "fridge": 365, "vacuum": 180, "computer": 365, "television": 730, "car": 180,
    }  # fmt: skip


def _used_up() -> dict[str, int]:
    return {"water_purifier": 180, "air_purifier": 180, "vacuum": 120, "hood": 365, "car": 180}


@dataclass(frozen=True)
class Settings:
    """How often each kind wants care, and how long it works."""

    every: Annotated[
        dict[str, int],
        Title("保养间隔天数", "Days to inspection"),
        {"zh": "各类商品两次保养之间的天数", "en": "days between two inspections, by kind"},
    ] = field(default_factory=_every)
    parts: Annotated[
        dict[str, int],
        Title("耗材可用天数", "Days parts last"),
        {"zh": "各类商品的滤芯、尘袋能用多少天", "en": "days until filter or bag is used up, by kind"},
    ] = field(default_factory=_used_up)
    warranty: Annotated[
        int,
        Title("保修天数", "Days of warranty"),
        {"zh": "从付款起保修多少天", "en": "days of warranty from the payment"},
    ] = 365
    life: Annotated[
        int,
        Title("使用年数", "Years of use"),
        {"zh": "多少年之内不会再买第二台", "en": "years in which nobody needs a second one"},
    ] = 6
    ahead: Annotated[
        int,
        Title("提前天数", "Days ahead"),
        {"zh": "到期前多少天值得提醒一句", "en": "days before something is due in which it is worth a word"},
    ] = 14

    def __post_init__(self) -> None:
        for kind, days in {**self.every, **self.parts}.items():
            if kind not in _KINDS or days < 1:
                raise ValueError(
                    in_words(
                        {
                            "zh": f"{kind}：天数不小于 1，种类有 {'、'.join(_KINDS)}",
                            "en": f"{kind}: days are 1 or more, kinds are {', '.join(_KINDS)}",
                        }
                    )
                )
        at_least(1, warranty=self.warranty, life=self.life)
        at_least(0, ahead=self.ahead)


@dataclass(frozen=True)
class Care:
    """Something that an appliance of hers wants: which, and when."""

    kind: str
    title: str
    on: date


def _owned(history: History) -> dict[str, Line]:
    """The newest appliance of each kind that she has."""
    found: dict[str, Line] = {}
    for line in history.lines():  # the newest first
        kind = None if _ADDED.of(line) else _APPLIANCES.of(line)
        if kind:
            found.setdefault(kind, line)
    return found


def _inspections(history: History, every: Mapping[str, int]) -> list[Care]:
    """When each appliance is to be looked at next: counted from the purchase, or from the last time."""
    done = [one for one in history.interactions(_WORK) if one.state == "done"]
    found = []
    for kind, line in history.once(_owned).items():
        if days := every.get(kind):
            looked = [one.on for one in done if _APPLIANCES.kind(one.text) in (kind, None)]
            since = max([line.paid_on, *looked])
            found.append(Care(kind, line.title, since + timedelta(days=days)))
    return sorted(found, key=lambda one: (one.on, one.title))


def _refills(history: History, parts: Mapping[str, int]) -> list[Care]:
    """When the filter or bag of each is used up: counted from the last one she bought, or the appliance."""
    added = [line for line in history.lines() if _ADDED.of(line) in ("filter", "bag", "car part")]
    found = []
    for kind, line in history.once(_owned).items():
        if days := parts.get(kind):
            hers = [one.paid_on for one in added if _APPLIANCES.of(one) in (kind, None)]
            since = max([line.paid_on, *hers])
            found.append(Care(kind, line.title, since + timedelta(days=days)))
    return sorted(found, key=lambda one: (one.on, one.title))


def appliances_owned(history: History) -> list[str] | None:
    """The kinds of appliances that she has from this shop."""
    return sorted(history.once(_owned)) or None


def appliance_on(history: History) -> date | None:
    """When she bought the newest one."""
    return max((line.paid_on for line in history.once(_owned).values()), default=None)


def maintenance_on(history: History, every: dict[str, int]) -> date | None:
    """When the first of them wants an inspection or cleaning."""
    return next((one.on for one in _inspections(history, every)), None)


def maintenance_of(history: History, every: dict[str, int]) -> str | None:
    """Which of them that is."""
    return next((one.title for one in _inspections(history, every) if one.title), None)


def part_on(history: History, parts: dict[str, int]) -> date | None:
    """When the first filter, bag or wearing part is used up."""
    return next((one.on for one in _refills(history, parts)), None)


def warranty_ends_on(history: History, warranty: int) -> date | None:
    """When the warranty of the newest one ends."""
    day = appliance_on(history)
    return day + timedelta(days=warranty) if day else None


@hookimpl
def crm_interaction_kinds() -> list[InteractionKind]:
    """Inspections: planned, done; the text names the appliance."""
    return [
        InteractionKind(
            _WORK,
            "保养",
            "Maintenance",
            states=("planned", "done", "refused"),
            moves={"planned": ("done", "refused")},
            open_states=("planned",),
            can_be_due=True,
            contact=True,
        )
    ]


@hookimpl
def crm_segment_rules(settings: Settings) -> list[Fact | Fold | SegmentRule]:
    """What she has and what it wants; who is cared for, who tells others, who is left alone."""
    every, parts = {"every": settings.every}, {"parts": settings.parts}
    has, ahead = where("appliances_owned").exists(), settings.ahead + 1
    return [
        Fold(
            "appliance_praise",
            "interactions",
            "count",
            where=(where("kind") == "review") & (where("rating") == 1),
            zh="好评数",
            en="Good reviews",
        ),
        Fact(appliances_owned, zh="在用家电", en="Appliances"),
        Fact(appliance_on, zh="最近购机日", en="Newest appliance"),
        Fact(maintenance_on, zh="下次保养日", en="Maintenance due", settings=every),
        Fact(maintenance_of, zh="待保养商品", en="Maintenance of", settings=every),
        Fact(part_on, zh="耗材更换日", en="Part used up", settings=parts),
        Fact(warranty_ends_on, zh="保修到期日", en="Warranty ends", settings={"warranty": settings.warranty}),
        SegmentRule(
            "maintenance_due",
            where("days_until_maintenance_on").between(-60, ahead) & CALM,
            zh="该保养了",
            en="Maintenance due",
        ),
        SegmentRule(
            "part_due", where("days_until_part_on").between(-60, ahead) & CALM, zh="该换耗材", en="Part due"
        ),
        SegmentRule(
            "warranty_ending",
            where("days_until_warranty_ends_on").between(0, 31),
            zh="保修快到期",
            en="Warranty ends soon",
        ),
        SegmentRule(
            "promoters",
            has & (where("appliance_praise") >= 1) & CONTENT & (where("days_since_appliance_on") >= 30),
            zh="口碑客户（可请她介绍）",
            en="Promoters by word of mouth",
        ),
        # For the exclusion of campaigns: care, no second sale.
        SegmentRule(
            "care_not_sales",
            where("days_since_appliance_on") < settings.life * 365,
            zh="只关怀不促销",
            en="Care, no second sale",
        ),
    ]


@hookimpl
def crm_advice(settings: Settings) -> list[Advice]:
    """Care that is due; a word to those who would sell her a second one."""

    def care(history: History, facts: Mapping[str, object]) -> list[Say]:
        def is_near(one: Care) -> bool:
            return -60 <= (one.on - history.today).days <= settings.ahead

        said = [_look(one) for one in _inspections(history, settings.every) if is_near(one)]
        said += [_part(one) for one in _refills(history, settings.parts) if is_near(one)]
        return said[:2] + _no_second(history, settings) + _tell_others(history, facts)

    return [Advice("care", care, zh="保养与口碑", en="Care and word of mouth")]


def _look(one: Care) -> Say:
    zh, en = _TITLES[one.kind]
    return Say(
        {"zh": f"提醒保养{zh}，约上门时间", "en": f"offer an inspection of the {en}"},
        {"zh": f"{one.title}，{one.on:%m-%d} 到保养期", "en": f"{one.title}, due {one.on:%m-%d}"},
    )


def _part(one: Care) -> Say:
    zh, en = _TITLES[one.kind]
    return Say(
        {"zh": f"{zh}的耗材该换了", "en": f"a new filter or part for the {en}"},
        {"zh": f"{one.title}，{one.on:%m-%d} 用完", "en": f"{one.title}, used up {one.on:%m-%d}"},
    )


def _no_second(history: History, settings: Settings) -> list[Say]:
    newest = max(history.once(_owned).items(), key=lambda pair: pair[1].paid_on, default=None)
    if newest is None or (history.today - newest[1].paid_on).days >= settings.life * 365:
        return []
    zh, en = _TITLES[newest[0]]
    since = newest[1].paid_on
    return [
        Say(
            {"zh": f"别推第二台{zh}，多问用得怎样", "en": f"do not push a second {en}: ask how it does"},
            {"zh": f"{since:%Y-%m} 才买的", "en": f"bought in {since:%Y-%m}"},
        )
    ]


def _tell_others(history: History, facts: Mapping[str, object]) -> list[Say]:
    good = facts.get("appliance_praise")
    if not good or not CONTENT(facts) or not history.once(_owned):
        return []
    return [
        Say(
            {"zh": "请她介绍朋友，老带新有礼", "en": "ask her to tell friends; there is a gift in it"},
            {"zh": f"给过 {good} 次好评，没有差评和投诉", "en": f"{good} good reviews, no complaint"},
        )
    ]


@hookimpl
def crm_panels(settings: Settings) -> list[Panel]:
    """What she has, and when each wants care."""

    def machines(history: History, _facts: Mapping[str, object]) -> list[dict[str, str]]:
        due = {one.kind: one.on for one in _inspections(history, settings.every)}
        return [_machine(line, due.get(kind)) for kind, line in history.once(_owned).items()]

    return [Panel("machines", machines, zh="在用家电", en="Appliances")]


def _machine(line: Line, look_on: date | None) -> dict[str, str]:
    zh, en = f"{line.title}  {line.paid_on:%Y-%m} 购", f"{line.title}  {line.paid_on:%Y-%m}"
    if look_on is None:
        return {"zh": zh, "en": en}
    return {"zh": f"{zh}，保养 {look_on:%Y-%m-%d}", "en": f"{en}, inspection {look_on:%Y-%m-%d}"}
