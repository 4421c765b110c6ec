"""`crm campaign pause`."""

from __future__ import annotations

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import command as crm_command
from crmcore.cli.base import json_option
from crmcore.cli.output import note, print_json, say
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.shown import word


@crm_command(mark("Hold a campaign: whoever sends it stops after the message he is at."))
@click.argument("name")
@json_option
@pass_app
def command(app: App, name: str, as_json: bool) -> None:
    """Move it, and say what it is now."""
    found = app.shop.campaigns.pause(name)
    if as_json:
        print_json({"campaign": name, "state": found.row.state})
        return
    say(f"{name}: {word(found.row.state)}")
    note(_("Go on with: crm campaign resume {name}").format(name=name))
