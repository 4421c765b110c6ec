"""`crm campaign report`."""

from __future__ import annotations

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import as_of_option, json_option
from crmcore.cli.base import command as crm_command
from crmcore.cli.output import note, print_json, say
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.shown import labelled


@crm_command(
    mark(
        "What a campaign earned: its orders (by code first, else by time, each once), the difference to the "
        "control group with its interval, all costs, the goal, the same period a year ago and the one before."
    )
)
@click.argument("name")
@as_of_option
@json_option
@pass_app
def command(app: App, name: str, as_of: str | None, as_json: bool) -> None:
    """Work it out as things stand now, or stood at the end of that day."""
    from crmcore.desk.campaign_outcome import incomplete, told

    found = app.shop.campaigns.report(name, app.day(as_of))
    if as_json:
        print_json(found.as_json())
        return
    say(found.title)
    for what, words in told(found):
        say(labelled(what, words))
    if until := incomplete(app.shop, found):
        note(labelled(_("Not complete"), until))
