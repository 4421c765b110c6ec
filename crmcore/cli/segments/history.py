"""`crm segment history`: how a kept segment grew and shrank."""

from __future__ import annotations

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import HowMany, json_option, option
from crmcore.cli.base import command as crm_command
from crmcore.cli.output import Column, print_json, table
from crmcore.i18n import gettext as _
from crmcore.i18n import mark


@crm_command(mark("Show day by day how many came into a kept segment, left it, and were in it."))
@click.argument("name")
@option("--limit", type=HowMany(min=1), default=30, show_default=True, help=mark("At most so many days."))
@json_option
@pass_app
def command(app: App, name: str, limit: int, as_json: bool) -> None:
    """List the days, the newest first."""
    from crmcore.segments.register_history import days

    shop = app.fresh_shop
    kept = shop.register.get(name)
    with shop.database.read() as connection:
        found = days(connection, kept, limit)
    if as_json:
        print_json({"segment": name, "began": kept.began, "days": [one.as_json() for one in found]})
        return
    columns = [
        Column(_("Day")),
        Column(_("Came"), right=True),
        Column(_("Left"), right=True),
        Column(_("Members"), right=True),
    ]
    table(columns, [(one.day, f"{one.entered:,}", f"{one.left:,}", f"{one.members:,}") for one in found])
