"""What the playbook says of files: mappings (the shop's own, those of its packs) and fields of customers."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from crmcore.errors import MappingError
from crmcore.importing.mapping import MappedImporter, load_mapping
from crmcore.importing.reading.names import same_name

if TYPE_CHECKING:
    from crmcore.hooks.table_importer import TableImporter
    from crmcore.playbook.playbook import Playbook
    from crmcore.records.own_field import OwnField

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


def kept_importers(playbook: Playbook) -> list[TableImporter]:
    """The importers of the playbook's mappings that can be used, each known by a header.

    One that does not say what it is recognised by knows a header that holds all of its columns.
    """
    found = []
    for entry in playbook.all(FAMILY):
        with suppress(MappingError):  # `crm import --as` says what is wrong with it
            importer = load_mapping(entry.body, entry.name)
            if not importer.recognise and not isinstance(importer.header, list | tuple):
                importer.recognise = [importer.names_of(ours)[0] for ours in importer.columns]
            found.append(importer)
    return found


def with_own_fields(importer: TableImporter, fields: Sequence[OwnField]) -> TableImporter:
    """The importer of a customer list with the shop's own fields among its columns, by name and titles.

    A column that it knows already stays what it is.
    """
    if importer.record != "customer":
        return importer
    known = {same_name(name) for name in importer.known_names()}
    more = {}
    for one in fields:
        names = dict.fromkeys(filter(None, (one.zh, one.en, one.name)))
        free = [name for name in names if same_name(name) not in known]
        if free and one.key not in importer.columns:
            more[one.key] = free
    if not more:
        return importer
    found = copy.copy(importer)
    found.columns = {**importer.columns, **more}
    if isinstance(found, MappedImporter):
        found.mapping = {**found.mapping, "columns": found.columns}
    return found
