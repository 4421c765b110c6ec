"""`crm customer edit`."""

from __future__ import annotations

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import NUMBER, json_option, option
from crmcore.cli.base import command as crm_command
from crmcore.cli.customers.profile import FIELDS, changes, profile_options
from crmcore.cli.output import print_json, say
from crmcore.i18n import gettext as _
from crmcore.i18n import mark


@crm_command(mark("Change a customer: her profile, more phones and e-mail addresses, tags."), epilog=FIELDS)
@click.argument("customer", type=NUMBER, metavar="ID")
@profile_options
@option("--untag", "untags", multiple=True, help=mark("Take a tag off; may be repeated."))
@json_option
@pass_app
def command(
    app: App,
    customer: int,
    name: str | None,
    phones: tuple[str, ...],
    emails: tuple[str, ...],
    tags: tuple[str, ...],
    untags: tuple[str, ...],
    values: dict[str, str],
    as_json: bool,
) -> None:
    """Change her in one act, which `crm changes undo` takes back."""
    from crmcore.people import People

    People(app.shop).edit(customer, changes(name, phones, emails, tags, values, untags))
    if as_json:
        print_json({"id": customer})
    else:
        say(_("Changed customer {id}.").format(id=customer))
