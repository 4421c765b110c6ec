"""Reports inside reports: worked out over the same moment, their tables put behind those of the whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from crmcore.analytics.data import Data
from crmcore.analytics.findings import Checked, Working, check
from crmcore.errors import CrmError
from crmcore.hooks.jobs import WrongType
from crmcore.hooks.reports import Findings, Note, Part, Report, Table, tables_of
from crmcore.i18n import gettext as _
from crmcore.i18n import joined

Find = Callable[[str], Report | None]


def added(whole: Findings, data: Data, find: Find) -> Iterator[Any]:
    """Signs of life for each part, then all of it as `Checked`.

    A part whose report the shop has not is left out; one that fails is, too, and a note says so.
    """
    tables, notes, charts = [*whole.tables], [*whole.notes], [*whole.charts]
    for part in whole.parts:
        report = find(part.report)
        if report is None:
            continue
        yield Working(_("working out {report}").format(report=part.report))
        try:
            _check_needs(report, data)
            found = check(asked(report, data, part.parameters))
        except Exception as error:  # noqa: BLE001 - the seam between plugins: one part's fault is its own
            notes.append(_failed(part, error))
            continue
        taken = [one for one in found.tables if not part.tables or one.name in part.tables]
        tables += [_renamed(one, report, part) for one in taken if one.rows]
        names = {one.name for one in taken if len(one.rows) <= part.rows}
        charts += [
            replace(one, table=f"{part.report}.{one.table}") for one in found.charts if one.table in names
        ]
        # What a report says of nothing has no place in a whole.
        notes += (
            [_of(report, one) for one in found.notes] if part.notes and any(one.rows for one in taken) else []
        )
    kept = {one.name for one in tables}
    charts = [one for one in charts if one.table in kept]
    yield Checked(tables, charts, notes, dict(data.other_currencies), data.slow_because)


def needs_of(reports: Sequence[Report]) -> list[str]:
    """What several reports need together: a table is limited to columns only where each of them limits it."""
    found: dict[str, tuple[str, ...]] = {}
    for report in reports:
        for table, columns in tables_of(report.needs).items():
            known = found.get(table)
            whole = known == () or not columns
            found[table] = () if whole else tuple(dict.fromkeys((*(known or ()), *columns)))
    return [f"{table}: {' '.join(columns)}" if columns else table for table, columns in found.items()]


def tried(report: Report | None, data: Data, parameters: Mapping[str, object]) -> Checked | str:
    """What a report found, or why it found nothing."""
    if report is None:
        return _("there is no such report any more")
    try:
        found = check(asked(report, data, parameters))
    except Exception as error:  # noqa: BLE001 - the seam between plugins: the others are shown all the same
        return _why(error)
    return Checked(found.tables, found.charts, found.notes, dict(data.other_currencies), data.slow_because)


def asked(report: Report, data: Data, parameters: Mapping[str, object]) -> object:
    """What a report's function returns; `parameters` become its own dataclass."""
    import msgspec

    cls = report.parameters
    given = () if cls is None else (msgspec.convert(dict(parameters), cls),)
    return report.function(data, *given)


def _check_needs(report: Report, data: Data) -> None:
    if lacking := set(tables_of(report.needs)) - data.tables:
        raise CrmError(_("it needs {tables}, too").format(tables=joined(sorted(lacking))))


def _renamed(table: Table, report: Report, part: Part) -> Table:
    cut = len(table.rows) > part.rows
    rows = [*table.rows[: part.rows]]
    zh, en = (f"{mine}：{its}" if mine and its and mine != its else mine or its for mine, its in (
        (report.zh, table.zh), (report.en, table.en)))  # fmt: skip
    return replace(
        table, name=f"{part.report}.{table.name}", rows=rows, zh=zh, en=en.replace("：", ": "),
        footer=table.footer and not cut,
    )  # fmt: skip


def _of(report: Report, note: Note) -> Note:
    return Note(f"{report.zh}：{note.zh}", f"{report.en}: {note.en}", note.level)


def _failed(part: Part, error: Exception) -> Note:
    why = _why(error)
    return Note(
        f"报表 {part.report} 没有算出来：{why}",
        f"The report {part.report} could not be worked out: {why}",
        "warn",
    )


def _why(error: Exception) -> str:
    """What to say of it: our own words, for others' may hold data."""
    return str(error) if isinstance(error, CrmError | WrongType) else type(error).__name__
