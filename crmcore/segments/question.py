"""One question put to a shop's customers: who satisfies a rule on a day.

The database answers what it can; what needs Python is asked of the rows that are left, in small batches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy import FromClause

from crmcore.records.clock import Clock
from crmcore.rules.bound import Bound, EventTest, leaves
from crmcore.rules.fields import FieldType
from crmcore.rules.memory import matches
from crmcore.store.database import among
from crmcore.store.rule_sql import Compiled, StreamOf, compile_rule
from crmcore.store.sql_bits import decode_list

_BATCH = 2000


@dataclass(frozen=True)
class Sources:
    """Where a question is answered from: the cards as they stood, and the event streams."""

    cards: FromClause
    stream_of: StreamOf


@dataclass(frozen=True)
class Question:
    """A bound rule with everything that it takes to ask it; valid inside one read transaction."""

    connection: sa.Connection
    bound: Bound
    clock: Clock
    sources: Sources

    @cached_property
    def _compiled(self) -> Compiled:
        dialect = self.connection.dialect.name
        return compile_rule(self.bound, self.sources.cards, self.clock, dialect, self.sources.stream_of)

    def count(self) -> int:
        """How many customers satisfy the rule."""
        if self._compiled.leftover is not None:
            return sum(1 for _id in self.ids())
        cards = self.sources.cards
        query = sa.select(sa.func.count()).select_from(cards).where(self._compiled.condition)
        return int(self.connection.execute(query).scalar_one())

    def ids(self, after: int = 0, limit: int | None = None) -> Iterator[int]:
        """Their ids in order, from the one after `after` on, at most `limit`."""
        condition, leftover = self._compiled.condition, self._compiled.leftover
        cards = self.sources.cards
        columns = [cards.c.customer_id, *(cards.c[name] for name in needed_columns(leftover, cards))]
        query = sa.select(*columns).where(condition, cards.c.customer_id > after)
        query = query.order_by(cards.c.customer_id)
        if leftover is None:
            query = query.limit(limit).execution_options(yield_per=_BATCH)
            found = self.connection.execute(query).scalars()
            return (int(customer_id) for customer_id in found)
        return islice(self._tested(query, leftover), limit)

    def _tested(self, query: sa.Select[Any], leftover: Bound) -> Iterator[int]:
        result = self.connection.execute(query.execution_options(yield_per=_BATCH))
        for rows in result.mappings().partitions(_BATCH):
            cards = [as_card(dict(row), leftover) for row in rows]
            events = events_of(
                self.connection, leftover, self.sources.stream_of, [card["customer_id"] for card in cards]
            )
            for card in cards:
                customer_id = int(card["customer_id"])
                if matches(leftover, card, self.clock, events(customer_id)):
                    yield customer_id


def needed_columns(bound: Bound | None, cards: FromClause) -> list[str]:
    """The facts of the card that the rule looks at, as far as `cards` has them."""
    if bound is None:
        return []
    names = {leaf.field.column for leaf in _card_leaves(bound)}
    return sorted(name for name in names if name in cards.c and name != "customer_id")


def _card_leaves(bound: Bound) -> Iterator[Any]:
    inside = {id(leaf) for test in leaves(bound) if isinstance(test, EventTest) for leaf in leaves(test.rule)}
    return (leaf for leaf in leaves(bound) if not isinstance(leaf, EventTest) and id(leaf) not in inside)


def as_card(row: Mapping[str, Any], bound: Bound) -> dict[str, Any]:
    """A row of cards as rules see it in memory: lists made tuples."""
    card = dict(row)
    for leaf in _card_leaves(bound):
        name = leaf.field.column
        if leaf.field.stored.type is FieldType.LIST and isinstance(card.get(name), str):
            card[name] = decode_list(card[name])
    return card


def events_of(
    connection: sa.Connection, bound: Bound, stream_of: StreamOf, customer_ids: Sequence[int]
) -> Callable[[int], dict[str, list[Mapping[str, Any]]]]:
    """What a rule must know of these customers' events: a function from id to stream -> events."""
    names = {test.stream.name for test in leaves(bound) if isinstance(test, EventTest)}
    found: dict[int, dict[str, list[Mapping[str, Any]]]] = {}
    for name in names:
        stream = stream_of(name)
        query = sa.select(stream).where(among(connection, stream.c.customer_id, customer_ids))
        for row in connection.execute(query).mappings():
            found.setdefault(int(row["customer_id"]), {}).setdefault(name, []).append(dict(row))
    return lambda customer_id: found.get(customer_id, {})
