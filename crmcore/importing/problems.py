"""Why a row was set aside, in words; and the row as it stands in the file."""

from __future__ import annotations

from collections.abc import Iterator

from crmcore.hooks.import_fields import FIELDS
from crmcore.i18n import gettext as _
from crmcore.i18n import title_of
from crmcore.importing.reading import TablePart, lines_of
from crmcore.importing.reject import Reject
from crmcore.importing.staging.orders import Shape
from crmcore.importing.staging.rows import Source, reader_of
from crmcore.importing.staging.scratch import Scratch

# This many rejected rows are kept with all their cells; beyond it a file is a wrong file, not one to mend.
KEPT = 100_000


def reason_of(problem: str, source: Source) -> str:
    """The sentence for a problem code such as `date:placed_at`."""
    code, _colon, field = problem.partition(":")
    columns = source.ours.get(field)
    known = FIELDS.get(field)
    what = columns[0] if columns else title_of(known.zh, known.en) if known else field
    sentences = {
        "date": _("{what}: not a date or time that can be read"),
        "amount": _("{what}: not a number that can be read"),
        "whole": _("{what}: not a whole number"),
        "currency": _("{what}: not a currency code such as CNY"),
        "missing": _("{what} is empty"),
        "damaged": _("{what}: a spreadsheet has damaged this number (1.23E+17); export the file anew"),
        "order": _("another row of this order cannot be used; mend that one and import both"),
        "nobody": _(
            "nothing here tells who this is: a buyer id, phone, e-mail, or name with address is needed"
        ),
        "masked": _(
            "everything that could tell who this is is hidden in part (138****8000): "
            "export it with full values"
        ),
    }
    return sentences[code].format(what=what)


def unreadable(part: TablePart) -> Iterator[Reject]:
    """The rows that were set aside while the file was read."""
    for one in part.rejects:
        yield Reject(part.file, part.sheet, one.line, one.reason, one.row)


def unusable(scratch: Scratch, source: Source) -> Iterator[Reject]:
    """The rows of one part whose values cannot be used, with their cells read from the file again."""
    part = source.part
    bad = "part = ? AND problem IS NOT NULL AND problem <> 'again:' ORDER BY rec LIMIT ?"
    problems = dict(scratch.rows(f"SELECT rec, problem FROM rows WHERE {bad}", [source.number, KEPT]))
    if not problems:
        return
    lines = lines_of(part, problems)
    sql, values = reader_of(part)
    # A join, not a list of numbers: with a hundred thousand of them every row would be compared with each.
    found = scratch.stream(
        f"SELECT * FROM (SELECT row_number() OVER () - 1 AS rec, * FROM {sql}) "
        f"WHERE rec IN (SELECT rec FROM rows WHERE {bad}) ORDER BY rec",
        [*values, source.number, KEPT],
    )
    for rec, *cells in (row for rows in found for row in rows):
        row = {column: cell or "" for column, cell in zip(part.columns, cells, strict=True)}
        yield Reject(part.file, part.sheet, lines.get(rec, 0), reason_of(problems[rec], source), row)


def unknown_states(scratch: Scratch, shape: Shape) -> list[str]:
    """Sentences about states that the importer does not know; their orders go by the payment date."""
    if "status" not in shape.fields:
        return []
    found = scratch.rows(
        "SELECT status_text, count(*) FROM rows WHERE status IS NULL AND status_text IS NOT NULL AND problem "
        "IS NULL "
        "GROUP BY status_text ORDER BY 2 DESC, 1 LIMIT 10"
    )
    text = _(
        "the state {word!r} is not known ({count} rows): kept as it is, and the order goes by its payment "
        "date"
    )
    return [text.format(word=word, count=count) for word, count in found]
