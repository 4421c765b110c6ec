"""Bands: the values of a field cut into ranges, each half-open; a document of the playbook.

One that is called like a plugin with bands (`lapse`, `order_value`, `age`) says where its own begin; any
other makes a segment of each of its ranges (`crmcore.segments.bands`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from crmcore.playbook.playbook import Playbook
from crmcore.rules.names import is_slug

FAMILY = "bands"
# The setting of a plugin that such a document fills.
SETTING = "bands"


@dataclass(frozen=True)
class Bands:
    """Where the ranges of a field begin. `titles` (zh, en) are of each range, () where none are given.

    With as many titles as edges the ranges begin at the first edge; with one more, below it too.
    """

    name: str
    field: str
    edges: tuple[float, ...]
    titles: tuple[tuple[str, str], ...]
    zh: str
    en: str
    source: str

    @property
    def ranges(self) -> list[tuple[float | None, float | None]]:
        """From and below of each range; None: open."""
        edges: Sequence[float | None] = [None, *self.edges, None]
        found = list(pairwise(edges))
        return found[1:] if len(self.titles) == len(self.edges) else found


def all_bands(playbook: Playbook) -> list[Bands]:
    """Every document of bands; what is none (a document may hold anything) is left out."""
    found = []
    for entry in playbook.all(FAMILY):
        edges, field = entry.body.get("edges"), entry.body.get("field")
        if not isinstance(field, str) or not isinstance(edges, list) or not _rising(edges):
            continue
        if not is_slug(entry.name):  # its segments are called after it
            continue
        titles = entry.body.get("titles")
        both = [_both(one) for one in titles] if isinstance(titles, list) else []
        if len(both) not in (0, len(edges), len(edges) + 1):
            both = []
        zh, en = _both(entry.body.get("title"))
        found.append(Bands(entry.name, field, tuple(edges), tuple(both), zh, en, entry.source))
    return found


def plugin_bands(playbook: Playbook) -> dict[str, dict[str, object]]:
    """What documents of whole numbers say to the plugins of their names: plugin -> setting -> value."""
    return {
        one.name: {SETTING: [int(edge) for edge in one.edges]}
        for one in all_bands(playbook)
        if all(edge == int(edge) for edge in one.edges)
    }


def _rising(edges: list[Any]) -> bool:
    if not edges or not all(isinstance(one, int | float) and not isinstance(one, bool) for one in edges):
        return False
    return all(low < high for low, high in pairwise(edges))


def _both(value: Any) -> tuple[str, str]:
    texts = value if isinstance(value, Mapping) else {"zh": str(value or ""), "en": str(value or "")}
    return str(texts.get("zh", "")), str(texts.get("en", ""))
