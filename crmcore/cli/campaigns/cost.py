"""`crm campaign cost`."""

from __future__ import annotations

from decimal import Decimal

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import command as crm_command
from crmcore.cli.base import json_option
from crmcore.cli.output import print_json, say
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.records.money import to_major


@crm_command(
    mark("Write down what a campaign cost beside its messages: design, flyers, gifts, working time.")
)
@click.argument("name")
@click.argument("amount")
@click.argument("what")
@json_option
@pass_app
def command(app: App, name: str, amount: str, what: str, as_json: bool) -> None:
    """Add it; a minus sign takes something back."""
    from crmcore.campaigns.report import add_cost

    shop = app.shop
    # The amount is checked where all amounts are: what is no number is refused with its text.
    in_all = add_cost(shop, shop.campaigns.get(name).row, _amount(amount), what)
    if as_json:
        print_json({"campaign": name, "other_costs": in_all})
    else:
        say(_("Other costs so far: {sum} {currency}").format(
            sum=to_major(in_all, shop.settings.currency), currency=shop.settings.currency))  # fmt: skip


def _amount(text: str) -> Decimal:
    from decimal import InvalidOperation

    try:
        return Decimal(text)
    except InvalidOperation:
        raise click.UsageError(_("{text!r} is no amount").format(text=text)) from None
