"""Report presets: a report with parameters under a name of the shop's own, kept in the playbook."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmcore.errors import UsageError
from crmcore.i18n import gettext as _

if TYPE_CHECKING:
    from crmcore.playbook.playbook import Playbook

FAMILY = "presets"
_NAME = re.compile(r"[^\s/\\\"'=]{1,64}")


@dataclass(frozen=True)
class Preset:
    """A report and what it is asked with: parameters as people type them."""

    name: str
    report: str
    typed: Mapping[str, str]
    zh: str = ""
    en: str = ""
    source: str = "shop"  # or the name of the pack that brings it


def presets(playbook: Playbook) -> list[Preset]:
    """Every preset, by name; what is none (a pack may hold anything) is left out."""
    found = []
    for entry in playbook.all(FAMILY):
        body = entry.body
        if isinstance(body.get("report"), str):
            typed = texts(body.get("set"))
            titles = texts(body.get("title"))
            zh, en = titles.get("zh", ""), titles.get("en", "")
            found.append(Preset(entry.name, body["report"], typed, zh, en, entry.source))
    return sorted(found, key=lambda one: one.name)


def texts(value: Any) -> dict[str, str]:
    """A document's map with its values as text; empty for anything else."""
    return {str(key): str(one) for key, one in value.items()} if isinstance(value, Mapping) else {}


def check_name(name: str, taken: Mapping[str, object]) -> None:
    """Raise `UsageError` unless a preset may be called that; `taken` holds the reports' names."""
    if not _NAME.fullmatch(name):
        raise UsageError(_("{name!r} cannot be a name: no blanks, quotes or slashes").format(name=name))
    if name in taken:
        raise UsageError(_("{name} is a report's name: choose another").format(name=name))
