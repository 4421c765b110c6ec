"""A report's table and charts as rows and lines."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from crmcore import wide
from crmcore.analytics import show
from crmcore.hooks.reports import Chart, Table
from crmcore.i18n import gettext as _
from crmcore.tui.widgets.card_parts import line, wrapped
from crmcore.tui.widgets.virtual_table import Column, Row

_WIDEST = 24  # columns of a text before it has to share


def report_table(table: Table, currency: str) -> tuple[list[Column], list[Row]]:
    """The columns and rows of a table; figures are never cut, the later columns give way first."""
    cells = [
        tuple(
            wide.clean(show.cell(value, one, currency)) for value, one in zip(row, table.columns, strict=True)
        )
        for row in table.rows
    ]
    titles = [wide.clean(show.title(one)) for one in table.columns]
    columns = []
    for place, one in enumerate(table.columns):
        widest = max([wide.width(titles[place]), *(wide.width(row[place]) for row in cells)])
        figure = show.is_figure(one)
        size = widest if figure else min(widest, _WIDEST)
        give_way = max(place - 1, 0)
        columns.append(
            Column(titles[place], size, share=int(not figure), right=figure, drop=give_way, most=widest)
        )
    return columns, [Row(place, row) for place, row in enumerate(cells)]


def report_charts(charts: Sequence[Chart], table: Table, currency: str, width: int) -> list[Content]:
    """The charts of a table, one below the other."""
    found: list[Content] = []
    for chart in charts:
        lines = show.chart_lines(chart, table, currency, width)
        found += [line([(text, "")], width) for text in lines]
        found.append(Content(""))
    return found or wrapped(_("This table has no chart."), width, 2)
