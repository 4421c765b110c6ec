"""Which importer knows this file: by its header, or by what the importer's own `sniff` says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crmcore.errors import FileError, PluginFailure
from crmcore.hooks.table_importer import Sample, TableImporter, overrides
from crmcore.i18n import gettext as _
from crmcore.importing.reading import peek
from crmcore.importing.reading.names import HEADER_WITHIN, header_row, same_name
from crmcore.importing.unknown import unknown_file

Sniff = Callable[[TableImporter, Sample], float | None]

# A `sniff` this sure, or surer, claims the file.
SURE = 0.5


@dataclass(frozen=True)
class Detected:
    """A file and the importer that knows it; `score` from 0.5 to 1 says how much of the header it uses.

    `others` are the names of importers that know a part of the header, best first; `sheets` those sheets of a
    workbook whose header it knows.
    """

    path: Path
    importer: TableImporter
    score: float
    others: list[str] = field(default_factory=list)
    sheets: tuple[str, ...] = ()


def detect(
    paths: Sequence[Path],
    importers: Iterable[TableImporter],
    sniff: Sniff | None = None,
    kept: Sequence[TableImporter] = (),
) -> list[Detected]:
    """The importer of each file, in the order given; files that are joined by others come after those.

    `kept` are mappings of the playbook: they are asked about what no importer knows. `sniff` asks an importer
    that brings its own (in a worker process); by default it is asked here. Raises `FileError` for a file that
    nobody knows, that two importers claim, or that is no table: the message tells what the file looks like
    and what to do. With several such files it tells of all.
    """
    known = list(importers)
    found, refused = [], []
    for path in paths:
        try:
            found.append(_one(path, known, sniff or _ask, kept))
        except FileError as error:
            refused.append(str(error))
    if refused:
        raise FileError("\n".join(refused))
    return sorted(found, key=lambda one: one.importer.join is not None)


def knows(importer: TableImporter, columns: Iterable[str]) -> bool:
    """Whether a header is the importer's: all names of one of its signatures, and none that it refuses."""
    forms = {same_name(column) for column in columns}
    if any(same_name(name) in forms for name in importer.refuse):
        return False
    return any(all(same_name(name) in forms for name in group) for group in importer.signatures())


def _one(
    path: Path, importers: Sequence[TableImporter], sniff: Sniff, kept: Sequence[TableImporter]
) -> Detected:
    sample = peek(path)
    claims = _claims(importers, sample, sniff) or _claims(kept, sample, sniff)
    if len(claims) == 1:
        score, importer = claims[0]
        others = [one.name for one in _nearest(sample, importers) if one is not importer]
        return Detected(path, importer, score, others[:3], _sheets(importer, sample))
    if claims:
        text = _("{path}: {names} both know this file; say which one with --as {first}")
        names = _(" and ").join(sorted(importer.name for _score, importer in claims))
        raise FileError(text.format(path=path, names=names, first=min(one.name for _score, one in claims)))
    raise FileError(unknown_file(path, sample, _header(sample, importers), [*importers, *kept]))


def _claims(
    importers: Sequence[TableImporter], sample: Sample, sniff: Sniff
) -> list[tuple[float, TableImporter]]:
    """Those of the importers that know the file, and how much of it."""
    scored = [(_score(importer, sample, sniff), importer) for importer in importers]
    return [(score, importer) for score, importer in scored if score is not None]


def _score(importer: TableImporter, sample: Sample, sniff: Sniff) -> float | None:
    """How much of the file the importer uses, 0.5 to 1; None when it does not know it."""
    if overrides(importer, "sniff"):
        try:
            sure = sniff(importer, sample)
        except PluginFailure:  # the manager has noted it; the file may be another importer's
            return None
        if sure is not None:
            return sure if sure >= SURE else None
    best = None
    for row in _rows(sample):
        if knows(importer, row):
            names = {same_name(name) for name in importer.known_names()}
            used = sum(1 for cell in row if same_name(cell) in names)
            best = max(best or 0.0, 0.5 + used / (2 * max(1, len(row))))
    return best


def _ask(importer: TableImporter, sample: Sample) -> float | None:
    return importer.sniff(sample)


def _rows(sample: Sample) -> list[list[str]]:
    return [row for sheet in sample.sheets for row in sheet.rows[:HEADER_WITHIN]]


def _sheets(importer: TableImporter, sample: Sample) -> tuple[str, ...]:
    return tuple(
        sheet.name
        for sheet in sample.sheets
        if sheet.name and any(knows(importer, row) for row in sheet.rows[:HEADER_WITHIN])
    )


def _header(sample: Sample, importers: Sequence[TableImporter]) -> list[str]:
    """The row that is most likely the header, of the first sheet that has one."""
    known = {name for importer in importers for name in importer.known_names()}
    for sheet in sample.sheets:
        index = header_row(sheet.rows, known)
        if index is not None:
            return sheet.rows[index]
    return []


def _nearest(sample: Sample, importers: Sequence[TableImporter]) -> list[TableImporter]:
    """The importers that know a part of the header, those that know most of it first."""
    forms = {same_name(cell) for row in _rows(sample) for cell in row}
    counted = [
        (sum(1 for name in importer.known_names() if same_name(name) in forms), importer)
        for importer in importers
    ]
    ordered = sorted((one for one in counted if one[0] >= 2), key=lambda one: (-one[0], one[1].name))
    return [importer for _count, importer in ordered]
