"""`crm campaign list`."""

from __future__ import annotations

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import command as crm_command
from crmcore.cli.base import json_option
from crmcore.cli.output import Column, note, print_json, table
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.shown import moment, word


@crm_command(mark("List the campaigns, the newest first."))
@json_option
@pass_app
def command(app: App, as_json: bool) -> None:
    """List them."""
    shop = app.shop
    found = shop.campaigns.all()
    if as_json:
        rows = [
            {
                "name": one.row.name,
                "title": one.title,
                "kind": one.row.kind,
                "purpose": one.row.purpose,
                "state": one.row.state,
                "starts_at": one.row.starts_at,
                "started_at": one.row.started_at,
                "message": one.row.message,
            }
            for one in found
        ]
        print_json({"campaigns": rows})
        return
    zone = shop.settings.time_zone
    columns = [
        Column(_("Name")),
        Column(_("Title")),
        Column(_("Kind")),
        Column(_("State")),
        Column(_("Begun")),
    ]
    table(
        columns,
        [
            (
                one.row.name,
                one.title,
                one.row.kind,
                word(one.row.state),
                moment(at, zone) if (at := one.row.started_at or one.row.starts_at) else "",
            )
            for one in found
        ],
    )
    if not found:
        note(_("There is no campaign yet. What to begin with: crm campaign kinds"))
    for one in found:
        if one.row.message:
            note(f"{one.row.name}: {one.row.message}")
