"""The plain meaning of a rule, word for word: what the evaluators must agree with.

It reads the value on the card, works days and ages out with `datetime` on the spot, and compares.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from crmcore.records.clock import Clock, day_of, zone
from crmcore.rules.bound import Bound, Comparison, EventTest, Every, Named, Negation, PythonTest, Some
from crmcore.rules.fields import FieldType
from crmcore.rules.memory import value_of
from crmcore.rules.tree import Op


def means(bound: Bound, card: dict[str, Any], clock: Clock, events: dict[str, list[dict[str, Any]]]) -> bool:
    """Whether the rule holds."""
    match bound:
        case Every(rules):
            return all(means(rule, card, clock, events) for rule in rules)
        case Some(rules):
            return any(means(rule, card, clock, events) for rule in rules)
        case Negation(rule):
            return not means(rule, card, clock, events)
        case Named(_name, rule):
            return means(rule, card, clock, events)
        case EventTest(stream, rule, currency):
            foreign = {f.name for f in stream.fields if f.type is FieldType.MONEY}
            return any(
                means(
                    rule,
                    {
                        k: v
                        for k, v in event.items()
                        if event.get("currency", currency) == currency or k not in foreign
                    },
                    clock,
                    {},
                )
                for event in events[stream.name]
            )
        case PythonTest():
            value = value_of(bound.field, card, clock)
            return value is not None and bool(bound.test(value))
        case Comparison():
            return _compares(bound, card, clock)


def _compares(test: Comparison, card: dict[str, Any], clock: Clock) -> bool:
    value, wanted = value_of(test.field, card, clock), test.value
    if value is None or test.op is Op.EXISTS:
        return value is not None
    match test.field.type:
        case FieldType.INSTANT:
            several = wanted if isinstance(wanted, tuple) else (wanted,)
            results = [_instant(value, one, clock) for one in several]
            if test.op is Op.BETWEEN:
                return results[0] >= 0 and results[1] < 0
            if test.op is Op.IN:
                return 0 in results
            return _ordered(test.op, results[0], 0)
        case FieldType.DATE:
            value = date.fromisoformat(value)
        case FieldType.ANNIVERSARY:
            value = value[-5:]
    match test.op:
        case Op.HAS:
            return wanted in value
        case Op.ANY:
            return any(one in value for one in wanted)
        case Op.ALL:
            return set(wanted) <= set(value)
        case Op.IN:
            return value in wanted
        case Op.BETWEEN:
            return bool(wanted[0] <= value < wanted[1])
        case op:
            return _ordered(op, value, wanted)


def _instant(at: int, wanted: date | datetime, clock: Clock) -> int:
    """Below 0, 0 or above 0: the instant lies before, on or after the day or time."""
    if isinstance(wanted, datetime):
        aware = wanted if wanted.tzinfo else wanted.replace(tzinfo=zone(clock.zone))
        return at - int(aware.timestamp())
    return (day_of(at, clock.zone) - wanted).days


def _ordered(op: Op, value: Any, wanted: Any) -> bool:
    results = {
        Op.EQ: value == wanted,
        Op.NE: value != wanted,
        Op.LT: op is Op.LT and value < wanted,
        Op.LTE: op is Op.LTE and value <= wanted,
        Op.GT: op is Op.GT and value > wanted,
        Op.GTE: op is Op.GTE and value >= wanted,
    }
    return bool(results[op])
