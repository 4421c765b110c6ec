"""What is wrong with a pack, told with the file and the line; all of it at once, not the first thing only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crmcore.errors import CrmError
from crmcore.i18n import joined, ngettext
from crmcore.packs.limits import MOST_FAULTS

# Where in a pack: ("segments", "lapsed_big", "where", "all", 0). Parts of a list are counted from 0.
Path = tuple[str | int, ...]
_SHOWN = 20
_QUOTED = re.compile(r"'([^']+)'")


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, and `where` it stands: "segments.yaml:12", "" for the pack as a whole."""

    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text}" if self.where else self.text

    def as_json(self) -> dict[str, str]:
        """The fault as JSON values."""
        return {"where": self.where, "fault": self.text}


class PackError(CrmError):
    """A pack that cannot be used; `faults` tells everything that is wrong with it."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        lines = [str(fault) for fault in self.faults[:_SHOWN]]
        if (more := len(self.faults) - _SHOWN) > 0:
            lines.append(
                ngettext("and {count} more fault", "and {count} more faults", more).format(count=more)
            )
        super().__init__("\n".join(lines))


@dataclass
class Faults:
    """Collects what is wrong; `lines` says in which file and line a path stands."""

    lines: Mapping[Path, tuple[str, int]] = field(default_factory=dict)
    found: list[Fault] = field(default_factory=list)

    def add(self, path: Path, text: str) -> None:
        """Note a fault at that path; raises `PackError` when there are too many to go on."""
        self.found.append(Fault(self.where(path), text))
        if len(self.found) >= MOST_FAULTS:
            raise PackError(self.found)

    def where(self, path: Path) -> str:
        """The file and line of the path, or of the nearest thing around it that has one."""
        for length in range(len(path), -1, -1):
            if place := self.lines.get(path[:length]):
                return f"{place[0]}:{place[1]}"
        return ""

    def refuse(self) -> None:
        """Raise `PackError` when anything was found."""
        if self.found:
            raise PackError(self.found)


def spoken_of(message: str, body: Any, path: Path) -> Path:
    """The place in the document at `path` of what a message about it names first; the document, if none.

    Names stand in quotes: "the card has no field 'ordrs': did you mean 'orders'?".
    """
    places = list(_places(body, path))
    for name in _QUOTED.findall(message):
        for place, text in places:
            if text == name:
                return place
        for place, text in places:
            if name in text:
                return place
    return path


def _places(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Every key and text with its place."""
    match value:
        case Mapping():
            for key, one in value.items():
                yield (*path, key), str(key)
                yield from _places(one, (*path, key))
        case list():
            for number, one in enumerate(value):
                yield from _places(one, (*path, number))
        case str():
            yield path, value


def one_fault(text: str, where: str = "") -> PackError:
    """The error of a single fault."""
    return PackError([Fault(where, text)])


def plain_names(names: Iterable[Any]) -> str:
    """Names for a message, in order, divided by commas."""
    return joined(sorted(str(name) for name in names))
