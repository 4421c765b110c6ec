"""Settling a rule: names become fields, parameters and segments are put in, values fit or are refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from crmcore.errors import RuleError
from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.rules.bound import (
    Bound,
    Comparison,
    Cut,
    EventTest,
    Every,
    Named,
    Negation,
    OnDay,
    PythonTest,
    Some,
    leaves,
)
from crmcore.rules.catalogue import Catalogue, Stream
from crmcore.rules.fields import Field, Fields, FieldType, suggestion
from crmcore.rules.tree import (
    All,
    AnyOf,
    Compare,
    Events,
    InSegment,
    Node,
    Not,
    Op,
    Param,
    Python,
    Regex,
    TopShare,
)
from crmcore.rules.values import OPERATORS, SEVERAL, value_for

# Databases refuse statements beyond some depth and number of values; no person writes such rules.
DEEPEST, MOST_TESTS, MOST_VALUES = 40, 300, 10_000
# Segments that refer to others twice each double with every step: one stops long before the end of it.
MOST_PARTS = 5_000


@dataclass(frozen=True)
class Definition:
    """A segment's rule with the defaults of its parameters: what a reference to it means."""

    tree: Node
    params: Mapping[str, Any] = field(default_factory=dict)


def bind(
    tree: Node,
    catalogue: Catalogue,
    *,
    currency: str,
    params: Mapping[str, Any] | None = None,
    segments: Mapping[str, Definition] | None = None,
    population: Callable[[TopShare], Cut] | None = None,
) -> Bound:
    """The rule with every name and value settled, so that evaluating it cannot fail.

    `currency` is the shop's: amounts are written in its major units. `params` are the values of the rule's
    own parameters; `segments` what references mean. `population` works a `TopShare` out; without it the rule
    can be checked, but not asked. Raises `RuleError`.
    """
    return _sized(
        _Binder(catalogue, currency, segments or {}, population)(tree, _Place(catalogue, params or {}))
    )


def bind_events(tree: Node, stream: str, catalogue: Catalogue, *, currency: str) -> Bound:
    """A rule over the fields of one event stream, settled; a fold's `where` is one. Raises `RuleError`."""
    found = catalogue.stream(stream)
    return _sized(_Binder(catalogue, currency, {}, None)(tree, _Place(found.fields, {}, stream=found)))


def _sized(bound: Bound) -> Bound:
    tests = list(leaves(bound))
    values = sum(
        len(test.value) for test in tests if isinstance(test, Comparison) and isinstance(test.value, tuple)
    )
    if len(tests) > MOST_TESTS or values > MOST_VALUES:
        raise RuleError(
            _("the rule is too big: at most {tests} conditions and {values} values").format(
                tests=MOST_TESTS, values=MOST_VALUES
            )
        )
    return bound


@dataclass(frozen=True)
class _Place:
    """Where in the rule we are: whose names count, which parameters, inside which segments and how deep."""

    fields: Fields
    params: Mapping[str, Any]
    trail: tuple[str, ...] = ()
    stream: Stream | None = None
    depth: int = 0


@dataclass(frozen=True)
class _Binder:
    catalogue: Catalogue
    currency: str
    segments: Mapping[str, Definition]
    population: Callable[[TopShare], Cut] | None
    parts: Iterator[int] = field(default_factory=count)

    def __call__(self, node: Node, place: _Place) -> Bound:
        if next(self.parts) > MOST_PARTS:
            text = _("the rule is too big: with the segments it refers to it has more than {most} conditions")
            raise RuleError(text.format(most=MOST_PARTS))
        if place.depth > DEEPEST:
            raise RuleError(_("the rule is nested too deeply: at most {depth} levels").format(depth=DEEPEST))
        place = replace(place, depth=place.depth + 1)
        match node:
            case All(rules):
                return Every(tuple(self(rule, place) for rule in rules))
            case AnyOf(rules):
                return Some(tuple(self(rule, place) for rule in rules))
            case Not(rule):
                return Negation(self(rule, place))
            case Compare():
                return self._comparison(node, place)
            case Events():
                return self._events(node, place)
            case InSegment():
                return self._segment(node, place)
            case Python():
                return self._python(node, place)

    def _events(self, node: Events, place: _Place) -> Bound:
        if place.stream:
            raise RuleError(
                _("events cannot be asked for inside {stream}: put the condition beside it").format(
                    stream=place.stream.name
                )
            )
        stream = self.catalogue.stream(node.stream)
        rule = self(node.rule, replace(place, fields=stream.fields, stream=stream))
        return EventTest(stream, rule, self.currency)

    def _segment(self, node: InSegment, place: _Place) -> Bound:
        if place.stream:
            raise RuleError(
                _("a segment cannot be asked for inside {stream}: put the condition beside it").format(
                    stream=place.stream.name
                )
            )
        if node.name in place.trail:
            way = " → ".join((*place.trail, node.name))
            raise RuleError(_("segments refer to one another in a circle: {way}").format(way=way))
        if not (meant := self.segments.get(node.name)):
            raise RuleError(
                _("there is no segment {name}{hint}").format(
                    name=repr(node.name), hint=suggestion(node.name, self.segments)
                )
            )
        inside = replace(place, fields=self.catalogue, params=meant.params, trail=(*place.trail, node.name))
        return Named(node.name, self(meant.tree, inside))

    def _python(self, node: Python, place: _Place) -> Bound:
        found = place.fields.get(node.field)
        if found.of_the_day or found.type is FieldType.OCCASION:
            raise RuleError(_("{field} belongs to the calendar: use operators").format(field=found.name))
        if isinstance(node.test, Regex) and found.type is not FieldType.TEXT:
            raise RuleError(
                _("{field} is no text: a regular expression does not fit it").format(field=found.name)
            )
        return PythonTest(found, node.test, node.label, self.currency)

    def _comparison(self, node: Compare, place: _Place) -> Bound:
        # `orders` is a number of the card too, and always there: the card's facts come first.
        if node.op is Op.EXISTS and place.stream is None and node.field not in place.fields:
            some = EventTest(self.catalogue.stream(node.field), Every(()), self.currency)
            return some if self._wanted(node, place) else Negation(some)
        if place.stream is None and node.field not in place.fields:
            self._refuse_events(node.field)
        found = place.fields.get(node.field)
        if node.op not in OPERATORS[found.type]:
            raise RuleError(_refused(found, node.op))
        made = OnDay if found.of_the_day else Comparison
        if node.op is Op.EXISTS:
            there = made(found, Op.EXISTS, True)
            return there if self._wanted(node, place) else Negation(there)
        return made(found, node.op, self._value(found, node, place))

    def _refuse_events(self, name: str) -> None:
        """Say how events are asked about where somebody compares their name with a value."""
        if not (stream := self.catalogue.streams.get(name)):
            return
        text = next(one.name for one in stream.fields if one.type is FieldType.TEXT)
        raise RuleError(
            _(
                "{stream} are events: say what is true of one, {stream}: {{any: {{{field}: {{eq: …}}}}}}"
            ).format(stream=name, field=text)
        )

    def _value(self, found: Field, node: Compare, place: _Place) -> Any:
        given = self._given(node.value, place)
        if isinstance(given, TopShare):
            return self._cut(found, node.op, given)
        if node.op not in SEVERAL:
            return value_for(found, given, self.currency)
        if not isinstance(given, list | tuple):
            raise RuleError(
                _("{op} of {field} takes a list of values, not {value}").format(
                    op=node.op, field=found.name, value=repr(given)
                )
            )
        values = tuple(value_for(found, self._given(value, place), self.currency) for value in given)
        if node.op is Op.BETWEEN and len(values) != 2:
            raise RuleError(
                _("between of {field} takes two values, [from, below], not {count}").format(
                    field=found.name, count=len(values)
                )
            )
        return values

    def _wanted(self, node: Compare, place: _Place) -> bool:
        if isinstance(wanted := self._given(node.value, place), bool):
            return wanted
        raise RuleError(_("exists of {field} takes true or false").format(field=node.field))

    def _given(self, value: Any, place: _Place) -> Any:
        if not isinstance(value, Param):
            return value
        if value.name not in place.params:
            raise RuleError(
                _("the rule has no parameter {name}{hint}").format(
                    name=repr(value.name), hint=suggestion(value.name, place.params)
                )
            )
        return place.params[value.name]

    def _cut(self, found: Field, op: Op, share: TopShare) -> Cut:
        if found.name != share.field or op is not Op.GTE or found not in self.catalogue.stored.values():
            raise RuleError(
                _(
                    "the top share of {field} goes with {field} and gte only, not with {other} and {op}"
                ).format(field=share.field, other=found.name, op=op)
            )
        if found.type not in (FieldType.INT, FieldType.MONEY) or not 0 < share.share <= 1:
            raise RuleError(
                _(
                    "a top share takes a number or an amount and a share above 0 up to 1; {field}, {share}"
                ).format(field=share.field, share=share.share)
            )
        return self.population(share) if self.population else Cut(1, 0)


def _refused(found: Field, op: Op) -> str:
    fitting = joined(sorted(OPERATORS[found.type]))
    return _("{op} does not fit {field} ({type}): use one of {fitting}").format(
        op=op, field=found.name, type=found.type, fitting=fitting
    )
