"""A report as a file: csv and xlsx (nothing in them can run in a spreadsheet), JSON, one page of HTML."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from crmcore.analytics.drawing import drawing
from crmcore.analytics.results import Result
from crmcore.analytics.show import cell, document, is_figure, preamble, sentences, title
from crmcore.errors import UsageError
from crmcore.hooks.reports import Column, Table
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, language
from crmcore.records.money import to_major
from crmcore.table_files import Warn, silent, write_table
from crmcore.temporary import draft_of

FORMATS = (".csv", ".xlsx", ".json", ".html")
_PAGE = Path(__file__).parent / "page.html"


def write(result: Result, file: Path, warn: Warn = silent) -> None:
    """Write a report into a file of the format its name ends with; csv and xlsx hold the main table.

    `warn` hears of texts that were cut. Raises `UsageError` for another ending, `FileError` where it cannot
    be written.
    """
    ending = checked(file).suffix.lower()
    if ending in (".csv", ".xlsx"):
        table = result.findings.tables[0]
        rows = [
            [
                _number(value, column, result.currency)
                for value, column in zip(row, table.columns, strict=True)
            ]
            for row in table.rows
        ]
        write_table(file, [title(column) for column in table.columns], rows, warn)
        return
    text = html(result) if ending == ".html" else json.dumps(document(result), ensure_ascii=False, indent=2)
    with draft_of(file) as draft:
        draft.write_text(text, "utf-8")


def checked(file: Path) -> Path:
    """The file, if a report can be written into one of that name; raises `UsageError`."""
    if file.suffix.lower() not in FORMATS:
        known = joined(FORMATS)
        raise UsageError(_("{file}: name a file that ends with {known}").format(file=file, known=known))
    if not file.absolute().parent.is_dir():
        raise UsageError(_("there is no folder {folder}").format(folder=file.absolute().parent))
    return file


def html(result: Result) -> str:
    """One page with everything in it: no script, nothing fetched from elsewhere; it prints well."""
    tables = {table.name: table for table in result.findings.tables}
    drawn = dict.fromkeys(tables, "")
    for chart in result.findings.charts:
        drawn[chart.table] += drawing(chart, tables[chart.table], result.currency)
    return Template(_PAGE.read_text("utf-8")).substitute(
        kind="pages" if result.report.pages else "whole",
        language="zh-CN" if language() == "zh" else "en",
        title=escape(title(result.report)),
        about=escape(" ".join(preamble(result))),
        notes="".join(f"<li>{escape(one)}</li>" for one in sentences(result)),
        tables="".join(
            f"<section>{_table(table, result.currency)}{drawn[name]}</section>"
            for name, table in tables.items()
        ),
    )


def _table(table: Table, currency: str) -> str:
    figures = [is_figure(column) for column in table.columns]
    head = "".join(
        f"<th{' class=figure' if figure else ''}>{escape(title(column))}</th>"
        for column, figure in zip(table.columns, figures, strict=True)
    )
    body = []
    for place, row in enumerate(table.rows):
        total = " class=total" if table.footer and place == len(table.rows) - 1 else ""
        cells = "".join(
            f"<td{' class=figure' if figure else ''}>{escape(cell(value, column, currency))}</td>"
            for value, column, figure in zip(row, table.columns, figures, strict=True)
        )
        body.append(f"<tr{total}>{cells}</tr>")
    rows = "".join(body)
    return (
        f"<h2>{escape(title(table))}</h2><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _number(value: Any, column: Column, currency: str) -> Any:
    """A value for a spreadsheet: money in major units, days as text, the rest as it is."""
    if value is not None and column.type == "money":
        return to_major(int(value), currency)
    if isinstance(value, str | int | float) or value is None:
        return value
    return value.isoformat()
