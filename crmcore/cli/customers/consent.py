"""`crm customer consent`."""

from __future__ import annotations

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import NUMBER, Choice, json_option, option
from crmcore.cli.base import command as crm_command
from crmcore.cli.output import print_json, say
from crmcore.i18n import gettext as _
from crmcore.i18n import mark


@crm_command(
    mark(
        "Write down what a customer allowed or refused. CHANNEL is sms, email, phone or another, or * for "
        "all of them. A yes needs its proof; what she said last holds."
    )
)
@click.argument("customer", type=NUMBER, metavar="ID")
@click.argument("channel")
@click.argument("state", type=Choice(["granted", "denied"]))
@option(
    "--purpose",
    type=Choice(["promotion", "service", "order", "*"]),
    default="promotion",
    show_default=True,
    help=mark("What the messages are for."),
)
@option("--proof", help=mark("What she wrote, ticked or said, and where."))
@option("--reason", help=mark("Why she refused."))
@json_option
@pass_app
def command(
    app: App,
    customer: int,
    channel: str,
    state: str,
    purpose: str,
    proof: str | None,
    reason: str | None,
    as_json: bool,
) -> None:
    """Add it to the ledger."""
    from crmcore.people import People

    number = People(app.shop).consent(customer, channel, purpose, state, proof, reason)
    if as_json:
        print_json({"id": number, "customer": customer})
    else:
        say(_("Written down."))
