"""Calendars of a pack: days that come round, as the shop's calendar reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crmcore.calendar.entries import from_document
from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.packs.faults import Faults, Path
from crmcore.packs.shapes import Texts, plain, shown


@dataclass(frozen=True)
class CalendarShape:
    """One entry of the calendar: its title, its kind, and the day it falls on."""

    def check(self, value: Any, path: Path, faults: Faults) -> Any:
        """The entry as JSON."""
        if not isinstance(value, Mapping):
            faults.add(path, _("a mapping belongs here, not {value}").format(value=shown(value)))
            return value
        entry = plain(value, path, faults)
        Texts().check(value.get("title"), (*path, "title"), faults)
        try:
            from_document({**entry, "name": path[-1]})
        except CrmError as error:
            faults.add(next(((*path, key) for key in value if f"{key}" in str(error)), path), str(error))
        return entry
