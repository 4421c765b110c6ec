"""Pinyin initials of Chinese names: 张小明 is found by `zxm`, and by `zhangxiaoming`.

The table holds one letter for each character from U+4E00 to U+9FA5; `scripts/pinyin_table.py` makes it.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

FIRST, LAST = "\u4e00", "\u9fa5"

# Characters that read otherwise as a surname than elsewhere.
_SURNAMES = {
    "单": "s",
    "曾": "z",
    "仇": "q",
    "解": "x",
    "区": "o",
    "查": "z",
    "朴": "p",
    "翟": "z",
    "缪": "m",
    "任": "r",
    "盖": "g",
    "乐": "y",
    "员": "y",
    "种": "c",
    "秘": "b",
    "折": "s",
    "召": "s",
    "祭": "z",
    "覃": "q",
    "晁": "c",
    "尉迟": "yc",
    "万俟": "mq",
    "单于": "cy",
    "长孙": "zs",
    "澹台": "tt",
    "令狐": "lh",
    "宿": "s",
    "隗": "w",
    "冼": "x",
    "逄": "p",
    "佴": "n",
    "郗": "x",
    "葛": "g",
    "重": "c",
}
_FINALS = (
    "iang|iong|uang|ang|eng|ian|iao|ing|ong|uai|uan|ai|an|ao|ei|en|er|ia|ie|in|iu|ou|ua|ue|ui|un|uo|ve"
    "|a|e|i|o|u|v"
)
_CHINESE = re.compile(f"[{FIRST}-{LAST}]+")
_LOOSE = rf"(?:zh|ch|sh|[b-df-hj-np-tw-z])?(?:{_FINALS})"
# A consonant before a vowel begins a syllable: li-na, not lin-a.
_STRICT = _LOOSE + "(?![aeiouv])"


@cache
def _table() -> dict[int, str]:
    text = (resources.files("crmcore.store") / "pinyin_initials.txt").read_text(encoding="ascii")
    letters = text.replace("\n", "").replace("?", " ")
    return {ord(FIRST) + i: letter.strip() for i, letter in enumerate(letters)}


def initials(name: str) -> list[str]:
    """The pinyin initials of a name's Chinese characters, in lower case; [] when it has none.

    Two of them where the first characters read otherwise as a surname: the surname's reading comes first.
    """
    chinese = name if _CHINESE.fullmatch(name) else "".join(_CHINESE.findall(name))
    if not chinese:
        return []
    plain = chinese.translate(_table())
    start = _SURNAMES.get(chinese[:2]) if len(chinese) > 2 else None
    start = start or _SURNAMES.get(chinese[0])
    if start is None or plain.startswith(start):
        return [plain]
    return [start + plain[len(start) :], plain]


def initials_of_pinyin(text: str) -> str:
    """The initials of pinyin written out (`zhangxiaoming` -> `zxm`); "" when it is not such a text."""
    for syllable in (_STRICT, _LOOSE):
        if re.fullmatch(rf"(?:{syllable}){{2,}}", text):
            return "".join(found[0] for found in re.findall(syllable, text))
    return ""
