"""The shop's documents as they would be: with a pack in place, or without one; nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crmcore.packs.installed import as_row, layers
from crmcore.packs.pack import Documents
from crmcore.playbook.layers import layers_of
from crmcore.store.playbook_tables import LAYERS


@dataclass(frozen=True)
class Overlay:
    """What `shop.documents` would answer when `pack` had laid these bodies at that place in the order."""

    under: Any
    pack: str
    order: int
    bodies: Documents

    def table(self, name: str) -> Any:
        """The table as it would be read; only the layers differ. It cannot be written."""
        if name != LAYERS:
            return self.under.table(name)
        others = [layer for layer in layers_of(self.under) if layer.pack != self.pack]
        return _Rows([as_row(one) for one in (*others, *layers(self.pack, self.order, self.bodies))])


@dataclass(frozen=True)
class _Rows:
    rows: Sequence[dict[str, Any]]

    def all(self) -> list[dict[str, Any]]:
        """Every document."""
        return list(self.rows)
