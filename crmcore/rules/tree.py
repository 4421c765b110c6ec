"""What a rule says, as immutable values: the one form every face of a rule is read from.

A tree knows names only. What the names mean, and whether the values fit, is settled by `bind`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Op(StrEnum):
    """The operators, named as in YAML."""

    EQ = "eq"
    NE = "ne"
    LT = "lt"
    LTE = "lte"
    GT = "gt"
    GTE = "gte"
    IN = "in"
    HAS = "has"
    ANY = "any"
    ALL = "all"
    EXISTS = "exists"
    BETWEEN = "between"


@dataclass(frozen=True)
class Param:
    """Stands for a value that is given when the question is asked: `$name` in YAML."""

    name: str


@dataclass(frozen=True)
class TopShare:
    """A parameter worked out over the population: who brings `share` of the sum of `field`.

    `where(field) >= param(…)` with it holds for the fewest customers that together bring at least that share
    (0 < share <= 1) of the positive sum; of equal ones the smaller id counts first.
    """

    field: str
    share: float


@dataclass(frozen=True)
class Compare:
    """A fact compared with a value; false when the fact is absent, whatever the operator."""

    field: str
    op: Op
    value: Any


@dataclass(frozen=True)
class Events:
    """Some event of the stream satisfies the rule; the rule's names are the stream's fields."""

    stream: str
    rule: Node


@dataclass(frozen=True)
class All:
    """Every one of the rules holds; an empty one holds for everybody."""

    rules: tuple[Node, ...]


@dataclass(frozen=True)
class AnyOf:
    """At least one of the rules holds; an empty one holds for nobody."""

    rules: tuple[Node, ...]


@dataclass(frozen=True)
class Not:
    """The rule does not hold; a comparison with an absent fact does not, so its negation does."""

    rule: Node


@dataclass(frozen=True)
class InSegment:
    """The customer belongs to the segment of that name."""

    name: str


@dataclass(frozen=True)
class Python:
    """A regular expression or a function put to one fact; false when the fact is absent."""

    field: str
    test: Callable[[Any], Any]
    label: str


Node = Compare | Events | All | AnyOf | Not | InSegment | Python


@dataclass(frozen=True)
class Regex:
    """A regular expression as a test of text; `anywhere` searches, else the text must begin with it."""

    pattern: str
    flags: int = 0
    anywhere: bool = False

    def __call__(self, text: Any) -> bool:
        """Whether `text` is text that the expression matches."""
        if not isinstance(text, str):
            return False
        compiled = re.compile(self.pattern, self.flags)
        return bool(compiled.search(text) if self.anywhere else compiled.match(text))


def walk(node: Node) -> Iterator[Node]:
    """The rule and all within it that is put to the customer herself: what is put to events is left out."""
    yield node
    match node:
        case All(rules) | AnyOf(rules):
            for rule in rules:
                yield from walk(rule)
        case Not(rule):
            yield from walk(rule)


def python_tests(node: Node) -> Iterator[Python]:
    """The Python tests of the rule in order, those inside events too; not those of segments it names."""
    match node:
        case All(rules) | AnyOf(rules):
            for rule in rules:
                yield from python_tests(rule)
        case Not(rule) | Events(_, rule):
            yield from python_tests(rule)
        case Python():
            yield node


def both(one: Node, other: Node) -> All:
    """One and the other, without nesting what is already a conjunction."""
    left = one.rules if isinstance(one, All) else (one,)
    right = other.rules if isinstance(other, All) else (other,)
    return All(left + right)


def either(one: Node, other: Node) -> AnyOf:
    """One or the other, without nesting what is already a choice."""
    left = one.rules if isinstance(one, AnyOf) else (one,)
    right = other.rules if isinstance(other, AnyOf) else (other,)
    return AnyOf(left + right)
