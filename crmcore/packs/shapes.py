"""What a pack's documents must look like: each shape checks one value and notes what is wrong, where.

`check` returns the value as plain JSON (days as their text); after a fault what it returns means nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from crmcore.i18n import gettext as _
from crmcore.packs.faults import Faults, Path
from crmcore.rules.fields import suggestion

SLUG = re.compile(r"^[a-z][a-z0-9_]{0,63}\Z")
# No shop plans or remembers anything beyond these years; a slip of the pen does.
YEARS = range(1900, 2101)
LONGEST_LINE, LONGEST_TEXT = 500, 50_000


class Shape(Protocol):
    """One kind of value."""

    def check(self, value: Any, path: Path, faults: Faults) -> Any:
        """The value as plain JSON, having noted what is wrong with it."""


@dataclass(frozen=True)
class Text:
    """A text of at most `longest` signs that says something; `line`: without a line break."""

    longest: int = LONGEST_LINE
    line: bool = True

    def check(self, value: Any, path: Path, faults: Faults) -> Any:
        """The text."""
        if not isinstance(value, str):
            faults.add(path, _("a text belongs here, not {value}").format(value=shown(value)))
        elif not value.strip():
            faults.add(path, _("the text is empty"))
        elif len(value) > self.longest:
            faults.add(path, _("the text is longer than {most} signs").format(most=self.longest))
        elif self.line and "\n" in value.strip():
            faults.add(path, _("one line belongs here"))
        return value


@dataclass(frozen=True)
class Slug:
    """A name for machines: small letters, digits and _."""

    def check(self, value: Any, path: Path, faults: Faults) -> Any:
        """The name."""
        if not isinstance(value, str) or not SLUG.match(value):
            faults.add(
                path, _("{name} is no name: use small letters, digits and _").format(name=shown(value))
            )
        return value


@dataclass(frozen=True)
class Number:
    """A number from `low` to `high`; `whole`: without a fraction."""

    low: float | None = None
    high: float | None = None
    whole: bool = False

    def check(self, value: Any, path: Path, faults: Faults) -> Any:
        """The number."""
        if isinstance(value, bool) or not isinstance(value, int if self.whole else int | float):
            faults.add(path, _("a number belongs here, not {value}").format(value=shown(value)))
        elif self.low is not None and value < self.low:
            faults.add(path, _("{value} is less than {low}").format(value=value, low=self.low))
        elif self.high is not None and value > self.high:
            faults.add(path, _("{value} is more than {high}").format(value=value, high=self.high))
        return value


@dataclass(frozen=True)
class Bool:
    """Yes or no."""

    def check(self, value: Any, path: Path, faults: Faults) -> Any:
        """The truth value."""
        if not isinstance(value, bool):
            faults.add(path, _("true or false belongs here, not {value}").format(value=shown(value)))
        return value


@dataclass(frozen=True)
class Day:
    """A day such as 2026-11-11."""

    def check(self, value: Any, path: Path, faults: Faults) -> Any:
        """The day as its ISO text."""
        day = value
        if isinstance(value, str):
            try:
                day = date.fromisoformat(value)
            except ValueError:
                day = None
        if not isinstance(day, date) or isinstance(day, datetime):
            faults.add(
                path, _("a day such as 2026-11-11 belongs here, not {value}").format(value=shown(value))
            )
            return value
        check_year(day, path, faults)
        return day.isoformat()


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    words: Sequence[str]

    def check(self, value: Any, path: Path, faults: Faults) -> Any:
        """The word."""
        if value not in self.words:
            hint = suggestion(str(value), self.words)
            faults.add(path, _("{value} is none of the choices{hint}").format(value=shown(value), hint=hint))
        return value


@dataclass(frozen=True)
class Texts:
    """A text in both languages: {zh: …, en: …}; `one` is the shape of each."""

    one: Shape = field(default_factory=Text)

    def check(self, value: Any, path: Path, faults: Faults) -> Any:
        """The two texts by language."""
        if not isinstance(value, Mapping):
            faults.add(path, _("write it in both languages: {zh: …, en: …}"))
            return value
        for key in value:
            if key not in ("zh", "en"):
                faults.add((*path, key), _("the languages are zh and en, not {key}").format(key=shown(key)))
        for language in ("zh", "en"):
            if language not in value:
                faults.add(path, _("the {language} text is missing").format(language=language))
        return {k: self.one.check(v, (*path, k), faults) for k, v in value.items() if k in ("zh", "en")}


@dataclass(frozen=True)
class ListOf:
    """A list of at least `least` and at most `most` values of one shape."""

    one: Shape
    least: int = 0
    most: int = 10_000

    def check(self, value: Any, path: Path, faults: Faults) -> Any:
        """The list."""
        if not isinstance(value, list):
            faults.add(path, _("a list belongs here, not {value}").format(value=shown(value)))
            return value
        if not self.least <= len(value) <= self.most:
            faults.add(
                path, _("the list has {least} to {most} parts").format(least=self.least, most=self.most)
            )
        return [self.one.check(one, (*path, place), faults) for place, one in enumerate(value)]


@dataclass(frozen=True)
class MapOf:
    """A mapping of texts of one shape to values of another."""

    key: Shape
    one: Shape

    def check(self, value: Any, path: Path, faults: Faults) -> Any:
        """The mapping."""
        if not isinstance(value, Mapping):
            faults.add(path, _("a mapping belongs here, not {value}").format(value=shown(value)))
            return value
        return {
            self.key.check(key, (*path, key), faults): self.one.check(one, (*path, key), faults)
            for key, one in value.items()
        }


@dataclass(frozen=True)
class Record:
    """A mapping with these keys, of which some are `needed`; `also` checks the whole afterwards."""

    keys: Mapping[str, Shape]
    needed: Sequence[str] = ()
    also: Callable[[Mapping[str, Any], Path, Faults], None] | None = None

    def check(self, value: Any, path: Path, faults: Faults) -> Any:
        """The mapping with its values checked."""
        if not isinstance(value, Mapping):
            faults.add(path, _("a mapping belongs here, not {value}").format(value=shown(value)))
            return value
        before = len(faults.found)
        for key in value:
            if key not in self.keys:
                hint = suggestion(str(key), self.keys)
                faults.add(
                    (*path, key), _("there is no key {key} here{hint}").format(key=shown(key), hint=hint)
                )
        for key in self.needed:
            if key not in value:
                faults.add(path, _("the key {key} is missing").format(key=key))
        checked = {
            key: self.keys[key].check(one, (*path, key), faults)
            for key, one in value.items()
            if key in self.keys
        }
        if self.also is not None and len(faults.found) == before:
            self.also(checked, path, faults)
        return checked


@dataclass(frozen=True)
class OneOf:
    """A value of the first of these shapes that it fits; the last one says what is wrong."""

    shapes: Sequence[Shape]

    def check(self, value: Any, path: Path, faults: Faults) -> Any:
        """The value."""
        for shape in self.shapes[:-1]:
            trial = Faults()
            checked = shape.check(value, path, trial)
            if not trial.found:
                return checked
        return self.shapes[-1].check(value, path, faults)


@dataclass(frozen=True)
class Plain:
    """Anything that JSON holds, for what its reader checks itself."""

    def check(self, value: Any, path: Path, faults: Faults) -> Any:
        """The value as plain JSON."""
        return plain(value, path, faults)


def plain(value: Any, path: Path, faults: Faults) -> Any:
    """The value as plain JSON, days and instants as their text; absurd days are noted."""
    match value:
        case Mapping():
            return {str(key): plain(one, (*path, key), faults) for key, one in value.items()}
        case list() | tuple():
            return [plain(one, (*path, place), faults) for place, one in enumerate(value)]
        case datetime():
            check_year(value.date(), path, faults)
            return value.isoformat(sep=" ")
        case date():
            check_year(value, path, faults)
            return value.isoformat()
        case Decimal():
            return float(value)
        case _:
            return value


def check_year(day: date, path: Path, faults: Faults) -> None:
    """Note a day in a year in which no shop lives."""
    if day.year not in YEARS:
        faults.add(
            path,
            _("{day} cannot be meant: years go from {first} to {last}").format(
                day=day.isoformat(), first=YEARS[0], last=YEARS[-1]
            ),
        )


def shown(value: Any) -> str:
    """A value for a message, short."""
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
