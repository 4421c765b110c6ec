"""`crm move`: the shop to another database."""

from __future__ import annotations

import click

from crmcore import config
from crmcore.cli.app import App, pass_app
from crmcore.cli.base import command as crm_command
from crmcore.cli.base import json_option
from crmcore.cli.output import Progress, print_json, say
from crmcore.i18n import gettext as _
from crmcore.i18n import mark


@crm_command(
    mark(
        "Move the shop into the empty database at URL: from SQLite to PostgreSQL when several machines "
        "share it, or back. Nobody else can write meanwhile. The old database stays as it was and says "
        "where the shop is."
    )
)
@click.argument("url")
@json_option
@pass_app
def command(app: App, url: str, as_json: bool) -> None:
    """Move and say how much that was."""
    from crmcore.moving import move

    with Progress() as progress:
        records = move(app.shop, url, progress)
    shown = config.hide_password(url)
    if as_json:
        print_json({"from": config.hide_password(app.shop.place.url), "to": shown, "records": records})
        return
    say(_("Moved {records} records to {url}.").format(records=f"{records:,}", url=shown))
    if app.shop.place.folder is None:
        say(_("Open it from now on with `crm --shop {url}`.").format(url=shown))
