"""The text that search looks through: how it is folded, laid out, and cut into tokens.

A customer's text has four sections: names, handles (phones, e-mails, buyer ids), pinyin initials, addresses.
Tokens are pairs of neighbouring characters of each word, and single characters of names: with them one and
two Chinese characters are found through an index, which the trigrams of databases cannot do.
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
_ACCENTS = re.compile("[\u0300-\u036f]+")


def fold(text: str) -> str:
    """The text as search compares it: one width, lower case, no accents or punctuation, single blanks."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.translate(_STARS))
        text = unicodedata.normalize("NFC", _ACCENTS.sub("", text)).casefold()
    return " ".join(_NOISE.sub("", text.lower()).split())


def make_body(names: Iterable[str], handles: Iterable[str], addresses: Iterable[str]) -> str:
    """A customer's text for search of her names, handles and addresses as they are written."""
    names = list(names)
    pinyin = (text for name in names for text in initials(name))
    sections = (names, handles, pinyin, addresses)
    return SECTION.join(VALUE.join(dict.fromkeys(filter(None, map(fold, s)))) for s in sections)


def tokens(body: str) -> set[str]:
    """The tokens of a customer's text."""
    found: set[str] = set()
    for word in body.split():  # SECTION and VALUE count as blanks
        if len(word) == 1:
            found.add(word)
        else:
            found.update(map(add, word, word[1:]))
    names, _handles, pinyin, _addresses = body.split(SECTION)
    found.update(c for c in names if not c.isascii())
    found.update(word[0] for word in names.split())
    found.update(word[0] for word in pinyin.split())
    return found


def query_tokens(words: Iterable[str]) -> set[str]:
    """The tokens that a text must have to hold these folded words."""
    found: set[str] = set()
    for word in words:
        if len(word) == 1:
            found.add(word)
        else:
            found.update(map(add, word, word[1:]))
    return found
