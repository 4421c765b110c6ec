"""`crm customer split`."""

from __future__ import annotations

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import NUMBER, json_option, option
from crmcore.cli.base import command as crm_command
from crmcore.cli.output import print_json, say
from crmcore.i18n import gettext as _
from crmcore.i18n import mark


@crm_command(
    mark(
        "Bring a merged customer back with all that came with her. With --identity: make a new customer of "
        "some of a customer's identities and what came with them."
    )
)
@click.argument("customer", type=NUMBER, metavar="ID")
@option(
    "--identity",
    "identities",
    type=NUMBER,
    multiple=True,
    metavar="IDENTITY",
    help=mark("The number of an identity (`crm customer show --json`); may be repeated."),
)
@json_option
@pass_app
def command(app: App, customer: int, identities: tuple[int, ...], as_json: bool) -> None:
    """Split and say who is who now."""
    from crmcore.people import People

    number, left = People(app.shop).split(customer, identities)
    if as_json:
        print_json({"id": number, "left": left})
    else:
        say(_("Customer {id} stands apart from {left} again.").format(id=number, left=left))
