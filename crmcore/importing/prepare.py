"""Files become staged records: read, cleaned, grouped, cut into chunks. Nothing of it touches the shop."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from crmcore.errors import FileError
from crmcore.hooks.table_importer import Batch, TableImporter
from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.importing.problems import unknown_states, unreadable, unusable
from crmcore.importing.reading import NeedsCare, TablePart, careful, open_tables, whole
from crmcore.importing.reading.bind import bind
from crmcore.importing.set_aside import SetAside
from crmcore.importing.staging import leftovers, orders, people, rows, zones
from crmcore.importing.staging.ahead import NOT_STRICT, Ahead
from crmcore.importing.staging.export import Chunk, Leaving, build_tables
from crmcore.importing.staging.orders import Shape
from crmcore.importing.staging.plain import refuse_patterns
from crmcore.importing.staging.rows import Compute, Source
from crmcore.importing.staging.scratch import Scratch, told_plainly

Tell = Callable[[str], None]
# Longer parts go through what changes single cells in pieces of so many rows: just more than DuckDB puts
# away at once (122,880), for it copies what is less than that twice.
PIECE = 123_000
# So many bytes of files hold few rows.
SHORT_FILES = 100_000


@dataclass(frozen=True)
class Request:
    """What is to be staged: files, their importer, and what the shop or the person says about them.

    `read` calls the importer's own reader where it has one, `compute` its `@column` methods; both run in a
    worker process. `by_key`: see `people.MANY_PEOPLE`.
    """

    importer: TableImporter
    files: Sequence[Path]
    source: str
    currency: str
    zone: str
    compute: Compute
    read: Callable[[Path], Iterator[Batch]] | None = None
    by_key: bool = True


@dataclass
class Staged:
    """Records ready to be applied: their shape and chunks; and what will not be.

    `read` counts the rows of the files, `again` those that a later part of them says anew.
    """

    shape: Shape
    chunks: list[Chunk]
    leaving: Leaving
    read: int
    again: int
    rejected: int
    rejects: SetAside
    warnings: list[str] = field(default_factory=list)


def stage(scratch: Scratch, request: Request, tell: Tell) -> Staged:
    """Stage the files of one importer.

    Raises `FileError` and `MappingError` for what is wrong with a file or mapping as a whole.
    """
    refuse_patterns(scratch, request.importer)
    sources = [*_sources(request, scratch.folder, tell)]
    if sum(path.stat().st_size for path in request.files) <= SHORT_FILES:
        scratch.plan_for_few()
    fields = frozenset(one for source in sources for one in source.fields)
    for index, source in enumerate(sources):
        if source.part.in_pieces:
            instead = _in_pieces(scratch, request, source, fields)
            if instead is None:
                continue
            source = replace(source, part=instead)
        sources[index], number = _read(scratch, source, tell)
        _keep(scratch, request, sources[index], fields, number, alone=len(sources) == 1)
    shape = Shape(request.importer, fields)
    tell(_("grouping"))
    orders.number_rows(scratch, shape)
    orders.complete(scratch, request.currency, _broken_orders(sources))
    records = (
        orders.build_orders(scratch, shape) if request.importer.record in ("order", "order_line") else None
    )
    told = people.build_people(scratch, shape, request.source, records, by_key=request.by_key)
    chunks, leaving = build_tables(scratch, shape, request.importer.kind, told, records)
    unread = sum(len(source.part.rejects) for source in sources)
    read, unused, again = scratch.rows(
        "SELECT count(*), count(problem), count(*) FILTER (problem = 'again:') FROM kept"
    )[0]
    unused -= again
    staged = Staged(
        shape=shape,
        chunks=chunks,
        leaving=leaving,
        read=read + unread,
        again=again,
        rejected=unused + unread,
        rejects=SetAside(scratch.folder / "set_aside.jsonl"),
        warnings=[note for source in sources for note in source.part.notes] + unknown_states(scratch, shape),
    )
    for source in sources:
        unread_of_it = sorted(unreadable(source.part), key=lambda one: one.line)
        unused_of_it = unusable(scratch, source) if unused else ()
        staged.rejects.add(heapq.merge(unread_of_it, unused_of_it, key=lambda one: one.line))
    if len(staged.rejects) < staged.rejected:
        text = _("{count} rows are set aside, the first {kept} of them can be listed: is it the right file?")
        staged.warnings.append(text.format(count=staged.rejected, kept=len(staged.rejects)))
    return staged


def _sources(request: Request, folder: Path, tell: Tell) -> Iterator[Source]:
    number = 0
    for path in request.files:
        tell(_("reading {file}").format(file=path.name))
        # What a method makes of a time can only be judged when all of them are known.
        told = {field for one in request.importer.computed() for field in one.fields}
        in_pieces = not told & set(rows.TIMES)
        parts = open_tables(path, request.importer, folder, request.read, in_pieces=in_pieces)
        for part in parts:
            bound = bind(request.importer, part.columns)
            yield Source(
                part, number, request.importer, bound.ours, bound.computed, request.currency, request.zone
            )
            number += 1
    if number == 0:
        raise FileError(
            _("there is no table to import in {files}").format(files=joined(p.name for p in request.files))
        )


def _read(scratch: Scratch, source: Source, tell: Tell) -> tuple[Source, int]:
    """Read a part; returns how it was read, and how many rows it has."""
    try:
        number = rows.read_part(scratch, source)
    except NOT_STRICT:
        tell(
            _("reading {file} with care: not every line has the same form").format(file=source.part.file.name)
        )
        source = replace(source, part=careful(source.part))
        with told_plainly():
            number = rows.read_part(scratch, source)
    return source, number


def _in_pieces(
    scratch: Scratch, request: Request, source: Source, fields: frozenset[str]
) -> TablePart | None:
    """Read a long part piece by piece, each while the one before it is worked on, and move it to the rows.

    Returns None, or how the part must be read instead; then nothing of it is kept.
    """
    if source.number == 0:
        rows.make_rows(scratch, fields)
    start = scratch.one("SELECT coalesce(max(seq), 0) FROM kept")
    answers = leftovers.Answers(scratch)
    instead: TablePart | None = None
    try:
        with Ahead(scratch, source, PIECE) as tables:
            for table in tables:
                scratch.run(f"ALTER TABLE {table} RENAME TO incoming")
                if leftovers.has_odd_times(scratch, source.fields):
                    instead = whole(source.part)
                    break
                leftovers.work_out(scratch, source, request.compute, None, answers)
                zones.to_utc(scratch, source)
                rows.keep_part(scratch, source, start)
    except (NeedsCare, *NOT_STRICT):
        instead = careful(source.part)
    answers.forget()
    if instead:
        scratch.run(
            "DROP TABLE kept" if source.number == 0 else f"DELETE FROM kept WHERE part = {source.number}"
        )
        for table in scratch.tables("piece_"):
            scratch.run(f"DROP TABLE {table}")
    return instead


def _keep(
    scratch: Scratch, request: Request, source: Source, fields: frozenset[str], number: int, *, alone: bool
) -> None:
    """Read what is left over in the part of so many rows that was read last, and move it to the rows.

    A long part goes there piece by piece: what is changed in a table DuckDB holds in memory.
    """
    told = {field for one, _theirs in source.computed for field in one.fields}
    if number <= PIECE and alone:
        leftovers.work_out(scratch, source, request.compute)
        zones.to_utc(scratch, source)
        rows.keep_only_part(scratch, source, number)
        return
    if source.number == 0:
        rows.make_rows(scratch, fields)
    start = scratch.one("SELECT coalesce(max(seq), 0) FROM kept")
    # Dates are the whole part's matter; where a method tells them, they cannot be looked at beforehand.
    size = number if told & set(rows.TIMES) else PIECE
    day_first = None if told & set(rows.TIMES) else leftovers.day_comes_first(scratch, source.fields)
    if number > PIECE:
        scratch.run("SET threads = 1")  # each works in memory of its own
    scratch.run("ALTER TABLE incoming RENAME TO whole")
    answers = leftovers.Answers(scratch)
    for low in range(0, number, max(size, 1)):
        scratch.run(
            f"CREATE TABLE incoming AS SELECT * FROM whole WHERE rec BETWEEN {low} AND {low + size - 1}"
        )
        leftovers.work_out(scratch, source, request.compute, day_first, answers)
        zones.to_utc(scratch, source)
        rows.keep_part(scratch, source, start)
    answers.forget()
    scratch.run("DROP TABLE whole")


def _broken_orders(sources: Sequence[Source]) -> list[str]:
    """The numbers of orders with a row that could not be read."""
    found = []
    for source in sources:
        for column in source.ours.get("order_ref", ()):
            found += [one.row[column].strip(" '`=\"\t") for one in source.part.rejects if one.row.get(column)]
    return [one for one in found if one]
