"""Rules that can be asked and make no sense: bounds that no value can meet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any

from crmcore.errors import RuleError
from crmcore.i18n import gettext as _
from crmcore.records.clock import Clock
from crmcore.rules.bound import Bound, Comparison, Cut, EventTest, Every, Named, Negation, OnDay, Some
from crmcore.rules.fields import FieldType
from crmcore.rules.tree import Op

_ORDERED = (
    FieldType.INT,
    FieldType.NUMBER,
    FieldType.MONEY,
    FieldType.DAYS,
    FieldType.AGE,
    FieldType.DATE,
    FieldType.INSTANT,
)


def check_sense(bound: Bound, currency: str) -> None:
    """Raise `RuleError` for conditions that stand together and that no value can meet.

    `orders: {gte: 5, lt: 3}`, `between: [180, 90]`, an empty list. Only what a person wrote beside
    one another is looked at: what follows from several groups and segments may be meant. `currency`
    is the shop's.
    """
    match bound:
        case Every(rules):
            _check_together([one for one in rules if isinstance(one, Comparison | OnDay)], currency)
            for rule in rules:
                check_sense(rule, currency)
        case Some(rules):
            for rule in rules:
                check_sense(rule, currency)
        case Negation(rule) | Named(_, rule) | EventTest(_, rule, _):
            check_sense(rule, currency)
        case Comparison() | OnDay():
            _check_together([bound], currency)
        case _:
            return


@dataclass(frozen=True)
class _Edge:
    """A bound that a test sets: its value, and whether that itself is left out."""

    test: Comparison | OnDay
    value: Any
    open: bool


def _check_together(tests: Iterable[Comparison | OnDay], currency: str) -> None:
    lows: dict[str, list[_Edge]] = {}
    highs: dict[str, list[_Edge]] = {}
    for test in tests:
        if test.op in (Op.IN, Op.ANY, Op.ALL) and not test.value:
            raise RuleError(
                _("{field}: the list under {op} is empty, nobody can meet it").format(
                    field=test.field.name, op=test.op
                )
            )
        if test.field.type in _ORDERED and not isinstance(test.value, Cut):
            below, above = _edges(test)
            lows.setdefault(test.field.name, []).extend(below)
            highs.setdefault(test.field.name, []).extend(above)
    for name, some in lows.items():
        for low, high in product(some, highs.get(name, ())):
            if _empty(low, high):
                raise RuleError(_told(low.test, high.test, currency))


def _told(one: Comparison | OnDay, other: Comparison | OnDay, currency: str) -> str:
    from crmcore.rules.explain import describe

    clock = Clock("UTC", 0)
    said = list(dict.fromkeys(describe(test, clock, currency) for test in (one, other)))
    return _("no value can meet this: {conditions}; swap the bounds, or mend one").format(
        conditions=_(" and ").join(said)
    )


def _edges(test: Comparison | OnDay) -> tuple[list[_Edge], list[_Edge]]:
    """The lower and the upper bounds that the test sets."""
    value = test.value
    match test.op:
        case Op.GT | Op.GTE:
            return [_Edge(test, value, test.op is Op.GT)], []
        case Op.LT | Op.LTE:
            return [], [_Edge(test, value, test.op is Op.LT)]
        case Op.BETWEEN:
            return [_Edge(test, value[0], False)], [_Edge(test, value[1], True)]
        case Op.EQ:
            return [_Edge(test, value, False)], [_Edge(test, value, False)]
        case _:
            return [], []


def _empty(low: _Edge, high: _Edge) -> bool:
    one, other = low.value, high.value
    if isinstance(one, datetime) != isinstance(other, datetime):
        return False  # a day and a moment of it
    if isinstance(one, datetime) and (one.tzinfo is None) != (other.tzinfo is None):
        return False
    return bool(one > other or (one == other and (low.open or high.open)))
