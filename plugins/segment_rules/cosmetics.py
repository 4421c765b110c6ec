"""Cosmetics and consumables: when what she uses runs out, who is due for a refill, who is late, who switched.

The trade lives on the second sale (S134, S140), and the consumption cycle drives it (S89). How long a piece
lasts is learned: from her own gaps between two purchases of it, and from everybody's where hers are few.
Nobody is asked about a refill of what she gave back, left for another product, or ordered without since.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Annotated, Any

from crmcore import (
    CALM,
    OF_CATEGORY,
    Advice,
    Fact,
    Fold,
    History,
    Line,
    Norm,
    NormTable,
    Panel,
    Rhythm,
    Say,
    SegmentRule,
    Title,
    Words,
    a_share,
    above_zero,
    at_least,
    hookimpl,
    repeat_gaps,
    rhythm,
    where,
)

about = {"zh": "化妆品和消耗品：她用的东西什么时候用完，谁该补货、谁晚了、谁换了别的。"}

# What the file sells and nobody uses up, unless the shop says otherwise.
_KEPT = (
    "化妆刷", "刷具", "收纳", "镜子", "化妆包", "小样", "试用装", "赠品", "brush", "mirror", "sample",
    "鞋", "靴", "裙", "裤", "外套", "衬衫", "毛衣", "手表", "腕表", "手提包", "单肩包", "双肩包", "沙发",
    "冰箱", "空调",
)  # fmt: skip
# Kinds of which one takes the place of another. Make-up in colours is not among them: it is collected.
_KINDS = {
    "cleanser": ("洁面", "洗面奶", "cleanser", "face wash"),
    "toner": ("爽肤水", "化妆水", "柔肤水", "toner"),
    "lotion": ("乳液", "lotion"),
    "serum": ("精华", "serum"),
    "cream": ("面霜", "乳霜", "日霜", "晚霜", "face cream"),
    "eye cream": ("眼霜", "眼部精华", "eye cream"),
    "mask": ("面膜", "mask"),
    "sunscreen": ("防晒", "隔离霜", "sunscreen"),
    "remover": ("卸妆", "remover", "cleansing oil"),
    "foundation": ("粉底", "气垫", "foundation", "cushion"),
    "hand cream": ("护手霜", "hand cream"),
    "shampoo": ("洗发", "shampoo"),
    "body wash": ("沐浴", "body wash"),
    "toothpaste": ("牙膏", "toothpaste"),
    "detergent": ("洗衣液", "洗衣粉", "detergent"),
    "tissue": ("抽纸", "卷纸", "纸巾", "tissue"),
    "nappies": ("纸尿裤", "尿不湿", "nappies", "diapers"),
    "milk powder": ("奶粉", "milk powder"),
    "pet food": ("猫粮", "狗粮", "pet food", "cat food", "dog food"),
}
_WORDS = Words(_KINDS)
_GAPS = "gaps"
_LONGEST = 3_650  # a warehouse full of it lasts for ever: nobody waits for that day


@dataclass(frozen=True)
class Settings:
    """How a refill is timed; the cycles themselves are learned."""

    before: Annotated[
        int,
        Title("提前天数", "Days before"),
        {
            "zh": "用完前至少提前多少天提醒补货",
            "en": "days before it is used up from which a refill is worth a word, at least",
        },
    ] = 7
    patience: Annotated[
        int,
        Title("晚补天数", "Days of patience"),
        {
            "zh": "补货期过后多少天之内还算晚补",
            "en": "days after the refill window in which she still counts as late",
        },
    ] = 60
    trust: Annotated[
        float,
        Title("平均间隔权重", "Weight of others'"),
        {
            "zh": "大家的平均间隔相当于她自己的几次间隔",
            "en": "how many gaps of her own everybody's gap weighs as much as",
        },
    ] = 2.0
    switched: Annotated[
        float,
        Title("换品比例", "Switched from"),
        {
            "zh": "用到周期的多少比例之后买同类新品算换品",
            "en": "share of the cycle after which a new product of the kind replaces it",
        },
    ] = 0.5
    kept: Annotated[
        tuple[str, ...],
        Title("用不完的商品", "Never used up"),
        {"zh": "不会用完的商品的关键词", "en": "words of goods that nobody uses up"},
    ] = _KEPT

    def __post_init__(self) -> None:
        at_least(0, before=self.before)
        at_least(1, patience=self.patience)
        above_zero(trust=self.trust)
        a_share(switched=self.switched)


@dataclass(frozen=True)
class Supply:
    """A product she uses: bought on `days`, so many `pieces` the last time, lasting as its `rhythm` says.

    `gone` says why nobody should ask about it any more: returned, switched, dropped; "" while it is in use.
    `instead` is what she switched to.
    """

    product: str
    title: str
    kind: str | None
    days: tuple[date, ...]
    pieces: int
    rhythm: Rhythm
    gone: str = ""
    instead: str = ""

    @property
    def last(self) -> date:
        """The day it was bought last."""
        return self.days[-1]

    @property
    def empty_on(self) -> date:
        """When it is used up, most likely."""
        return self.after(self.rhythm.days)

    def window(self, before: int) -> tuple[date, date]:
        """The days between which a refill is due: half of such refills are bought between them."""
        early, late = self.after(self.rhythm.low), self.after(self.rhythm.high)
        return min(early, self.empty_on - timedelta(days=before)), late

    def after(self, days: float) -> date:
        """The day on which what she has is used up where a piece lasts so many days."""
        return self.last + timedelta(days=min(round(days * self.pieces), _LONGEST))


@dataclass(frozen=True)
class Bought:
    """A product that she bought on `days`, the first one first, with the pieces of each day."""

    product: str
    title: str
    category: str | None
    kind: str | None
    days: tuple[date, ...]
    pieces: tuple[int, ...]


def supplies(
    history: History, gaps: NormTable, trust: float, switched: float, kept: Sequence[str]
) -> list[Supply]:
    """Every product of hers whose rhythm is known, the one that is used up first at the front."""
    bought = _bought(history, _kept_words(tuple(kept)))
    beside: dict[str, list[Bought]] = defaultdict(list)
    for one in bought:
        if one.kind:
            beside[one.kind].append(one)
    back = {line.product: line.paid_on for line in reversed(history.returned())}
    newest = next(iter(history.lines()), None)
    found = [supply for one in bought if (supply := _supply(one, gaps, trust)) is not None]
    named = [
        _named(one, beside[one.kind] if one.kind else [], back, newest.paid_on if newest else None, switched)
        for one in found
    ]
    return sorted(named, key=lambda one: (one.empty_on, one.title))


def _bought(history: History, kept: Words) -> list[Bought]:
    lines: dict[str, list[Line]] = defaultdict(list)
    for line in reversed(history.lines()):  # the oldest first
        if line.product and not kept.of(line):
            lines[line.product].append(line)
    found = []
    for product, hers in lines.items():
        pieces: dict[date, int] = defaultdict(int)
        for line in hers:
            pieces[line.paid_on] += max(line.quantity, 1)
        days, newest = sorted(pieces), hers[-1]
        counts = tuple(pieces[day] for day in days)
        found.append(Bought(product, newest.title, newest.category, _kind(newest), tuple(days), counts))
    return found


@lru_cache(maxsize=8)
def _kept_words(kept: tuple[str, ...]) -> Words:
    return Words({"kept": kept})


def _kind(line: Line) -> str | None:
    """Within what one product takes the place of another; None: nothing replaces it."""
    return _WORDS.kind(line.title) or _WORDS.kind(line.category)


def _supply(one: Bought, gaps: NormTable, trust: float) -> Supply | None:
    spans = zip(
        pairwise(one.days), one.pieces, strict=False
    )  # of the last one nobody knows how long it lasts
    own = [(later - day).days / pieces for (day, later), pieces in spans]
    usual = gaps.first(one.product, OF_CATEGORY + one.category if one.category else None)
    found = rhythm(own, usual, trust)
    if found is None:
        return None
    return Supply(one.product, one.title, one.kind, one.days, one.pieces[-1], found)


def _named(
    one: Supply,
    beside: Sequence[Bought],
    back: Mapping[str, date],
    last_order: date | None,
    switched: float,
) -> Supply:
    """The supply with the reason why it is gone, where there is one; `beside` are products of its kind."""
    gone, instead = "", ""
    if back.get(one.product, date.min) >= one.last:
        gone = "returned"
    elif other := _substitute(one, beside, switched):
        gone, instead = "switched", other
    elif last_order is not None and last_order > one.window(0)[1]:
        gone = "dropped"  # she ordered after it had run out, and not this
    if not gone:
        return one
    return replace(one, gone=gone, instead=instead)


def _substitute(one: Supply, beside: Sequence[Bought], switched: float) -> str:
    """The product of the same kind that she took up in its place; "" where there is none.

    One that she bought along with it, or between two purchases of it, is used beside it.
    """
    from_day = one.after(one.rhythm.days * switched)
    for other in beside:
        if other.product == one.product or other.days[-1] < from_day:
            continue
        if not any(one.days[0] <= day <= one.last for day in other.days):
            return other.title
    return ""


# --- facts: they follow from what she bought, never from the day, so that they stay right as days pass ---


def _known(history: History, gaps: NormTable, how: Mapping[str, Any]) -> list[Supply]:
    return history.once(supplies, gaps, how["trust"], how["switched"], how["kept"])


def _next(history: History, gaps: NormTable, how: Mapping[str, Any]) -> Supply | None:
    """What she needs next: of what is in use the one that is used up first."""
    return next((one for one in _known(history, gaps, how) if not one.gone), None)


def refill_on(history: History, gaps: NormTable, **how: Any) -> date | None:
    """When the first of the products she uses is used up."""
    one = _next(history, gaps, how)
    return one.empty_on if one else None


def refill_from(history: History, gaps: NormTable, before: int, **how: Any) -> date | None:
    """From when on a refill of it is due."""
    one = _next(history, gaps, how)
    return one.window(before)[0] if one else None


def refill_until(history: History, gaps: NormTable, **how: Any) -> date | None:
    """Until when she will most likely have bought it; after that she is late."""
    one = _next(history, gaps, how)
    return one.window(0)[1] if one else None


def refill_product(history: History, gaps: NormTable, **how: Any) -> str | None:
    """The product that is used up first."""
    one = _next(history, gaps, how)
    return one.title or None if one else None


def refill_cycle(history: History, gaps: NormTable, **how: Any) -> int | None:
    """How many days a piece of it lasts her."""
    one = _next(history, gaps, how)
    return round(one.rhythm.days) if one else None


def refill_own_gaps(history: History, gaps: NormTable, **how: Any) -> int | None:
    """On how many gaps of her own that rests; 0: on everybody's alone."""
    one = _next(history, gaps, how)
    return one.rhythm.own if one else None


def refill_switched(history: History, gaps: NormTable, **how: Any) -> list[str] | None:
    """Products that she left for another one of the same kind."""
    return [one.title for one in _known(history, gaps, how) if one.gone == "switched"] or None


def _rules(settings: Settings) -> list[SegmentRule]:
    begun, over = where("days_since_refill_from") >= 0, where("days_since_refill_until")
    due = begun & (over <= 0) & CALM
    return [
        SegmentRule("refill_due", due, zh="补货窗口期", en="Refill due"),
        SegmentRule(
            "refill_second_sale",
            due & (where("orders") == 1),
            zh="只买过一次，快用完",
            en="Bought once, nearly used up",
        ),
        SegmentRule(
            "refill_overdue",
            over.between(1, settings.patience + 1) & CALM,
            zh="该补货没补",
            en="Late for a refill",
        ),
        SegmentRule(
            "refill_switchers", where("refill_switched").exists(), zh="换用了别款", en="Switched products"
        ),
    ]


_TITLES = (
    (refill_on, "用完日", "Used up on"),
    (refill_from, "补货窗口起", "Refill from"),
    (refill_until, "补货窗口止", "Refill until"),
    (refill_product, "先用完的商品", "Used up first"),
    (refill_cycle, "用量周期（天）", "Days a piece lasts"),
    (refill_own_gaps, "周期依据（本人间隔数）", "Own gaps behind the cycle"),
    (refill_switched, "换掉的商品", "Products left for others"),
)


def _shared(settings: Settings) -> dict[str, object]:
    return {"trust": settings.trust, "switched": settings.switched, "kept": list(settings.kept)}


@hookimpl
def crm_segment_rules(settings: Settings) -> list[Fact | Fold | SegmentRule | Norm]:
    """Everybody's gaps, her facts that follow from them, and who is due."""
    facts = [
        Fact(
            function,
            zh=zh,
            en=en,
            norms=[_GAPS],
            settings=_shared(settings) | ({"before": settings.before} if function is refill_from else {}),
        )
        for function, zh, en in _TITLES
    ]
    return [repeat_gaps(_GAPS), *facts, *_rules(settings)]


# --- on her card ------------------------------------------------------------------------------------------


@hookimpl
def crm_advice(settings: Settings) -> list[Advice]:
    """What she will need again about now; and how the product does that she switched to."""

    def refill(history: History, facts: Mapping[str, object], gaps: NormTable) -> list[Say]:
        if not CALM(facts):
            return []  # settle that first: nobody with a complaint wants to be sold something
        known = supplies(history, gaps, settings.trust, settings.switched, settings.kept)
        said = [_ask_refill(one, history.today) for one in known if _due(one, history.today, settings)]
        return [*said[:2], *_ask_about_switch(known, history)][:3]

    return [Advice("refill", refill, zh="补货", en="Refill", norms=[_GAPS])]


def _due(one: Supply, today: date, settings: Settings) -> bool:
    start, end = one.window(settings.before)
    return not one.gone and start <= today <= end + timedelta(days=settings.patience)


def _ask_refill(one: Supply, today: date) -> Say:
    cycle, left = round(one.rhythm.days), (one.empty_on - today).days
    own, others = one.rhythm.own, one.rhythm.others
    basis = {
        "zh": f"她自己的 {own} 次间隔" if own else f"大家的 {others} 次间隔",
        "en": f"{own} gaps of her own" if own else f"{others} gaps of others",
    }
    when = {
        "zh": f"还有 {left} 天" if left >= 0 else f"已过 {-left} 天",
        "en": f"{left} days left" if left >= 0 else f"{-left} days ago",
    }
    return Say(
        {"zh": f"可以提补货：{one.title}", "en": f"ask about a refill: {one.title}"},
        {
            "zh": f"约 {one.empty_on:%m-%d} 用完（{when['zh']}），一件用 {cycle} 天，按{basis['zh']}",
            "en": f"used up about {one.empty_on:%m-%d} ({when['en']}), {cycle} days a piece by {basis['en']}",
        },
    )


def _ask_about_switch(known: Sequence[Supply], history: History) -> list[Say]:
    """Within a month of a switch: how she likes the new one, and not a word about the old one."""
    since = history.today - timedelta(days=30)
    recent = {line.title for line in history.lines() if line.paid_on >= since}
    return [
        Say(
            {"zh": f"问问 {one.instead} 用得怎么样", "en": f"ask how {one.instead} does"},
            {
                "zh": f"她从 {one.title} 换过来的，别再提旧款",
                "en": f"she left {one.title} for it: do not push that",
            },
        )
        for one in known
        if one.gone == "switched" and one.instead in recent
    ][:1]


@hookimpl
def crm_panels(settings: Settings) -> list[Panel]:
    """What she buys again and again, and when each is used up."""

    def favourites(history: History, _facts: Mapping[str, object], gaps: NormTable) -> list[dict[str, str]]:
        known = supplies(history, gaps, settings.trust, settings.switched, settings.kept)
        often = sorted(
            (one for one in known if len(one.days) > 1),
            key=lambda one: (-len(one.days), one.empty_on, one.title),
        )
        return [_habit(one, history.today) for one in often][:8]

    return [Panel("favourites", favourites, zh="常买", en="Buys again and again", norms=[_GAPS])]


def _habit(one: Supply, today: date) -> dict[str, str]:
    cycle, left = round(one.rhythm.days), (one.empty_on - today).days
    zh, en = f"{one.title}  {len(one.days)} 次", f"{one.title}  {len(one.days)} times"
    if one.gone:
        ends = {
            "returned": ("退过货", "gave it back"),
            "switched": (f"已换用 {one.instead}", f"now uses {one.instead}"),
            "dropped": ("之后下单没再买", "ordered without it since"),
        }
        return {"zh": f"{zh}，{ends[one.gone][0]}", "en": f"{en}, {ends[one.gone][1]}"}
    zh += f"，每 {cycle} 天，约 {one.empty_on:%m-%d} 用完"
    en += f", every {cycle} days, next {one.empty_on:%m-%d}"
    if left >= 0:
        return {"zh": f"{zh}（还有 {left} 天）", "en": f"{en} ({left} days left)"}
    return {"zh": f"{zh}（已过 {-left} 天）", "en": f"{en} ({-left} days ago)"}
