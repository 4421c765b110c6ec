"""`crm customer merge`."""

from __future__ import annotations

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import NUMBER, json_option
from crmcore.cli.base import command as crm_command
from crmcore.cli.output import print_json, say
from crmcore.i18n import gettext as _
from crmcore.i18n import mark


@crm_command(
    mark(
        "Let customer B live on inside customer A, with all orders, messages and consents. Nothing is lost: "
        "`crm customer split B` takes them apart again."
    )
)
@click.argument("keep", type=NUMBER, metavar="A")
@click.argument("gone", type=NUMBER, metavar="B")
@json_option
@pass_app
def command(app: App, keep: int, gone: int, as_json: bool) -> None:
    """Merge them."""
    from crmcore.people import People

    People(app.shop).merge(keep, gone)
    if as_json:
        print_json({"id": keep, "merged": gone})
    else:
        say(_("Customer {gone} lives on inside {keep}.").format(gone=gone, keep=keep))
