"""`crm dashboard`: tiles of reports that the shop has chosen."""

from __future__ import annotations

import shutil
from dataclasses import asdict

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import NUMBER, Choice, as_of_option, group, json_option, option, set_option
from crmcore.cli.output import Column, Progress, note, print_json, say, table
from crmcore.i18n import gettext as _
from crmcore.i18n import mark

command = group(mark("Tiles of reports on one page; `home` is there from the start."))
_name = click.argument("name", default="home")


@command.command("list", help=mark("List the dashboards."))
@json_option
@pass_app
def list_them(app: App, as_json: bool) -> None:
    """List them."""
    names = app.shop.dashboards.names()
    if as_json:
        print_json(
            {"dashboards": [{"name": one, "tiles": len(app.shop.dashboards.get(one))} for one in names]}
        )
        return
    rows = [(one, len(app.shop.dashboards.get(one))) for one in names]
    table([Column(_("Name"), whole=True), Column(_("Tiles"), right=True)], rows)


@command.command("show", help=mark("Work out a dashboard's tiles, all of one moment."))
@_name
@as_of_option
@json_option
@pass_app
def show(app: App, name: str, as_of: str | None, as_json: bool) -> None:
    """Show it."""
    from crmcore.desk.dashboard_view import first_order, has_nothing, why_nothing

    width = min(shutil.get_terminal_size((100, 24)).columns, 100)
    day = app.day(as_of)
    with app.shop.dashboards.open(name, day) as board, Progress() as progress:
        found = board.refresh(width, lambda what: progress(0, 0, what))
    if as_json:
        tiles = [{**one.tile.body(), **asdict(one), "tile": place} for place, one in enumerate(found, 1)]
        told = (day or app.shop.clock().today).isoformat()
        print_json({"dashboard": name, "as_of": told, "tiles": tiles})
        return
    for place, one in enumerate(found, 1):
        say(f"{place}. {one.title}  {one.figure}".rstrip())
        for line in [*one.lines, one.problem]:
            if line:
                say(f"   {line}")
    if has_nothing(found):
        ways = {"bring": "`crm import FILE…`", "later": "`--as-of`"}
        note(why_nothing(first_order(app.shop), day, **ways))


@command.command("choices", help=mark("List the tiles that a report can be."))
@click.argument("report")
@set_option
@json_option
@pass_app
def choices(app: App, report: str, values: dict[str, str], as_json: bool) -> None:
    """List them."""
    found = app.shop.dashboards.choices(report, values)
    if as_json:
        print_json({"report": report, "choices": [one.body() for one in found]})
        return
    table(
        [Column(_("Shows"), whole=True), Column(_("Table"), whole=True), Column(_("Column"))],
        [(one.what, one.table, one.column) for one in found],
    )


@command.command("add", help=mark("Put a tile on a dashboard: a figure, the rows or the chart of a report."))
@click.argument("name")
@click.argument("report")
@set_option
@option("--table", "of_table", default="", help=mark("Which of its tables; without it the main one."))
@option("--column", default="", help=mark("Which column's newest figure is shown."))
@option("--what", type=Choice(["figure", "rows", "chart"]), default="figure", help=mark("What it shows."))
@json_option
@pass_app
def add(
    app: App,
    name: str,
    report: str,
    values: dict[str, str],
    of_table: str,
    column: str,
    what: str,
    as_json: bool,
) -> None:
    """Keep it."""
    from crmcore.analytics.tiles import tile_from

    body = {"report": report, "set": values, "table": of_table, "column": column, "what": what}
    app.shop.dashboards.add(name, tile_from(body))
    _told(app, name, _("kept"), as_json)


@command.command("take-off", help=mark("Take the tile at that place (from 1) off a dashboard."))
@click.argument("name")
@click.argument("place", type=NUMBER)
@json_option
@pass_app
def take_off(app: App, name: str, place: int, as_json: bool) -> None:
    """Take it off."""
    app.shop.dashboards.take_off(name, place)
    _told(app, name, _("taken off"), as_json)


def _told(app: App, name: str, words: str, as_json: bool) -> None:
    if as_json:
        print_json({"dashboard": name, "tiles": len(app.shop.dashboards.get(name))})
    else:
        note(words)


@command.command("remove", help=mark("Forget a dashboard of the shop's own; `home` becomes what it was."))
@click.argument("name")
@json_option
@pass_app
def remove(app: App, name: str, as_json: bool) -> None:
    """Forget it."""
    app.shop.dashboards.remove(name)
    if as_json:
        print_json({"dashboard": name, "removed": True})
    else:
        note(_("forgotten"))
