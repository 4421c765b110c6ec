"""The layers that installed packs lay under the shop's own documents: one a pack and family, read-only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crmcore.store.playbook_tables import LAYERS


@dataclass(frozen=True)
class Layer:
    """What one pack brings of one family: documents by name. `order` counts packs in order of installing."""

    pack: str
    family: str
    order: int
    entries: Mapping[str, Mapping[str, Any]]


def layers_of(documents: Any) -> list[Layer]:
    """Every layer, the latest installed pack first; `documents` is the shop's TinyDB."""
    found = [
        Layer(str(row["pack"]), str(row["family"]), int(row["order"]), row["entries"])
        for row in documents.table(LAYERS).all()
    ]
    return sorted(found, key=lambda layer: -layer.order)
