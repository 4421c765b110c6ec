"""Texts in both languages: what a shop said in one stands in the other, too, when it leaves in a pack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SPOKEN = ("title", "description", "about", "subject", "text", "html", "when")
_AS_THEY_ARE = ("mappings", "settings")  # their readers know one language
_WITHOUT_TITLE = (*_AS_THEY_ARE, "texts", "regions")


def in_both_languages(family: str, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The document as a pack must have it; one without a title is called by its name."""
    found = dict(body)
    if family in _AS_THEY_ARE:
        return found
    for key in _SPOKEN:
        if key in found:
            found[key] = _both(found[key])
            if not found[key]:
                del found[key]
    if "title" not in found and family not in _WITHOUT_TITLE:
        found["title"] = {"zh": name, "en": name}
    return found


def _both(value: Any) -> Any:
    if isinstance(value, str):
        return {"zh": value, "en": value} if value.strip() else None
    if isinstance(value, Mapping) and value.keys() <= {"zh", "en"}:
        said = {language: text for language, text in value.items() if text}
        other = next(iter(said.values()), None)
        return {language: said.get(language, other) for language in ("zh", "en")} if said else None
    return value
