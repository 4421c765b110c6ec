"""`crm campaign preview`."""

from __future__ import annotations

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import NUMBER, HowMany, as_of_option, json_option, option
from crmcore.cli.base import command as crm_command
from crmcore.cli.campaigns.body_options import follow_up_option
from crmcore.cli.output import note, print_json, say
from crmcore.i18n import gettext as _
from crmcore.i18n import mark


@crm_command(mark("Show the message as some customers get it, and what speaks against it. Nothing is sent."))
@click.argument("name")
@option("--channel", help=mark("Which of its channels."))
@option("--customer", "customers", type=NUMBER, multiple=True, metavar="ID", help=mark("These customers."))
@option("--limit", type=HowMany(min=1), default=3, show_default=True, help=mark("At most so many people."))
@follow_up_option
@as_of_option
@json_option
@pass_app
def command(
    app: App,
    name: str,
    channel: str | None,
    customers: tuple[int, ...],
    limit: int,
    follow_up: int,
    as_of: str | None,
    as_json: bool,
) -> None:
    """Write it out for those named, or for some of its audience."""
    found = app.fresh_shop.campaigns.preview(
        name, channel, customers, limit, follow_up=follow_up, as_of=app.day(as_of)
    )
    if as_json:
        print_json({"campaign": name, "channel": found.channel, **found.as_json()})
        return
    for one in found.messages:
        say(f"#{one.customer_id}  {one.to or ''}".rstrip())
        for line in one.text.splitlines():
            say(f"  {line}")
        if one.problem:
            say(f"  ! {one.problem}")
    for finding in found.findings:
        note(finding)
    if not found.messages:
        say(_("Nobody gets it now."))
