"""One question put to a shop's customers: who satisfies a rule on a day.

The database answers what it can; what needs Python is asked of the rows that are left, in small batches.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy import FromClause

from crmcore.errors import RuleError
from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.records.clock import Clock
from crmcore.rules.bound import Bound, EventTest, card_tests, leaves
from crmcore.rules.fields import FieldType
from crmcore.rules.memory import matches
from crmcore.segments.plugin_tests import PluginTests
from crmcore.store.database import among
from crmcore.store.name_order import in_pieces
from crmcore.store.rule_sql import Compiled, StreamOf, compile_rule, missing_facts
from crmcore.store.sql_bits import decode_list

_FIRST, _BATCH = 64, 2000


EventsOf = Callable[[int], dict[str, list[Mapping[str, Any]]]]
PythonFactsOf = Callable[[sa.Connection, Sequence[int]], Mapping[int, Mapping[str, Any]]]


@dataclass(frozen=True)
class Sources:
    """Where a question is answered from: the cards as they stood, and the event streams.

    `card(id)` are the cards of one customer, where that is quicker to get than to look her up in `cards`;
    `only(facts)` the cards with these facts alone, where the others would be worked out in vain.
    `python_facts(connection, ids)` works out, for a day gone by, the facts that `cards` has no columns for:
    id -> fact -> value as a card keeps it. `of(owners)`: the same for these customers alone, looked up one by
    one; `owners` is a selectable with a column `id`.
    """

    cards: FromClause
    stream_of: StreamOf
    card: Callable[[int], FromClause] | None = None
    python_facts: PythonFactsOf | None = None
    only: Callable[[Collection[str]], FromClause] | None = None
    of: Callable[[FromClause], Sources] | None = None

    def having(self, facts: Collection[str]) -> FromClause:
        """The cards, with these facts at least as far as there are such."""
        return self.only(facts) if self.only else self.cards


@dataclass(frozen=True)
class Question:
    """A bound rule with everything that it takes to ask it; valid inside one read transaction.

    `tests` are the Python tests in it that run in a worker process.
    """

    connection: sa.Connection
    bound: Bound
    clock: Clock
    sources: Sources
    tests: PluginTests

    @cached_property
    def _cards(self) -> FromClause:
        return self.sources.having({test.field.column for test in card_tests(self.bound)})

    @cached_property
    def _compiled(self) -> Compiled:
        dialect = self.connection.dialect.name
        return compile_rule(self.bound, self._cards, self.clock, dialect, self.sources.stream_of)

    @property
    def needs_python(self) -> bool:
        """Whether the database alone cannot answer."""
        return self._compiled.leftover is not None

    def count(self) -> int:
        """How many customers satisfy the rule."""
        if self._compiled.leftover is not None:
            return sum(1 for _id in self.ids())
        cards = self._cards
        query = sa.select(sa.func.count()).select_from(cards).where(self._compiled.condition)
        return int(self.connection.execute(query).scalar_one())

    def page(self, after: int = 0, limit: int | None = None) -> tuple[list[int], int]:
        """A page of their ids, as `ids` gives them, and how many they are in all.

        What takes long to work out is worked out once for both.
        """
        if self._compiled.leftover is not None:
            return self._page_of_tested(after, limit)
        events = any(isinstance(test, EventTest) for test in leaves(self.bound))
        if not events and isinstance(self._cards, sa.Table):
            return list(self.ids(after, limit)), self.count()
        found = sa.select(self._cards.c.customer_id.label("id")).where(self._compiled.condition)
        members = found.cte("members").prefix_with("MATERIALIZED")
        page = (
            sa.select(members.c.id).where(members.c.id > after).order_by(members.c.id).limit(limit).subquery()
        )
        total = sa.select(sa.literal(0), sa.func.count()).select_from(members)
        rows = self.connection.execute(sa.union_all(total, sa.select(sa.literal(1), page.c.id))).all()
        counted, listed = ([int(value) for kind, value in rows if kind == wanted] for wanted in (0, 1))
        return sorted(listed), counted[0]

    def _page_of_tested(self, after: int, limit: int | None) -> tuple[list[int], int]:
        page: list[int] = []
        count = 0
        for customer_id in self.ids():
            count += 1
            if customer_id > after and (limit is None or len(page) < limit):
                page.append(customer_id)
        return page, count

    def ids(self, after: int = 0, limit: int | None = None) -> Iterator[int]:
        """Their ids in order, from the one after `after` on, at most `limit`."""
        condition, leftover = self._compiled.condition, self._compiled.leftover
        cards = self._cards
        columns = [cards.c.customer_id, *(cards.c[name] for name in needed_columns(leftover, cards))]
        query = sa.select(*columns).where(condition, cards.c.customer_id > after)
        query = query.order_by(cards.c.customer_id).execution_options(yield_per=_BATCH)
        if leftover is None:
            query = query.limit(limit)
        with closing(self.connection.execute(query)) as result:
            found = self._tested(result, leftover) if leftover is not None else map(int, result.scalars())
            yield from islice(found, limit)

    def pieces(self) -> Iterator[Sequence[int]]:
        """All of their ids in order, some thousand at a time: a million of them in half the time of `ids`.

        The first piece is short: it can be shown while the others are read.
        """
        if self._compiled.leftover is not None:
            ids, size = self.ids(), _FIRST
            while piece := list(islice(ids, size)):
                yield piece
                size = _BATCH
            return
        column = self._cards.c.customer_id
        query = sa.select(column).where(self._compiled.condition).order_by(column)
        yield from in_pieces(self.connection, query)

    def _tested(self, result: sa.CursorResult[Any], leftover: Bound) -> Iterator[int]:
        names = list(result.keys())
        for rows in result.partitions(_BATCH):
            cards = self._as_cards([dict(zip(names, row, strict=True)) for row in rows], leftover)
            events = events_of(
                self.connection, leftover, self.sources.stream_of, [card["customer_id"] for card in cards]
            )

            def holds(card: Mapping[str, Any], events: EventsOf = events) -> bool:
                return matches(leftover, card, self.clock, events(int(card["customer_id"])))

            yield from (int(card["customer_id"]) for card in self.tests.settle(cards, holds))

    def card(self, customer_id: int) -> dict[str, Any] | None:
        """What the rule looks at on one customer's card; None when there is no such card."""
        cards = self.sources.card(customer_id) if self.sources.card else self._cards
        columns = [cards.c[one] for one in ("customer_id", *needed_columns(self.bound, cards))]
        query = sa.select(*columns).where(cards.c.customer_id == customer_id)
        found = self._as_cards([dict(row) for row in self.connection.execute(query).mappings()], self.bound)
        return found[0] if found else None

    def cards(self) -> list[dict[str, Any]]:
        """What the rule looks at on every card that is asked about: for questions about a few."""
        cards = self._cards
        columns = [cards.c[one] for one in ("customer_id", *needed_columns(self.bound, cards))]
        query = sa.select(*columns)
        rows = [dict(row) for row in self.connection.execute(query).mappings()]
        return self._as_cards(rows, self.bound) if rows else []

    def events(self, customer_id: int) -> dict[str, list[Mapping[str, Any]]]:
        """What the rule must know of one customer's events."""
        return events_of(self.connection, self.bound, self.sources.stream_of, [customer_id])(customer_id)

    def _as_cards(self, rows: list[dict[str, Any]], bound: Bound) -> list[dict[str, Any]]:
        """Rows of cards as rules see them in memory, with the Python facts that the rows lack."""
        if missing := missing_facts(bound, self._cards):
            if self.sources.python_facts is None:
                raise RuleError(
                    _("{facts} is worked out for today only: the rule cannot be asked about {day}").format(
                        facts=joined(missing), day=self.clock.today
                    )
                )
            more = self.sources.python_facts(self.connection, [row["customer_id"] for row in rows])
            rows = [row | dict(more.get(row["customer_id"], {})) for row in rows]
        for name in _list_columns(bound):
            for row in rows:
                if isinstance(row.get(name), str):
                    row[name] = decode_list(row[name])
        return rows


def needed_columns(bound: Bound | None, cards: FromClause) -> list[str]:
    """The facts of the card that the rule looks at, as far as `cards` has them."""
    if bound is None:
        return []
    names = {test.field.column for test in card_tests(bound)}
    return sorted(name for name in names if name in cards.c and name != "customer_id")


def _list_columns(bound: Bound) -> set[str]:
    """The lists of the card that the rule looks at."""
    return {test.field.column for test in card_tests(bound) if test.field.stored.type is FieldType.LIST}


def events_of(
    connection: sa.Connection, bound: Bound, stream_of: StreamOf, customer_ids: Sequence[int]
) -> EventsOf:
    """What a rule must know of these customers' events: a function from id to stream -> events."""
    names = {test.stream.name for test in leaves(bound) if isinstance(test, EventTest)}
    found: dict[int, dict[str, list[Mapping[str, Any]]]] = {}
    for name in names:
        stream = stream_of(name)
        query = sa.select(stream).where(among(connection, stream.c.customer_id, customer_ids))
        for row in connection.execute(query).mappings():
            found.setdefault(int(row["customer_id"]), {}).setdefault(name, []).append(dict(row))
    return lambda customer_id: found.get(customer_id, {})
