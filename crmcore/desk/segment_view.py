"""Segments as people look at them: what there is, how many, who, and why."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import sqlalchemy as sa

from crmcore.desk.brief_words import amount
from crmcore.i18n import gettext as _
from crmcore.i18n import language
from crmcore.playbook.playbook import OWN
from crmcore.records.clock import day_of
from crmcore.records.typed_times import day_from
from crmcore.rules.explain import Explanation
from crmcore.segments.definitions import Segment
from crmcore.shop import Shop
from crmcore.store.changes import newest
from crmcore.store.database import among
from crmcore.store.schema import customers

FRESHEN = 0.5  # seconds given to the plugins' facts before segments are counted


@dataclass(frozen=True)
class SegmentRow:
    """One segment: `source` says in words who brings it, `error` why it cannot be used (None: it can).

    `own`: the shop wrote it.
    """

    name: str
    title: str
    source: str
    description: str
    error: str | None
    own: bool = False


@dataclass(frozen=True)
class MemberRow:
    """A customer in a segment, as the list shows her: the day of her last order, what she spent in all."""

    id: int
    name: str
    last_order: str
    total: str


@dataclass(frozen=True)
class WhyLine:
    """One condition: how deep it lies in the rule, whether it holds, its words, and what the card says."""

    depth: int
    held: bool
    words: str
    value: str


@dataclass(frozen=True)
class Why:
    """Whether a customer is in a segment, and the conditions that decided it."""

    customer_id: int
    name: str
    member: bool
    lines: tuple[WhyLine, ...]


def row_of(segment: Segment) -> SegmentRow:
    """A segment as the list shows it."""
    source = _("this shop's own") if segment.source == OWN else segment.source
    told = segment.description
    description = told.get(language()) or next(iter(told.values()), "")
    own = segment.source == OWN
    return SegmentRow(segment.name, segment.title, source, description, segment.error, own)


def everybody(shop: Shop) -> int:
    """How many customers the shop has."""
    with shop.database.read() as connection:
        return int(connection.scalar(sa.select(sa.func.count()).select_from(shop.facts.cards)) or 0)


def stamp(shop: Shop) -> tuple[tuple[int, ...], date]:
    """What changes whenever counts may: what was written, and the day."""
    with shop.database.read() as connection:
        return newest(connection), shop.clock().today


def count(shop: Shop, name: str) -> int:
    """How many are in the segment today; raises `RuleError` when it cannot be asked."""
    return shop.segments.count(name).count


def ids(shop: Shop, name: str, begun: Callable[[Sequence[int]], None] | None = None) -> array[int]:
    """Who is in the segment today, by id; `begun` is given the first of them while the others are read."""
    return shop.segments.ids(name, begun=begun)


def people(shop: Shop, customer_ids: Sequence[int], as_of: date | None = None) -> list[MemberRow]:
    """These customers in this order, with what they had bought by the end of the day `as_of`."""
    clock = shop.clock(as_of)
    name = sa.func.coalesce(sa.func.nullif(customers.c.name, ""), customers.c.nickname, "")
    with shop.database.read() as connection:
        mine = among(connection, customers.c.id, customer_ids)
        cards = shop.facts.cards_as_of(clock)
        if cards is not shop.facts.cards:  # of a day gone by: only theirs are worked out
            owners = sa.select(customers.c.id).where(mine).subquery("owners")
            cards = shop.facts.sql.select(until=clock.until, owners=owners).subquery("cards")
        rows = connection.execute(
            sa.select(customers.c.id, name, cards.c.last_order_at, cards.c.total_spent)
            .join(cards, cards.c.customer_id == customers.c.id)
            .where(mine)
        )
        known = {row[0]: row for row in rows}
    found = []
    for customer_id in customer_ids:
        _id, called, last, total = known.get(customer_id, (customer_id, "", None, 0))
        day = "" if last is None else day_of(last, clock.zone).isoformat()
        spent = amount(total, shop.settings.currency)
        found.append(MemberRow(customer_id, called or f"#{customer_id}", day, spent))
    return found


def why(shop: Shop, name: str, customer_id: int, as_of: date | None = None) -> Why:
    """Which conditions of the segment hold for her, and which do not; raises `NotFoundError`, `RuleError`."""
    found = shop.segments.explain(name, customer_id, as_of)
    called = people(shop, [customer_id])[0].name
    return Why(customer_id, called, found.member, tuple(_lines(found.why, 0)))


def _lines(why: Explanation, depth: int) -> Iterator[WhyLine]:
    yield WhyLine(depth, why.held, why.condition, why.value or "")
    for part in why.parts:
        yield from _lines(part, depth + 1)


def as_of_from(shop: Shop, typed: str) -> date | None:
    """The day somebody typed, None for today and for nothing; raises `UsageError`."""
    if not typed.strip():
        return None
    clock = shop.clock()
    day = day_from(typed, clock)
    return None if day >= clock.today else day


def export_file(shop: Shop, name: str, as_of: date | None = None) -> Path:
    """Where an export goes unless somebody says otherwise: the shop's own folder for them."""
    folder = shop.place.folder / "exports" if shop.place.folder else Path.cwd()
    return folder / f"{name}-{as_of or shop.clock().today}.csv"


def typed_file(shop: Shop, typed: str) -> Path:
    """The file somebody typed: `~` is the home, a bare name goes to the shop's exports, csv unless told."""
    path = Path(typed.strip()).expanduser()
    if path.parent == Path() and shop.place.folder:
        path = shop.place.folder / "exports" / path
    return path if path.suffix else path.with_suffix(".csv")
