"""`crm campaign kinds`."""

from __future__ import annotations

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import command as crm_command
from crmcore.cli.base import json_option
from crmcore.cli.output import Column, print_json, say, table
from crmcore.i18n import gettext as _
from crmcore.i18n import mark


@crm_command(mark("List the plans that are ready to be used: plugins', packs' and the shop's own."))
@json_option
@pass_app
def command(app: App, as_json: bool) -> None:
    """List them with what each is good for."""
    found = app.shop.campaigns.kinds()
    if as_json:
        rows = [
            {
                "name": one.name,
                "title": {"zh": one.zh, "en": one.en},
                "about": dict(one.about),
                "source": one.source,
                "ask": list(one.ask),
                "body": dict(one.body),
            }
            for one in found
        ]
        print_json({"kinds": rows})
        return
    table(
        [Column(_("Name")), Column(_("Title")), Column(_("From"))],
        [(one.name, one.title, one.source) for one in found],
    )
    for one in found:
        if one.says:
            say(f"{one.name}: {one.says}")
