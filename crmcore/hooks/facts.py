"""What a plugin of the family `segment_rules` declares: facts about a customer, and segments.

A `Fold` is counted or added up by the database and is always right. A `Fact` is a Python function of one
customer's `History`, worked out in a worker process. A `SegmentRule` is a named rule over both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from crmcore.errors import RuleError
from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.rules.fields import FieldType
from crmcore.rules.where import Rule

STREAMS = ("orders", "lines", "refunds", "interactions")
# How a fold makes one value out of many events; `days` and `gap` look at the local days of the column.
HOWS = ("count", "sum", "min", "max", "last", "set", "median", "days", "gap")
_NAME = re.compile(r"^[a-z][a-z0-9_]{0,54}$")
_OF_ANNOTATION: dict[Any, FieldType] = {
    int: FieldType.INT,
    float: FieldType.NUMBER,
    str: FieldType.TEXT,
    bool: FieldType.BOOL,
    date: FieldType.DATE,
    datetime: FieldType.INSTANT,
    Decimal: FieldType.MONEY,
    list[str]: FieldType.LIST,
    tuple[str, ...]: FieldType.LIST,
}


def check_name(name: str) -> str:
    """Return the name of a fact or segment; raises `RuleError` when it is none.

    Lower-case letters, digits and underscores, at most 55; `days_since_` and `days_until_` are taken.
    """
    if not _NAME.match(name) or name.startswith(("days_since_", "days_until_")):
        message = _(
            "{name} cannot be the name of a fact: use a-z, 0-9 and _, beginning with a letter, at most 55"
        )
        raise RuleError(message.format(name=repr(name)))
    return name


@dataclass(frozen=True)
class Fold:
    """A figure folded from the events of one stream: `Fold("dresses", "lines", "sum", "quantity")`.

    `stream` is orders, lines (of bought orders), refunds or interactions. `how`: `count` of events; `sum`,
    `min`, `max`, `median` or `last` (by time) value of `column`; `set` of its distinct texts; `days`:
    number of distinct local days of `column` (else `at`); `gap`: median of the days between these. `where`
    is a rule over the stream's fields. Amounts in other currencies than the shop's never count in sum, min,
    max and median. Without events count, sum and days are 0, everything else is absent; medians round
    halves up, away from zero. `type` names the value's type where the column's own will not do ("int",
    "money", "text", "date", …).
    """

    name: str
    stream: str
    how: str
    column: str | None = None
    where: Rule | None = None
    type: FieldType | None = None
    zh: str = ""
    en: str = ""
    description: str = ""

    def __post_init__(self) -> None:
        check_name(self.name)
        if self.stream not in STREAMS:
            raise RuleError(_choice(self.name, "stream", self.stream, STREAMS))
        if self.how not in HOWS:
            raise RuleError(_choice(self.name, "how", self.how, HOWS))
        if self.column is None and self.how not in ("count", "days", "gap"):
            raise RuleError(_("fold {name}: {how} needs a column").format(name=self.name, how=self.how))


def _choice(name: str, key: str, value: str, choices: tuple[str, ...]) -> str:
    message = _("fold {name}: {key} cannot be {value}: choose one of {choices}")
    return message.format(name=name, key=key, value=repr(value), choices=joined(choices))


@dataclass(frozen=True)
class Fact:
    """A Python function of one customer's history: `Fact(food_runs_out, en="Food runs out")`.

    `function(history, **settings)` returns the value or None (absent). Its return annotation tells the type:
    int, float, str, bool, date, datetime (an instant), Decimal (money of the shop's currency, major units) or
    list[str]. Its docstring is the description. `settings` are its keyword arguments with their defaults; the
    shop may change the values. `norms` name norms of the same plugin (see `Norm`): the function gets the
    table of each as a keyword argument of that name. It runs in a worker process, without database or
    network, and should be quick.
    """

    function: Callable[..., Any]
    zh: str = ""
    en: str = ""
    name: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    type: FieldType | None = None
    description: str = ""
    norms: Sequence[str] = ()

    def __post_init__(self) -> None:
        known = {"name": self.name or self.function.__name__, "description": self.description or self._doc()}
        for key, value in known.items():
            object.__setattr__(self, key, value)
        check_name(self.name)
        object.__setattr__(self, "type", self.type or self._type())

    def _doc(self) -> str:
        return (self.function.__doc__ or "").strip().partition("\n\n")[0]

    def _type(self) -> FieldType:
        try:
            returned = get_type_hints(self.function).get("return")
        except NameError as error:
            message = _("fact {name}: its annotations cannot be read: {reason}")
            raise RuleError(message.format(name=self.name, reason=error)) from None
        if get_origin(returned) in (Union, UnionType):
            kinds = [kind for kind in get_args(returned) if kind is not NoneType]
            returned = kinds[0] if len(kinds) == 1 else None
        found = _OF_ANNOTATION.get(returned)
        if found is None:
            message = _(
                "fact {name}: say by a return annotation what it gives: int, float, str, bool, date, "
                "datetime, Decimal (money) or list[str], each with | None"
            )
            raise RuleError(message.format(name=self.name))
        return found


@dataclass(frozen=True)
class SegmentRule:
    """A group of customers: `SegmentRule("refill_due", rule, zh="该补粮了", en="Refill due")`.

    `params` are values the rule names as `param("x")`, with their defaults; a default may be a `TopShare`,
    worked out over all customers when the question is asked.
    """

    name: str
    rule: Rule
    zh: str = ""
    en: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    description: str = ""

    def __post_init__(self) -> None:
        check_name(self.name)
        if not isinstance(self.rule, Rule):
            raise RuleError(
                _("segment {name}: its rule must be made with crmcore.where").format(name=self.name)
            )
