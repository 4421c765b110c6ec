"""What a rule would find, while somebody is writing it: how many, which share, a few of them, at what cost.

A few thousand customers, chosen by chance, are asked first: that takes some milliseconds however big the shop
is, and gives the number to within a few percent. Then everybody is asked, for as long as patience lasts.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import date
from math import sqrt
from typing import Any

import sqlalchemy as sa
from sqlalchemy import FromClause

from crmcore.rules.bound import Cut
from crmcore.rules.tree import TopShare
from crmcore.rules.yaml import RuleDocument
from crmcore.segments.completion import FieldInfo, described, seen
from crmcore.segments.definitions import Segment, from_document
from crmcore.segments.people import named
from crmcore.segments.population import top_cut
from crmcore.segments.question import Question
from crmcore.segments.results import Member
from crmcore.segments.segments import Segments
from crmcore.store.changes import newest
from crmcore.store.database import among, listed
from crmcore.store.stopping import Stop, StoppedError, stoppable

# Seconds from the last key to a number, at most; and how many customers chance chooses.
PATIENCE = 0.2
CHOSEN = 4_000
# So many of these are looked at for what their fields hold.
LOOKED_AT = 1_000
# 95 of 100 estimates are no further off than so many standard errors.
_SURE = 1.96


@dataclass(frozen=True)
class Preview:
    """What a rule finds on a day: `count` of `everybody`, and a few of them.

    `exact`, or an estimate that is off by more than `margin` once in twenty times. `milliseconds` is what it
    took.
    """

    segment: str
    as_of: date
    count: int
    everybody: int
    exact: bool
    margin: int
    sample: tuple[Member, ...]
    milliseconds: float

    @property
    def share(self) -> float:
        """The part of all customers, 0 to 1."""
        return self.count / self.everybody if self.everybody else 0.0

    def as_json(self) -> dict[str, Any]:
        """Plain data for `--json`."""
        return {
            "segment": self.segment,
            "as_of": self.as_of.isoformat(),
            "count": self.count,
            "share": round(self.share, 6),
            "everybody": self.everybody,
            "exact": self.exact,
            "margin": self.margin,
            "sample": [{"id": one.id, "name": one.name} for one in self.sample],
            "milliseconds": round(self.milliseconds, 1),
        }


@dataclass
class _Crowd:
    """What does not depend on the rule: how many customers there are, and those whom chance chose.

    `stamp` tells what had been written then; `cuts` are what the population says, by day.
    """

    stamp: tuple[int, ...]
    everybody: int
    chosen: list[int]
    cuts: dict[tuple[Any, ...], Cut] = field(default_factory=dict)


class Previews:
    """Previews of the rules of one shop. Keep one while an editor is open: the first costs the most."""

    def __init__(self, segments: Segments, chosen: int = CHOSEN) -> None:
        self._segments = segments
        self._chosen = chosen
        self._crowd: _Crowd | None = None

    def look(
        self,
        rule: RuleDocument | Segment,
        as_of: date | None = None,
        params: Mapping[str, Any] | None = None,
        *,
        patience: float | None = PATIENCE,
        sample: int = 10,
        stop: Stop | None = None,
    ) -> Preview:
        """What the rule finds; exact where that takes no longer than `patience` seconds (None: however long).

        `stop` ends it from another thread: `StoppedError` then. Raises `RuleError` for a rule that cannot be
        asked.
        """
        started, stop = time.perf_counter(), stop or Stop()
        segment = rule if isinstance(rule, Segment) else from_document(rule)
        self._segments.check_sense(segment, self._segments.known() | {segment.name: segment}, params)
        crowd = self._refreshed(stop)
        estimate: list[int] | None = None
        if crowd.chosen and patience is not None:
            with self._question(segment, as_of, params, crowd, stop, crowd.chosen) as question:
                estimate = list(question.ids())
        left = None if estimate is None or patience is None else patience - (time.perf_counter() - started)
        shown = (estimate or [])[:sample]
        count, shown = self._counted(segment, as_of, params, crowd, stop, left, shown, sample)
        exact = count is not None
        margin = 0
        if count is None:
            count, margin = _projected(len(estimate or ()), len(crowd.chosen), crowd.everybody)
        with self._segments.database.read() as connection:
            people = tuple(named(connection, shown))
        took = (time.perf_counter() - started) * 1000
        today = self._segments.clock(as_of).today
        return Preview(segment.name, today, count, crowd.everybody, exact, margin, people, took)

    def never(self, rule: RuleDocument) -> list[str]:
        """What the rule asks for that no value is here, a sentence each; see `Segments.never`."""
        return self._segments.never(rule)

    def fields(self, *, looked_at: bool = True, stop: Stop | None = None) -> list[FieldInfo]:
        """The field catalogue; with fill rates and sample values of the customers whom chance chose.

        Names, telephone numbers and addresses are no fields of rules, so that none of them is shown.
        """
        catalogue = self._segments.catalogue()
        infos = described(catalogue)
        if not looked_at:
            return infos
        stop = stop or Stop()
        crowd = self._refreshed(stop)
        clock = self._segments.clock(None)
        sources = self._segments.sources(clock)
        ids = crowd.chosen[:: max(1, len(crowd.chosen) // LOOKED_AT)]
        if ids and sources.of:
            sources = sources.of(listed(self._segments.database.dialect, ids))
        with self._segments.database.read() as connection, stoppable(connection, stop):
            streams = {name: sources.stream_of(name) for name in catalogue.streams}
            currency = self._segments.currency
            return seen(infos, catalogue, connection, sources.cards, streams, clock, currency)

    def _counted(
        self,
        segment: Segment,
        as_of: date | None,
        params: Mapping[str, Any] | None,
        crowd: _Crowd,
        stop: Stop,
        left: float | None,
        shown: list[int],
        sample: int,
    ) -> tuple[int | None, list[int]]:
        """The exact number, None where the time that is `left` does not suffice; and whom to show."""
        if left is not None and left <= 0:
            return None, shown
        end = None if left is None else time.monotonic() + left
        count: int | None = None
        try:
            with self._question(segment, as_of, params, crowd, stop, None, left) as question:
                count = _count(question, stop, end)
                if len(shown) < min(sample, count):
                    shown = list(question.ids(limit=sample))
        except StoppedError:
            stop.check()
        return count, shown

    # --- inside -------------------------------------------------------------------------------------------

    def _question(
        self,
        segment: Segment,
        as_of: date | None,
        params: Mapping[str, Any] | None,
        crowd: _Crowd,
        stop: Stop,
        ids: Sequence[int] | None,
        seconds: float | None = None,
    ) -> AbstractContextManager[Question]:
        def cut(connection: sa.Connection, cards: FromClause, share: TopShare) -> Cut:
            key = (share, self._segments.clock(as_of).today)
            if key not in crowd.cuts:
                with stoppable(connection, stop):
                    crowd.cuts[key] = top_cut(connection, cards, share)
            return crowd.cuts[key]

        known = self._segments.known() | {segment.name: segment}
        asked = self._segments.question(segment, known, as_of, params, ids=ids, cut=cut)
        return _ending(asked, stop, seconds)

    def _refreshed(self, stop: Stop) -> _Crowd:
        cards = self._segments.sources(self._segments.clock(None)).cards
        with self._segments.database.read() as connection:
            stamp = newest(connection)
            if self._crowd is None or self._crowd.stamp != stamp:
                with stoppable(connection, stop):
                    everybody = int(connection.scalar(sa.select(sa.func.count()).select_from(cards)) or 0)
                    chosen = _by_chance(connection, cards, everybody, self._chosen)
                    self._crowd = _Crowd(stamp, everybody, chosen)
            return self._crowd


@contextmanager
def _ending(asked: AbstractContextManager[Question], stop: Stop, seconds: float | None) -> Iterator[Question]:
    with asked as question, stoppable(question.connection, stop, seconds):
        yield question


def _by_chance(connection: sa.Connection, cards: FromClause, everybody: int, most: int) -> list[int]:
    """Customers by chance, where there are more than `most`; the same as long as the ids reach as far.

    So numbers do not flicker while somebody writes.
    """
    id_ = cards.c.customer_id
    if everybody <= most:
        return []
    first = int(connection.scalar(sa.select(sa.func.min(id_))) or 0)
    last = int(connection.scalar(sa.select(sa.func.max(id_))) or 0)
    # Ids of customers who are gone or merged are taken in vain: so many more are needed.
    wanted = min(last - first + 1, most * (last - first + 1) // everybody + 1)
    ids = sorted(random.Random(0).sample(range(first, last + 1), wanted))
    found = connection.scalars(sa.select(id_).where(among(connection, id_, ids)).order_by(id_))
    return [int(one) for one in found]


def _count(question: Question, stop: Stop, end: float | None) -> int:
    if not question.needs_python:
        return question.count()
    count = 0
    for _id in question.ids():
        count += 1
        stop.check()
        if end is not None and time.monotonic() > end:
            raise StoppedError("")
    return count


def _projected(found: int, asked: int, everybody: int) -> tuple[int, int]:
    """How many there are among everybody, and by how much that may be off.

    The interval is Wilson's (1927), whose half is above 0 where nobody was found; its upper end for nobody or
    all, its half elsewhere.
    """
    if not asked:
        return 0, everybody
    share, z = found / asked, _SURE
    spread = z * sqrt(share * (1 - share) / asked + z * z / (4 * asked * asked)) / (1 + z * z / asked)
    return round(share * everybody), max(1, round((spread + z * z / (2 * asked)) * everybody))
