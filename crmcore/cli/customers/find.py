"""`crm customer find`."""

from __future__ import annotations

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import HowMany, json_option, option
from crmcore.cli.base import command as crm_command
from crmcore.cli.output import Column, note, print_json, table
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.shown import known_by


@crm_command(
    mark(
        "Find customers by what one has of them: a name or its pinyin, a phone or its last digits, an e-mail "
        "address, a buyer id, an order number. A value that a platform hid is found as not certain."
    )
)
@click.argument("text")
@option("--limit", type=HowMany(min=1), default=20, show_default=True, help=mark("At most so many."))
@json_option
@pass_app
def command(app: App, text: str, limit: int, as_json: bool) -> None:
    """Look and list, the best first."""
    from crmcore.people import People

    found = People(app.shop).find(text, limit)
    if as_json:
        rows = [
            {
                "id": hit.customer_id,
                "name": hit.name,
                "match": hit.match,
                "certain": hit.certain,
                "shown": hit.shown,
            }
            for hit in found
        ]
        print_json({"customers": rows})
        return
    if not found:
        note(_("Nobody found."))
        return
    columns = [Column(_("Customer"), right=True), Column(_("Name")), Column(_("Found by")), Column("")]
    table(
        columns,
        [
            (
                hit.customer_id,
                hit.name,
                f"{known_by(hit.match)}: {hit.shown}",
                "" if hit.certain else _("possibly"),
            )
            for hit in found
        ],
    )
