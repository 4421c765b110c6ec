"""How rules are written in Python: TinyDB queries that carry their own tree.

`where("orders") >= 3` is a TinyDB query, good for any TinyDB table, and at the same time a rule that the shop
pushes down into its database. TinyDB's own hash of a query is lossy and is never read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from tinydb.queries import Query, QueryInstance

from crmcore.errors import RuleError
from crmcore.i18n import gettext as _
from crmcore.rules import plain
from crmcore.rules.tree import (
    All,
    Compare,
    Events,
    InSegment,
    Node,
    Not,
    Op,
    Param,
    Python,
    Regex,
    both,
    either,
)


class Rule(QueryInstance):
    """A condition on a customer's card; `tree` is what it says.

    Rules combine with `&`, `|` and `~`.
    """

    def __init__(self, tree: Node) -> None:
        super().__init__(self._holds, None)
        self.tree = tree

    def _holds(self, document: Mapping[str, Any]) -> bool:
        return plain.holds(self.tree, document)

    def is_cacheable(self) -> bool:
        """Never: days pass, and TinyDB's cache would keep yesterday's answer."""
        return False

    def __and__(self, other: QueryInstance) -> Rule:
        """Both hold."""
        return Rule(both(self.tree, _tree(other)))

    def __or__(self, other: QueryInstance) -> Rule:
        """At least one holds."""
        return Rule(either(self.tree, _tree(other)))

    def __invert__(self) -> Rule:
        """It does not hold; with an absent fact a comparison does not, so this does."""
        return Rule(self.tree.rule if isinstance(self.tree, Not) else Not(self.tree))

    def __bool__(self) -> bool:
        """Refused: `a and b`, `a or b`, `3 <= x < 5` would silently drop half of the rule."""
        raise RuleError(
            _("combine rules with & | ~ in brackets, not with and, or, not, or a chain a < x < b")
        )

    def __eq__(self, other: object) -> bool:
        """Whether the other says the same in the same words."""
        return isinstance(other, Rule) and self.tree == other.tree

    def __hash__(self) -> int:
        try:
            return hash(self.tree)
        except TypeError:  # compared with a dict, which a plain TinyDB table may hold
            return 0

    def __repr__(self) -> str:
        return f"Rule({self.tree!r})"


def _tree(other: object) -> Node:
    if not isinstance(other, Rule):
        raise RuleError(
            _(
                "{other} is not a rule made with crmcore.where: it lacks a comparison, or is plain TinyDB"
            ).format(other=repr(other))
        )
    return other.tree


class Where(Query):
    """A fact of the card, or a field of an event, that waits to be compared."""

    def __getattr__(self, item: str) -> Any:
        """Go one key deeper, in plain documents."""
        if item.startswith("__"):  # else copy and pickle take us for something we are not
            raise AttributeError(item)
        return super().__getattr__(item)

    def __repr__(self) -> str:
        return f"where({self._name!r})"

    __hash__ = Query.__hash__

    @property
    def _name(self) -> str:
        return ".".join(part for part in self._path if isinstance(part, str))

    def _compare(self, op: Op, value: object) -> Rule:
        if not self._path:
            raise RuleError(_('a rule begins with the name of a fact: where("orders")'))
        return Rule(Compare(self._name, op, _frozen(value)))

    def __eq__(self, rhs: object) -> Rule:  # type: ignore[override]
        """Equal."""
        return self._compare(Op.EQ, rhs)

    def __ne__(self, rhs: object) -> Rule:  # type: ignore[override]
        """There, and not equal."""
        return self._compare(Op.NE, rhs)

    def __lt__(self, rhs: object) -> Rule:
        """Less."""
        return self._compare(Op.LT, rhs)

    def __le__(self, rhs: object) -> Rule:
        """Less or equal."""
        return self._compare(Op.LTE, rhs)

    def __gt__(self, rhs: object) -> Rule:
        """Greater."""
        return self._compare(Op.GT, rhs)

    def __ge__(self, rhs: object) -> Rule:
        """Greater or equal."""
        return self._compare(Op.GTE, rhs)

    def between(self, low: object, high: object) -> Rule:
        """From `low` on, and below `high`: low <= x < high."""
        return self._compare(Op.BETWEEN, (low, high))

    def one_of(self, items: Iterable[object]) -> Rule:
        """One of these values."""
        return self._compare(Op.IN, items if isinstance(items, Param) else tuple(items))

    def has(self, item: object) -> Rule:
        """The list holds the item."""
        return self._compare(Op.HAS, item)

    def any(self, cond: QueryInstance | Iterable[object]) -> Rule:
        """A list that holds at least one of these items; or: some event of this stream satisfies the rule."""
        if isinstance(cond, QueryInstance):
            return Rule(Events(self._name, _tree(cond)))
        return self._compare(Op.ANY, cond if isinstance(cond, Param) else tuple(cond))

    def all(self, cond: QueryInstance | Iterable[object]) -> Rule:
        """The list holds every one of these items."""
        if isinstance(cond, QueryInstance):
            raise RuleError(
                _(
                    "say it the other way round: ~where({name}).any(~rule), no event that breaks the rule"
                ).format(name=repr(self._name))
            )
        return self._compare(Op.ALL, cond if isinstance(cond, Param) else tuple(cond))

    def exists(self) -> Rule:
        """The fact is there, not absent."""
        return self._compare(Op.EXISTS, True)

    def matches(self, regex: str, flags: int = 0) -> Rule:
        """The text begins with what the regular expression describes (`re.match`). Not for packs."""
        return self._regex(Regex(regex, flags))

    def search(self, regex: str, flags: int = 0) -> Rule:
        """The text holds what the regular expression describes (`re.search`). Not for packs."""
        return self._regex(Regex(regex, flags, anywhere=True))

    def test(self, func: Callable[..., object], *args: object) -> Rule:
        """The function says yes to the fact: money in major units, days and instants as date and datetime.

        Not for packs.
        """
        label = getattr(func, "__name__", "test")
        call = (lambda value: func(value, *args)) if args else func
        return Rule(Python(self._name, call, label))

    def _regex(self, regex: Regex) -> Rule:
        try:
            re.compile(regex.pattern, regex.flags)
        except re.error as error:
            raise RuleError(
                _("{pattern} is not a regular expression: {reason}").format(
                    pattern=repr(regex.pattern), reason=error
                )
            ) from None
        return Rule(Python(self._name, regex, f"/{regex.pattern}/"))

    def noop(self) -> Rule:
        """Everybody."""
        return Rule(All(()))

    def fragment(self, document: Mapping[str, object]) -> Rule:
        """Every one of these facts has just this value."""
        return Rule(All(tuple(Compare(name, Op.EQ, _frozen(value)) for name, value in document.items())))

    def map(self, fn: Callable[[Any], Any]) -> Where:  # noqa: ARG002 - TinyDB's signature
        """Refused: a rule says what it does; use `test`."""
        raise RuleError(_('a rule cannot be read through a function: use where("name").test(function)'))


def _frozen(value: object) -> object:
    if isinstance(value, list | set | frozenset):
        return tuple(value)
    return value


def where(name: str) -> Where:
    """A fact of a customer's card, to be compared, as in `where("orders") >= 3`."""
    return cast(Where, Where()[name])


def segment(name: str) -> Rule:
    """The customer belongs to the segment of that name."""
    return Rule(InSegment(name))


def param(name: str) -> Param:
    """A value that is given when the question is asked: it is compared like any other value."""
    return Param(name)
