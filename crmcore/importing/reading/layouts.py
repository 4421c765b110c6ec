"""Finding how the table lies in a text, a sheet or an HTML file: header, columns, footers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from crmcore.errors import FileError
from crmcore.hooks.table_importer import TableImporter
from crmcore.i18n import gettext as _
from crmcore.importing.reading.bind import id_columns
from crmcore.importing.reading.dialect import BLANKS, Dialect, FirstRow, dialect_of
from crmcore.importing.reading.encoding import HEAD, encoding_by_ends
from crmcore.importing.reading.names import HEADER_WITHIN, header_row, hits, listed, same_name, unique_names
from crmcore.importing.reading.part import FOOTERS, Layout


def known_names(importer: TableImporter | None) -> set[str]:
    """The header names an importer knows; none without one."""
    return importer.known_names() if importer else set()


def text_layout(path: Path, importer: TableImporter | None) -> Layout:
    """The layout of a text file; raises `FileError` when it has no header or not the importer's columns."""
    encoding = (importer.encoding if importer else None) or encoding_by_ends(path)
    if encoding.lower().replace("-", "").replace("_", "") in ("gbk", "gb2312", "cp936"):
        encoding = "gb18030"  # the superset of both
    dialect = _dialect(path, encoding, importer)
    kind = "blanks" if dialect.delimiter == BLANKS else "text"
    columns, header_lines = header_of(path, dialect.rows, importer)
    layout = Layout(path, kind, columns, encoding, dialect.delimiter, dialect.quoted, header_lines)
    return with_importer(layout, importer)


def with_importer(layout: Layout, importer: TableImporter | None) -> Layout:
    """The layout with what the importer says about ids and footers."""
    own = (importer.skip_rows if importer else ()) or ()
    words = (own,) if isinstance(own, str) else tuple(own)
    footers = (
        re.compile("|".join([FOOTERS.pattern, *(f"(?:{word})" for word in words)]), re.DOTALL)
        if words
        else FOOTERS
    )
    ids = id_columns(importer, layout.columns)
    return replace(layout, ids=ids, footers=footers, own_footers=bool(words))


def header_of(
    path: Path, rows: Sequence[FirstRow], importer: TableImporter | None
) -> tuple[tuple[str, ...], int]:
    """The column names and the number of lines up to and with the header.

    Raises `FileError` when no line can be the header, or none has a column that the importer knows.
    """
    header = importer.header if importer else None
    if header is not None and not isinstance(header, int):
        return _given_names(rows, header)
    if isinstance(header, int):
        found = next((row for row in rows if row.line <= header <= row.last_line), None)
        if found is None:
            text = _("{path}: there is nothing in line {line}, which the mapping calls the header")
            raise FileError(text.format(path=path, line=header))
        return tuple(unique_names(found.cells)), found.last_line
    known = known_names(importer)
    index = header_row([row.cells for row in rows], known)
    if index is None:
        raise FileError(_("{path}: there are only empty lines in it; export it again").format(path=path))
    found = rows[index]
    if importer and not hits(found.cells, known):
        raise FileError(_foreign(path, importer, unique_names(found.cells)))
    return tuple(unique_names(found.cells)), found.last_line


def _given_names(rows: Sequence[FirstRow], names: Iterable[str]) -> tuple[tuple[str, ...], int]:
    """Names from the mapping, for a file without a header; a first line that repeats them is one."""
    columns = unique_names(list(names))
    first = rows[0] if rows else None
    repeated = first is not None and [same_name(cell) for cell in first.cells] == [
        same_name(c) for c in columns
    ]
    return tuple(columns), first.last_line if first and repeated else 0


def _foreign(path: Path, importer: TableImporter, columns: Sequence[str]) -> str:
    text = _(
        "{path}: none of the columns of {importer} are in it. It has: {columns}. Choose another one with --as"
    )
    shown = listed(columns, 20)
    return text.format(path=path, importer=importer.name, columns=shown)


def _dialect(path: Path, encoding: str, importer: TableImporter | None) -> Dialect:
    with path.open("rb") as file:
        head = file.read(HEAD)
    text = head_text(head, encoding)
    header = importer.header if importer else None
    width = len(header) if header is not None and not isinstance(header, int) else 0
    return dialect_of(text, known_names(importer), importer.delimiter if importer else None, width)


def head_text(head: bytes, encoding: str) -> str:
    """The beginning of a file as whole lines of text (the last one too where the file ends in it)."""
    text = head.decode(encoding, "replace").removeprefix("\ufeff")
    if len(head) < HEAD:
        return text
    end = max(text.rfind("\n"), text.rfind("\r"))
    return text[: end + 1] if end > 0 else text


def sheet_layout(
    path: Path,
    kind: str,
    name: str | None,
    rows: Sequence[tuple[int, list[str]]],
    importer: TableImporter | None,
) -> Layout:
    """The layout of a sheet or an HTML table by its first rows; raises `FileError` as `header_of`."""
    first = [FirstRow(number, number, cells) for number, cells in rows if any(cell.strip() for cell in cells)]
    columns, header_lines = header_of(path, first[:HEADER_WITHIN], importer)
    while len(columns) > 1 and columns[-1] == f"column {len(columns)}" and not _used(first, len(columns) - 1):
        columns = columns[:-1]
    layout = Layout(path, kind, columns, header_lines=header_lines, sheet=name)
    return with_importer(layout, importer)


def _used(rows: Sequence[FirstRow], position: int) -> bool:
    return any(len(row.cells) > position and row.cells[position].strip() for row in rows)
