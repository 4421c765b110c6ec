"""Why a customer is in a segment, or not: each condition, whether it held, and the value that decided."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.records.clock import Clock, zone
from crmcore.records.money import to_major
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
)
from crmcore.rules.fields import Field, FieldType
from crmcore.rules.memory import Card, Events, in_currency, matches, value_of
from crmcore.rules.tree import Op

_SIGNS = {Op.EQ: "=", Op.NE: "≠", Op.LT: "<", Op.LTE: "≤", Op.GT: ">", Op.GTE: "≥"}


@dataclass(frozen=True)
class Explanation:
    """One condition of a rule for one customer.

    `condition` is a sentence in the language in force, `held` whether it is true of her, `value` what the
    card holds as people read it (None: absent, or not one value), `parts` the conditions it is made of.
    """

    condition: str
    held: bool
    value: str | None = None
    parts: tuple[Explanation, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain data for `--json`."""
        shown: dict[str, Any] = {"condition": self.condition, "held": self.held}
        if self.parts:
            shown["parts"] = [part.as_json() for part in self.parts]
        else:
            shown["value"] = self.value
        return shown


def explain(
    bound: Bound, card: Card, clock: Clock, events: Events | None = None, *, currency: str
) -> Explanation:
    """Which condition held for this card on the clock's day; `currency` is the shop's, for amounts."""
    return _Teller(card, clock, events or {}, currency)(bound)


def describe(bound: Bound, clock: Clock, currency: str) -> str:
    """The rule as one sentence in the language in force."""
    return _Teller({}, clock, {}, currency).say(bound)


@dataclass(frozen=True)
class _Teller:
    card: Card
    clock: Clock
    events: Events
    currency: str

    def __call__(self, bound: Bound) -> Explanation:
        held = matches(bound, self.card, self.clock, self.events)
        match bound:
            case Comparison() | PythonTest() | OnDay():
                value = value_of(bound.field, self.card, self.clock)
                shown = None if value is None else self.shown(bound.field, value)
                return Explanation(self.say(bound), held, shown)
            case EventTest():
                return Explanation(self.say(bound), held, self._count(bound))
            case Every(rules):
                return Explanation(_("all of these"), held, parts=self._parts(rules))
            case Some(rules):
                return Explanation(_("at least one of these"), held, parts=self._parts(rules))
            case Negation(Some(rules)):
                return Explanation(_("none of these"), held, parts=self._parts(rules))
            case Negation(rule):
                return Explanation(_("not"), held, parts=self._parts((rule,)))
            case Named(_name, rule):
                return Explanation(self.say(bound), held, parts=self._parts((rule,)))

    def _parts(self, rules: Iterable[Bound]) -> tuple[Explanation, ...]:
        return tuple(self(rule) for rule in rules)

    def _count(self, bound: EventTest) -> str:
        events = self.events.get(bound.stream.name, ())
        fields = bound.stream.fields.stored
        fit = [
            event
            for event in events
            if matches(bound.rule, in_currency(event, fields, bound.currency), self.clock)
        ]
        return _("{count} of {all}").format(count=len(fit), all=len(events))

    def say(self, bound: Bound) -> str:
        """The condition as a sentence."""
        match bound:
            case Comparison() | OnDay():
                return self._comparison(bound)
            case PythonTest(field, _test, label):
                return f"{field.title} ~ {label}"
            case EventTest(stream, Every(())):
                return _("some of {stream}").format(stream=stream.title)
            case EventTest(stream, rule):
                return _("some of {stream}: {rule}").format(stream=stream.title, rule=self.say(rule))
            case Named(name):
                return _("in segment {name}").format(name=name)
            case Negation(rule):
                return _("not ({rule})").format(rule=self.say(rule))
            case Every(rules):
                return self._joined(rules, _(" and "), _("always"))
            case Some(rules):
                return self._joined(rules, _(" or "), _("never"))

    def _joined(self, rules: tuple[Bound, ...], word: str, empty: str) -> str:
        if not rules:
            return empty
        said = [
            f"({self.say(r)})" if isinstance(r, Every | Some) and len(rules) > 1 else self.say(r)
            for r in rules
        ]
        return word.join(said)

    def _comparison(self, bound: Comparison | OnDay) -> str:
        title, value = bound.field.title, bound.value
        if isinstance(value, Cut):
            return _("{field} among the top ones (≥ {value})").format(
                field=title, value=self.shown(bound.field, value.value)
            )
        if isinstance(value, tuple):
            listed = joined(self.shown(bound.field, one) for one in value)
        match bound.op:
            case Op.EXISTS:
                return _("{field} is known").format(field=title)
            case Op.BETWEEN:
                low, high = (self.shown(bound.field, one) for one in value)
                return f"{low} ≤ {title} < {high}"
            case Op.IN:
                return _("{field} is one of {values}").format(field=title, values=listed)
            case Op.ANY:
                return _("{field} has one of {values}").format(field=title, values=listed)
            case Op.ALL:
                return _("{field} has all of {values}").format(field=title, values=listed)
            case Op.HAS:
                return _("{field} has {value}").format(field=title, value=value)
            case op:
                return f"{title} {_SIGNS[op]} {self.shown(bound.field, value)}"

    def shown(self, field: Field, value: Any) -> str:
        """A value as people read it: money in major units, instants in the shop's zone."""
        if field.type is FieldType.MONEY:
            return f"{to_major(value, self.currency)}"
        if (
            field.stored.type is FieldType.INSTANT
            and isinstance(value, int)
            and field.type is not FieldType.DAYS
        ):
            return f"{datetime.fromtimestamp(value, zone(self.clock.zone)):%Y-%m-%d %H:%M}"
        if isinstance(value, datetime):
            return f"{value:%Y-%m-%d %H:%M}"
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, list | tuple):
            return joined(str(one) for one in value)
        return str(value)
