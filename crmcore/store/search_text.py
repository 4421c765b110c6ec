"""The text that search looks through: how it is folded, laid out, and cut into tokens.

A customer's text has four sections: names, handles (phones, e-mails, buyer ids), pinyin initials, addresses.
Tokens are pairs of neighbouring characters of each word, threes of digits, and single characters of names:
with them one and two Chinese characters are found through an index, as they are not by ready-made trigrams.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from operator import add

from crmcore.store.pinyin import initials

SECTION, VALUE = "\x1f", "\n"
NAMES, HANDLES, PINYIN, ADDRESSES = range(4)

# What separates nothing and distinguishes nobody; * stays, it is how platforms hide characters.
_NOISE = re.compile(r"[^\w\s*]+|_+|(?<=\*)\*+")
_STARS = str.maketrans(dict.fromkeys("＊•●×", "*"))
_FOLDED = re.compile("[\u4e00-\u9fffa-z0-9]+(?: [\u4e00-\u9fffa-z0-9]+)*")
# Texts that differ from what they fold to in case, blanks and these signs alone.
_PLAIN = re.compile("[ -)+-~\u4e00-\u9fff]*")
_SIGNS = re.compile("[!-)+-/:-@[-`{-~]+")
_NO_SIGNS = dict.fromkeys(sign for sign in range(0x21, 0x7F) if not chr(sign).isalnum())
_WIDE = re.compile(r"[^\s\x00-\x7f]")
_NUMBER = re.compile("[0-9]{3,}")
_ACCENTS = re.compile("[\u0300-\u036f]+")


def fold(text: str) -> str:
    """The text as search compares it: one width, lower case, no accents or punctuation, single blanks."""
    if _FOLDED.fullmatch(text):  # most names, phones and addresses are so already
        return text
    if _PLAIN.fullmatch(text):
        bare = text.translate(_NO_SIGNS) if text.isascii() else _SIGNS.sub("", text)
        return " ".join(bare.lower().split())
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.translate(_STARS))
        text = unicodedata.normalize("NFC", _ACCENTS.sub("", text)).casefold()
    return " ".join(_NOISE.sub("", text.lower()).split())


def make_body(names: Iterable[str], handles: Iterable[str], addresses: Iterable[str]) -> str:
    """A customer's text for search of her names, handles and addresses as they are written."""
    folded = [fold(name) for name in names]
    pinyin = [text for name in names for text in initials(name)]
    sections = (folded, [fold(handle) for handle in handles], pinyin, [fold(place) for place in addresses])
    return SECTION.join([VALUE.join(dict.fromkeys(section)) for section in sections])


def customer_text(names: Iterable[str | None], handles: Iterable[str], places: Iterable[str | None]) -> str:
    """A customer's text by what the tables hold: names, identities' values, city and address."""
    return make_body(
        [text for text in names if text],
        [value.removeprefix("+86") for value in handles],
        [text for text in places if text],
    )


def tokens(body: str) -> list[str]:
    """The tokens of a customer's text: what `query_tokens` asks for, and single characters of names.

    Some come more than once; an index does not mind.
    """
    names, _handles, pinyin, _addresses = body.split(SECTION)
    words = dict.fromkeys(body.split())  # SECTION and VALUE count as blanks; a nickname often is the buyer id
    found = _pairs(words)
    found += _threes(" ".join(words))
    if not names.isascii():
        found += _WIDE.findall(names)
    found += [word[0] for word in names.split()]
    found += [word[0] for word in pinyin.split()]
    return found


def query_tokens(words: Iterable[str]) -> set[str]:
    """The tokens that a text must have to hold these folded words.

    Pairs of digits are too common to look up beside the threes of a longer number.
    """
    words = list(words)
    threes, pairs = _threes(" ".join(words)), set(_pairs(words))
    if threes or len(pairs) > 1:
        pairs = {pair for pair in pairs if not (pair.isascii() and pair.isdigit())}
    return pairs.union(threes)


def _pairs(words: Iterable[str]) -> list[str]:
    """The pairs of neighbouring characters of each word; a long number has none."""
    found: list[str] = []
    for word in words:
        if len(word) < 3:
            found.append(word)
        elif not (word.isdigit() and word.isascii()):
            found += map(add, word, word[1:])
    return found


def _threes(text: str) -> list[str]:
    """The threes of neighbouring digits of each number of three digits or more."""
    found: list[str] = []
    for run in _NUMBER.findall(text):
        found += map(add, map(add, run, run[1:]), run[2:])
    return found
