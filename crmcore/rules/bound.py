"""A rule whose names and values are settled: what the evaluators in memory and in SQL work on.

Every value fits its field, so that evaluation never raises. Nothing here depends on the day of the question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from crmcore.rules.catalogue import Stream
from crmcore.rules.fields import Field
from crmcore.rules.tree import Op


@dataclass(frozen=True)
class Cut:
    """A place in the order of a population: values above `value`, and `value` itself up to id `last_id`."""

    value: int
    last_id: int


@dataclass(frozen=True)
class Comparison:
    """A field compared with a value of its own kind.

    Values: int (numbers, days, age, money in minor units), float, str (text, list items, MM-DD), bool, date,
    datetime (naive ones are of the shop's zone), a tuple of these for `in`, `any`, `all`, `between`; a `Cut`.
    """

    field: Field
    op: Op
    value: Any


@dataclass(frozen=True)
class EventTest:
    """Some event of the stream satisfies the rule; amounts in other currencies than the shop's are absent."""

    stream: Stream
    rule: Bound
    currency: str


@dataclass(frozen=True)
class Every:
    """All of the rules hold."""

    rules: tuple[Bound, ...]


@dataclass(frozen=True)
class Some:
    """At least one of the rules holds."""

    rules: tuple[Bound, ...]


@dataclass(frozen=True)
class Negation:
    """The rule does not hold."""

    rule: Bound


@dataclass(frozen=True)
class Named:
    """The rule of another segment, by its name."""

    name: str
    rule: Bound


@dataclass(frozen=True)
class PythonTest:
    """A function or regular expression put to one field; money reaches it in major units of `currency`."""

    field: Field
    test: Callable[[Any], Any]
    label: str
    currency: str


@dataclass(frozen=True)
class OnDay:
    """The calendar compared with a value on the day of the question, whoever the customer is."""

    field: Field
    op: Op
    value: Any


Bound = Comparison | EventTest | Every | Some | Negation | Named | PythonTest | OnDay


def leaves(bound: Bound) -> Iterator[Comparison | EventTest | PythonTest | OnDay]:
    """Every test of the rule in order, those inside events after their event."""
    match bound:
        case Every(rules) | Some(rules):
            for rule in rules:
                yield from leaves(rule)
        case Negation(rule) | Named(_, rule):
            yield from leaves(rule)
        case EventTest():
            yield bound
            yield from leaves(bound.rule)
        case _:
            yield bound


def card_tests(bound: Bound) -> Iterator[Comparison | PythonTest]:
    """The tests of the card itself, without those of events."""
    match bound:
        case Every(rules) | Some(rules):
            for rule in rules:
                yield from card_tests(rule)
        case Negation(rule) | Named(_, rule):
            yield from card_tests(rule)
        case EventTest() | OnDay():
            return
        case _:
            yield bound


def needs_python(bound: Bound) -> bool:
    """Whether a Python test stands anywhere in the rule."""
    return any(isinstance(leaf, PythonTest) for leaf in leaves(bound))
