"""`crm campaign unknown`."""

from __future__ import annotations

from pathlib import Path

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import HowMany, json_option, option
from crmcore.cli.base import command as crm_command
from crmcore.cli.output import Column, note, print_json, say, table
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.shown import moment
from crmcore.written import text_in

_LONGEST = 20_000_000  # bytes; a key is some thirty characters


@crm_command(
    mark(
        "Messages of which nobody knows whether they arrived: the line broke, or the sender died. They never "
        "go out again by themselves. Once you have looked at the gateway's own list, say what became of them."
    )
)
@click.argument("name")
@option("--arrived", is_flag=True, help=mark("They arrived."))
@option("--not-sent", is_flag=True, help=mark("They never went out: the next `send` sends them."))
@option(
    "--keys",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help=mark("Only those whose key stands in this file, one a line."),
)
@option("--limit", type=HowMany(min=1), default=50, show_default=True, help=mark("At most so many."))
@json_option
@pass_app
def command(
    app: App, name: str, arrived: bool, not_sent: bool, keys: Path | None, limit: int, as_json: bool
) -> None:
    """List them, or settle them."""
    from crmcore.campaigns import coming_back

    shop = app.shop
    if arrived and not_sent:
        raise click.UsageError(_("say one of --arrived and --not-sent"))
    if arrived or not_sent:
        named = text_in(keys, _LONGEST).split() if keys else None
        count = coming_back.settle_unknown(shop, name, arrived=arrived, keys=named)
        if as_json:
            print_json({"campaign": name, "settled": count})
            return
        say(_("{count} messages settled.").format(count=f"{count:,}"))
        if not_sent and count:
            note(_("Send them: crm campaign resume {name}, then send").format(name=name))
        return
    rows = coming_back.unknown(shop, name, limit)
    if as_json:
        found = [{"customer": row[1], "key": row[2], "at": row[3]} for row in rows]
        print_json({"campaign": name, "unknown": found})
        return
    zone = shop.settings.time_zone
    columns = [Column(_("Customer"), right=True), Column(_("Key")), Column(_("When"))]
    table(columns, [(row[1], row[2], moment(row[3], zone)) for row in rows])
