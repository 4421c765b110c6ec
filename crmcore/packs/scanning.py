"""Proof that a pack carries nobody's data: its texts are held against the shop's customers, and searched.

Phones, e-mail addresses, identity numbers, keys and long numbers are found by their form; names, nicknames,
addresses, order numbers and identities by looking whether any customer of the shop has them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from crmcore.i18n import gettext as _
from crmcore.packs.families import SECRET
from crmcore.packs.faults import Fault
from crmcore.store import schema
from crmcore.store.database import batches

_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
# Digits as people write phones: 138 0013 8000, +86-21-6200 1234, 138.0013.8000. Eight digits and more.
# Chinese stands right beside them, Latin letters do not: that is a name of something.
_NUMBER = re.compile(
    r"(?<![A-Za-z0-9_.])\+?(?:\d[\d\s()-]{6,22}\d|\d{2,4}(?:\.\d{3,5}){2,3})(?![A-Za-z0-9_]|\.\d)"
)
# 18 characters, the last may be X: GB 11643, the number of a Chinese identity card.
_IDENTITY_CARD = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
_KEY = re.compile(
    r"-----BEGIN|(?<![A-Za-z0-9])(?:sk|pk|AKIA|LTAI|ghp|xox[bp])[-_A-Za-z0-9]{12,}"
    r"|(?<![A-Za-z0-9+/_-])(?=[A-Za-z0-9+/_-]*\d)(?=[A-Za-z0-9+/_-]*[a-z])(?=[A-Za-z0-9+/_-]*[A-Z])"
    r"[A-Za-z0-9+/_-]{24,}"
    r"|(?<![A-Za-z0-9])(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{32,}(?![A-Za-z0-9])"
)
_DAY = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{4,63}")
_WORD = re.compile(r"[A-Za-zÀ-ɏ]+(?:[ '-][A-Za-zÀ-ɏ]+)*")
# Chinese text has no spaces between words; nicknames mix it with letters and digits.
_HAN_RUN = re.compile(r"[\u3400-\u9fffA-Za-z0-9_·]*[\u3400-\u9fff][\u3400-\u9fffA-Za-z0-9_·]*")
_HAN = re.compile(r"[\u3400-\u9fff]")
_SHORTEST_HAN, _SHORTEST_LATIN, _LONGEST_NAME, _ADDRESS = 2, 4, 24, 8


@dataclass
class Texts:
    """Every text of a pack with the place it stands in: "templates/refill.text.zh".

    As it is written and, where that differs, as it reads: wide digits are digits, what is unseen is nothing.
    """

    places: list[tuple[str, str]] = field(default_factory=list)

    def add(self, place: str, value: Any) -> None:
        """Take in a value with all that it holds; keys may be somebody's, too."""
        match value:
            case Mapping():
                for key, one in value.items():
                    self.add(place, str(key))
                    self.add(f"{place}.{key}", one)
            case list() | tuple():
                for number, one in enumerate(value):
                    self.add(f"{place}[{number}]", one)
            case str():
                self.places.append((place, value))
                if (read := _as_read(value)) != value:
                    self.places.append((place, read))
            case int() if not isinstance(value, bool) and abs(value) >= 10_000_000:
                self.places.append((place, str(value)))

    def having(self, what: str) -> str:
        """The first place that holds this text, whatever its capitals."""
        low = what.lower()
        return next((place for place, text in self.places if low in text.lower()), "")


def _as_read(text: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFKC", text) if unicodedata.category(one) != "Cf")


def by_form(texts: Texts, allowed: frozenset[str]) -> Iterator[Fault]:
    """What looks like somebody's data or a secret, wherever it comes from."""
    sorts = (
        (_EMAIL, _("an e-mail address")),
        (_IDENTITY_CARD, _("the number of an identity card")),
        (_KEY, _("a key or password")),
        (_NUMBER, _("a phone or another long number")),
    )
    told: set[tuple[str, str]] = set()
    for place, text in texts.places:
        plain = _DAY.sub(" ", text)
        for pattern, what in sorts:
            found = pattern.search(plain)
            if (
                (place, what) not in told
                and found
                and found[0] not in allowed
                and _long_enough(pattern, found[0])
            ):
                yield Fault(place, _("it holds {what}: {text}").format(what=what, text=_masked(found[0])))
                told.add((place, what))
                break


def by_name_of_setting(documents: Mapping[str, Mapping[str, Any]]) -> Iterator[Fault]:
    """Settings whose name says that they are secret."""
    for plugin, body in documents.get("settings", {}).items():
        for key in body:
            if SECRET.search(key):
                text = _("the setting {key} looks like a secret: it stays in the shop")
                yield Fault(f"settings/{plugin}.{key}", text.format(key=key))


def by_customers(connection: sa.Connection, texts: Texts, allowed: frozenset[str]) -> Iterator[Fault]:
    """Words of the pack that are a customer's name, nickname, address, order number or identity."""
    words = _words(text for _place, text in texts.places) - {one.lower() for one in allowed}
    tokens = _tokens(text for _place, text in texts.places) - allowed
    c = schema.customers.c
    for column, what in ((c.name, _("name")), (c.nickname, _("nickname"))):
        yield from _met(connection, texts, column, what, lambda value: value.lower() in words)
    joined = "\n".join(text for _place, text in texts.places)
    heads = {joined[at : at + _ADDRESS] for at in range(max(0, len(joined) - _ADDRESS + 1))}
    for column in (c.address, schema.orders.c.address):
        yield from _met(
            connection,
            texts,
            column,
            _("address"),
            lambda value: len(value) >= _ADDRESS and value[:_ADDRESS] in heads and value in joined,
        )
    # A buyer's id at a platform may be a word as well as a number.
    i = schema.identities.c
    known = tokens | words
    yield from _met(
        connection, texts, i.value, _("identity"), lambda value: value in known or value.lower() in known
    )
    number = schema.orders.c.number
    for part in batches(sorted(tokens)):
        for value in connection.scalars(sa.select(number).where(number.in_(part)).distinct()):
            yield _of_customer(texts, str(value), _("order number"))


def _met(
    connection: sa.Connection, texts: Texts, column: sa.Column[Any], what: str, met: Any
) -> Iterator[Fault]:
    """A fault for each value of the column that is met in the pack; all of them are gone through."""
    query = sa.select(column).where(column.is_not(None)).distinct()
    for value in connection.scalars(query.execution_options(yield_per=5_000)):
        text = str(value).strip()
        if text and met(text):
            yield _of_customer(texts, text, what)


def _of_customer(texts: Texts, value: str, what: str) -> Fault:
    text = _("{text} is the {what} of a customer: take it out, or say with --allow that it is a common word")
    return Fault(texts.having(value), text.format(text=repr(value), what=what))


def _words(texts: Iterable[str]) -> set[str]:
    """What in the texts could be a name: pieces of Chinese text, and Latin words, in small letters."""
    found: set[str] = set()
    for text in texts:
        for run in _HAN_RUN.findall(text.lower()):
            for start in range(len(run)):
                stop = min(len(run), start + _LONGEST_NAME)
                pieces = (run[start:end] for end in range(start + _SHORTEST_HAN, stop + 1))
                found.update(piece for piece in pieces if _HAN.search(piece))
        found.update(token.lower() for token in _TOKEN.findall(text))
        for run in _WORD.findall(text):
            parts = re.split(r"[ ]+", run.lower())
            for start in range(len(parts)):
                for end in range(start + 1, min(len(parts), start + 4) + 1):
                    word = " ".join(parts[start:end])
                    if len(word) >= _SHORTEST_LATIN:
                        found.add(word)
    return found


def _tokens(texts: Iterable[str]) -> set[str]:
    return {token for text in texts for token in _TOKEN.findall(text) if any(c.isdigit() for c in token)}


def _long_enough(pattern: re.Pattern[str], text: str) -> bool:
    return pattern is not _NUMBER or sum(sign.isdigit() for sign in text) >= 8


def _masked(text: str) -> str:
    """Enough of it to find it by, and not the thing itself: messages end up in logs."""
    shown = text.strip()
    return f"{shown[:3]}…{shown[-2:]}" if len(shown) > 6 else shown
