"""`crm campaign status`."""

from __future__ import annotations

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import as_of_option, json_option
from crmcore.cli.base import command as crm_command
from crmcore.cli.output import Column, note, print_json, say, table
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, mark
from crmcore.shown import labelled, moment, word


@crm_command(mark("How far a campaign is: messages by state, what came back, who did not get it and why."))
@click.argument("name")
@as_of_option
@json_option
@pass_app
def command(app: App, name: str, as_of: str | None, as_json: bool) -> None:
    """Show its figures."""
    found = app.shop.campaigns.status(name, app.day(as_of))
    if as_json:
        print_json(found.as_json())
        return
    say(
        _("{name}: {state}, {done} of {planned}").format(
            name=name, state=word(found.state), done=f"{found.done:,}", planned=f"{found.planned:,}"
        )
    )
    table([Column(_("What")), Column(_("Messages"), right=True)], [(w, f"{n:,}") for w, n in found.lines()])
    for one in found.turns:
        words = joined(f"{what} {number:,}" for what, number in one.lines())
        say("  " + labelled(one.title, words or _("not sent yet")))
    if found.next_at is not None:
        when = moment(found.next_at, app.shop.settings.time_zone)
        note(_("the next follow-up goes out at {when}: `crm due --run` sends it").format(when=when))
    for channel, at in found.starts.items():
        note(
            _("{channel} begins {when}").format(channel=channel, when=moment(at, app.shop.settings.time_zone))
        )
    if found.message:
        note(found.message)
