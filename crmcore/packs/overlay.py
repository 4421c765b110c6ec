"""The shop's documents as they would be: with a pack in place, or without one; nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from crmcore.packs.installed import as_row, layers
from crmcore.packs.pack import Documents as Bodies
from crmcore.playbook.layers import layers_of
from crmcore.playbook.playbook import Documents, Playbook, as_kept, table_of
from crmcore.store.playbook_tables import LAYERS, PLUGINS

if TYPE_CHECKING:
    from crmcore.hooks.manager import PluginManager
    from crmcore.records.clock import Clock
    from crmcore.rules.catalogue import Catalogue
    from crmcore.segments.question import Sources
    from crmcore.segments.segments import Segments


class AsIf(Protocol):
    """What of the shop is asked as if."""

    @property
    def segments(self) -> Segments: ...  # noqa: D102
    def catalogue_over(self, playbook: Playbook) -> Catalogue: ...  # noqa: D102
    def sources_over(self, playbook: Playbook) -> Callable[[Clock], Sources]: ...  # noqa: D102
    def plugins_over(self, playbook: Playbook) -> PluginManager: ...  # noqa: D102


@dataclass(frozen=True)
class Overlay:
    """What `shop.documents` would answer when `pack` had laid these bodies at that place in the order."""

    under: Any
    pack: str
    order: int
    bodies: Bodies

    def table(self, name: str) -> Any:
        """The table as it would be read; only the layers differ. It cannot be written."""
        if name != LAYERS:
            return self.under.table(name)
        others = [layer for layer in layers_of(self.under) if layer.pack != self.pack]
        return Rows([as_row(one) for one in (*others, *layers(self.pack, self.order, self.bodies))])


@dataclass(frozen=True)
class Edited:
    """What `shop.documents` would answer when the shop had this document of its own; None: no such one."""

    under: Any
    family: str
    name: str
    body: Mapping[str, Any] | None

    def table(self, name: str) -> Any:
        """The table as it would be read; only that of the family differs. It cannot be written."""
        table = self.under.table(name)
        if name != table_of(self.family):
            return table
        rows = {str(row.get("name")): dict(row) for row in table.all()}
        before = rows.pop(self.name, {})
        if self.body is not None or self.family == "settings":  # where a switch stands beside them
            rows[self.name] = as_kept(self.family, self.name, self.body or {}, before)
        return Rows(list(rows.values()))


@dataclass(frozen=True)
class Switched:
    """What `shop.documents` would answer when that plugin was switched on, or off."""

    under: Any
    plugin: str
    on: bool

    def table(self, name: str) -> Any:
        """The table as it would be read; only the plugins' differs. It cannot be written."""
        table = self.under.table(name)
        if name != PLUGINS:
            return table
        rows = {str(row.get("name")): dict(row) for row in table.all()}
        rows[self.plugin] = {**rows.get(self.plugin, {}), "name": self.plugin, "disabled": not self.on}
        return Rows(list(rows.values()))


def segments_over(shop: AsIf, documents: Documents) -> Segments:
    """The shop's segments as they would be with these documents: calendar, regions, plugins' settings too."""
    playbook = Playbook(documents)
    catalogue, rules = shop.catalogue_over(playbook), shop.plugins_over(playbook).segment_rules().values
    return replace(
        shop.segments,
        documents=documents,
        catalogue=lambda: catalogue,
        plugin_rules=lambda: rules,
        sources=shop.sources_over(playbook),
    )


@dataclass(frozen=True)
class Rows:
    """A table of documents that can be read and no more."""

    rows: Sequence[dict[str, Any]]

    def all(self) -> list[dict[str, Any]]:
        """Every document."""
        return list(self.rows)
