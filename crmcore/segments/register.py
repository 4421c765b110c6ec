"""The register: who is in the segments that a shop keeps, since when; who came and who left, when and why.

Catching up costs the customers who were changed and those whose dates crossed an edge of a rule; a segment
that is measured against the whole population (key customers) costs one pass over the cards besides. Rules are
asked outside of writes; what was found is kept only for customers whom nobody touched meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import FromClause

from crmcore.errors import CrmError, NotFoundError
from crmcore.i18n import gettext as _
from crmcore.rules.bound import Cut, card_tests
from crmcore.rules.memory import value_of
from crmcore.rules.tree import TopShare
from crmcore.segments import register_store as store
from crmcore.segments.crossing import EverybodyMayChange, crossed, dated_columns, edges
from crmcore.segments.definitions import Segment
from crmcore.segments.population import Cutter, passed_by, top_cut
from crmcore.segments.question import Question
from crmcore.segments.register_store import Found, Kept
from crmcore.segments.segments import Segments
from crmcore.segments.signature import cuts, signature
from crmcore.store.card_columns import index_name
from crmcore.store.database import batches
from crmcore.store.schema_membership import kept_segments, segment_members

# So many customers are asked about at once, and of so many moves the facts are kept.
AT_ONCE, MOST_FACTS = 10_000, 5_000
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class CaughtUp:
    """What catching up did: customers looked at, moves noted, segments it could not ask and why."""

    asked: int = 0
    moves: int = 0
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Register:
    """The kept segments of one shop. `facts` tells what the figures mean: its signature changes with them."""

    segments: Segments
    facts: Callable[[], str]
    actor: str = "system"

    # --- which are kept -----------------------------------------------------------------------------------

    def kept(self) -> list[Kept]:
        """The segments whose members are kept."""
        with self.segments.database.read() as connection:
            return store.kept_by(connection)

    def get(self, name: str) -> Kept:
        """A kept segment; `NotFoundError` with what to do when it is not kept."""
        self.segments.get(name)
        for one in self.kept():
            if one.name == name:
                return one
        raise NotFoundError(
            _("the members of {name} are not kept: crm segment keep {name} on").format(name=name)
        )

    def keep(self, name: str) -> Kept:
        """Keep who is in the segment from today on; what is kept already stays. Raises what asking raises."""
        with suppress(NotFoundError):
            self.segments.get(name)
            return self.get(name)
        segment, known = self.segments.get(name), self.segments.known()
        today = self.segments.clock(None).today
        with self.segments.question(segment, known) as question:
            made = Kept(name, today, today, self._signature(question), _cuts(question))
            columns = sorted(dated_columns(question.bound) & set(question.sources.cards.c.keys()))
        with self.segments.database.write(
            _("follows the segment {name}").format(name=name), actor=self.actor, kind="segments"
        ) as write:
            for column in columns:
                write.connection.exec_driver_sql(
                    f"CREATE INDEX IF NOT EXISTS {index_name(column)} ON cards ({column})"
                )
            # From here on touches are noted; who is touched before the members are known is looked at again.
            store.renew(write, replace(made, signature=""), None)
        self.catch_up(only=name)
        return self.get(name)

    def drop(self, name: str) -> None:
        """Keep the segment's members no longer; who came and left stays written. Raises `NotFoundError`."""
        if all(one.name != name for one in self.kept()):  # a segment that is gone itself may still be kept
            self.get(name)
        with self.segments.database.write(
            _("follows the segment {name} no longer").format(name=name), actor=self.actor, kind="segments"
        ) as write:
            for table, column in ((segment_members, "segment"), (kept_segments, "name")):
                write.connection.execute(sa.delete(table).where(table.c[column] == name))

    # --- catching up --------------------------------------------------------------------------------------

    def catch_up(self, progress: Progress | None = None, *, only: str | None = None) -> CaughtUp:
        """Bring every kept segment (or `only` one) to this moment, day by day.

        May be stopped at any time, and goes on.
        """
        kept = [one for one in self.kept() if only in (None, one.name)]
        if not kept:
            return CaughtUp()
        with self.segments.database.read() as connection:
            touched = store.waiting(connection)
        catalogue = self.segments.catalogue()
        once = replace(self, segments=replace(self.segments, catalogue=lambda: catalogue))
        known, total, problems = self.segments.known(), CaughtUp(), []
        population = _remembering()
        for place, one in enumerate(kept):
            try:
                done = _Step(once, known, touched, population).run(one)
                total = CaughtUp(total.asked + done.asked, total.moves + done.moves)
            except CrmError as error:  # a rule that cannot be asked any more, or a plugin that is gone
                problems.append(f"{one.name}: {error}")
                self._set_aside(one)
            if progress:
                progress(place + 1, len(kept))
        if touched and only is None:
            with self.segments.database.write("memberships", actor="system", kind="facts") as write:
                store.done_with(write, touched)
        return replace(total, problems=tuple(problems))

    def _set_aside(self, kept: Kept) -> None:
        """Have a segment that cannot be asked worked out for everybody once it can: nobody waits for it."""
        if kept.signature not in ("", "?"):
            with self.segments.database.write("memberships", actor="system", kind="facts") as write:
                store.renew(write, replace(kept, signature="?"), kept)

    def _signature(self, question: Question) -> str:
        return signature(question.bound, self.facts())


@dataclass(frozen=True)
class _Step:
    """One catching up: with the segments as they are, and those who wait to be looked at."""

    register: Register
    known: Mapping[str, Segment]
    touched: Mapping[int, int]
    population: Cutter

    def run(self, kept: Kept) -> CaughtUp:
        """Bring one segment to this moment."""
        segments = self.register.segments
        segment = self.known.get(kept.name)
        if segment is None:
            raise NotFoundError(_("there is no such segment any more"))
        today = segments.clock(None).today
        with self._asked(segment) as question:
            means, now = self.register._signature(question), _cuts(question)
        if means != kept.signature:
            began = not kept.signature
            return self._everybody(segment, kept, replace(kept, day=today, signature=means, cuts=now), began)
        asked = moves = 0
        for day in _days(kept, today):
            after = replace(kept, day=day, cuts=now if day == today else kept.cuts)
            done = self._day(segment, kept, after, today)
            if done is None:  # somebody else is at it
                break
            asked, moves, kept = asked + done.asked, moves + done.moves, after
        return CaughtUp(asked, moves)

    def _asked(
        self, segment: Segment, as_of: date | None = None, ids: Sequence[int] | None = None
    ) -> AbstractContextManager[Question]:
        segments = self.register.segments
        return segments.question(segment, self.known, as_of, ids=ids, cut=self.population)

    def _day(self, segment: Segment, before: Kept, after: Kept, today: date) -> CaughtUp | None:
        try:
            who, cause = self._concerned(segment, before, after), "day"
        except EverybodyMayChange:
            return self._everybody(segment, before, after, False, "day")
        if after.cuts != before.cuts:
            others = self._between(segment, before, after) - who - self.touched.keys()
            moved = self._kept(segment, after, after, sorted(others), "others", {}, set(), today)
            if moved is None:
                return None
        asked = sorted(who | self.touched.keys())
        return self._kept(segment, before, after, asked, cause, self.touched, who, today)

    def _concerned(self, segment: Segment, before: Kept, after: Kept) -> set[int]:
        """Whose dates crossed an edge between the two days."""
        if before.day == after.day:
            return set()
        segments = self.register.segments
        with self._asked(segment) as question:
            clocks = [segments.clock(None).on(day) for day in (before.day, after.day)]
            return crossed(question.connection, edges(question.bound, *clocks), question.sources)

    def _between(self, segment: Segment, before: Kept, after: Kept) -> set[int]:
        """Who lies between what the population said and what it says."""
        with self._asked(segment) as question:
            return passed_by(question.connection, question.sources.cards, before.cuts, after.cuts)

    def _kept(
        self,
        segment: Segment,
        before: Kept,
        after: Kept,
        who: list[int],
        cause: str,
        touched: Mapping[int, int],
        crossed: Collection[int],
        today: date,
    ) -> CaughtUp | None:
        """Ask about these customers at the end of the day (today: now), and keep what was found."""
        if not who and before == after:
            return CaughtUp()
        segments = self.register.segments
        members: set[int] = set()
        as_of = None if after.day == today else after.day
        for some in batches(who, AT_ONCE):
            with self._asked(segment, as_of, some) as question:
                members.update(question.ids())
        facts = self._facts(segment, as_of, who, members)
        found = Found(after.day, cause, who, members, touched, crossed)
        with segments.database.write("memberships", actor="system", kind="facts") as write:
            if before != after and not store.renew(write, after, before):
                return None
            moves = store.keep(write, segment.name, found, facts) if who else []
        return CaughtUp(len(who), len(moves))

    def _facts(
        self, segment: Segment, as_of: date | None, who: list[int], members: set[int]
    ) -> dict[int, Mapping[str, Any]]:
        """What the rule looks at, of those who are about to move."""
        segments = self.register.segments
        with segments.database.read() as connection:
            moving = sorted(store.members_among(connection, segment.name, who) ^ members)[:MOST_FACTS]
        if not moving:
            return {}
        with self._asked(segment, as_of, moving) as question:
            return dict(_shown(question))

    def _everybody(
        self, segment: Segment, before: Kept, after: Kept, began: bool, cause: str = "rule"
    ) -> CaughtUp:
        """Ask about everybody: the segment begins, its rule became another, or the day concerns all."""
        segments = self.register.segments
        today = segments.clock(None).today
        as_of = None if after.day == today else after.day
        with self._asked(segment, as_of) as question:
            members = list(question.ids())
        found = Found(after.day, cause, None, members, self.touched)
        with segments.database.write("memberships", actor="system", kind="facts") as write:
            if not store.renew(write, after, before):
                return CaughtUp()
            if began:
                store.begin(write, segment.name, members, after.day)
                return CaughtUp(len(members))
            moves = store.keep(write, segment.name, found, {})
        return CaughtUp(len(members), len(moves))


def _remembering() -> Cutter:
    """Works out once what several segments, or one several times, must know of everybody."""
    known: dict[TopShare, Cut] = {}

    def cut(connection: sa.Connection, cards: FromClause, share: TopShare) -> Cut:
        if not isinstance(cards, sa.Table):  # a day gone by: it is asked about once
            return top_cut(connection, cards, share)
        if share not in known:
            known[share] = top_cut(connection, cards, share)
        return known[share]

    return cut


def _days(kept: Kept, today: date) -> Iterator[date]:
    """The days to work out: the last one again, for those touched later on it, up to today.

    What is measured against everybody is asked about today alone: how everybody was on each day in between
    would take a pass over the whole shop's history a day.
    """
    if kept.cuts:
        yield max(kept.day, today)
        return
    for number in range((max(kept.day, today) - kept.day).days + 1):
        yield kept.day + timedelta(days=number)


def _cuts(question: Question) -> tuple[tuple[str, int, int], ...]:
    return tuple(sorted({(field.column, cut.value, cut.last_id) for field, cut in cuts(question.bound)}))


def _shown(question: Question) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """What the rule looks at on the cards of those asked about: field -> value on the day of the question."""
    fields = {test.field.name: test.field for test in card_tests(question.bound)}
    for card in question.cards():
        values = {name: value_of(field, card, question.clock) for name, field in fields.items()}
        shown = {name: list(one) if isinstance(one, tuple) else one for name, one in values.items()}
        yield int(card["customer_id"]), {name: one for name, one in shown.items() if one is not None}
