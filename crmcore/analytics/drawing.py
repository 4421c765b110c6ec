"""Charts as drawings (SVG) inside a page: bars, lines; a heat map as the characters of the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from crmcore.analytics.show import cell, chart_lines, title
from crmcore.hooks.reports import Chart, Column, Table

_BARS = 50  # more bars than these are no picture
_WIDE, _HIGH = 760, 120


def drawing(chart: Chart, table: Table, currency: str) -> str:
    """The markup of a chart; empty where there is nothing to draw."""
    rows = table.rows[:-1] if table.footer else table.rows
    if not rows or (len(rows) > _BARS and chart.kind != "line"):
        return ""
    if chart.kind == "heat":
        lines = chart_lines(chart, table, currency, 100)
        return f"<pre>{escape(chr(10).join(lines))}</pre>"
    columns = {column.name: (place, column) for place, column in enumerate(table.columns)}
    label, value = columns[chart.label], columns[chart.values[0]]
    named = [cell(row[label[0]], label[1], currency) for row in rows]
    values = [row[value[0]] for row in rows]
    if chart.kind == "line":
        return _line(named, values, value[1], currency)
    return _bars(named, values, value[1], currency)


def _bars(named: Sequence[str], values: Sequence[Any], column: Column, currency: str) -> str:
    top = max((abs(value or 0) for value in values), default=0) or 1
    bars = []
    for place, (name, value) in enumerate(zip(named, values, strict=True)):
        y = place * 20
        length = 480 * abs(value or 0) / top
        bars.append(
            f'<text x="150" y="{y + 14}" text-anchor="end">{escape(name)}</text>'
            f'<rect x="158" y="{y + 3}" width="{length:.1f}" height="14"/>'
            f'<text x="{164 + length:.1f}" y="{y + 14}">{escape(cell(value, column, currency))}</text>'
        )
    return f'<svg viewBox="0 0 {_WIDE} {len(values) * 20 + 4}" role="img">{"".join(bars)}</svg>'


def _line(named: Sequence[str], values: Sequence[Any], column: Column, currency: str) -> str:
    """A line over the rows; it is broken where there is no value. Its scale begins at nought."""
    known = [value for value in values if value is not None]
    if not known:
        return ""
    low, high = min(0, *known), max(known)
    step = (_WIDE - 160) / max(len(values) - 1, 1)
    pieces: list[list[str]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            pieces.append([])
            continue
        y = 20 + (_HIGH - 40) * (1 - (value - low) / ((high - low) or 1))
        pieces[-1].append(f"{80 + place * step:.1f},{y:.1f}")
    lines = "".join(f'<polyline points="{" ".join(points)}"/>' for points in pieces if points)
    shown = escape(cell(high, column, currency))
    return (
        f'<svg viewBox="0 0 {_WIDE} {_HIGH}" role="img"><text x="80" y="12">{escape(title(column))}: '
        f'{shown}</text>{lines}<text x="80" y="{_HIGH - 4}">{escape(named[0])}</text>'
        f'<text x="{_WIDE - 80}" y="{_HIGH - 4}" text-anchor="end">{escape(named[-1])}</text></svg>'
    )
