"""A rule put to one card in memory.

A card is a mapping: fact -> value as it is kept (instants UTC seconds, money minor units, days ISO text,
lists tuples); an absent fact is missing or None. `customer_id` is among them. Events are given apart, stream
-> list of mappings, for `orders` is a number on the card and a list as a stream.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from crmcore.errors import CrmError, RuleError
from crmcore.i18n import gettext as _
from crmcore.records.anniversary import age_on, days_to
from crmcore.records.clock import Clock, day_of, zone
from crmcore.records.money import to_major
from crmcore.rules.bound import Bound, Comparison, EventTest, Every, Named, Negation, OnDay, PythonTest, Some
from crmcore.rules.fields import Field, FieldType
from crmcore.rules.lower import (
    Above,
    Holds,
    InRanges,
    Is,
    Lowered,
    OnDays,
    Present,
    Range,
    applies,
    lower,
)
from crmcore.rules.tree import Op

Card = Mapping[str, Any]
Events = Mapping[str, Sequence[Mapping[str, Any]]]


def matches(bound: Bound, card: Card, clock: Clock, events: Events | None = None) -> bool:
    """Whether the rule holds for the card on the clock's day.

    Only the test function of a rule written in Python can fail: then a `RuleError` names it, a
    `PluginFailure` where it runs in a worker process.
    """
    match bound:
        case Comparison():
            return compares(lower(bound, clock), card)
        case EventTest(stream, rule, currency):
            return any(
                matches(rule, in_currency(event, bound.stream.fields.stored, currency), clock)
                for event in (events or {}).get(stream.name, ())
            )
        case Every(rules):
            return all(matches(rule, card, clock, events) for rule in rules)
        case Some(rules):
            return any(matches(rule, card, clock, events) for rule in rules)
        case Negation(rule):
            return not matches(rule, card, clock, events)
        case Named(_name, rule):
            return matches(rule, card, clock, events)
        case PythonTest():
            return _asks(bound, card, clock)
        case OnDay():
            return on_day(bound, clock)


def on_day(test: OnDay, clock: Clock) -> bool:
    """Whether the calendar says so on the clock's day; what it does not know is absent."""
    value = day_value(test.field, clock)
    if value is None:
        return False
    match test.op:
        case Op.EXISTS:
            return True
        case Op.HAS:
            return test.value in value
        case Op.ANY | Op.ALL:
            return (any if test.op is Op.ANY else all)(item in value for item in test.value)
        case _:
            return applies(test.op, value, test.value)


def day_value(field: Field, clock: Clock) -> Any:
    """What a field of the calendar holds on the clock's day, None when nothing is known."""
    if field.occasions is None:
        return None
    if field.type is FieldType.LIST:
        return field.occasions.today(clock.today)
    occasion = field.occasions.by_name[field.column]
    return occasion.days_since(clock.today) if field.since else occasion.days_until(clock.today)


def in_currency(event: Card, fields: Mapping[str, Field], currency: str) -> Card:
    """The event without its amounts when they are in another currency than the shop's."""
    if event.get("currency") in (None, currency):
        return event
    return {
        name: value
        for name, value in event.items()
        if name not in fields or fields[name].type is not FieldType.MONEY
    }


def compares(test: Lowered, card: Card) -> bool:
    """Whether the kept value on the card is what the comparison asks for; an absent one never is."""
    value = card.get(test.column)
    if value is None:
        return False
    match test:
        case Present():
            return True
        case Is():
            return bool(value) is test.value
        case Holds():
            return (all if test.every else any)(item in value for item in test.items)
        case OnDays():
            return str(value)[-5:] in test.days
        case Above(cut=cut):
            return bool(
                value > cut.value or (value == cut.value and card.get("customer_id", 0) <= cut.last_id)
            )
        case InRanges():
            return value in test.points or any(_inside(value, one) for one in test.ranges)


def _inside(value: Any, one: Range) -> bool:
    if one.low is not None and not (value > one.low if one.low_open else value >= one.low):
        return False
    return one.high is None or bool(value < one.high if one.high_open else value <= one.high)


def value_of(field: Field, card: Card, clock: Clock) -> Any:
    """The field's value on the clock's day, derived ones worked out; None when absent.

    Money stays in minor units, instants in UTC seconds.
    """
    if field.occasions is not None and field.type is not FieldType.OCCASION:
        return day_value(field, clock)
    kept = card.get(field.column)
    if kept is None:
        return None
    if field.groups is not None:
        return field.groups.of.get(kept)
    if field.type is FieldType.AGE:
        return age_on(kept, clock.today)
    if field.type is not FieldType.DAYS:
        return kept
    if field.stored.type is FieldType.ANNIVERSARY:
        return days_to(kept[-5:], clock.today, since=field.since)
    day = date.fromisoformat(kept) if field.stored.type is FieldType.DATE else day_of(kept, clock.zone)
    days = (clock.today - day).days
    return days if field.since else -days


def _asks(test: PythonTest, card: Card, clock: Clock) -> bool:
    value = value_of(test.field, card, clock)
    if value is None:
        return False
    read = _FOR_PYTHON.get(test.field.type)
    shown = read(value, test.currency, clock) if read else value
    try:
        return bool(test.test(shown))
    except CrmError:  # a worker process was asked, and says what went wrong there
        raise
    except Exception as error:
        raise RuleError(
            _("the test {label} of {field} failed: {reason}; it must take any value of the field").format(
                label=repr(test.label), field=test.field.name, reason=f"{type(error).__name__}: {error}"
            )
        ) from error


_FOR_PYTHON: dict[FieldType, Callable[[Any, str, Clock], Any]] = {
    FieldType.MONEY: lambda value, currency, _clock: to_major(value, currency),
    FieldType.INSTANT: lambda value, _currency, clock: datetime.fromtimestamp(value, UTC).astimezone(
        zone(clock.zone)
    ),
    FieldType.DATE: lambda value, _currency, _clock: date.fromisoformat(value),
}
