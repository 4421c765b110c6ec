"""`crm campaign new`."""

from __future__ import annotations

from typing import Any

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import command as crm_command
from crmcore.cli.base import json_option, option
from crmcore.cli.campaigns.body_options import body_options, body_values
from crmcore.cli.output import note, print_json, say
from crmcore.i18n import gettext as _
from crmcore.i18n import mark


@crm_command(mark("Make a campaign of a ready plan (`crm campaign kinds`), with what you say otherwise."))
@click.argument("name")
@option("--kind", default="one_off", show_default=True, help=mark("The ready plan."))
@body_options
@json_option
@pass_app
def command(app: App, /, name: str, kind: str, as_json: bool, **given: Any) -> None:
    """Make it; nothing is sent yet."""
    made = app.shop.campaigns.new(name, kind, body_values(given))
    if as_json:
        print_json({"campaign": made.row.name, "state": made.row.state, "body": made.body.as_json()})
        return
    say(_("Made the campaign {name}, as a draft.").format(name=name))
    note(_("Next: crm campaign plan {name}").format(name=name))
