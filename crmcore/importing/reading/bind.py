"""Which of a table's columns fill which of our fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crmcore.errors import MappingError
from crmcore.hooks.importer_check import nearest
from crmcore.hooks.table_importer import ComputedColumn, TableImporter
from crmcore.i18n import gettext as _
from crmcore.importing.reading.names import listed, matching


@dataclass(frozen=True)
class Binding:
    """An importer's columns found in a table.

    `ours` gives for each of our fields the table's columns that may hold it, best first (take the first that
    is not empty). `computed` pairs each `@column` method with its columns, None where the table has none of
    them. `missing` are our fields that the importer knows and the table does not have. `others` are the
    table's columns that nothing uses.
    """

    ours: dict[str, list[str]]
    computed: list[tuple[ComputedColumn, list[str | None]]]
    missing: list[str]
    others: list[str]


def bind(importer: TableImporter, columns: Sequence[str]) -> Binding:
    """Match an importer's names with a table's columns.

    Raises `MappingError` when the fields that identify a row have no column: order_ref, or those of `key`.
    """
    ours = {field: matching(columns, importer.names_of(field)) for field in importer.columns}
    ours = {field: found for field, found in ours.items() if found}
    computed: list[tuple[ComputedColumn, list[str | None]]] = []
    for one in importer.computed():
        sources = [next(iter(matching(columns, names)), None) for names in one.theirs]
        if any(source is not None for source in sources):
            computed.append((one, sources))
    filled = {*ours, *(field for one, _sources in computed for field in one.fields)}
    needed = list(importer.key) or (["order_ref"] if importer.record.startswith("order") else [])
    for field in needed:
        if field not in filled:
            raise MappingError(_missing(importer, field, columns))
    used = {column for found in ours.values() for column in found}
    used |= {source for _one, sources in computed for source in sources if source}
    missing = [field for field in importer.columns if field not in filled]
    return Binding(ours, computed, missing, [column for column in columns if column not in used])


def id_columns(importer: TableImporter | None, columns: Sequence[str]) -> frozenset[int]:
    """The positions of the columns whose values tell records apart: damaged numbers must not pass there."""
    if importer is None:
        return frozenset()
    names = [name for field in ("order_ref", "line_ref", "buyer_ref") for name in importer.names_of(field)]
    return frozenset(columns.index(column) for column in matching(columns, names))


def _missing(importer: TableImporter, field: str, columns: Sequence[str]) -> str:
    names = importer.names_of(field)
    near = nearest(names[0], columns) if names else []
    text = _("{importer}: no column {names} ({field}) in the file; did you mean {near!r}? It has: {columns}")
    if not near:
        text = _("{importer}: no column {names} ({field}) in the file. It has: {columns}")
    shown = listed(columns, 40)
    near_name = near[0] if near else ""
    return text.format(
        importer=importer.name, names=" / ".join(names), field=field, near=near_name, columns=shown
    )
