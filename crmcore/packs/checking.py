"""A pack put to a shop's own data: who would be in each segment, what never holds, what is missing.

The pack is laid over the shop's documents in memory (`overlay`), and the shop's own evaluators are asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from crmcore.errors import CrmError, RuleError
from crmcore.i18n import gettext as _
from crmcore.packs.overlay import Overlay
from crmcore.packs.plan import State
from crmcore.playbook.playbook import OWN
from crmcore.rules.tree import All, AnyOf, Compare, Events, InSegment, Node, Op
from crmcore.rules.yaml import RuleDocument, load_rule
from crmcore.segments.definitions import Segment, from_document
from crmcore.segments.segments import Segments

_PROBE = "pack_check_probe"


@dataclass(frozen=True)
class SegmentFinding:
    """One segment of the pack on this shop: how many people, and what there is to say about it.

    `count` is None where it cannot be asked; `error` says why.
    """

    name: str
    title: str
    count: int | None
    share: float = 0.0
    error: str | None = None
    remarks: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The finding as JSON values."""
        return {
            "segment": self.name,
            "count": self.count,
            "share": round(self.share, 4),
            "error": self.error,
            "remarks": list(self.remarks),
        }


@dataclass
class Prober:
    """Asks the `segments` over the `overlay`; `everybody` is how many customers there are."""

    segments: Segments
    overlay: Overlay
    everybody: int
    _filled: dict[tuple[str | None, str], bool] = field(default_factory=dict)

    def findings(self) -> Iterator[SegmentFinding]:
        """What there is to say of each segment of the pack."""
        for name, body in self.overlay.bodies.get("segments", {}).items():
            document = load_rule(body)
            segment = self._known[name]
            over = segment.source if segment.source != self.overlay.pack else None
            if over is not None:  # what stands in front of it is another's
                segment = from_document(document, self.overlay.pack)
            try:
                count = self._ask(segment)
            except CrmError as error:
                yield SegmentFinding(name, document.title, None, error=str(error), remarks=_covered(over))
                continue
            share = count / self.everybody if self.everybody else 0.0
            remarks = tuple(self._remarks(document)) if count == 0 else ()
            if self.everybody and count == self.everybody:
                remarks = (_("everybody is in it: it tells nobody apart"),)
            yield SegmentFinding(name, document.title, count, share, remarks=(*_covered(over), *remarks))

    def _remarks(self, document: RuleDocument) -> Iterator[str]:
        """Why nobody is in a segment: empty fields, then conditions that nobody fulfils."""
        if not self.everybody:
            yield _("the shop has no customers yet")
            return
        needed = self._needed(document.tree, {document.name})
        empty = [name for stream, name in needed if not self._is_filled(stream, name)]
        for name in dict.fromkeys(empty):
            yield _("{field} is empty for everybody here").format(field=name)
        if empty:
            return
        parts = document.tree.rules if isinstance(document.tree, All) else (document.tree,)
        never = [part for part in parts if self._count(part, document.params) == 0]
        for part in never:
            yield _("nobody fulfils {condition}").format(condition=_said(part))
        if not never:
            yield _("each condition holds for somebody, all together for nobody")

    def _needed(self, rule: Node, seen: set[str]) -> Iterator[tuple[str | None, str]]:
        """The fields that a rule needs a value of, those of segments it must hold of among them."""
        yield from fields_of(rule)
        for name in segments_of(rule):
            if name not in seen and name in self._known:
                seen.add(name)
                yield from self._needed(self._known[name].definition.tree, seen)

    def _is_filled(self, stream: str | None, name: str) -> bool:
        key = (stream, name)
        if key not in self._filled:
            there: Node = Compare(name, Op.EXISTS, True)
            self._filled[key] = self._count(Events(stream, there) if stream else there, {}) != 0
        return self._filled[key]

    def _count(self, rule: Node, params: Mapping[str, Any]) -> int | None:
        """How many people fulfil one condition; None where it cannot be asked alone."""
        try:
            return self._ask(from_document(RuleDocument(_PROBE, rule, params=params)))
        except RuleError:
            return None

    @cached_property
    def _known(self) -> dict[str, Segment]:
        """Every segment over the overlay: read once, or each question would read all of them."""
        return self.segments.known()

    def _ask(self, segment: Segment) -> int:
        with self.segments.question(segment, self._known) as question:
            return question.count()


def _covered(over: str | None) -> tuple[str, ...]:
    """That somebody else's segment of the name is in force; `over` says whose."""
    if over is None:
        return ()
    return ((State.EDITED if over == OWN else State.COVERED).words,)


def fields_of(node: Node, stream: str | None = None) -> Iterator[tuple[str | None, str]]:
    """The fields that a rule needs a value of, each with its stream (None: a fact of the card)."""
    match node:
        case Compare(name, _op, _value):
            yield stream, name
        case Events(name, rule):
            yield from fields_of(rule, name)
        case All(rules):
            for rule in rules:
                yield from fields_of(rule, stream)
        case AnyOf(rules) if len(rules) == 1:
            yield from fields_of(rules[0], stream)
        case _:  # of a choice, or of what must not hold, a part may be empty
            return


def segments_of(node: Node) -> Iterator[str]:
    """The segments to which whoever fulfils a rule must belong."""
    match node:
        case InSegment(name):
            yield name
        case All(rules):
            for rule in rules:
                yield from segments_of(rule)
        case _:
            return


def _said(rule: Node) -> str:
    """One condition as it stands in YAML, short."""
    import yaml

    from crmcore.rules.yaml_tree import dump_tree

    text = yaml.safe_dump(dump_tree(rule), allow_unicode=True, default_flow_style=True, width=1000).strip()
    return text if len(text) <= 120 else f"{text[:117]}…"
