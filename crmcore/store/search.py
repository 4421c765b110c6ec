"""Finding customers by whatever one has of them: a part of a name, a handle, a phone, an order number.

Exact values come first, through the tables' own indexes; then beginnings; then parts, through the search
index; last what a platform hid, as "possibly". Somebody merged into another is found under that one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import sqlalchemy as sa

from crmcore.records.identity import IdentityKind, mask_keys_for, normal_buyer, normal_phone, squeeze
from crmcore.store.orders import SOURCES
from crmcore.store.pinyin import initials_of_pinyin
from crmcore.store.search_index import refresh
from crmcore.store.search_text import ADDRESSES, HANDLES, NAMES, PINYIN, fold
from crmcore.store.search_words import Found, look_up

__all__ = ["Hit", "find", "refresh"]

# How many matches of a common word are looked at before they are put in order.
_CANDIDATES = 200
# An address as it stands on a parcel: 浙江省杭州市西湖区文一路12号. City and street are kept apart,
# the province is no part of what is searched.
_PARTS = re.compile(r"(?:[^\W\d]{2,3}省|[^\W\d]{2,8}自治区)?([^\W\d]{1,7}?市)([^\W\d]{1,8}?[区县市])?(.+)?")
# Provinces, which go before a city without a sign of where they end; those that are cities count as such.
_PROVINCE = re.compile(
    "(?:河北|山西|内蒙古|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|广西|海南|四川|贵州|云南|西藏"
    r"|陕西|甘肃|青海|宁夏|新疆|台湾)(?:省|[^\W\d]{0,3}自治区)?(?!市)"
)
_CHINESE = re.compile("[\u4e00-\u9fff]{4}")
_LAST_CHARACTER = "\U0010ffff"
_REAL = ", ".join(f"'{k.value}'" for k in (IdentityKind.BUYER, IdentityKind.EMAIL, IdentityKind.PHONE))
_NAMES_OF_SECTIONS = {NAMES: "name", HANDLES: "handle", PINYIN: "pinyin", ADDRESSES: "address"}


@dataclass(frozen=True)
class Hit:
    """A customer that was found.

    `match` says by what: buyer, email, phone, order, name, handle (a part of a phone, e-mail or buyer id),
    pinyin or address; `shown` is what matched. Not `certain`: a platform hid part of the value.
    """

    customer_id: int
    name: str | None
    match: str
    certain: bool
    shown: str

    def as_json(self) -> dict[str, Any]:
        """The hit as JSON values."""
        return asdict(self)


def find(connection: sa.Connection, text: str, limit: int = 20, *, currency: str = "CNY") -> list[Hit]:
    """The customers that `text` fits, the best first; [] for a blank text.

    `currency` tells the country that phone numbers are read in.
    """
    asked = squeeze(text)
    if not asked or limit < 1:
        return []
    search = _Search(connection, asked, limit, currency)
    search.collect(search.identities_equal())
    search.collect(search.orders_equal())
    whole = bool(search.hits)  # somebody who gives a whole number or handle does not mean a part of another
    steps = [search.names_equal, search.phone_tails, search.names_beginning, search.identities_beginning]
    for step in [*steps, search.orders_beginning, *(() if whole else (search.words,)), search.hidden]:
        if len(search.hits) < limit:
            search.collect(step())
    return search.finish()


@dataclass
class _Search:
    connection: sa.Connection
    asked: str
    limit: int
    currency: str
    hits: dict[int, tuple[str, bool, str]] = field(default_factory=dict)  # by living customer, best first

    def collect(self, found: Iterator[tuple[int, str, bool, str]]) -> None:
        """Add what a step found, for the customers that live."""
        rows = list(found)
        if not rows:
            return
        owners = self._living({row[0] for row in rows})
        for customer_id, match, certain, shown in rows:
            self.hits.setdefault(owners[customer_id], (match, certain, shown))

    def finish(self) -> list[Hit]:
        """The best hits, with their names."""
        best = list(self.hits.items())[: self.limit]
        here, ids = self._one_of("id", [i for i, _hit in best])
        found = self._rows(
            f"SELECT id, coalesce(nullif(name, ''), nickname) FROM customers WHERE {here}", ids
        )
        names = {row[0]: row[1] for row in found}
        return [Hit(i, names.get(i), match, certain, shown) for i, (match, certain, shown) in best]

    @property
    def phone(self) -> str | None:
        """What was asked for as a full phone number."""
        return normal_phone(self.asked, self.currency)

    @property
    def digits(self) -> str:
        """The digits that were asked for, "" when there is anything but a number."""
        bare = self.asked.replace(" ", "").replace("-", "").lstrip("+")
        return bare if bare.isascii() and bare.isdigit() else ""

    def identities_equal(self) -> Iterator[tuple[int, str, bool, str]]:
        """Identities whose whole value was given; a hidden one typed as it stands is one of them."""
        values = {normal_buyer(self.asked), self.phone, self.asked.lower().replace(" ", "")} - {None}
        yield from self._identities(*self._one_of("value", values))

    def orders_equal(self) -> Iterator[tuple[int, str, bool, str]]:
        """Orders of exactly that number."""
        yield from self._orders(*self._one_of("number", {self.asked, self.asked.lstrip("#")}))

    def names_equal(self) -> Iterator[tuple[int, str, bool, str]]:
        """Customers of exactly that name."""
        yield from self._names("name = ?", self.asked)

    def phone_tails(self) -> Iterator[tuple[int, str, bool, str]]:
        """Phones that end in the four digits that were given, hidden ones too."""
        if len(self.asked) == 4 and self.digits:
            yield from self._identities("tail = ?", self.asked)

    def names_beginning(self) -> Iterator[tuple[int, str, bool, str]]:
        """Customers whose name begins so."""
        yield from self._names(*_begins("name", self.asked))

    def identities_beginning(self) -> Iterator[tuple[int, str, bool, str]]:
        """Phones, e-mails and buyer ids that begin so."""
        if len(self.asked) < 3:
            return
        starts = [self.asked.lower()]
        if self.digits:
            starts = ["+" + self.digits, "+86" + self.digits, self.digits]
        yield from self._identities(*_begins("value", *starts))

    def orders_beginning(self) -> Iterator[tuple[int, str, bool, str]]:
        """Orders whose number begins with at least six digits that were given."""
        if len(self.digits) >= 6:
            yield from self._orders(*_begins("number", self.digits))

    def words(self) -> Iterator[tuple[int, str, bool, str]]:
        """Customers whose text holds every word: in names first, then handles, pinyin, places."""
        words = [self.digits] if self.digits else fold(self.asked).split()
        if not words:
            return
        found = list(look_up(self.connection, words, _CANDIDATES))
        if len(words) == 1 and (short := initials_of_pinyin(words[0])):
            found += [hit for hit in look_up(self.connection, [short], _CANDIDATES) if hit.section == PINYIN]
        if not found and len(words) == 1:
            found = self._in_addresses(_parts_of_address(words[0]))
        for hit in sorted(found, key=_rank):
            yield hit.customer_id, _NAMES_OF_SECTIONS[hit.section], True, hit.shown

    def _in_addresses(self, readings: Iterable[list[str]]) -> list[Found]:
        """Customers in whose city and address the first of these stands that stands in anybody's."""
        for parts in readings:
            hits = look_up(self.connection, parts, _CANDIDATES)
            if found := [hit for hit in hits if hit.section == ADDRESSES]:
                return found
        return []

    def hidden(self) -> Iterator[tuple[int, str, bool, str]]:
        """Values that a platform hid in part and that may be the one given."""
        full = self.phone or self.asked.lower()
        keys = mask_keys_for(full.removeprefix("+86"))
        for row in self._identities(*self._one_of("mask_key", keys)):
            yield row[0], row[1], False, row[3]

    def _identities(self, condition: str, *values: object) -> Iterator[tuple[int, str, bool, str]]:
        sql = (
            f"SELECT customer_id, kind, shown FROM identities WHERE {condition} AND kind IN ({_REAL}) LIMIT ?"
        )
        for customer_id, kind, shown in self._rows(sql, *values, self.limit):
            yield customer_id, kind, True, shown

    def _orders(self, condition: str, *values: object) -> Iterator[tuple[int, str, bool, str]]:
        sql = f"SELECT customer_id, number FROM orders WHERE source IN ({SOURCES}) AND {condition} "
        for customer_id, number in self._rows(
            sql + "AND customer_id IS NOT NULL LIMIT ?", *values, self.limit
        ):
            yield customer_id, "order", True, number

    def _names(self, condition: str, *values: object) -> Iterator[tuple[int, str, bool, str]]:
        sql = f"SELECT id, name FROM customers WHERE {condition} ORDER BY name LIMIT ?"
        for customer_id, name in self._rows(sql, *values, self.limit):
            yield customer_id, "name", True, name

    def _living(self, ids: set[int]) -> dict[int, int]:
        """The living customer of each of these."""
        owners = {i: i for i in ids}
        while True:
            here, values = self._one_of("id", set(owners.values()))
            sql = f"SELECT id, merged_into FROM customers WHERE {here} AND merged_into IS NOT NULL"
            into = {row[0]: row[1] for row in self._rows(sql, values)}
            if not into:
                return owners
            owners = {i: into.get(owner, owner) for i, owner in owners.items()}

    def _rows(self, sql: str, *values: object) -> Iterable[Sequence[Any]]:
        """The rows of a statement with a ? for each value.

        Each look-up takes a dozen of them; having SQLAlchemy build one takes longer than the database needs.
        """
        if not self._sqlite:
            sql = sql.replace("?", "%s")
        return self.connection.exec_driver_sql(sql, values)

    def _one_of(self, column: str, values: Iterable[Any]) -> tuple[str, object]:
        """The condition that the column is one of these, and the one value it takes."""
        if self._sqlite:
            return f"{column} IN (SELECT value FROM json_each(?))", json.dumps(list(values))
        return f"{column} = ANY(?)", list(values)

    @property
    def _sqlite(self) -> bool:
        return self.connection.dialect.name == "sqlite"


def _parts_of_address(text: str) -> Iterator[list[str]]:
    """What a Chinese address in one piece may be made of, the likeliest first: city, district and the rest.

    Nothing says where a city ends that is written without 市, as on cards and in lists (浙江杭州, 杭州西湖):
    most have two characters, some three.
    """
    known = _PROVINCE.match(text)
    bare = text[known.end() :] if known and len(text) >= known.end() + 2 else text
    if parts := _PARTS.fullmatch(bare):
        yield [part for part in parts.groups() if part]
    elif bare != text:
        yield [bare]
    if _CHINESE.match(bare):
        yield from ([bare[:end], bare[end:]] for end in (2, 3) if len(bare) >= end + 2)


def _begins(column: str, *starts: str) -> tuple[str, ...]:
    """The condition that a text begins with one of these, as ranges that an index serves, and its values."""
    ranges = " OR ".join(f"({column} >= ? AND {column} < ?)" for _start in starts)
    return f"({ranges})", *(end for start in starts for end in (start, start + _LAST_CHARACTER))


def _rank(hit: Found) -> tuple[int, int, int, int]:
    place = {NAMES: 0, HANDLES: 1, PINYIN: 2, ADDRESSES: 3}[hit.section]
    return hit.degree if hit.section == NAMES else 3, place, hit.degree, hit.customer_id
