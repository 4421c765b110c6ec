"""Figures by day, product or keyword: files about no customers, brought in by one transaction.

They are short (a row a day and site), so they take a road of their own: read row by row, checked, and put
into the shop together or not at all. Undo, rejects, dry runs and the list of imports are those of every
import.
"""

from __future__ import annotations

import csv
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from crmcore.errors import CrmError, UsageError
from crmcore.hooks.import_fields import FIELDS, FIGURES, fields_of
from crmcore.hooks.table_importer import TableImporter
from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.importing import history
from crmcore.importing.counts import Counts
from crmcore.importing.reading import careful, lines_of, open_tables
from crmcore.importing.reading.bind import bind
from crmcore.importing.reading.part import TablePart
from crmcore.importing.reject import Reject
from crmcore.importing.run import ImportResult, fingerprint
from crmcore.records.money import LARGEST, to_minor
from crmcore.rules.fields import suggestion
from crmcore.store.database import Database, Write
from crmcore.store.figures import Figure, put

__all__ = ["FIGURES", "HAND", "bring", "by_hand", "parse"]

HAND = "hand"  # the source of what somebody typed

if TYPE_CHECKING:
    from crmcore.records.settings import ShopSettings

# kind -> what tells one row of a day from another: subject, part, place
_PLACES = {
    "traffic": ("site", "creative", "position"),
    "product": ("sku", "", ""),
    "market": ("keyword", "grade", ""),
}
_DAYS = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%Y年%m月%d日",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m",
    "%Y年%m月",
)
_NUMBER = re.compile(r"(-?\d+(?:\.\d+)?)(万|亿)?")
_TIMES = {"": 1, "万": 10_000, "亿": 100_000_000}
_SHOWN_REJECTS = 20


def parse(kind: str, texts: Mapping[str, str], currency: str, formats: Sequence[str] = ()) -> Figure:
    """One row of figures from texts by our field names; raises `CrmError` with the reason."""
    known = fields_of(kind)
    told: dict[str, int | str] = {}
    for name, text in texts.items():
        if name not in known or not text.strip():
            continue
        if name != "day" and name not in _PLACES[kind]:
            told[name] = _value(name, text.strip(), currency)
    day = texts.get("day", "").strip()
    if not day and kind != "product":
        raise CrmError(_("it says no day"))
    subject, part, place = (texts.get(name, "").strip() if name else "" for name in _PLACES[kind])
    if not subject and kind != "traffic":
        raise CrmError(_("it says no {what}").format(what=_PLACES[kind][0]))
    if not told:
        raise CrmError(_("it holds no figure"))
    return Figure(kind, _day(day, formats).isoformat() if day else "", subject, part, place, told)


class ShopLike(Protocol):
    """What figures told by hand need of a shop."""

    @property
    def settings(self) -> ShopSettings: ...
    def write(self, why: str) -> AbstractContextManager[Write]: ...


def by_hand(shop: ShopLike, kind: str, texts: Mapping[str, str]) -> str:
    """Keep figures that somebody typed: "new", "changed" or "same".

    Raises `UsageError` for a name that the kind has not, and for figures that are none.
    """
    known = fields_of(kind)
    for name in texts:
        if name not in known:
            hint = suggestion(name, known)
            raise UsageError(_("{kind} has no {name!r}{hint}").format(kind=kind, name=name, hint=hint))
    try:
        figure = parse(kind, texts, shop.settings.currency)
    except CrmError as error:
        raise UsageError(str(error)) from None
    with shop.write(_("{kind} figures by hand").format(kind=kind)) as write:
        did = put(write, HAND, shop.settings.currency, [figure])
    return next(iter(did))


def bring(
    database: Database,
    importer: TableImporter,
    files: Sequence[Path],
    source: str,
    options: dict[str, object],
    *,
    currency: str,
    actor: str,
    folder: Path,
    dry_run: bool,
) -> ImportResult:
    """Import files of figures; raises `FileError` or `MappingError` for what is wrong as a whole."""
    started = time.monotonic()
    figures, rejects = _read(importer, files, currency, folder)
    counts = Counts(read=len(figures) + len(rejects), rejected=len(rejects))
    prints = [fingerprint(one) for one in files]
    result = ImportResult(
        importer.name, list(files), counts, dry_run=dry_run, rejects=rejects[:_SHOWN_REJECTS]
    )
    why = _("import {files}").format(files=joined(one.name for one in files))
    try:
        with database.write(why, actor=actor, kind="import") as write:
            import_id = history.begin(write, importer.name, source, prints, options, 1)
            _count(counts, write, source, currency, figures)
            if dry_run:
                raise _TakeBack
            if rejects:
                history.keep_rejects(write, import_id, rejects)
            done = {"state": "done", "chunks_done": 1, "finished_at": int(time.time())}
            history.advance(write, import_id, counts=counts, **done)
            result.id = import_id
    except _TakeBack:
        pass
    result.seconds = time.monotonic() - started
    return result


class _TakeBack(Exception):  # noqa: N818 - not an error: the way out of a transaction that is not to be kept
    """Ends a dry run's transaction."""


def _count(counts: Counts, write: Write, source: str, currency: str, figures: Sequence[Figure]) -> None:
    did = put(write, source, currency, figures)
    counts.new, counts.changed, counts.same = did["new"], did["changed"], did["same"]


def _read(
    importer: TableImporter, files: Sequence[Path], currency: str, folder: Path
) -> tuple[list[Figure], list[Reject]]:
    figures: list[Figure] = []
    rejects: list[Reject] = []
    given = importer.date_format
    formats = (given,) if isinstance(given, str) else tuple(given or ())
    for path in files:
        for part in map(careful, open_tables(path, importer, folder)):
            rejects += [Reject(path, part.sheet, one.line, one.reason, one.row) for one in part.rejects]
            broken: dict[int, tuple[str, dict[str, str]]] = {}
            ours = bind(importer, part.columns).ours
            for place, row in enumerate(_rows(part)):
                texts = {
                    name: next((row[one] for one in theirs if row[one]), "") for name, theirs in ours.items()
                }
                try:
                    figures.append(parse(importer.record, texts, currency, formats))
                except CrmError as error:
                    broken[place] = str(error), row
            lines = lines_of(part, broken)
            rejects += [
                Reject(path, part.sheet, lines.get(place, 0), reason, row)
                for place, (reason, row) in broken.items()
            ]
    return figures, rejects


def _rows(part: TablePart) -> Iterator[dict[str, str]]:
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if part.quoted else csv.QUOTE_NONE
    with part.csv_path.open(encoding="utf-8-sig", newline="") as file:
        for _skipped in range(part.skip_lines):
            file.readline()
        for cells in csv.reader(file, delimiter=part.delimiter, quoting=quoting):
            yield dict(zip(part.columns, [*cells, *[""] * len(part.columns)], strict=False))


def _value(name: str, text: str, currency: str) -> int | str:
    kind = FIELDS[name].type
    if kind == "text":
        return text
    bare = text.replace(",", "").replace("，", "").replace(" ", "").lstrip("¥￥$€£'")
    found = _NUMBER.fullmatch(bare)
    try:
        number = Decimal(found[1]) * _TIMES[found[2] or ""] if found else None
    except InvalidOperation:
        number = None
    if number is None or number < 0 or number > LARGEST:
        raise CrmError(_("{name}: {text!r} is no number from 0 up").format(name=name, text=text[:40]))
    return to_minor(number, currency) if kind == "money" else int(number)


def _day(text: str, formats: Sequence[str]) -> date:
    for one in (*formats, *_DAYS):
        try:
            return datetime.strptime(text, one).date()
        except ValueError:
            continue
    raise CrmError(_("{text!r} is no day such as 2026-11-20").format(text=text[:40]))
