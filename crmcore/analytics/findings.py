"""A report's findings as they leave the analytics process: checked, plain, ready to be shown anywhere."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from crmcore.hooks.jobs import WrongType
from crmcore.hooks.reports import Chart, Findings, Note, Part, Table
from crmcore.i18n import gettext as _

# More rows than a person or a file of a report takes.
MOST_ROWS = 100_000


@dataclass(frozen=True)
class Working:
    """A sign of life: what is being done."""

    what: str


@dataclass(frozen=True)
class Checked:
    """What a report found, with what every report says: orders of other currencies, and a slow way taken."""

    tables: Sequence[Table]
    charts: Sequence[Chart]
    notes: Sequence[Note]
    other_currencies: Mapping[str, int]
    slow_because: str


def check(findings: object) -> Findings:
    """The findings with plain values; raises `WrongType` for what is none."""
    if not isinstance(findings, Findings):
        raise WrongType(_("it returned {got}; Findings is expected").format(got=type(findings).__name__))
    tables = [_plain(table) for table in _all(findings.tables, Table)]
    if not tables:
        raise WrongType(_("it found no table; there must be one, even without rows"))
    charts, notes = _all(findings.charts, Chart), _all(findings.notes, Note)
    names = {table.name: {column.name for column in table.columns} for table in tables}
    for chart in charts:
        if chart.table not in names or not {chart.label, *chart.values} <= names[chart.table]:
            raise WrongType(
                _("a chart shows columns that its table {table!r} has not").format(table=chart.table)
            )
    return Findings(tables, charts, notes, _all(findings.parts, Part))


def drill_values(table: Table, row: Sequence[Any]) -> dict[str, Any]:
    """What stands for the `$names` of a table's drill: the row's values, and the table's own."""
    return {**table.values, **{one.name: value for one, value in zip(table.columns, row, strict=True)}}


def _all(items: object, cls: type) -> list[Any]:
    if not isinstance(items, list | tuple) or any(not isinstance(one, cls) for one in items):
        raise WrongType(_("a list of {cls} is expected").format(cls=cls.__name__))
    return list(items)


def _plain(table: Table) -> Table:
    width = len(table.columns)
    if len(table.rows) > MOST_ROWS:
        raise WrongType(_("table {name!r} has more than {most} rows").format(name=table.name, most=MOST_ROWS))
    rows = []
    for row in table.rows:
        if len(row) != width:
            raise WrongType(
                _("a row of table {name!r} has {got} values for {columns} columns").format(
                    name=table.name, got=len(row), columns=width
                )
            )
        rows.append(tuple(_value(value, table.name) for value in row))
    return dataclasses.replace(table, rows=rows, columns=list(table.columns))


def _value(value: object, table: str) -> Any:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if value is None or isinstance(value, str | int | float | date):
        return value
    raise WrongType(
        _("table {name!r} holds {got}; text, numbers and days are expected").format(
            name=table, got=type(value).__name__
        )
    )
