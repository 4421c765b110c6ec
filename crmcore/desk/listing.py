"""The customers as a list: in any order, all of them or those of a text, a tag or a segment.

A list of a million opens with its first rows (`first`), which the database finds in passing; meanwhile
`whole` takes a picture of all ids in that order, and pages are rows by their ids. So every row has a number,
a jump to the last costs what a jump to the next does, and nothing shifts while somebody reads.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock

import sqlalchemy as sa

from crmcore.desk.lookup import place
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.people import People
from crmcore.shop import Shop
from crmcore.store.database import among
from crmcore.store.name_order import ids_by_name, in_pieces
from crmcore.store.schema import cards, changes, customers, journal, orders, tags
from crmcore.store.sql_bits import decode_list

FIRST = 64  # rows shown before the picture is there
MOST_FOUND = 200  # as many as a text finds; nobody reads on
_FEW = 20_000  # so many are looked up by their ids; of more, every card is gone through


@dataclass(frozen=True)
class Order:
    """An order of the list: its name, its title (marked), and which way round it goes first."""

    name: str
    title: str
    descending: bool = True

    @property
    def words(self) -> str:
        """The title in the language in force."""
        return _(self.title)


BY_NAME = "name"
ORDERS = {
    one.name: one
    for one in (
        Order("last_order", mark("last order")),
        Order("spent", mark("spent in all")),
        Order("orders", mark("orders bought")),
        Order("average", mark("average order")),
        Order("first_seen", mark("first seen")),
        Order(BY_NAME, mark("name"), descending=False),
    )
}
_COLUMNS = {
    "last_order": cards.c.last_order_at,
    "spent": cards.c.total_spent,
    "orders": cards.c.orders,
    "average": cards.c.average_order_value,
    "first_seen": customers.c.at,
}


@dataclass(frozen=True)
class Asked:
    """What list is wanted. A `text` gives the best matches first, whatever the order."""

    order: str = "last_order"
    descending: bool = True
    text: str = ""
    tag: str | None = None
    segment: str | None = None

    def by(self, order: str, descending: bool | None = None) -> Asked:
        """The same in another order, its usual way round where that is not said."""
        way = ORDERS[order].descending if descending is None else descending
        return replace(self, order=order, descending=way)


@dataclass(frozen=True)
class Line:
    """One customer of the list; amounts in minor units, instants in UTC seconds.

    `gone`: she was merged into another or undone since the list was taken.
    """

    id: int
    name: str | None = None
    nickname: str | None = None
    place: str = ""
    orders: int = 0
    total_spent: int = 0
    average: int | None = None
    last_order_at: int | None = None
    first_seen_at: int | None = None
    tags: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    gone: bool = False

    @property
    def called(self) -> str:
        """What to call her."""
        return self.name or self.nickname or f"#{self.id}"


@dataclass(frozen=True)
class Listing:
    """The ids of a list in its order, or the first of them.

    `more`: there are, or may be, more than these; `total` how many in all, where that is known.
    """

    asked: Asked
    ids: Sequence[int] = field(repr=False)
    more: bool = False
    mark: tuple[int, ...] = ()
    total: int | None = None

    @property
    def count(self) -> int:
        """How many there are, as far as is known."""
        return len(self.ids) if self.total is None else self.total

    def place_of(self, customer_id: int) -> int | None:
        """Where in the list she stands."""
        try:
            return self.ids.index(customer_id)
        except ValueError:
            return None


class _Some:
    """Customers to be told from others: a byte for each id there may be (a set of a million takes 60 MB)."""

    def __init__(self, ids: Sequence[int]) -> None:
        self.ids = ids
        self._there = bytearray(max(ids, default=0) + 1)
        for one in ids:
            self._there[one] = 1

    def __len__(self) -> int:
        return len(self.ids)

    def left_of(self, ids: Sequence[int]) -> list[int]:
        """Those of these that are among them, in the order given."""
        there, end = self._there, len(self._there)
        return [one for one in ids if one < end and there[one]]

    def holds(self, connection: sa.Connection, column: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
        """The condition that `column` is one of them."""
        if connection.dialect.name != "sqlite" or len(self) <= _FEW:
            return among(connection, column, self.ids)
        # The byte at her place, past the end none: a tenth of what looking into a list costs.
        there = sa.literal(bytes(self._there), sa.LargeBinary)
        return sa.func.substr(there, column + 1, 1) == sa.literal(b"\x01", sa.LargeBinary)


@dataclass(repr=False)
class Lists:
    """The lists of one open shop; the last pictures are kept until records change."""

    shop: Shop
    _kept: dict[Asked, Listing] = field(default_factory=dict)
    _one_at_a_time: Lock = field(default_factory=Lock)
    _wanted: Asked | None = None

    def first(self, asked: Asked) -> Listing:
        """The beginning of a list, at once: its first rows, and all of what a text finds."""
        self.shop.permit("customer.find")
        if asked.text:
            return self._found(asked)
        kept = self._kept.get(asked)
        with self.shop.database.read(in_passing=True) as connection:
            if kept and kept.mark == _mark(connection):
                return kept
            ids: list[int] = []
            for piece in _in_order(connection, asked, self._members(asked), FIRST):
                ids += piece
                if len(ids) >= FIRST:
                    break
            more, total = len(ids) >= FIRST, None
            if more and not asked.tag and not asked.segment:
                total = int(connection.scalar(sa.select(sa.func.count()).select_from(cards)) or 0)
            return Listing(asked, ids[:FIRST], more, total=total)

    def whole(self, asked: Asked) -> Listing:
        """The whole list; of a text, as many as `first` gives.

        One picture is taken at a time. Whoever waits while a newer one is asked for gets an empty list: that
        answer is not looked at any more.
        """
        if asked.text:
            return self.first(asked)
        self.shop.permit("customer.find")
        self._wanted = asked
        with self._one_at_a_time:
            return self._whole(asked) if self._wanted == asked else Listing(asked, ())

    def _whole(self, asked: Asked) -> Listing:
        with self.shop.database.read(in_passing=True) as connection:
            now = _mark(connection)
            kept = self._kept.get(asked)
            if kept is None or kept.mark != now:
                ids = array("q")
                for piece in _in_order(connection, asked, self._members(asked), None):
                    ids.extend(piece)
                kept = Listing(asked, ids, mark=now)
        self._kept = dict([*list(self._kept.items())[-1:], (asked, kept)])
        return kept

    def is_current(self, listing: Listing) -> bool:
        """Whether no record changed since the list was taken."""
        with self.shop.database.read() as connection:
            return listing.mark == _mark(connection)

    def lines(self, ids: Sequence[int]) -> list[Line]:
        """The customers of these ids, in that order."""
        with self.shop.database.read() as connection:
            return _lines(connection, ids)

    def tags(self) -> list[str]:
        """The tags in use."""
        with self.shop.database.read() as connection:
            return list(connection.scalars(sa.select(tags.c.tag).distinct().order_by(tags.c.tag)))

    def _members(self, asked: Asked) -> _Some | None:
        """Those whom the segment leaves; None for all."""
        return None if asked.segment is None else _Some(self.shop.segments.ids(asked.segment))

    def _found(self, asked: Asked) -> Listing:
        hits = People(self.shop).find(asked.text, MOST_FOUND)
        ids = [hit.customer_id for hit in hits]
        more = len(ids) >= MOST_FOUND
        if asked.tag or asked.segment:
            ids = _Some(self.whole(replace(asked, text="")).ids).left_of(ids)
        return Listing(asked, ids, more)


def _mark(connection: sa.Connection) -> tuple[int, ...]:
    """What is another as soon as a record was made or changed: cheap to ask, the last ids alone."""
    tables = (changes, customers, journal, orders, tags)
    last = (sa.select(sa.func.max(table.c.id)).scalar_subquery() for table in tables)
    return tuple(int(value or 0) for value in connection.execute(sa.select(*last)).one())


def _in_order(
    connection: sa.Connection, asked: Asked, members: _Some | None, limit: int | None
) -> Iterator[list[int]]:
    """The ids of the list, in pieces; a `limit` may be passed by, it only spares work."""
    if asked.order == BY_NAME:
        keep = members
        if asked.tag:
            tagged = list(connection.scalars(sa.select(tags.c.customer_id).where(tags.c.tag == asked.tag)))
            keep = _Some(tagged if keep is None else keep.left_of(tagged))
        for piece in ids_by_name(connection, descending=asked.descending):
            yield piece if keep is None else keep.left_of(piece)
        return
    query = _query(asked, sqlite=connection.dialect.name == "sqlite")
    if members is not None:
        query = query.where(members.holds(connection, cards.c.customer_id))
    yield from in_pieces(connection, query.limit(limit))


def _query(asked: Asked, *, sqlite: bool) -> sa.Select[tuple[int]]:
    column = _COLUMNS[asked.order]
    query = sa.select(cards.c.customer_id)
    if column.table is customers:
        query = query.join(customers, customers.c.id == cards.c.customer_id)
    if asked.tag:
        tagged = sa.select(tags.c.customer_id).where(tags.c.tag == asked.tag)
        query = query.where(cards.c.customer_id.in_(tagged))
    way = column.desc() if asked.descending else column.asc()
    if not (sqlite and asked.descending):  # there they come last by themselves, and saying so costs a third
        way = way.nulls_last()
    return query.order_by(way, cards.c.customer_id)


def _lines(connection: sa.Connection, ids: Sequence[int]) -> list[Line]:
    c, k = customers.c, cards.c
    columns = (c.id, c.name, c.nickname, c.at, c.province, c.city, c.merged_into)
    facts = (k.orders, k.total_spent, k.average_order_value, k.last_order_at, k.tags, k.platforms)
    query = sa.select(*columns, *facts, k.province.label("fact_province"), k.city.label("fact_city"))
    query = query.outerjoin(cards, k.customer_id == c.id).where(among(connection, c.id, ids))
    found = connection.execute(query).mappings()
    rows = {int(row["id"]): row for row in found if row["merged_into"] is None}
    return [_line(rows[i]) if i in rows else Line(i, gone=True) for i in ids]


def _line(row: sa.RowMapping) -> Line:
    return Line(
        row["id"],
        row["name"],
        row["nickname"],
        place(row["province"] or row["fact_province"], row["city"] or row["fact_city"]),
        row["orders"] or 0,
        row["total_spent"] or 0,
        row["average_order_value"],
        row["last_order_at"],
        row["at"],
        decode_list(row["tags"]),
        decode_list(row["platforms"]),
    )
