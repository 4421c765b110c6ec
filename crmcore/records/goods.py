"""What goods are, read from their words: which kind, which brand, which size, for which season.

Files seldom carry a category that means the same in every shop; titles carry it in words. Everything here is
a pure function of texts, and remembers what it has seen: a shop has few titles and many customers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache

from crmcore.records.history import History, Line

_ASCII = re.compile(r"[ -~]+")
_REMEMBERED = 20_000


class Season(StrEnum):
    """A quarter of the year by the months, as meteorologists count: spring is March to May in the north."""

    SPRING = "spring"
    SUMMER = "summer"
    AUTUMN = "autumn"
    WINTER = "winter"


_SEASONS = (Season.SPRING, Season.SUMMER, Season.AUTUMN, Season.WINTER)
SEASON_WORDS: Mapping[Season, tuple[str, ...]] = {
    Season.SPRING: ("春", "spring"),
    Season.SUMMER: ("夏", "summer"),
    Season.AUTUMN: ("秋", "autumn", "fall"),
    Season.WINTER: ("冬", "winter"),
}


def season_of(month: int, *, south: bool = False) -> Season:
    """The season of a month 1 to 12; `south`: in the southern half of the world."""
    place = (month % 12) // 3 - 1
    return _SEASONS[(place + (2 if south else 0)) % 4]


class Words:
    """Kinds of goods by the words that name them: `Words({"dress": ("连衣裙", "dress"), "coat": ("大衣",)})`.

    A Latin word counts as a whole word (its plural too), a Chinese one wherever it stands. Of several words
    the longest one decides, of equally long ones the last: in 连衣裙外套 the coat is what is sold.
    `but`: texts that hold one of these words are of no kind (鞋垫 is no shoe).
    """

    def __init__(self, kinds: Mapping[str, Iterable[str]], but: Iterable[str] = ()) -> None:
        self._kind = {folded(word): kind for kind, words in kinds.items() for word in words if word.strip()}
        self._found = _pattern(self._kind)
        self._but = _pattern([folded(word) for word in but if word.strip()])
        self._known: dict[str, str | None] = {}

    def kind(self, text: str | None) -> str | None:
        """The kind that the text speaks of; None: none of them."""
        if not text:
            return None
        if text not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[text] = self._kind_of(folded(text))
        return self._known[text]

    def of(self, line: Line) -> str | None:
        """The kind of a line: by its category, else by its title."""
        return self.kind(line.category) or self.kind(line.title)

    def lines(self, lines: Iterable[Line], *kinds: str) -> tuple[Line, ...]:
        """The lines of these kinds, or of any kind where none is named, in their order."""
        found = ((line, self.of(line)) for line in lines)
        return tuple(line for line, kind in found if (kind in kinds if kinds else kind is not None))

    def bought(self, history: History) -> tuple[Line, ...]:
        """Her lines of any of these kinds, of bought orders, newest first; found once for a history."""
        return history.once(self._lines_of)

    def _lines_of(self, history: History) -> tuple[Line, ...]:
        return self.lines(history.lines())

    def _kind_of(self, text: str) -> str | None:
        if self._found is None or (self._but is not None and self._but.search(text)):
            return None
        best, longest = None, 0
        for found in self._found.finditer(text):
            if len(found[1]) >= longest:
                best, longest = self._kind[found[1]], len(found[1])
        return best


@lru_cache(maxsize=_REMEMBERED)
def folded(text: str) -> str:
    """A text as words compare: full-width letters narrow, small letters."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _pattern(words: Iterable[str]) -> re.Pattern[str] | None:
    """Finds each of the words; longer ones first, so that a word in a word is the longer one."""
    parts = [
        rf"(?<![a-z0-9]){re.escape(word)}(?=(?:e?s)?(?![a-z0-9]))"
        if _ASCII.fullmatch(word)
        else re.escape(word)
        for word in sorted(set(words), key=lambda word: (-len(word), word))
    ]
    return re.compile(f"({'|'.join(parts)})") if parts else None


# --- sizes -------------------------------------------------------------------------------------------------

_LETTERS = r"(?:[2-6]?x{0,4}[sl]|m)"
_SIZE = re.compile(
    rf"(?:尺码|尺寸|鞋码|码数|size)\s*[:：]?\s*(?P<said>{_LETTERS}(?![a-z])|\d{{2,3}}(?:\.5)?(?:/\d{{2,3}}[ab]?)?)"
    rf"|(?<![a-z0-9])(?P<letters>{_LETTERS})\s*码"
    r"|(?<![\d.])(?P<shoe>(?:3[3-9]|4[0-8])(?:\.5)?)\s*码|(?P<one>均码|one size)"
    r"|(?P<china>1[4-9]\d/\d{2,3}[ab]?)"
    rf"|[/\-;；,，]\s*(?P<last>{_LETTERS})\s*$"
)


def size_of(said: str | Line) -> str | None:
    """The size that a title or an option names: "M", "XL", "38", "160/84A"; None where it names none.

    尺码：M, M码, 38码, 160/84A, "Dress - Red / M". Of a line: the one its options name, else its title.
    """
    if isinstance(said, Line):
        return _size_in(said.options) or _size_in(said.title)
    return _size_in(said)


@lru_cache(maxsize=_REMEMBERED)
def _size_in(text: str) -> str | None:
    found = _SIZE.search(folded(text))
    if found is None:
        return None
    return next(part for part in found.groups() if part).upper()


# --- brands ------------------------------------------------------------------------------------------------

_BRACKET = re.compile(r"^[【\[(（](?P<in>[^】\])）]{2,20})[】\])）]\s*(?P<rest>.*)$")
_PAIR = re.compile(r"^(?P<latin>[a-z][a-z0-9.&'’\- ]{1,20}?)\s*[/／]\s*(?P<cn>[\u4e00-\u9fff]{2,8})")
_PAIR_BACK = re.compile(r"^(?P<cn>[\u4e00-\u9fff]{2,8})\s*[/／]\s*(?P<latin>[a-z][a-z0-9.&'’\-]{1,20})")
_LEADING = re.compile(r"^(?P<latin>[A-Z][A-Za-z0-9.&'’\-]{2,20})(?=\s*[\u4e00-\u9fff])")
# What stands in the brackets of shops, and before titles, and is no brand.
_NO_BRAND = Words(
    {
        "no": (
            "包邮", "特价", "清仓", "新品", "新款", "爆款", "现货", "预售", "官方", "正品", "限时", "秒杀",
            "聚划算", "天天特价", "买一送一", "双11", "双十一", "618", "年货", "礼盒", "情人节", "七夕",
            "春", "夏", "秋", "冬", "男女同款", "情侣", "热卖", "折", "赠", "送", "推荐", "专享", "直播",
            "会员", "老客", "new", "sale", "hot", "free", "gift", "the", "women", "men", "kids", "size",
            "pack", "set",
        )
    }
)  # fmt: skip


def brand_of(title: str, known: Sequence[str] = ()) -> str | None:
    """The brand that a title begins with; None where none is seen.

    `known` are the shop's brands, each as it is to be called, with its other names behind a slash:
    "Nike/耐克". One of these counts wherever it stands. Else what stands in brackets at the front
    (【霁禾】…), a pair (Nike/耐克 …), or a capitalised word before Chinese ones is taken; words of trade such
    as 包邮 are not.
    """
    return _brand_of(title, tuple(known))


@lru_cache(maxsize=_REMEMBERED)
def _brand_of(title: str, known: tuple[str, ...]) -> str | None:
    if known and (found := _names(known).kind(title)):
        return found
    text = unicodedata.normalize("NFKC", title).strip()
    while bracket := _BRACKET.match(text):
        if not _NO_BRAND.kind(bracket["in"]):
            return bracket["in"].strip()
        text = bracket["rest"]
    for pattern in (_PAIR, _PAIR_BACK):
        if found_pair := pattern.match(text) or pattern.match(text.casefold()):
            return text[found_pair.start("latin") : found_pair.end("latin")].strip()
    leading = _LEADING.match(text)
    if leading and not _NO_BRAND.kind(leading["latin"]):
        return leading["latin"]
    return None


@lru_cache(maxsize=64)
def _names(known: tuple[str, ...]) -> Words:
    parts = ([name.strip() for name in one.split("/") if name.strip()] for one in known)
    return Words({names[0]: names for names in parts if names})
