"""Which packs a shop has installed: a document each, beside the layers they lay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crmcore.errors import NotFoundError
from crmcore.i18n import gettext as _
from crmcore.i18n import title_of
from crmcore.packs.pack import Documents, digest_of
from crmcore.playbook.layers import Layer, layers_of
from crmcore.rules.fields import suggestion
from crmcore.rules.where import where
from crmcore.store.playbook_tables import LAYERS, PACKS


@dataclass(frozen=True)
class Installed:
    """One installed pack.

    `source` is what names it again (a folder, a file, a pack of this program by its name); `digest` is of the
    pack as it was there, `layers_digest` of what was laid in the shop. `inputs` are the shop's answers.
    `order` counts packs in order of installing, `at` is when (an instant).
    """

    name: str
    version: str
    title: Mapping[str, str]
    source: str
    digest: str
    layers_digest: str
    inputs: Mapping[str, Any]
    order: int
    at: int

    @property
    def shown(self) -> str:
        """The title in the language in force."""
        return title_of(self.title.get("zh", ""), self.title.get("en", "")) or self.name

    def as_json(self) -> dict[str, Any]:
        """The pack as JSON values."""
        return {
            "name": self.name,
            "version": self.version,
            "title": dict(self.title),
            "source": self.source,
            "digest": self.digest,
            "inputs": dict(self.inputs),
            "installed_at": self.at,
        }


def installed_packs(documents: Any) -> list[Installed]:
    """The installed packs, the first installed first; `documents` is the shop's TinyDB."""
    rows = documents.table(PACKS).all()
    found = [Installed(**{key: row[key] for key in Installed.__dataclass_fields__}) for row in rows]
    return sorted(found, key=lambda one: one.order)


def find_installed(documents: Any, name: str) -> Installed | None:
    """The installed pack of that name, None when there is none."""
    return next((one for one in installed_packs(documents) if one.name == name), None)


def require_installed(documents: Any, name: str) -> Installed:
    """The installed pack of that name; `NotFoundError` with the nearest one when there is none."""
    if found := find_installed(documents, name):
        return found
    names = [one.name for one in installed_packs(documents)]
    raise NotFoundError(
        _("no pack {name} is installed{hint}").format(
            name=repr(name), hint=suggestion(name, names, see="crm pack list")
        )
    )


def laid_by(documents: Any, name: str) -> Documents:
    """What that pack laid: its documents by family and name; empty when it is not installed."""
    return {layer.family: layer.entries for layer in layers_of(documents) if layer.pack == name}


def lay(documents: Any, pack: Installed, bodies: Documents) -> None:
    """Write an installed pack and its layers, in the place of what stood under its name."""
    lift(documents, pack.name)
    documents.table(LAYERS).insert_multiple(as_row(layer) for layer in layers(pack.name, pack.order, bodies))
    row = {key: getattr(pack, key) for key in Installed.__dataclass_fields__}
    documents.table(PACKS).insert(row)


def lift(documents: Any, name: str) -> None:
    """Take a pack and its layers away."""
    documents.table(LAYERS).remove(where("pack") == name)
    documents.table(PACKS).remove(where("name") == name)


def layers(name: str, order: int, bodies: Documents) -> list[Layer]:
    """The layers that a pack lays: one for each family that it has something of."""
    return [Layer(name, family, order, entries) for family, entries in bodies.items() if entries]


def as_row(layer: Layer) -> dict[str, Any]:
    """A layer as the document that is kept."""
    entries = {name: dict(body) for name, body in layer.entries.items()}
    return {"pack": layer.pack, "family": layer.family, "order": layer.order, "entries": entries}


def digest_of_layers(bodies: Documents) -> str:
    """The digest of what a pack laid."""
    return digest_of({family: entries for family, entries in bodies.items() if entries})
