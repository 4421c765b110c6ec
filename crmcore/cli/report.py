"""`crm report`: what the shop should know, as tables, charts and sentences."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import Choice, as_of_option, json_option, option, set_option
from crmcore.cli.base import command as crm_command
from crmcore.cli.output import Column, Progress, note, print_json, say, table
from crmcore.errors import UsageError
from crmcore.i18n import gettext as _
from crmcore.i18n import mark, title_of

if TYPE_CHECKING:
    from crmcore.analytics.results import Result
    from crmcore.hooks.reports import Report

_FORMATS = ("table", "json", "csv", "html")


@crm_command(
    mark(
        "Work out a report: NAME, or `list` for what there is. --set gives its parameters, --as-of the day "
        "it speaks of, --out a file (csv, xlsx, json or html). `note REPORT PERIOD TEXT` keeps what you "
        "found out about a period of a report; `keep PRESET REPORT` keeps a report with its --set under a "
        "name, `forget PRESET` forgets it."
    )
)
@click.argument("name")
@click.argument("words", nargs=-1, metavar="[WORDS]")
@set_option
@as_of_option
@option("--format", "shape", type=Choice(_FORMATS), default="table", help=mark("How to print it."))
@option("--out", type=click.Path(path_type=Path, dir_okay=False), help=mark("Write it into this file."))
@json_option
@pass_app
def command(
    app: App,
    name: str,
    words: tuple[str, ...],
    values: dict[str, str],
    as_of: str | None,
    shape: str,
    out: Path | None,
    as_json: bool,
) -> None:
    """Run it and print it."""
    if name == "note":
        _keep_note(app, words)
        return
    if name in ("keep", "forget"):
        _preset(app, name, words, values)
        return
    if words:
        raise UsageError(_("too much was said: {words}").format(words=" ".join(words)))
    if name == "list":
        _list(app, as_json)
        return
    from crmcore.hooks.settings import SettingError

    try:
        with Progress() as progress:
            day = app.day(as_of)
            result = app.shop.reports.run(name, values, as_of=day, told=lambda what: progress(0, 0, what))
    except SettingError as error:  # what was typed, here: nothing that the shop is set to
        raise UsageError(str(error)) from None
    if out is not None:
        app.shop.reports.into_file(result, out, note)
        note(_("written into {file}").format(file=out))
        return
    _print(result, "json" if as_json else shape)


def _keep_note(app: App, words: tuple[str, ...]) -> None:
    if len(words) != 3:
        raise UsageError(_("say which report, which period, and what you found: note REPORT PERIOD TEXT"))
    app.shop.reports.keep_note(*words)
    note(_("kept"))


def _preset(app: App, act: str, words: tuple[str, ...], values: dict[str, str]) -> None:
    from crmcore.hooks.settings import SettingError

    if act == "forget" and len(words) == 1:
        app.shop.reports.forget_preset(words[0])
        note(_("forgotten"))
        return
    if act == "forget" or len(words) != 2:
        raise UsageError(_("say which: keep PRESET REPORT --set K=V, or forget PRESET"))
    try:
        app.shop.reports.keep_preset(*words, values)
    except SettingError as error:
        raise UsageError(str(error)) from None
    note(_("kept"))


def _list(app: App, as_json: bool) -> None:
    found = app.shop.reports.all()
    if as_json:
        presets = [
            {"name": one.name, "report": one.report, "set": dict(one.typed), "source": one.source}
            for one in app.shop.reports.presets()
        ]
        print_json(
            {"reports": [_described(app, plugin, report) for plugin, report in found], "presets": presets}
        )
        return
    rows = [
        (one.name, title_of(one.zh, one.en), title_of(one.about.get("zh", ""), one.about.get("en", "")))
        for _plugin, one in found
    ]
    rows += [
        (
            one.name,
            title_of(one.zh, one.en),
            " ".join([one.report, *(f"{k}={v}" for k, v in one.typed.items())]),
        )
        for one in app.shop.reports.presets()
    ]
    table([Column(_("Name"), whole=True), Column(_("Title"), whole=True), Column(_("What it answers"))], rows)


def _described(app: App, plugin: str, report: Report) -> dict[str, object]:
    fields = app.shop.reports.fields(report.name)
    parameters = [
        {"name": one.name, "type": one.type_name, "default": str(one.default), "about": one.doc}
        for one in fields
    ]
    named = {"name": report.name, "title": title_of(report.zh, report.en)}
    return {**named, "plugin": plugin, "parameters": parameters}


def _print(result: Result, shape: str) -> None:
    from crmcore.analytics import files, show

    if shape == "json":
        print_json(show.document(result))
    elif shape == "html":
        click.echo(files.html(result))
    elif shape == "csv":
        _print_csv(result)
    else:
        print_tables(result)


def _print_csv(result: Result) -> None:
    """The main table as csv on stdout, by way of the writer that makes it harmless for spreadsheets."""
    from crmcore import temporary
    from crmcore.analytics.files import write

    with temporary.folder("crm-report") as folder:
        file = Path(folder) / "report.csv"
        write(result, file)
        click.echo(file.read_text("utf-8-sig"), nl=False)


def print_tables(result: Result) -> None:
    """A report for people: what it speaks of, its tables with their charts, and what it says in words."""
    from crmcore.analytics import show

    say(show.title(result.report))
    for line in show.preamble(result):
        say(line)
    for found in result.findings.tables:
        say()
        if len(result.findings.tables) > 1:
            say(show.title(found))
        columns = [
            Column(show.title(one), right=show.is_figure(one), whole=one.type == "day")
            for one in found.columns
        ]
        rows = [
            [show.cell(value, one, result.currency) for value, one in zip(row, found.columns, strict=True)]
            for row in found.rows
        ]
        table(columns, rows) if rows else say(_("nothing to show"))
        room = shutil.get_terminal_size((100, 24)).columns
        for chart in result.findings.charts:
            if chart.table == found.name:
                say()
                for line in show.chart_lines(chart, found, result.currency, room):
                    say(line)
    if result.findings.notes or result.kept:
        say()
    for sentence in show.sentences(result):
        say(sentence)
