"""A shop's segments over a real database, with people written straight into its tables."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from crmcore.hooks.facts import Fold, SegmentRule
from crmcore.records.clock import Clock, zone
from crmcore.rules.catalogue import Catalogue
from crmcore.segments.question import Sources
from crmcore.segments.register import Register
from crmcore.segments.segments import Segments
from crmcore.segments.sources import sources
from crmcore.store import schema
from crmcore.store.database import Database, Write
from crmcore.store.documents import documents
from crmcore.store.facts import Facts
from crmcore.store.segment_queue import note_touched

ZONE = "Asia/Shanghai"
TODAY = date(2026, 3, 5)
_numbers = itertools.count(1)


def at(day: date, hour: int = 12) -> int:
    """An hour of that day in the shop's zone."""
    return int(datetime(day.year, day.month, day.day, hour, tzinfo=zone(ZONE)).timestamp())


def ago(days: int) -> int:
    """Noon so many days before today."""
    return at(TODAY - timedelta(days=days))


@dataclass
class Segmented:
    """A shop as far as segments need one; `rules` and `folds` are what plugins bring."""

    database: Database
    clock: Clock
    rules: list[tuple[str, SegmentRule]] = field(default_factory=list)
    folds: list[tuple[str, Fold]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.facts = Facts(self.database, "CNY", ZONE, self.folds)
        self.facts.install()
        self.database.refreshers.append(self.facts.refresh)
        self.database.refreshers.append(lambda write, ids: note_touched(write.connection, ids, write))
        self.segments = Segments(
            database=self.database,
            currency="CNY",
            clock=lambda day: self.clock.on(day),
            catalogue=lambda: Catalogue.core(self.facts.fields()),
            sources=self.sources,
            documents=documents(self.database),
            plugin_rules=lambda: self.rules,
            ask=_no_worker,
        )
        self.register = Register(self.segments, lambda: self.facts.signature)

    def sources(self, clock: Clock) -> Sources:
        return sources(self.facts, clock)

    def brings(self, *rules: SegmentRule) -> None:
        """A plugin brings these segments."""
        self.rules += [("plugin", rule) for rule in rules]

    def customer(self, name: str = "", *events: Callable[[Write, int], None], **profile: Any) -> int:
        """Write a customer with her events; returns the id."""
        with self.database.write("test", actor="test") as write:
            id_ = insert_row(write, schema.customers, name=name or None, **profile)
            for event in events:
                event(write, id_)
            write.touch([id_])
        return id_

    def ids(self, name: str, **rest: Any) -> list[int]:
        """Who is in the segment; the count must agree."""
        found = [member.id for member in self.segments.members(name, limit=None, **rest).customers]
        assert self.segments.count(name, **rest).count == len(found)
        return found


def _no_worker(plugin: str, segment: str, _place: int, _values: Sequence[Any]) -> Sequence[Any]:
    raise AssertionError(f"{plugin} asks {segment} of a worker")


def insert_row(write: Write, table: sa.Table, **values: Any) -> int:
    values |= {"created_by": write.change_id}
    return int(write.connection.execute(sa.insert(table).values(**values)).inserted_primary_key[0])


def bought(amount: int, when: int, *categories: str, **rest: Any) -> Callable[[Write, int], None]:
    """A paid order of that many minor units with a line of each category."""
    return ordered(amount, when, *categories, **({"paid_at": when, "status": "completed"} | rest))


def ordered(amount: int, when: int, *categories: str, **rest: Any) -> Callable[[Write, int], None]:
    """An order as the columns say; unpaid where they say nothing."""

    def event(write: Write, id_: int) -> None:
        row = {
            "source": "t",
            "number": str(next(_numbers)),
            "currency": "CNY",
            "status": "unpaid",
            "placed_at": when,
            "ordered_total": amount,
            "net_total": amount if rest.get("paid_at") else 0,
        } | rest
        order_id = insert_row(write, schema.orders, customer_id=id_, **row)
        for position, category in enumerate(categories, start=1):
            line = {"order_id": order_id, "position": position, "category": category, "quantity": 1}
            insert_row(write, schema.order_lines, **line)

    return event


def said(kind: str, when: int, **rest: Any) -> Callable[[Write, int], None]:
    """An interaction."""

    def event(write: Write, id_: int) -> None:
        insert_row(
            write, schema.interactions, **({"customer_id": id_, "kind": kind, "at": when, "text": "x"} | rest)
        )

    return event


def tagged(tag: str) -> Callable[[Write, int], None]:
    """A tag."""

    def event(write: Write, id_: int) -> None:
        insert_row(write, schema.tags, customer_id=id_, tag=tag)

    return event


@pytest.fixture
def shop(database: Database, clock: Clock) -> Segmented:
    return Segmented(database, clock)
