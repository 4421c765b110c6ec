"""Reading a part the way staging does: DuckDB's strict reader, the careful road where it fails."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from crmcore.hooks.table_importer import TableImporter
from crmcore.importing.reading import TablePart, careful, open_tables


@dataclass
class Read:
    part: TablePart
    rows: list[dict[str, str]]

    @property
    def rejects(self) -> list[tuple[int, str]]:
        return [(one.line, one.reason) for one in self.part.rejects]

    def column(self, name: str) -> list[str]:
        return [row[name] for row in self.rows]


def strict(part: TablePart) -> list[dict[str, str]]:
    quote = "'\"'" if part.quoted else "''"
    delimiter = "'" + part.delimiter.replace("'", "''") + "'"
    names = [f"c{i}" for i in range(len(part.columns))]
    with duckdb.connect() as connection:
        found = connection.execute(
            "SELECT * FROM read_csv(?, header = false, auto_detect = false, strict_mode = true, "
            f"delim = {delimiter}, quote = {quote}, escape = {quote}, skip = {part.skip_lines}, "
            "null_padding = false, columns = " + str(dict.fromkeys(names, "VARCHAR")) + ")",
            [str(part.csv_path)],
        ).fetchall()
    return [dict(zip(part.columns, (cell or "" for cell in row), strict=True)) for row in found]


def read_part(part: TablePart) -> Read:
    try:
        return Read(part, strict(part))
    except (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.IOException):
        part = careful(part)
        return Read(part, strict(part))


def read_all(path: Path, work_dir: Path, importer: TableImporter | None = None) -> list[Read]:
    return [read_part(part) for part in open_tables(path, importer, work_dir)]


def read(path: Path, work_dir: Path, importer: TableImporter | None = None) -> Read:
    (only,) = read_all(path, work_dir, importer)
    return only
