"""`crm backup`: the whole database in one file."""

from __future__ import annotations

from pathlib import Path

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import command as crm_command
from crmcore.cli.base import json_option
from crmcore.cli.output import Progress, print_json, say
from crmcore.i18n import gettext as _
from crmcore.i18n import mark


@crm_command(
    mark(
        "Copy the shop's database, as it is at one moment, into one file. Others may go on working. The "
        "file is an SQLite database whatever the shop lives in; `crm restore` takes it back."
    )
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
@pass_app
def command(app: App, file: Path, as_json: bool) -> None:
    """Write the backup and say how big it is."""
    from crmcore.moving import backup

    with Progress() as progress:
        size = backup(app.shop, file, progress)
    if as_json:
        print_json({"file": str(file), "bytes": size})
    else:
        say(_("Backed up into {file} ({size} MB).").format(file=file, size=f"{size / 1e6:,.1f}"))
