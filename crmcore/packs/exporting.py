"""A shop's playbook as a pack: its own documents with what they need, and nobody's data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from crmcore.errors import CrmError, NotFoundError
from crmcore.i18n import gettext as _
from crmcore.packs.faults import PackError
from crmcore.packs.languages import in_both_languages
from crmcore.packs.layout import lay_out
from crmcore.packs.manifest import FORMAT
from crmcore.packs.pack import pack_of
from crmcore.packs.references import Key, References
from crmcore.packs.scanning import Texts, by_customers, by_form, by_name_of_setting
from crmcore.playbook.playbook import Entry, Playbook
from crmcore.rules.catalogue import Catalogue
from crmcore.store.database import Database
from crmcore.store.playbook_tables import FAMILIES


@dataclass(frozen=True)
class Wish:
    """What is to be exported.

    `names` are items (`segments/lapsed_big`) or families (`segments`), none for all of the shop's own;
    `everything`: what stands in installed packs, too. `allowed` are words that belong to nobody though a
    customer is called so.
    """

    name: str
    version: str
    title: Mapping[str, str]
    authors: Sequence[str]
    description: Mapping[str, str]
    names: Sequence[str] = ()
    everything: bool = False
    allowed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Exported:
    """A pack made of a playbook: its manifest and documents, not yet written down."""

    manifest: Mapping[str, Any]
    documents: Mapping[str, Mapping[str, Mapping[str, Any]]]


def export(
    playbook: Playbook,
    wish: Wish,
    catalogue: Catalogue,
    brought: Mapping[Key, str],
    sending: frozenset[str],
) -> Exported:
    """The pack that was wished for. `brought` says which plugin brings what (`References`).

    `sending` are the plugins that send messages: their settings stay in the shop.
    Raises `NotFoundError` for a name that the playbook has not, `CrmError` when there is nothing to export.
    """
    entries = {
        (one.family, one.name): one
        for family in FAMILIES
        for one in playbook.all(family)
        if family != "settings" or one.name not in sending
    }
    chosen = _chosen(entries, wish)
    if not chosen:
        raise CrmError(
            _("the shop has written nothing of its own yet: with --all what its packs say is exported, too")
        )
    references = References(entries, catalogue, brought)
    for entry in list(chosen.values()):
        for needed in references.needed(entry):
            chosen[(needed.family, needed.name)] = needed
    documents: dict[str, dict[str, Mapping[str, Any]]] = {}
    for family, name in sorted(chosen, key=lambda key: (FAMILIES.index(key[0]), key[1])):
        documents.setdefault(family, {})[name] = in_both_languages(family, name, chosen[(family, name)].body)
    plugins = sorted({plugin for entry in chosen.values() for plugin in references.plugins(entry)})
    manifest = {
        "format": FORMAT,
        "name": wish.name,
        "version": wish.version,
        "title": dict(wish.title),
        "description": dict(wish.description),
        "authors": list(wish.authors),
        "core": f">={version('crmcore')}",
        "plugins": dict.fromkeys(plugins, ""),
    }
    return Exported({key: value for key, value in manifest.items() if value not in ("", {}, [])}, documents)


def prove_clean(exported: Exported, database: Database, allowed: frozenset[str]) -> int:
    """Look for people's data and secrets in everything that would leave the shop; returns how many texts.

    Raises `PackError` naming each place.
    """
    texts = Texts()
    for family, bodies in exported.documents.items():
        for name, body in bodies.items():
            texts.add(f"{family}/{name}", {key: value for key, value in body.items() if key != "name"})
            texts.places.append((f"{family}/{name}", name))
    texts.add("pack", {key: value for key, value in exported.manifest.items() if key != "authors"})
    faults = [*by_name_of_setting(exported.documents), *by_form(texts, allowed)]
    with database.read() as connection:
        faults += by_customers(connection, texts, allowed)
    if faults:
        raise PackError(sorted(dict.fromkeys(faults), key=lambda fault: fault.where))
    return len(texts.places)


def refuse_unreadable(files: Mapping[str, str]) -> None:
    """Raise `PackError` when these files make no pack that somebody could install."""
    pack_of(lay_out(files))


def _chosen(entries: Mapping[tuple[str, str], Entry], wish: Wish) -> dict[tuple[str, str], Entry]:
    own = {key: entry for key, entry in entries.items() if entry.own or wish.everything}
    if not wish.names:
        return own
    found: dict[tuple[str, str], Entry] = {}
    for word in wish.names:
        family, _sign, name = word.partition("/")
        if name and (family, name) in entries:
            found[(family, name)] = entries[(family, name)]
        elif not name and family in FAMILIES:
            found |= {key: entry for key, entry in own.items() if key[0] == family}
        else:
            raise NotFoundError(
                _("the playbook has no {name}: name a family, or FAMILY/NAME").format(name=repr(word))
            )
    return found
