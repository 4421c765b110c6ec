"""`crm campaign test`."""

from __future__ import annotations

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import command as crm_command
from crmcore.cli.base import json_option, option
from crmcore.cli.campaigns.body_options import follow_up_option
from crmcore.cli.receipts import tell_receipt
from crmcore.i18n import mark


@crm_command(
    mark(
        "Send one message of a campaign to an address of your own staff, written out for one of its "
        "customers. An address that a customer is known by is refused."
    )
)
@click.argument("name")
@option("--to", required=True, help=mark("The address: an e-mail, a phone number, an id."))
@option("--channel", help=mark("Which of its channels."))
@follow_up_option
@json_option
@pass_app
def command(app: App, name: str, to: str, channel: str | None, follow_up: int, as_json: bool) -> None:
    """Send it and say what became of it; exit code 1 unless it was accepted."""
    receipt = app.fresh_shop.campaigns.test(name, to, channel, follow_up=follow_up)
    tell_receipt(receipt, {"campaign": name, "to": to}, as_json)
