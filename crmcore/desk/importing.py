"""Importing as people meet it: what a file is, what is to be done with which files, earlier imports.

Importing itself runs in a process of its own (`crmcore.background`): nothing here loads what reads files.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from crmcore.errors import FileError, MappingError, system_reason
from crmcore.hooks.table_importer import Sample, TableImporter
from crmcore.i18n import joined, title_of
from crmcore.importing import history
from crmcore.importing.detect import detect
from crmcore.importing.history import ImportRow
from crmcore.importing.kept_mappings import kept_importers
from crmcore.importing.mapping import load_mapping
from crmcore.importing.reject import Reject
from crmcore.shop import Shop


@dataclass(frozen=True)
class FileToImport:
    """A file, and what it is taken for.

    `importer` None: nobody knows it; `problem` says why and what to do. `score` from 0.5 to 1 says how much
    of the header the importer uses; `sheets` are the sheets it knows. `chosen`: a person named the importer,
    or a mapping says what the columns mean.
    """

    path: Path
    size: int = 0
    importer: str | None = None
    title: str = ""
    score: float = 0.0
    sheets: tuple[str, ...] = ()
    mapping: Path | None = None
    chosen: bool = False
    problem: str = ""


@dataclass(frozen=True)
class Outcome:
    """What importing the files of one importer did, or would do; `id` is None for a plan."""

    importer: str
    id: int | None
    read: int
    new: int
    changed: int
    same: int
    rejected: int
    customers_new: int
    orders_new: int
    seconds: float
    warnings: tuple[str, ...]
    rejects: tuple[str, ...]

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Outcome:
        """An outcome as the background process tells it."""
        numbers = ("read", "new", "changed", "same", "rejected", "customers_new", "orders_new", "seconds")
        return cls(
            importer=told["importer"],
            id=told["id"],
            warnings=tuple(told["warnings"]),
            rejects=tuple(reject_line(one) for one in told["rejects"]),
            **{name: told[name] for name in numbers},
        )


def reject_line(told: dict[str, Any]) -> str:
    """Where a row set aside stands and why: `orders.csv:18: …`."""
    place = ":".join(str(part) for part in (told["file"], told["sheet"], told["line"]) if part)
    return f"{place}: {told['reason']}"


# --- what a file is ---------------------------------------------------------------------------------------


def recognise(shop: Shop, paths: Iterable[Path]) -> list[FileToImport]:
    """What each file is. One that nobody knows takes the mapping that lies beside it (`orders.yaml`)."""
    return [_recognised(shop, path) for path in paths]


def _recognised(shop: Shop, path: Path) -> FileToImport:
    one = FileToImport(path)
    with suppress(OSError):  # `detect` says what is wrong with it
        one = replace(one, size=path.stat().st_size)
    try:
        kept = kept_importers(shop.playbook)
        (found,) = detect([path], shop.plugins.importers(), lambda *asked: _sniff(shop, *asked), kept)
    except FileError as error:
        beside = path.with_suffix(".yaml")
        if path.is_file() and beside.is_file():
            return with_mapping(one, beside)
        return replace(one, problem=str(error))
    importer = found.importer
    return replace(
        one, importer=importer.name, title=_title(importer), score=found.score, sheets=found.sheets
    )


def with_mapping(one: FileToImport, mapping: Path) -> FileToImport:
    """The file read by a mapping; where that cannot be used the problem says why."""
    try:
        importer = load_mapping(mapping)
    except MappingError as error:
        return replace(one, importer=None, mapping=None, problem=str(error))
    return replace(
        one,
        importer=importer.name,
        title=_title(importer),
        mapping=mapping,
        sheets=(),
        chosen=True,
        problem="",
    )


def with_importer(one: FileToImport, importer: TableImporter) -> FileToImport:
    """The file read by an importer that a person named."""
    return replace(
        one,
        importer=importer.name,
        title=_title(importer),
        mapping=None,
        sheets=(),
        chosen=True,
        problem="",
    )


def importers(shop: Shop) -> list[TableImporter]:
    """The importers to choose from, those of the playbook's mappings among them, by title."""
    return sorted(_all(shop).values(), key=title)


def _all(shop: Shop) -> dict[str, TableImporter]:
    """Every importer by name; a mapping of the playbook goes before a plugin's, as when it is named."""
    everyone = [*shop.plugins.importers(), *kept_importers(shop.playbook)]
    return {one.name: one for one in everyone}


def title(importer: TableImporter) -> str:
    """Its title in the language in force and its name."""
    return f"{_title(importer)} ({importer.name})"


def titles(shop: Shop) -> dict[str, str]:
    """What people call each importer, by its name; a mapping's importer has none."""
    return {name: _title(one) for name, one in _all(shop).items()}


def batches(files: Sequence[FileToImport], source: str | None) -> list[dict[str, Any]]:
    """The files as `background.works.bring` takes them: recognised ones together, chosen ones apart."""

    def chosen_by(one: FileToImport) -> tuple[str, str]:
        if one.mapping is not None:
            return "", str(one.mapping)
        return (one.importer or "", "") if one.chosen else ("", "")

    return [
        {
            "files": [str(one.path) for one in group],
            "as_name": name or None,
            "mapping": mapping or None,
            "source": source,
        }
        for (name, mapping), group in groupby(sorted(files, key=chosen_by), chosen_by)
    ]


def _title(importer: TableImporter) -> str:
    return title_of(importer.title.get("zh", ""), importer.title.get("en", "")) or importer.name


def _sniff(shop: Shop, importer: TableImporter, sample: Sample) -> float | None:
    for plugin, one in shop.plugins.importers().values:
        if one.name == importer.name:
            found: float | None = shop.worker.call(plugin, "crm_importers", one.name, "sniff", sample)
            return found
    return None


# --- earlier imports --------------------------------------------------------------------------------------


def earlier(shop: Shop) -> list[ImportRow]:
    """Every import, the newest first."""
    with shop.database.read() as connection:
        return history.list_imports(connection)


def rejects(shop: Shop, import_id: int, limit: int = 200) -> list[Reject]:
    """The first of the rows that an import set aside."""
    with shop.database.read() as connection:
        return [*islice(history.rejects_of(connection, import_id), limit)]


def export_rejects(shop: Shop, import_id: int, path: Path) -> tuple[int, list[str]]:
    """Write the rows set aside as a table to mend and import again; returns how many, and what was cut.

    Raises `FileError` where the file cannot be written.
    """
    shop.permit("import.rejects")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        told: list[str] = []
        return shop.imports.export_rejects(import_id, path, told.append), told
    except OSError as error:
        raise FileError(f"{path}: {system_reason(error)}") from error


def rejects_file(shop: Shop, import_id: int) -> Path:
    """Where the rows set aside are written unless somebody names a place."""
    folder = shop.place.folder / "exports" if shop.place.folder else Path.cwd()
    return folder / f"rejects-{import_id}.csv"


def file_names(row: ImportRow) -> str:
    """The names of its files."""
    return joined(Path(str(one["path"])).name for one in row.files)


def missing_files(row: ImportRow) -> list[Path]:
    """Those of its files that are not where they were."""
    return [path for one in row.files if not (path := Path(str(one["path"]))).is_file()]
