"""A report's values as people and programs read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from crmcore import wide
from crmcore.analytics.reasons import Reason
from crmcore.analytics.results import Result
from crmcore.hooks.reports import Chart, Column, Note, Report, Table, both_words, percent
from crmcore.i18n import clauses, joined, ngettext, title_of
from crmcore.i18n import gettext as _
from crmcore.records.money import to_major
from crmcore.shown import platform_titles, word

_SHADES = " ░▒▓█"
_REASONS = 5  # so many acts are told in words


def title(thing: Report | Table | Column) -> str:
    """The title of a report, table or column in the language in force; its name where it has none."""
    return title_of(thing.zh, thing.en) or thing.name


def sentence(note: Note) -> str:
    """A note in the language in force, with a sign for its level: not by colour alone."""
    sign = {"warn": "! ", "good": "+ ", "info": ""}[note.level]
    return sign + title_of(note.zh, note.en)


def cell(value: Any, column: Column, currency: str) -> str:
    """A value for people: money in major units, shares in per cent, nothing where there is nothing."""
    if value is None:
        return ""
    if column.type == "money":
        return f"{to_major(int(value), currency):,}"
    if column.type == "percent":
        return percent(value)
    if column.type == "int":
        return f"{value:,}"
    if column.type == "number":
        return f"{value:,.2f}"
    if column.type == "label":
        return title_of(*both_words(str(value)))
    if column.type == "platform":
        return title_of(*platform_titles(str(value)))
    return value.isoformat() if isinstance(value, date) else str(value)


def is_figure(column: Column) -> bool:
    """Whether its values stand on the right."""
    return column.type in ("int", "money", "percent", "number")


def document(result: Result) -> dict[str, Any]:
    """The JSON of `crm report --json`; `columns` and `rows` are those of the main table."""
    tables: list[dict[str, Any]] = [
        {
            "name": table.name,
            "title": title(table),
            "columns": [{"name": one.name, "type": one.type, "title": title(one)} for one in table.columns],
            "rows": [[_plain(value) for value in row] for row in table.rows],
        }
        for table in result.findings.tables
    ]
    return {
        "report": result.report.name,
        "as_of": result.as_of.isoformat(),
        "currency": result.currency,
        "parameters": dict(result.parameters),
        "columns": [one["name"] for one in tables[0]["columns"]],
        "rows": tables[0]["rows"],
        "tables": tables,
        "notes": [sentence(note) for note in result.findings.notes],
        "kept_notes": [{"period": one.period, "text": one.text, "actor": one.actor} for one in result.kept],
        "changed_since_yesterday": [one.as_json() for one in result.since],
        "other_currencies": dict(result.findings.other_currencies),
    }


def sentences(result: Result) -> list[str]:
    """What the report says in words, then what people have found out about it."""
    said = [sentence(note) for note in result.findings.notes]
    return said + [f"{one.period}: {one.text} ({one.actor})" for one in result.kept]


def preamble(result: Result) -> list[str]:
    """What every report says of itself: the day, the currency, what counts, what was left out."""
    said = [
        _("As of {day}, in {currency}. An order counts when it was paid and not refunded in full.").format(
            day=result.as_of.isoformat(), currency=result.currency
        )
    ]
    if others := result.findings.other_currencies:
        listed = joined(
            ngettext("{count} order in {currency}", "{count} orders in {currency}", count).format(
                count=f"{count:,}", currency=currency
            )
            for currency, count in others.items()
        )
        said.append(_("Not in it, for their currency: {listed}.").format(listed=listed))
    if result.since:
        told = clauses(map(_reason, result.since[:_REASONS]))
        said.append(
            _("Days before today differ from what was told yesterday: {reasons}.").format(reasons=told)
        )
    if result.findings.slow_because:
        said.append(_("This took longer than it must: {reason}.").format(reason=result.findings.slow_because))
    return said


def _reason(one: Reason) -> str:
    """An act and what it did to days gone by, in words."""
    what = word(one.why) if one.import_id is None else _("import {id}").format(id=one.import_id)
    told = [_("{count:,} orders came in").format(count=one.new)] if one.new else []
    told += [_("{count:,} orders changed").format(count=one.changed)] if one.changed else []
    return f"{what} ({one.actor}): {', '.join(told)}"


def chart_lines(chart: Chart, table: Table, currency: str, width: int) -> list[str]:
    """A chart made of characters, in lines of at most `width` columns; nothing where there are no values."""
    at = {column.name: place for place, column in enumerate(table.columns)}
    by_name = {column.name: column for column in table.columns}
    labels = [cell(row[at[chart.label]], by_name[chart.label], currency) for row in table.rows]
    if not labels:
        return []
    if chart.kind == "heat":
        return _heat(labels, [[row[at[name]] for name in chart.values] for row in table.rows])
    name = chart.values[0]
    if chart.kind == "line":
        return _line(by_name[name], [row[at[name]] for row in table.rows], labels, currency, width)
    values: list[Any] = [row[at[name]] or 0 for row in table.rows]
    shown = [cell(row[at[name]], by_name[name], currency) for row in table.rows]
    left = min(max(map(wide.width, labels)), width // 3)
    right = max(map(wide.width, shown))
    room = max(width - left - right - 4, 4)
    top = max((abs(value) for value in values), default=0) or 1
    return [
        f"{wide.pad(wide.cut(label, left), left)}  {wide.pad(wide.bar(abs(value) / top, room), room)}  "
        f"{wide.pad(text, right, right=True)}"
        for label, value, text in zip(labels, values, shown, strict=True)
    ]


def _line(
    column: Column, values: Sequence[Any], labels: Sequence[str], currency: str, width: int
) -> list[str]:
    """The title with the lowest and the highest value; below it the line between its first and last day."""
    known = [value for value in values if value is not None]
    if not known:
        return []
    low, high, last = (cell(one, column, currency) for one in (min(known), max(known), known[-1]))
    told = _("{title}: {low} to {high}, at the end {last}").format(
        title=title(column), low=low, high=high, last=last
    )
    room = max(width - wide.width(labels[0]) - wide.width(labels[-1]) - 4, 4)
    drawn = f"{labels[0]}  {wide.spark(values, room)}  {labels[-1]}"
    return [wide.cut(told, width), wide.cut(drawn, width)]


def _heat(labels: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    top = max((value for row in rows for value in row if value is not None), default=0) or 1
    left = max(map(wide.width, labels))
    lines = []
    for label, row in zip(labels, rows, strict=True):
        shades = "".join(
            "  " if value is None else _SHADES[min(4, round(value / top * 4))] * 2 for value in row
        )
        lines.append(f"{wide.pad(label, left)}  {shades}".rstrip())
    return lines


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
