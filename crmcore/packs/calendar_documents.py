"""Calendars of a pack: the shop's days, festivals and platform nodes, with days that exist."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crmcore.i18n import gettext as _
from crmcore.packs.faults import Faults, Path
from crmcore.packs.shapes import Choice, Day, ListOf, MapOf, Number, Record, Shape, Slug, Text, Texts, shown

_MONTH_DAY = re.compile(r"(\d{1,2})-(\d{1,2})\Z")
# February may have 29 days in some year; a lunar month never has more than 30.
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True)
class MonthDay:
    """A day of every year, MM-DD; `lunar`: of the Chinese calendar."""

    lunar: bool = False

    def check(self, value: Any, path: Path, faults: Faults) -> Any:
        """The day as it is written."""
        found = _MONTH_DAY.match(value) if isinstance(value, str) else None
        month, day = (int(found[1]), int(found[2])) if found else (0, 0)
        longest = 0 if not 1 <= month <= 12 else 30 if self.lunar else _LONGEST[month - 1]
        if not 1 <= day <= longest:
            text = _("{value} is no day of a year: write '11-11'")
            faults.add(path, text.format(value=shown(value)))
        return value


def _ordered(body: Mapping[str, Any], path: Path, faults: Faults) -> None:
    if "first" in body and "last" in body and body["first"] > body["last"]:
        faults.add((*path, "last"), _("the last day lies before the first"))


_DAY: dict[str, Shape] = {
    "title": Texts(),
    "kind": Choice(("platform", "festival", "shop", "day_off", "season")),
    "every_year": MonthDay(),
    "lunar": MonthDay(lunar=True),
    "dates": ListOf(Day(), least=1, most=500),
    "first": Day(),
    "last": Day(),
    "ahead": Number(0, 120, whole=True),
    "note": Texts(Text(2_000, line=False)),
}
CALENDAR = Record(
    {
        "title": Texts(),
        "description": Texts(Text(2_000, line=False)),
        "days": MapOf(Slug(), Record(_DAY, needed=("title",), also=_ordered)),
    },
    needed=("title", "days"),
)
