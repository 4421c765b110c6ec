"""`crm customer add`."""

from __future__ import annotations

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import command as crm_command
from crmcore.cli.base import json_option
from crmcore.cli.customers.profile import FIELDS, identities_of, profile_options, values_of
from crmcore.cli.output import note, print_json, say
from crmcore.i18n import gettext as _
from crmcore.i18n import mark


@crm_command(mark("Add a customer. Records that may be the same person are named on stderr."), epilog=FIELDS)
@profile_options
@json_option
@pass_app
def command(
    app: App,
    name: str | None,
    phones: tuple[str, ...],
    emails: tuple[str, ...],
    tags: tuple[str, ...],
    values: dict[str, str],
    as_json: bool,
) -> None:
    """Add her and print her id."""
    from crmcore.store import customers

    shop = app.shop
    shop.permit("customer.add")
    profile = values_of(name, values)
    known_as = identities_of(shop, phones, emails)
    with shop.database.read() as connection:
        maybe = [
            one for one in customers.duplicates(connection, profile.get("name"), known_as) if not one.certain
        ]
    with shop.write(_("added a customer")) as write:
        number = customers.add(write, profile, known_as, tags, at=shop.clock().now)
    for one in maybe:
        note(
            _("maybe the same person: customer {id} {name} ({reason})").format(
                id=one.customer_id, name=one.name or "", reason=one.reason
            )
        )
    if as_json:
        print_json({"id": number, "maybe_same": [one.as_json() for one in maybe]})
    else:
        say(_("Added customer {id}.").format(id=number))
