"""The door to reading: a file becomes tables of text that a strict CSV reader takes."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import mkstemp

from crmcore.errors import FileError
from crmcore.hooks.table_importer import Batch, Sample, SheetSample, TableImporter, overrides
from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.importing.reading.cells import clean
from crmcore.importing.reading.dialect import dialect_of
from crmcore.importing.reading.encoding import encoding_of, guess
from crmcore.importing.reading.fast import NeedsCare, is_strict, pieces, transcode
from crmcore.importing.reading.kind import kind_of, open_elsewhere
from crmcore.importing.reading.layouts import head_text, sheet_layout, text_layout
from crmcore.importing.reading.markup import first_markup_rows, markup_encoding, markup_rows
from crmcore.importing.reading.part import Layout, TablePart
from crmcore.importing.reading.settle import Settled, good_rows, write_clean
from crmcore.importing.reading.sheets import Book, NumberedRows
from crmcore.importing.reading.textrows import Raw, text_rows

Batches = Callable[[Path], Iterator[Batch]]
_PEEK_ROWS = 40
# From this size on, in bytes, a text file may be read piece by piece.
LONG_FILE = 24 << 20


def peek(path: Path) -> Sample:
    """The start of a file, cheaply (its first 64 KB; a workbook's sheets are loaded whole).

    Raises `FileError` with what is wrong and what to do when it is no table at all.
    """
    kind, head = kind_of(path)
    if kind == "text":
        encoding = guess(head)
        dialect = dialect_of(head_text(head, encoding))
        rows = [[clean(cell) for cell in row.cells] for row in dialect.rows[:_PEEK_ROWS]]
        return Sample(path, "csv", encoding, dialect.delimiter, [SheetSample(None, rows)])
    if kind == "html":
        encoding = markup_encoding(head)
        rows = first_markup_rows(head, encoding)[:_PEEK_ROWS]
        return Sample(path, "html", encoding, None, [SheetSample(None, rows)])
    with Book(path, kind, most=_PEEK_ROWS) as book:
        samples = [
            SheetSample(name, [cells for _number, cells in rows if any(cells)])
            for name, rows in book.sheets()
        ]
    return Sample(path, kind, None, None, samples)


def open_tables(
    path: Path,
    importer: TableImporter | None,
    work_dir: Path,
    batches: Batches | None = None,
    *,
    in_pieces: bool = False,
) -> list[TablePart]:
    """Every table of the file that the importer knows, ready to be staged; clean copies go into `work_dir`.

    Without an importer: every table that has a header. `batches` runs the importer's own `read` where it has
    one (in a worker process); by default it is called here. `in_pieces`: the table of a long text file may
    be one that is still to be read, by `pieces_of`. Raises `FileError` when the file cannot be read or has
    none of the importer's columns.
    """
    if importer is not None and overrides(importer, "read"):
        return [_from_batches(path, batches or importer.read, work_dir)]
    kind, head = kind_of(path)
    if kind == "text":
        parts = [_text_part(text_layout(path, importer), work_dir, in_pieces=in_pieces)]
    elif kind == "html":
        encoding = (importer.encoding if importer else None) or markup_encoding(head)
        parts = [_markup_part(path, encoding, importer, work_dir)]
    else:
        parts = _sheet_parts(path, kind, importer, work_dir)
    if open_elsewhere(path):
        text = _("{file} is open in a spreadsheet: what is not saved there is not read")
        parts[0].notes.append(text.format(file=path.name))
    return parts


def careful(part: TablePart) -> TablePart:
    """The same table read row by row: bad rows become rejects, the rest goes into a clean copy.

    For a part on which a strict reader fails; what it returns never makes one fail.
    """
    if part.layout.kind not in ("text", "blanks"):
        return part
    _forget_pieces(part)
    return replace(_careful(part.layout, part.work_dir), notes=part.notes)


def pieces_of(part: TablePart, rows: int) -> Iterator[Path]:
    """The files of a part `in_pieces`, of about so many rows each, as they are written.

    Raises `NeedsCare` when the file turns out to be one for `whole`.
    """
    for piece in pieces(part.layout, rows, lambda: _new_file(part.work_dir)):
        part.pieces.append(piece)
        yield piece


def whole(part: TablePart) -> TablePart:
    """The same table in one file, for a part `in_pieces` that cannot be read so."""
    _forget_pieces(part)
    return replace(_text_part(part.layout, part.work_dir), notes=part.notes)


def _forget_pieces(part: TablePart) -> None:
    """Make room on the disk: the file is read another way."""
    for piece in part.pieces:
        piece.unlink(missing_ok=True)


def lines_of(part: TablePart, indexes: Iterable[int]) -> dict[int, int]:
    """The lines in `file` where records begin, by their index in `csv_path` (from 0); one new pass."""
    wanted = set(indexes)
    if not wanted:
        return {}
    layout = part.layout
    if layout.kind == "batches":
        return {index: _batch_line(layout, index) for index in wanted}
    rows = good_rows(_raw_rows(layout), layout, Settled())
    last = max(wanted)
    found = {}
    for index, (line, _cells) in enumerate(rows):
        if index in wanted:
            found[index] = line
        if index >= last:
            break
    return found


def line_of(part: TablePart, index: int) -> int:
    """The line in `file` where a record begins; 0 when there is no such record."""
    return lines_of(part, [index]).get(index, 0)


def _text_part(layout: Layout, work_dir: Path, *, in_pieces: bool = False) -> TablePart:
    if layout.kind == "blanks" or layout.own_footers or len(layout.columns) == 1:
        return _careful(layout, work_dir)
    if in_pieces and layout.path.stat().st_size >= LONG_FILE:
        nowhere = work_dir / "in_pieces"
        part = _part(layout, nowhere, 0, work_dir, layout.delimiter, layout.quoted)
        return replace(part, in_pieces=True)
    try:
        if layout.encoding in ("utf-8", "utf-8-sig", "ascii") and is_strict(layout):
            return _part(layout, layout.path, layout.header_lines, work_dir, layout.delimiter, layout.quoted)
        target = _new_file(work_dir)
        transcode(layout, target)
    except NeedsCare:
        return _careful(layout, work_dir)
    return _part(layout, target, 0, work_dir, layout.delimiter, layout.quoted)


def _careful(layout: Layout, work_dir: Path) -> TablePart:
    if layout.encoding == "utf-8":
        layout = replace(layout, encoding=encoding_of(layout.path))
    target = _new_file(work_dir)
    rest = Settled()
    cut_short = not _ends_with_line_end(layout)
    write_clean(good_rows(_raw_rows(layout), layout, rest, cut_short=cut_short), target)
    part = _part(layout, target, 0, work_dir, ",", quoted=True)
    return replace(part, rejects=rest.rejects, skipped=rest.skipped)


def _part(
    layout: Layout, csv_path: Path, skip: int, work_dir: Path, delimiter: str, quoted: bool
) -> TablePart:
    return TablePart(
        file=layout.path,
        sheet=layout.sheet,
        columns=list(layout.columns),
        csv_path=csv_path,
        delimiter=delimiter,
        quoted=quoted,
        skip_lines=skip,
        first_line=layout.header_lines + 1,
        layout=layout,
        work_dir=work_dir,
        encoding=layout.encoding if layout.kind in ("text", "blanks", "html") else None,
    )


def _raw_rows(layout: Layout) -> Iterator[Raw]:
    if layout.kind in ("text", "blanks"):
        yield from text_rows(layout)
        return
    if layout.kind == "html":
        yield from _below(layout, markup_rows(layout.path, layout.encoding))
        return
    with Book(layout.path, layout.kind, only=[layout.sheet or ""]) as book:
        for _name, rows in book.sheets():
            yield from _below(layout, rows)


def _below(layout: Layout, rows: NumberedRows) -> Iterator[Raw]:
    """The rows below the header."""
    return ((number, cells, None) for number, cells in rows if number > layout.header_lines)


def _markup_part(path: Path, encoding: str, importer: TableImporter | None, work_dir: Path) -> TablePart:
    first = list(itertools.islice(markup_rows(path, encoding), _PEEK_ROWS))
    if not first:
        text = _("{path}: this is a web page without a table; export the data as csv or xlsx")
        raise FileError(text.format(path=path))
    layout = replace(sheet_layout(path, "html", None, first, importer), encoding=encoding)
    return _careful(layout, work_dir)


def _sheet_parts(path: Path, kind: str, importer: TableImporter | None, work_dir: Path) -> list[TablePart]:
    asked = importer.sheet if importer and importer.sheet else []
    only = [asked] if isinstance(asked, str) else list(asked)
    parts, refused, hidden = [], [], ""
    with Book(path, kind, only=only) as book:
        if book.hidden and not only:
            hidden = _("hidden sheets left out: {sheets}").format(sheets=joined(book.hidden))
        for name in only:
            if name not in book.names:
                text = _("{path}: there is no sheet {name!r}; it has: {sheets}")
                raise FileError(text.format(path=path, name=name, sheets=joined(book.names)))
        for name, rows in book.sheets():
            first = list(itertools.islice(rows, _PEEK_ROWS))
            try:
                layout = sheet_layout(path, kind, name, first, importer)
            except FileError as error:
                refused.append((name, error))
                continue
            parts.append(_sheet_part(layout, itertools.chain(first, rows), work_dir))
    if not parts:
        wrong = refused[0][1] if refused else _("{path}: the workbook has no sheet").format(path=path)
        raise FileError(f"{wrong}; {hidden}" if hidden else str(wrong))
    if hidden:
        parts[0].notes.append(hidden)
    if refused:
        text = _("sheets left out, they have none of the columns: {sheets}")
        parts[0].notes.append(text.format(sheets=joined(name for name, _error in refused)))
    return parts


def _sheet_part(layout: Layout, rows: Iterator[tuple[int, list[str]]], work_dir: Path) -> TablePart:
    target = _new_file(work_dir)
    rest = Settled()
    write_clean(good_rows(_below(layout, rows), layout, rest), target)
    part = _part(layout, target, 0, work_dir, ",", quoted=True)
    return replace(part, rejects=rest.rejects, skipped=rest.skipped)


def _from_batches(path: Path, read: Batches, work_dir: Path) -> TablePart:
    """Write what an importer's own `read` gives as a clean CSV."""
    target = _new_file(work_dir)
    columns: list[str] = []
    starts: list[tuple[int, int]] = []
    written = 0
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for batch in read(path):
            columns = columns or list(batch.columns)
            length = len(next(iter(batch.columns.values()), []))
            if list(batch.columns) != columns or any(len(one) != length for one in batch.columns.values()):
                text = _("{path}: the importer's read gave batches whose columns differ in name or length")
                raise FileError(text.format(path=path))
            starts.append((written, batch.first_line))
            rows = zip(*(batch.columns[name] for name in columns), strict=True)
            writer.writerows(["" if cell is None else cell for cell in row] for row in rows)
            written += length
    layout = Layout(path, "batches", tuple(columns), header_lines=0, starts=tuple(starts))
    part = _part(layout, target, 0, work_dir, ",", quoted=True)
    return replace(part, first_line=starts[0][1] if starts else 1)


def _batch_line(layout: Layout, index: int) -> int:
    start, line = max((pair for pair in layout.starts if pair[0] <= index), default=(0, 1))
    return line + index - start


def _ends_with_line_end(layout: Layout) -> bool:
    with layout.path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 2))
        return any(sign in file.read() for sign in (b"\n", b"\r"))


def _new_file(work_dir: Path) -> Path:
    """An empty file of its own, readable by this user only: exports hold people's data."""
    work_dir.mkdir(parents=True, exist_ok=True)
    handle, name = mkstemp(suffix=".csv", dir=work_dir)
    with open(handle, "wb"):  # noqa: PTH123 - closes the handle
        pass
    return Path(name)
