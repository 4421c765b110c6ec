"""`crm campaign test`."""

from __future__ import annotations

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import command as crm_command
from crmcore.cli.base import json_option, option
from crmcore.cli.campaigns.body_options import follow_up_option
from crmcore.cli.output import print_json, say
from crmcore.i18n import gettext as _
from crmcore.i18n import mark


@crm_command(
    mark(
        "Send one message of a campaign to an address of your own staff, written out for one of its "
        "customers. An address that a customer is known by is refused."
    )
)
@click.argument("name")
@click.argument("address")
@option("--channel", help=mark("Which of its channels."))
@follow_up_option
@json_option
@pass_app
def command(app: App, name: str, address: str, channel: str | None, follow_up: int, as_json: bool) -> None:
    """Send it and say what the gateway answered."""
    receipt = app.fresh_shop.campaigns.test(name, address, channel, follow_up=follow_up)
    if as_json:
        print_json({"campaign": name, "to": address, "state": receipt.state, "detail": receipt.detail})
    else:
        say(
            _("{address}: {state} {detail}").format(
                address=address, state=receipt.state, detail=receipt.detail
            )
        )
    if receipt.state not in ("accepted", "delivered"):
        click.get_current_context().exit(1)
