"""Tiles: one figure, some rows or a chart of a report, small enough to stand beside others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from crmcore import wide
from crmcore.analytics.presets import texts
from crmcore.analytics.results import Result
from crmcore.analytics.show import cell, chart_lines, is_figure, title
from crmcore.analytics.tile_rows import first_rows
from crmcore.errors import UsageError
from crmcore.hooks.reports import Column, Table
from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.shown import labelled

What = Literal["figure", "rows", "chart"]
_ROWS = 5


@dataclass(frozen=True)
class Tile:
    """What a tile shows: a report with its parameters, and of it a table ('': the main one).

    `figure`: the value of `column` in the table's newest row (the one row, or the total, of a table without
    days), with its way there; `rows`: the first rows; `chart`: the table's first chart.
    """

    report: str
    typed: Mapping[str, str] = field(default_factory=dict)
    table: str = ""
    column: str = ""
    what: What = "figure"

    def body(self) -> dict[str, Any]:
        """The tile as a playbook document holds it."""
        return {"report": self.report, "set": dict(self.typed), "table": self.table, "column": self.column,
                "what": self.what}  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """A tile as it is now: its title, its figure as text ('': none), lines below; or why there is nothing."""

    tile: Tile
    title: str
    figure: str = ""
    lines: Sequence[str] = ()
    problem: str = ""


def tile_from(body: Any) -> Tile:
    """The tile that a document describes; raises `UsageError` for what is none."""
    if not isinstance(body, Mapping) or not isinstance(body.get("report"), str):
        raise UsageError(_("a tile names its report"))
    what = body.get("what", "figure")
    if what not in get_args(What):
        known = joined(get_args(What))
        raise UsageError(_("a tile shows one of: {known}, not {what!r}").format(known=known, what=what))
    table, column = str(body.get("table") or ""), str(body.get("column") or "")
    return Tile(body["report"], texts(body.get("set")), table, column, what)


def choices(result: Result) -> list[Tile]:
    """Every tile that this report can be: each figure of its newest row, each table, each chart."""
    typed = {name: str(value) for name, value in result.typed.items()}
    name = result.report.name
    found = []
    for table in result.findings.tables:
        if _row(table) is not None:
            found += [Tile(name, typed, table.name, one.name) for one in table.columns if is_figure(one)]
        found.append(Tile(name, typed, table.name, "", "rows"))
        if any(chart.table == table.name for chart in result.findings.charts):
            found.append(Tile(name, typed, table.name, "", "chart"))
    return found


def shown(tile: Tile, result: Result | str, width: int) -> Shown:
    """The tile in lines of at most `width` columns."""
    if isinstance(result, str):
        return Shown(tile, tile.report, problem=result)
    table = next((one for one in result.findings.tables if tile.table in ("", one.name)), None)
    if table is None:
        reason = _("the report has no table {table!r} (any more)").format(table=tile.table)
        return Shown(tile, title(result.report), problem=reason)
    if tile.what == "figure":
        return _figure(tile, result, table, width)
    head = title(table) if tile.table else title(result.report)
    if tile.what == "rows":
        return Shown(tile, head, lines=first_rows(table, result.currency, width))
    charts = [one for one in result.findings.charts if one.table == table.name]
    lines = chart_lines(charts[0], table, result.currency, width) if charts else []
    return Shown(tile, head, lines=lines[-2 * _ROWS :])


def _row(table: Table) -> int | None:
    """Which row a figure is taken from: the newest, the total, the only one; None where there is no such."""
    if not table.rows:
        return None
    if table.columns[0].type == "day" or table.footer:
        return len(table.rows) - 1
    return 0 if len(table.rows) == 1 else None


def _figure(tile: Tile, result: Result, table: Table, width: int) -> Shown:
    places = {one.name: place for place, one in enumerate(table.columns)}
    if tile.column not in places:
        reason = _("the table has no column {column!r} (any more)").format(column=tile.column)
        return Shown(tile, title(result.report), problem=reason)
    column = table.columns[places[tile.column]]
    report, what = title(result.report), title(column)
    head = report if report == what else labelled(report, what)
    row = _row(table)
    if row is None:
        return Shown(tile, head, problem="" if not table.rows else _("it is a table of several rows"))
    values: list[Any] = [one[places[tile.column]] for one in table.rows]
    said = cell(values[row], column, result.currency)
    lines = []
    if table.columns[0].type == "day":
        when = cell(table.rows[row][0], table.columns[0], result.currency)
        lines = [
            wide.cut(_since(when, values, column, result.currency), width),
            wide.spark(values[-width:], width),
        ]
    return Shown(tile, head, said, lines)


def _since(when: str, values: Sequence[Any], column: Column, currency: str) -> str:
    if len(values) < 2 or values[-2] is None:
        return when
    before = cell(values[-2], column, currency)
    return _("{when}, before {before}").format(when=when, before=before)
