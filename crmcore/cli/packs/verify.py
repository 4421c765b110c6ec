"""`crm pack verify`."""

from __future__ import annotations

import click

from crmcore.cli import edge
from crmcore.cli.app import App, pass_app
from crmcore.cli.base import NAME_OR_FILE, json_option
from crmcore.cli.base import command as crm_command
from crmcore.cli.output import Column, print_json, table
from crmcore.i18n import gettext as _
from crmcore.i18n import mark


@crm_command(mark("Check that installed packs are what was installed and what their sources say."))
@click.argument("pack", type=NAME_OR_FILE, required=False)
@json_option
@pass_app
def command(app: App, pack: str | None, as_json: bool) -> None:
    """Look; exit code 1 when one is not what it was."""
    found = app.shop.packs.verify(pack)
    if as_json:
        print_json({"packs": [one.as_json() for one in found]})
    else:
        columns = [Column(_("Pack")), Column(_("Version")), Column(_("Found"))]
        rows = [(one.pack.name, one.pack.version, one.words) for one in found]
        table(columns, rows)
    if not all(one.fine for one in found):
        raise click.exceptions.Exit(edge.FAILED)
