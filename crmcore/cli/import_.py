"""`crm import`: files become customers, orders and interactions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from crmcore.cli import edge
from crmcore.cli.app import App, pass_app
from crmcore.cli.base import command as crm_command
from crmcore.cli.base import json_option, option
from crmcore.cli.output import Column, Progress, note, print_json, say, table
from crmcore.errors import UsageError
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, mark

if TYPE_CHECKING:
    from crmcore.importing.run import ImportResult
    from crmcore.shop import Shop

REJECTS_SHOWN = 10


@crm_command(
    mark(
        "Import files: which platform they come from is found out by their columns. Files that belong "
        "together (orders and their lines) are given together. The same file twice changes nothing. Rows "
        "that cannot be used are set aside with the reason; then the exit code is 3. With --watch and "
        "--json each import is one document on one line."
    )
)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="FILE…")
@option("--as", "as_name", metavar="NAME", help=mark("The importer to use, instead of finding it out."))
@option(
    "--mapping",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help=mark("A mapping file that says what the columns mean."),
)
@option("--source", metavar="S", help=mark("Which shop the order numbers belong to, such as shopify:acme."))
@option("--dry-run", is_flag=True, help=mark("Only say what would change."))
@option(
    "--watch",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help=mark("Import every file that comes into the folder, until interrupted."),
)
@json_option
@pass_app
def command(
    app: App,
    files: tuple[Path, ...],
    as_name: str | None,
    mapping: Path | None,
    source: str | None,
    dry_run: bool,
    watch: Path | None,
    as_json: bool,
) -> None:
    """Import, then print the counts of each batch."""
    if not files and watch is None:
        raise UsageError(_("name the files to import, or a folder to --watch"))
    if dry_run and watch is not None:
        raise UsageError(_("--dry-run and --watch do not go together"))
    shop = app.shop
    shop.permit("import")
    results: list[ImportResult] = []
    if files:
        try:
            with Progress() as progress:
                results = shop.imports.run(
                    list(files),
                    as_name=as_name,
                    mapping=mapping,
                    source=source,
                    dry_run=dry_run,
                    progress=progress,
                )
        except KeyboardInterrupt:
            _tell_resumable(shop)
            raise
        report(results, as_json)
    if watch is not None:
        note(_("Watching {folder}; Ctrl-C ends it.").format(folder=watch))
        shop.imports.watch(
            watch,
            as_name=as_name,
            mapping=mapping,
            source=source,
            on_result=lambda one: report([one], as_json),
            on_error=lambda _path, error: note(str(error)),
        )
    if any(set_aside(one) for one in results):
        raise click.exceptions.Exit(edge.SET_ASIDE)


def _tell_resumable(shop: Shop) -> None:
    """Say how an import that was stopped goes on."""
    newest = next(iter(shop.imports.all()), None)
    if newest is not None and newest.state == "interrupted":
        text = _("`crm imports resume {id}` goes on with it, `crm imports undo {id}` takes it back.")
        note(text.format(id=newest.id))


def set_aside(result: ImportResult) -> bool:
    """Whether rows or messages of the import wait for somebody to look at them."""
    return bool(result.counts.rejected or result.warnings)


def report(results: list[ImportResult], as_json: bool) -> None:
    """Print the counts of each batch; rejected rows and warnings go to stderr."""
    if as_json:
        print_json({"batches": [one.as_json() for one in results]})
    else:
        for one in results:
            _say(one)
    for one in results:
        if not one.counts.read:
            note(_("There are no rows in it, only a header."))
        for warning in one.warnings:
            note(warning)
        for reject in one.rejects[:REJECTS_SHOWN]:
            place = ":".join(str(part) for part in (reject.file, reject.sheet, reject.line) if part)
            note(f"{place}: {reject.reason}")
        if one.counts.rejected > REJECTS_SHOWN and one.id is not None:
            note(_("All rows set aside: `crm imports rejects {id}`").format(id=one.id))


def _say(result: ImportResult) -> None:
    counts = result.counts
    names = joined(Path(str(file)).name for file in result.files)
    if result.dry_run:
        say(_("{importer}: {files} (nothing was changed)").format(importer=result.importer, files=names))
    else:
        say(
            _("{id}  {importer}: {files} ({seconds} s)").format(
                id=result.id, importer=result.importer, files=names, seconds=f"{result.seconds:.1f}"
            )
        )
    columns = [Column(title, right=True) for title in (_("Read"), _("New"), _("Changed"), _("Same"))]
    table(
        [
            *columns,
            *(Column(title, right=True) for title in (_("Set aside"), _("New customers"), _("New orders"))),
        ],
        [
            [
                f"{number:,}"
                for number in (
                    counts.read,
                    counts.new,
                    counts.changed,
                    counts.same,
                    counts.rejected,
                    counts.customers_new,
                    counts.orders_new,
                )
            ]
        ],
    )
