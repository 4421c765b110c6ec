"""`crm campaign edit`."""

from __future__ import annotations

from typing import Any

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import command as crm_command
from crmcore.cli.base import json_option, option
from crmcore.cli.campaigns.body_options import body_options, body_values
from crmcore.cli.output import print_json, say
from crmcore.errors import UsageError
from crmcore.i18n import gettext as _
from crmcore.i18n import mark


@crm_command(mark("Change what a draft says, or keep what a campaign says as a ready plan."))
@click.argument("name")
@option("--as-kind", metavar="KIND", help=mark("Keep what it says under this name, for other campaigns."))
@body_options
@json_option
@pass_app
def command(app: App, /, name: str, as_kind: str | None, as_json: bool, **given: Any) -> None:
    """Change the keys that are named; all others stay."""
    values = body_values(given)
    if not values and as_kind is None:
        raise UsageError(_("say what to change: crm campaign edit --help lists it"))
    changed = app.shop.campaigns.edit(name, values) if values else app.shop.campaigns.get(name)
    if as_kind is not None:
        app.shop.campaigns.keep_as_kind(name, as_kind)
    if as_json:
        print_json({"campaign": name, "state": changed.row.state, "body": changed.body.as_json()})
    else:
        say(_("Written down."))
