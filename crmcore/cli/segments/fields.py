"""`crm segment fields`: what rules may compare."""

from __future__ import annotations

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import command as crm_command
from crmcore.cli.base import json_option
from crmcore.cli.output import Column, print_json, table
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, mark


@crm_command(
    mark("List what rules may compare: fields with their meaning, how full they are, sample values.")
)
@click.argument("text", required=False, default="")
@json_option
@pass_app
def command(app: App, text: str, as_json: bool) -> None:
    """List the fields; with a text those that it may mean."""
    from crmcore.segments.completion import fitting
    from crmcore.segments.preview import Previews

    found = Previews(app.fresh_shop.segments).fields()
    if text:
        found = fitting(found, text)
    if as_json:
        print_json({"fields": [one.as_json() for one in found]})
        return
    columns = [
        Column(_("Name"), whole=True),
        Column(_("Type")),
        Column(_("Title")),
        Column(_("Filled"), right=True),
        Column(_("Operators")),
        Column(_("Values")),
    ]
    rows = [
        (
            one.path,
            one.type.value,
            one.title,
            "" if one.fill is None else f"{one.fill:.0%}",
            " ".join(one.operators),
            joined(str(value) for value in one.samples),
        )
        for one in found
    ]
    table(columns, rows)
