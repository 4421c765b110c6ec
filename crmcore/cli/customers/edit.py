"""`crm customer edit`."""

from __future__ import annotations

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import command as crm_command
from crmcore.cli.base import json_option, option
from crmcore.cli.customers.profile import FIELDS, identities_of, profile_options, values_of
from crmcore.cli.output import print_json, say
from crmcore.errors import UsageError
from crmcore.i18n import gettext as _
from crmcore.i18n import mark


@crm_command(mark("Change a customer: her profile, more phones and e-mail addresses, tags."), epilog=FIELDS)
@click.argument("customer", type=int, metavar="ID")
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
    from crmcore.store import customers
    from crmcore.store.identities import add_identity
    from crmcore.store.tags import add_tag, remove_tag

    shop = app.shop
    shop.permit("customer.edit")
    profile = values_of(name, values)
    if not (profile or phones or emails or tags or untags):
        raise UsageError(_("say what to change: --name, --phone, --email, --tag, --untag or --set"))
    known_as = identities_of(shop, phones, emails)
    with shop.write(_("edited a customer")) as write:
        number = customers.living(write.connection, customer)
        if profile:
            customers.edit(write, number, profile)
        for identity in known_as:
            add_identity(write, number, identity)
        for tag in tags:
            add_tag(write, [number], tag)
        for tag in untags:
            remove_tag(write, [number], tag)
    if as_json:
        print_json({"id": number})
    else:
        say(_("Changed customer {id}.").format(id=number))
