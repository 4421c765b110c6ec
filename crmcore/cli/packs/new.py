"""`crm pack new`."""

from __future__ import annotations

from pathlib import Path

import click

from crmcore.cli.base import command as crm_command
from crmcore.cli.base import json_option, option
from crmcore.cli.output import print_json, say
from crmcore.i18n import gettext as _
from crmcore.i18n import mark


@crm_command(mark("Make a pack to start from: a folder with a manifest, a segment, a template and a test."))
@click.argument("name")
@option(
    "--to",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help=mark("The folder to make; by default the name, here."),
)
@json_option
def command(name: str, to: Path | None, as_json: bool) -> None:
    """Write it."""
    from crmcore.packs.new_pack import write_new

    folder = write_new(name, to or Path(name))
    if as_json:
        print_json({"pack": name, "folder": str(folder)})
    else:
        say(_("Wrote {folder}: change it, then `crm pack check {folder}`.").format(folder=folder))
