"""Mappings that stand in the playbook: the shop's own and those of its packs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.importing.mapping import load_mapping

if TYPE_CHECKING:
    from crmcore.hooks.table_importer import TableImporter
    from crmcore.playbook.playbook import Playbook

FAMILY = "mappings"


def find_mapping(playbook: Playbook, name: str) -> TableImporter | None:
    """The importer that the playbook's mapping of that name describes, None when there is none.

    Raises `MappingError` when it cannot be used.
    """
    entry = playbook.get(FAMILY, name)
    return None if entry is None else load_mapping(entry.body, name)


def names_of_mappings(playbook: Playbook) -> list[str]:
    """The names of the playbook's mappings."""
    return [entry.name for entry in playbook.all(FAMILY)]
