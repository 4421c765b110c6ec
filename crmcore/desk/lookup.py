"""Who is this? From what somebody typed to the customers it fits, certain ones apart from possible ones."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.people import People
from crmcore.records.identity import normal_phone, squeeze
from crmcore.shop import Shop
from crmcore.store.database import among
from crmcore.store.schema import cards, customers
from crmcore.store.search import Hit

# As many as a person looks through; one more tells that there are more.
MOST = 50
# What is longer is no name or number that somebody is looked up by.
_LONGEST = 80
_TAIL = 4  # digits of a phone
# By what somebody is found with a value of her own, not with a part of it.
_WHOLE = ("buyer", "email", "phone", "order", "name", "nickname")
_WORDS = {
    "buyer": mark("buyer id"),
    "email": mark("e-mail"),
    "phone": mark("phone"),
    "order": mark("order number"),
    "name": mark("name"),
    "nickname": mark("nickname"),
    "handle": mark("part of a number or handle"),
    "pinyin": mark("pinyin"),
    "address": mark("address"),
    "recent": mark("looked at before"),
}


@dataclass(frozen=True)
class Match:
    """Somebody whom the text fits.

    `match` says by what (see `store.search.Hit`), `shown` is what matched; not `certain`: a platform hid a
    part of that value. `orders` bought, `last_order_at` an instant.
    """

    customer_id: int
    name: str | None
    nickname: str | None
    place: str
    orders: int
    last_order_at: int | None
    match: str
    certain: bool
    shown: str

    @property
    def called(self) -> str:
        """What to call her."""
        return self.nickname or self.name or f"#{self.customer_id}"

    @property
    def why(self) -> str:
        """By what she was found and the value that fits, unless her line says it already."""
        match = "nickname" if self.match == "name" and self.shown == self.nickname else self.match
        word = _(_WORDS[match]) if match in _WORDS else match
        return word if self.shown in (self.name, self.nickname) else f"{word} {self.shown}".rstrip()


@dataclass(frozen=True)
class Lookup:
    """The answer to one question; `more`: there are more than these."""

    asked: str
    certain: tuple[Match, ...] = ()
    possible: tuple[Match, ...] = ()
    more: bool = False

    @property
    def matches(self) -> tuple[Match, ...]:
        """All of them, the certain ones first."""
        return self.certain + self.possible

    @property
    def only(self) -> Match | None:
        """The one that is meant, when exactly one is certain."""
        return self.certain[0] if len(self.certain) == 1 else None

    def of(self, customer_id: int) -> Match | None:
        """The match that is this customer."""
        return next((one for one in self.matches if one.customer_id == customer_id), None)


def look_up(shop: Shop, text: str, limit: int = MOST) -> Lookup:
    """The customers whom the text fits, the best first within each half."""
    hits = People(shop).find(text, limit + 1)
    more, hits = len(hits) > limit, hits[:limit]
    if not hits:
        return Lookup(text)
    about = _about(shop, hits)
    matches = [_match(hit, about.get(hit.customer_id)) for hit in hits]
    return Lookup(
        text,
        tuple(one for one in matches if one.certain),
        tuple(one for one in matches if not one.certain),
        more,
    )


def whose(shop: Shop, text: str, besides: int) -> Match | None:
    """The customer whose whole name, number or handle the text is; None where it is nobody's, or hers.

    `besides` is the customer at hand. The last four digits of a phone count as a whole one, for people look
    each other up by them. Whoever else is known by a part of the text is not meant: it may as well be about
    her.
    """
    if len(text) > _LONGEST:
        return None
    currency = shop.settings.currency
    fits = [one for one in look_up(shop, text).certain if _is_called(one, text, currency)]
    return fits[0] if fits and all(one.customer_id != besides for one in fits) else None


def _is_called(match: Match, text: str, currency: str) -> bool:
    asked = _bare(text, currency)
    if match.match == "phone" and len(asked) == _TAIL:
        return match.shown.endswith(asked)
    value = match.shown if match.match in _WHOLE else None
    return any(_bare(known, currency) == asked for known in (value, match.name, match.nickname) if known)


def _bare(text: str, currency: str) -> str:
    """A name, number or handle without what people write differently."""
    return normal_phone(text, currency) or squeeze(text).lower().lstrip("#")


def has_customers(shop: Shop) -> bool:
    """Whether there is anybody to look up."""
    with shop.database.read() as connection:
        return connection.scalar(sa.select(customers.c.id).limit(1)) is not None


def _about(shop: Shop, hits: list[Hit]) -> dict[int, sa.Row[tuple[object, ...]]]:
    c, k = customers.c, cards.c
    query = (
        sa.select(c.id, c.name, c.nickname, k.province, k.city, k.orders, k.last_order_at)
        .outerjoin(cards, k.customer_id == c.id)
        .select_from(customers)
    )
    with shop.database.read() as connection:
        wanted = among(connection, c.id, [hit.customer_id for hit in hits])
        return {row.id: row for row in connection.execute(query.where(wanted))}  # type: ignore[misc]


def _match(hit: Hit, row: sa.Row[tuple[object, ...]] | None) -> Match:
    known = dict(row._mapping) if row is not None else {}
    return Match(
        hit.customer_id,
        known.get("name") or hit.name,
        known.get("nickname"),
        place(known.get("province"), known.get("city")),
        known.get("orders") or 0,
        known.get("last_order_at"),
        hit.match,
        hit.certain,
        hit.shown,
    )


def place(province: str | None, city: str | None) -> str:
    """Where she lives in one word: 浙江杭州, London; "" where nobody knows."""
    province, city = (province or "").strip(), (city or "").strip()
    if not province or not city or city.startswith(province):
        return city or province
    wide = all(ord(char) > 0x2E7F for char in province + city)
    short = province.removesuffix("省").removesuffix("市") + city.removesuffix("市")
    return short if wide else f"{province} {city}"
