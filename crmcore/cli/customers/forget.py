"""`crm customer forget`."""

from __future__ import annotations

from dataclasses import asdict

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.asking import sure, yes_option
from crmcore.cli.base import NUMBER, json_option
from crmcore.cli.base import command as crm_command
from crmcore.cli.output import note, print_json, say
from crmcore.i18n import gettext as _
from crmcore.i18n import mark


@crm_command(
    mark(
        "Erase who a customer is, for good: her names, phones, addresses, messages and notes, in old "
        "values and rejected rows too. Her orders go on counting, without her. A no to messages stays a "
        "no."
    )
)
@click.argument("customer", type=NUMBER, metavar="ID")
@yes_option
@json_option
@pass_app
def command(app: App, customer: int, yes: bool, as_json: bool) -> None:
    """Ask, erase, and print the receipt."""
    from crmcore.people import People

    people = People(app.shop)
    owner = people.living(customer)
    sure(_("Erase customer {id} for good? This cannot be undone.").format(id=owner), yes)
    receipt = people.forget(owner)
    if as_json:
        print_json(asdict(receipt))
    else:
        say(_("Erased customer {id}:").format(id=receipt.customer))
        for name, number in receipt.erased.items():
            say(f"  {name}: {number:,}")
    note(_("Backups and exported files made before still hold her: delete those that need not be kept."))
