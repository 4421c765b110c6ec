"""What a rule may compare: fields with their types, and the days that follow from every date.

A `Fields` is the list of one place: the facts of a card, or the columns of an event stream.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from crmcore.errors import RuleError
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, title_of
from crmcore.rules.occasions import Occasions


class FieldType(StrEnum):
    """What a field holds, and so which operators fit and how values are written."""

    INT = "int"  # a whole number
    NUMBER = "number"  # any number
    MONEY = "money"  # the shop's currency: written in major units, kept in minor ones
    TEXT = "text"
    INSTANT = "instant"  # UTC seconds, compared with days and times of the shop's zone
    DATE = "date"  # ISO text, compared with days
    ANNIVERSARY = "anniversary"  # YYYY-MM-DD or --MM-DD, compared as a day of the year
    BOOL = "bool"
    LIST = "list"  # texts
    DAYS = "days"  # derived: calendar days since or until a date
    AGE = "age"  # derived: full years since a birthday
    OCCASION = "occasion"  # derived: which days of the calendar a date falls into
    EVENTS = "events"  # a stream of dated events


@dataclass(frozen=True, eq=False)
class Groups:
    """What texts stand for: text -> number or word. Two are the same only when they are one object."""

    of: Mapping[str, int | str]

    def texts(self, fits: Callable[[int | str], bool]) -> tuple[str, ...]:
        """The texts that stand for something that fits."""
        return tuple(text for text, value in self.of.items() if fits(value))


@dataclass(frozen=True)
class Field:
    """One fact of a card, or one field of an event.

    `source` says who brings it: "crmcore", the shop or a plugin. `base` is set on derived fields: the field
    they are worked out from at reading time; `since` tells which way days count. `groups` turns the texts of
    the base into what the field holds; `occasions` is the calendar that the field asks.
    """

    name: str
    type: FieldType
    zh: str = ""
    en: str = ""
    description: str = ""
    source: str = "crmcore"
    base: Field | None = None
    since: bool = True
    groups: Groups | None = None
    occasions: Occasions | None = None

    @property
    def title(self) -> str:
        """The title in the language in force, the name where there is none."""
        return title_of(self.zh, self.en) or self.name

    @property
    def of_the_day(self) -> bool:
        """Whether it says something about the day of the question, the same for every customer."""
        return self.occasions is not None and self.type is not FieldType.OCCASION

    @property
    def stored(self) -> Field:
        """The field that is kept: itself, or what it is derived from."""
        return self.base or self

    @property
    def column(self) -> str:
        """The name of the column that is kept."""
        return self.stored.name


_DATED = (FieldType.INSTANT, FieldType.DATE, FieldType.ANNIVERSARY)


def derived(field: Field) -> Iterator[Field]:
    """What follows from a dated field: days since and until it, and the age from a birthday."""
    if field.type not in _DATED:
        return
    stem = field.name.removesuffix("_at")
    day = replace(field, type=FieldType.DAYS, base=field, description="")
    zh, en = field.zh or field.name, (field.en or field.name).lower()
    yield replace(day, name=f"days_since_{stem}", zh=f"距{zh}已过天数", en=f"Days since {en}")
    yield replace(day, name=f"days_until_{stem}", zh=f"距{zh}还有天数", en=f"Days until {en}", since=False)
    if field.name == "birthday" and field.type is FieldType.ANNIVERSARY:
        yield replace(field, name="age", type=FieldType.AGE, zh="年龄", en="Age", base=field, description="")


class Fields:
    """The fields of one place by name, the derived ones among them. `what` names the place in messages."""

    def __init__(self, fields: Iterable[Field], what: str) -> None:
        self.what = what
        self.stored: dict[str, Field] = {}
        self._all: dict[str, Field] = {}
        for field in fields:
            self._add(field)

    def offer(self, field: Field) -> None:
        """Add a derived field, unless a fact has its name: that one was there before."""
        self._all.setdefault(field.name, field)

    def _add(self, field: Field) -> None:
        for made in (field, *derived(field)):
            if other := self._all.get(made.name):
                raise RuleError(
                    _(
                        "two facts are called {name}, one of {one} and one of {two}: give one another name"
                    ).format(name=made.name, one=other.source, two=made.source)
                )
        self.stored[field.name] = field
        for made in (field, *derived(field)):
            self._all[made.name] = made

    def __contains__(self, name: object) -> bool:
        return name in self._all

    def __iter__(self) -> Iterator[Field]:
        return iter(self._all.values())

    def get(self, name: str) -> Field:
        """The field of that name; `RuleError` with the nearest right name when there is none."""
        if found := self._all.get(name):
            return found
        raise RuleError(
            _("{what} has no field {name}{hint}").format(
                what=self.what, name=repr(name), hint=suggestion(name, self._all, self._titles())
            )
        )

    def _titles(self) -> dict[str, str]:
        """The titles of both languages -> the name."""
        both = ((title, field.name) for field in self._all.values() for title in (field.zh, field.en.lower()))
        return {title: name for title, name in both if title}


def suggestion(
    name: str, choices: Iterable[str], meaning: Mapping[str, str] | None = None, see: str = ""
) -> str:
    """`: did you mean 'x'?` with the nearest choice, else the choices themselves when they are few.

    `meaning` adds other words for a choice: word -> the choice it stands for. `see` is the command that lists
    the choices, named where they are many or there is none.
    """
    right = sorted(choices)
    words = {**(meaning or {}), **{choice: choice for choice in right}}
    if near := difflib.get_close_matches(name.lower(), list(words), n=1, cutoff=0.55):
        return _(": did you mean {name}?").format(name=repr(words[near[0]]))
    if 0 < len(right) <= 12:
        return _(": it has {names}").format(names=joined(right))
    return _(": see `{command}`").format(command=see) if see else ""
