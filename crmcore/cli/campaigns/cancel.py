"""`crm campaign cancel`."""

from __future__ import annotations

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import command as crm_command
from crmcore.cli.base import json_option
from crmcore.cli.output import note, print_json, say
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.shown import word


@crm_command(
    mark("End a campaign for good: nothing more goes out, calls and copies that are left are dropped.")
)
@click.argument("name")
@json_option
@pass_app
def command(app: App, name: str, as_json: bool) -> None:
    """Move it, and say what it is now."""
    found = app.shop.campaigns.cancel(name)
    if as_json:
        print_json({"campaign": name, "state": found.row.state})
        return
    say(f"{name}: {word(found.row.state)}")
    note(_("What went out stays in the ledger, and counts."))
