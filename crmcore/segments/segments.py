"""The segments of one shop: listed, counted, paged through, explained, checked, kept."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from crmcore.errors import NotFoundError, RuleError
from crmcore.hooks.facts import SegmentRule
from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.playbook.playbook import Documents, Guard, Playbook
from crmcore.records.clock import Clock
from crmcore.rules.bind import bind
from crmcore.rules.bound import Bound
from crmcore.rules.catalogue import Catalogue
from crmcore.rules.explain import describe, explain
from crmcore.rules.fields import suggestion
from crmcore.rules.sense import check_sense
from crmcore.rules.tree import TopShare
from crmcore.rules.yaml import RuleDocument, dump_rule, to_yaml
from crmcore.segments.bounds import bounds_of, out_of_bounds
from crmcore.segments.definitions import (
    FAMILY,
    Segment,
    from_document,
    known_segments,
    with_values,
)
from crmcore.segments.files import load_file
from crmcore.segments.people import named, nobody
from crmcore.segments.plugin_tests import Ask, PluginTests
from crmcore.segments.population import Cutter, top_cut
from crmcore.segments.question import Question, Sources
from crmcore.segments.results import Member, Members, Membership, SegmentCount
from crmcore.store.database import Database, listed


@dataclass(frozen=True)
class Segments:
    """The segments of one shop; faces and campaigns ask here.

    `clock(as_of)` is now, or the end of a day. `catalogue()` is what rules may compare, `currency` the
    shop's. `sources(clock)` gives the cards and the event streams as they stood. `plugin_rules()` are the
    plugins' segments as (plugin, rule); `ask` puts their Python tests to values, in a worker process. `guard`
    is asked before a segment is kept or forgotten. Every method that asks a rule raises `RuleError` when it
    cannot be used, `PluginFailure` when such a test fails or takes too long.
    """

    database: Database
    currency: str
    clock: Callable[[date | None], Clock]
    catalogue: Callable[[], Catalogue]
    sources: Callable[[Clock], Sources]
    documents: Documents
    plugin_rules: Callable[[], Iterable[tuple[str, SegmentRule]]]
    ask: Ask
    guard: Guard | None = None

    # --- what there is ------------------------------------------------------------------------------------

    def all(self) -> list[Segment]:
        """Every segment; those that cannot be used say why in `error`."""
        known, catalogue = self.known(), self.catalogue()
        once = replace(self, catalogue=lambda: catalogue)  # made anew for each it would cost the most
        return [once._checked(segment, known) for segment in known.values()]

    def get(self, name: str) -> Segment:
        """The segment of that name; `NotFoundError` with the nearest one when there is none."""
        return self._known(self.known(), name)

    def _known(self, known: Mapping[str, Segment], name: str) -> Segment:
        if found := known.get(name):
            return found
        raise NotFoundError(
            _("there is no segment {name}{hint}").format(
                name=repr(name), hint=suggestion(name, list(known), see="crm segment list")
            )
        )

    def wrong(self, segment: Segment, known: Mapping[str, Segment]) -> str | None:
        """Why a segment could not be used if it stood under its name among the `known`; None: it could."""
        return self._checked(segment, {**known, segment.name: segment}).error

    def _checked(self, segment: Segment, known: Mapping[str, Segment]) -> Segment:
        if segment.error is None:
            try:
                self._bind(segment, known, {})
            except RuleError as error:
                return replace(segment, error=str(error))
        return segment

    # --- asking -------------------------------------------------------------------------------------------

    def count(
        self, name: str, as_of: date | None = None, params: Mapping[str, Any] | None = None
    ) -> SegmentCount:
        """How many customers are in the segment now, or were at the end of the day `as_of`.

        `params` are values for the segment's parameters; what is not given has its default.
        """
        with self._asked(name, as_of, params) as question:
            return SegmentCount(name, question.clock.today, question.count())

    def members(
        self,
        name: str,
        as_of: date | None = None,
        *,
        limit: int | None = 50,
        after: int = 0,
        params: Mapping[str, Any] | None = None,
    ) -> Members:
        """A page of the segment's customers in the order of ids, after the id `after`, and their number."""
        with self._asked(name, as_of, params) as question:
            ids, count = question.page(after, limit)
            return Members(name, question.clock.today, count, tuple(named(question.connection, ids)))

    def iterate(
        self, name: str, as_of: date | None = None, params: Mapping[str, Any] | None = None
    ) -> Iterator[Member]:
        """All of the segment's customers in the order of ids, one after the other, as of one moment."""
        with self._asked(name, as_of, params) as question:
            batch: list[int] = []
            for customer_id in question.ids():
                batch.append(customer_id)
                if len(batch) == 1000:
                    yield from named(question.connection, batch)
                    batch = []
            yield from named(question.connection, batch)

    def ids(
        self,
        name: str,
        as_of: date | None = None,
        params: Mapping[str, Any] | None = None,
        *,
        begun: Callable[[Sequence[int]], None] | None = None,
    ) -> array[int]:
        """The ids of all of the segment's customers, in order, in eight bytes each.

        `begun` is given the first of them as soon as they are found, while the others are still looked for.
        """
        with self._asked(name, as_of, params) as question:
            return _together(question, begun)

    def ids_of(self, document: RuleDocument, as_of: date | None = None) -> array[int]:
        """The same for a rule that is kept nowhere, such as a campaign's own."""
        segment = from_document(document)
        known = known_segments(self.documents, self.plugin_rules())
        with self.question(segment, known | {segment.name: segment}, as_of, None) as question:
            return _together(question)

    def explain(
        self,
        name: str,
        customer_id: int,
        as_of: date | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> Membership:
        """Whether the customer is in the segment, condition by condition.

        Raises `NotFoundError` for a customer that does not exist or lives on inside another.
        """
        with self._asked(name, as_of, params) as question:
            card = question.card(customer_id)
            if card is None:
                raise nobody(question.connection, customer_id)
            events = question.events(customer_id)
            why = explain(question.bound, card, question.clock, events, currency=self.currency)
            return Membership(name, question.clock.today, customer_id, why)

    def check(
        self, path: Path, as_of: date | None = None, params: Mapping[str, Any] | None = None
    ) -> SegmentCount:
        """Read a rule from a YAML file and count its customers on this shop, without keeping it."""
        segment = from_document(load_file(path))
        known = self.known() | {segment.name: segment}
        self.check_sense(segment, known, params)
        with self.question(segment, known, as_of, params) as question:
            return SegmentCount(segment.name, question.clock.today, question.count())

    def check_sense(
        self, segment: Segment, known: Mapping[str, Segment], params: Mapping[str, Any] | None = None
    ) -> None:
        """Raise `RuleError` for a rule that cannot be asked, or that nobody can meet."""
        check_sense(self._bind(segment, known, params or {}), self.currency)

    def never(self, rule: RuleDocument | Segment, params: Mapping[str, Any] | None = None) -> list[str]:
        """What a rule asks for that no value is here, a sentence each: a tier without a city, no choice.

        That is no fault: the table, or the choices, may come later.
        """
        segment = rule if isinstance(rule, Segment) else from_document(rule)
        bounds = bounds_of(self._playbook, self.catalogue())
        found = out_of_bounds(segment.definition.tree, with_values(segment, params or {}), bounds)
        return [said for _field, said in found]

    def sentence(self, document: RuleDocument) -> str:
        """A rule as one sentence in the language in force. Raises `RuleError`."""
        with self.question(from_document(document), self.known()) as question:
            return describe(question.bound, question.clock, self.currency)

    # --- keeping ------------------------------------------------------------------------------------------

    def save(self, document: RuleDocument) -> Segment:
        """Keep a segment of the shop's own, in place of the one of that name.

        Raises `RuleError` where it cannot be used, and what the guard raises where others could not be.
        """
        segment = from_document(document)

        def check() -> None:
            self.check_sense(segment, self.known() | {segment.name: segment})

        self._playbook.save(FAMILY, document.name, dump_rule(document), check)
        return segment

    def remove(self, name: str) -> None:
        """Forget a segment of the shop's own; a pack's or plugin's of that name shows again.

        Raises `NotFoundError` when the shop has none of that name, `RuleError` while others refer to it, what
        the guard raises while somebody else needs it.
        """
        own = [entry.name for entry in self._playbook.all(FAMILY) if entry.own]
        if name not in own:
            raise NotFoundError(
                _("the shop has no segment {name} of its own{hint}").format(
                    name=repr(name), hint=suggestion(name, own, see="crm segment list")
                )
            )
        if users := self._users(name):
            raise RuleError(
                _("segment {name} is used by {users}: change these first").format(
                    name=name, users=joined(users)
                )
            )
        self._playbook.remove(FAMILY, name)

    def as_yaml(self, name: str) -> str:
        """The segment as YAML, a plugin's too: what to start from when a shop wants its own."""
        segment = self.get(name)
        document = segment.document or RuleDocument(
            segment.name, segment.definition.tree, segment.zh, segment.en, params=segment.params
        )
        return to_yaml(document)

    def _users(self, name: str) -> list[str]:
        """Usable segments that would break without the shop's own segment of that name."""
        known = self.known()
        without = {key: segment for key, segment in known.items() if key != name}
        entry = self._playbook.get(FAMILY, name)
        brought = {rule.name for _plugin, rule in self.plugin_rules()}
        if name in brought or (entry is not None and entry.under is not None):
            without[name] = known[name]
        others = [segment for key, segment in known.items() if key != name]
        return [
            one.name
            for one in others
            if not self._checked(one, known).error and self._checked(one, without).error
        ]

    @property
    def _playbook(self) -> Playbook:
        return Playbook(self.documents, self.guard)

    # --- inside -------------------------------------------------------------------------------------------

    @contextmanager
    def _asked(self, name: str, as_of: date | None, params: Mapping[str, Any] | None) -> Iterator[Question]:
        known = self.known()
        with self.question(self._known(known, name), known, as_of, params) as question:
            yield question

    @contextmanager
    def question(
        self,
        segment: Segment,
        known: Mapping[str, Segment],
        as_of: date | None = None,
        params: Mapping[str, Any] | None = None,
        *,
        ids: Sequence[int] | None = None,
        cut: Cutter = top_cut,
    ) -> Iterator[Question]:
        """A segment's rule, ready to be asked within one read; `known` are the segments it may refer to.

        `ids`: asked about these customers alone. `cut` works out what a rule must know of everybody.
        """
        clock = self.clock(as_of)
        sources = self.sources(clock)
        with self.database.read() as connection:
            bound = self._bind(
                segment,
                known,
                params or {},
                lambda share: cut(connection, sources.having([share.field]), share),
            )
            tests = PluginTests(self.ask)
            asked = sources
            if ids is not None and sources.of:
                asked = sources.of(listed(self.database.dialect, ids))
            yield Question(connection, tests.instead(bound, segment, known), clock, asked, tests)

    def known(self) -> dict[str, Segment]:
        """Every segment by name, not yet checked."""
        return known_segments(self.documents, self.plugin_rules())

    def _bind(
        self,
        segment: Segment,
        known: Mapping[str, Segment],
        params: Mapping[str, Any],
        population: Callable[[TopShare], Any] | None = None,
    ) -> Bound:
        if segment.error:
            raise RuleError(
                _("segment {name} cannot be used: {error}").format(name=segment.name, error=segment.error)
            )
        definitions = {name: one.definition for name, one in known.items()}
        return bind(
            segment.definition.tree,
            self.catalogue(),
            currency=self.currency,
            params=with_values(segment, params),
            segments=definitions,
            population=population,
        )


def _together(question: Question, begun: Callable[[Sequence[int]], None] | None = None) -> array[int]:
    """The ids of everybody who satisfies it."""
    found = array("q")
    for piece in question.pieces():
        if begun is not None and not found:
            begun(piece)
        found.extend(piece)
    return found
