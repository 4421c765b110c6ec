"""The fields of the shop's own that its playbook declares: asked for in forms, checked, compared by rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmcore.playbook.playbook import Playbook
from crmcore.records.own_field import TYPES, OwnField, keyed

FAMILY = "fields"


def own_fields(playbook: Playbook) -> list[OwnField]:
    """Every declared field; what is none (a document may hold anything) is left out."""
    found = []
    for entry in playbook.all(FAMILY):
        kind = entry.body.get("type", "text")
        if kind in TYPES and entry.name.isidentifier():
            title, about = _texts(entry.body.get("title")), _texts(entry.body.get("description"))
            choices = entry.body.get("choices")
            found.append(
                OwnField(
                    entry.name,
                    kind,
                    title.get("zh", ""),
                    title.get("en", ""),
                    about.get("en", ""),
                    tuple(map(str, choices)) if isinstance(choices, list) else (),
                    entry.source,
                )
            )
    return found


def cleaned(playbook: Playbook, profile: Mapping[str, Any]) -> dict[str, Any]:
    """The profile with its declared own fields in the form they are kept in; raises `UsageError`."""
    known = keyed(own_fields(playbook)) if any(key.startswith("extra.") for key in profile) else {}
    return {
        key: known[key].clean(str(value)) if key in known and value not in (None, "") else value
        for key, value in profile.items()
    }


def _texts(value: Any) -> Mapping[str, str]:
    if isinstance(value, str):
        return {"zh": value, "en": value}
    return {k: str(v) for k, v in value.items()} if isinstance(value, Mapping) else {}
