"""`crm customer add`."""

from __future__ import annotations

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import command as crm_command
from crmcore.cli.base import json_option
from crmcore.cli.customers.profile import FIELDS, changes, profile_options
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
    from crmcore.people import People

    number, maybe = People(app.shop).add(changes(name, phones, emails, tags, values))
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
