"""Customer classes, inferred: couples, students, offices, authorities and more, each with the reason.

Serves S53 (the kind of customer from the address), S56 (students and white-collar workers) and S126 (couples
as a class). What was inferred may be wrong: `customer_class_why` says what it was read from, and a tag with
the name of a class (学生, student) overrules it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from crmcore import Fact, History, SegmentRule, Title, hookimpl, where

about = {"zh": "推断客户类型：情侣、学生、公司、机关等，每个都给出理由。"}

TITLES = {
    "couple": ("情侣", "Couples"),
    "student": ("学生", "Students"),
    "school": ("中小学", "Schools"),
    "hospital": ("医院", "Hospitals"),
    "authority": ("机关单位", "Authorities"),
    "army": ("部队", "Army and fire brigade"),
    "factory": ("工厂", "Factories"),
    "office": ("办公室白领", "Offices"),
    "shop": ("商铺", "Shops and hotels"),
    "village": ("乡村", "Villages"),
    "home": ("普通住宅", "Ordinary residences"),
}
_COUPLE = ("情侣", "对戒", "夫妻", "couple", "his and hers")


@dataclass(frozen=True)
class Settings:
    """What tells a couple by what it buys."""

    couple_words: Annotated[
        tuple[str, ...],
        Title("情侣关键词", "Words of couples"),
        {"zh": "情侣会买的商品的标题关键词", "en": "words in titles of goods that couples buy"},
    ] = _COUPLE


def _couple(history: History, words: list[str]) -> str | None:
    for line in history.lines():
        for word in words:
            if word.lower() in line.title.lower():
                return word
    return None


def _read(history: History, couple_words: list[str]) -> tuple[str, str] | None:
    for name, (zh, _en) in TITLES.items():
        if zh in history.tags or name in history.tags:
            return name, f"标签 tag: {zh if zh in history.tags else name}"
    if word := _couple(history, couple_words):
        return "couple", f"商品 goods: {word}"
    if kind := history.profile.get("address_kind"):
        return kind, f"地址 address: {history.profile['address_word']}"
    return None


def customer_class(history: History, couple_words: list[str]) -> str | None:
    """What she is taken for: couple, student, school, hospital, authority, office, home and the like."""
    found = _read(history, couple_words)
    return found[0] if found else None


def customer_class_why(history: History, couple_words: list[str]) -> str | None:
    """What her class was read from: a tag, the goods she bought, or a word of her address."""
    found = _read(history, couple_words)
    return found[1] if found else None


@hookimpl
def crm_segment_rules(settings: Settings) -> list[Fact | SegmentRule]:
    """The class, its reason, and a segment for each class."""
    words = {"couple_words": list(settings.couple_words)}
    return [
        Fact(customer_class, zh="客户类别", en="Customer class", settings=words),
        Fact(customer_class_why, zh="类别依据", en="Why this class", settings=words),
        *[
            SegmentRule(f"class_{name}", where("customer_class") == name, zh=f"类别：{zh}", en=f"Class: {en}")
            for name, (zh, en) in TITLES.items()
        ],
    ]
