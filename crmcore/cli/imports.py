"""`crm imports`: earlier imports, their rejected rows, resuming and undoing."""

from __future__ import annotations

from pathlib import Path

import click

from crmcore.cli import edge
from crmcore.cli.app import App, pass_app
from crmcore.cli.base import NUMBER, group, json_option, option
from crmcore.cli.changes import tell_undone
from crmcore.cli.import_ import report, set_aside
from crmcore.cli.output import Column, Progress, note, print_json, say, table
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, mark
from crmcore.shown import moment, word

_SHOWN = {
    "id": mark("Import"),
    "importer": mark("Importer"),
    "source": mark("Source"),
    "files": mark("Files"),
    "state": mark("State"),
    "message": mark("Message"),
    "read": mark("Read"),
    "new": mark("New"),
    "changed": mark("Changed"),
    "same": mark("The same"),
    "rejected": mark("Set aside"),
    "customers_new": mark("New customers"),
    "customers_changed": mark("Changed customers"),
    "orders_new": mark("New orders"),
    "orders_changed": mark("Changed orders"),
    "progress": mark("Progress"),
    "started_at": mark("Began"),
    "finished_at": mark("Ended"),
    "actor": mark("Who"),
}

command = group(mark("Imports so far: what they brought, what they set aside, taking one back."))


@command.command("list", help=mark("List the imports, newest first."))
@json_option
@pass_app
def list_them(app: App, as_json: bool) -> None:
    """List them."""
    found = app.shop.imports.all()
    if as_json:
        print_json({"imports": [one.as_json() for one in found]})
        return
    zone = app.shop.settings.time_zone
    table(
        [
            Column(_("Import"), right=True),
            Column(_("When"), whole=True),
            Column(_("Importer")),
            Column(_("State")),
            Column(_("Read"), right=True),
            Column(_("New"), right=True),
            Column(_("Set aside"), right=True),
            Column(_("Files")),
        ],
        [
            (
                one.id,
                moment(one.started_at, zone),
                one.importer,
                word(one.state),
                f"{one.counts.read:,}",
                f"{one.counts.new:,}",
                f"{one.counts.rejected:,}",
                joined(Path(str(file["path"])).name for file in one.files),
            )
            for one in found
        ],
    )
    if not found:
        note(_("Nothing was imported yet: `crm import FILE…` brings in your order files."))


@command.command("show", help=mark("Show one import."))
@click.argument("number", type=NUMBER, metavar="ID")
@json_option
@pass_app
def show(app: App, number: int, as_json: bool) -> None:
    """Show it."""
    one = app.shop.imports.show(number)
    document = one.as_json()
    if as_json:
        print_json(document)
        return
    zone = app.shop.settings.time_zone
    for key, value in document.items():
        if key == "state":
            value = word(str(value))
        if key.endswith("_at") and value is not None:
            value = moment(int(value), zone)
        if isinstance(value, list):
            value = joined(map(str, value))
        if value not in (None, ""):
            say(f"{_(_SHOWN[key])}: {value}")


@command.command("rejects", help=mark("List the rows an import set aside, with the reason."))
@click.argument("number", type=NUMBER, metavar="ID")
@option(
    "--to",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help=mark("Write them into a csv file with the file's own columns: mend it and import that."),
)
@json_option
@pass_app
def rejects(app: App, number: int, file: Path | None, as_json: bool) -> None:
    """List them, or write them into a file."""
    if file is not None:
        app.shop.permit("import.rejects")
        written = app.shop.imports.export_rejects(number, file, note)
        if as_json:
            print_json({"id": number, "file": str(file), "count": written})
        else:
            say(_("{count} rows written into {file}.").format(count=f"{written:,}", file=file))
        return
    found = app.shop.imports.rejects(number)
    if as_json:
        rows = [
            {
                "file": str(one.file),
                "sheet": one.sheet,
                "line": one.line,
                "reason": one.reason,
                "row": one.row,
            }
            for one in found
        ]
        print_json({"id": number, "rejects": rows})
        return
    columns = [Column(_("File")), Column(_("Line"), right=True), Column(_("Reason"))]
    table(columns, [(Path(str(one.file)).name, one.line, one.reason) for one in found])


@command.command("resume", help=mark("Go on with an import that was interrupted."))
@click.argument("number", type=NUMBER, metavar="ID")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE…]")
@json_option
@pass_app
def resume(app: App, number: int, files: tuple[Path, ...], as_json: bool) -> None:
    """Go on; FILE says where its files are now, in case they were moved."""
    app.shop.permit("import")
    with Progress() as progress:
        result = app.shop.imports.resume(number, list(files) or None, progress)
    report([result], as_json)
    if set_aside(result):
        raise click.exceptions.Exit(edge.SET_ASIDE)


@command.command("undo", help=mark("Take an import back, changed records included."))
@click.argument("number", type=NUMBER, metavar="ID")
@json_option
@pass_app
def undo(app: App, number: int, as_json: bool) -> None:
    """Take it back and say what was kept because somebody touched it since."""
    app.shop.permit("undo")
    with Progress() as progress:
        undone = app.shop.imports.undo(number, lambda share: progress(int(share * 100), 100, _("undoing")))
    tell_undone(undone, as_json)
