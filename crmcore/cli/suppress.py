"""`crm suppress`: addresses and people that get nothing, whatever they agreed to."""

from __future__ import annotations

from pathlib import Path

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import NUMBER, HowMany, group, json_option, option
from crmcore.cli.output import Column, note, print_json, say, table
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.shown import known_by, moment

command = group(mark("The suppression list: addresses and people that get nothing by any channel."))


@command.command(
    "add", help=mark("Put addresses (phones, e-mails) or customers (by ID, with --customer) on it.")
)
@click.argument("addresses", nargs=-1)
@option("--customer", "customers", type=NUMBER, multiple=True, metavar="ID", help=mark("The whole person."))
@option("--reason", help=mark("Why, for whoever asks later."))
@json_option
@pass_app
def add(
    app: App, addresses: tuple[str, ...], customers: tuple[int, ...], reason: str | None, as_json: bool
) -> None:
    """Add them in one act."""
    from crmcore.campaigns.suppression import add as add_to_list

    if not addresses and not customers:
        raise click.UsageError(_("name an address, or a customer with --customer"))
    new = add_to_list(app.shop, addresses, customers, reason)
    if as_json:
        print_json({"added": new})
    else:
        say(_("{count} new on the list.").format(count=f"{new:,}"))


@command.command("import", help=mark("Read a csv file of addresses: columns phone, email, buyer or address."))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@option("--reason", help=mark("Why, for whoever asks later."))
@json_option
@pass_app
def import_(app: App, file: Path, reason: str | None, as_json: bool) -> None:
    """Read it; rows that hold no address are told."""
    from crmcore.campaigns.suppression import read_file

    found = read_file(app.shop, file, reason)
    if as_json:
        print_json(found.as_json())
    else:
        words = _("{read} rows read: {added} new on the list, {same} known, {rejected} without an address")
        say(words.format(**{key: f"{value:,}" for key, value in found.counts().items()}))
        for line, why in found.problems[:10]:
            note(_("line {line}: {why}").format(line=line, why=why))
    if found.rejected:
        click.get_current_context().exit(3)


@command.command("list", help=mark("List the newest entries, or those whose address contains a text."))
@click.argument("text", default="")
@option("--limit", type=HowMany(min=1), default=50, show_default=True, help=mark("At most so many."))
@json_option
@pass_app
def list_(app: App, text: str, limit: int, as_json: bool) -> None:
    """List them."""
    from crmcore.store.suppressing import listed

    app.shop.permit("customer.find")
    with app.shop.database.read() as connection:
        count, rows = listed(connection, text, limit)
    if as_json:
        print_json({"count": count, "entries": [one.__dict__ for one in rows]})
        return
    columns = [
        Column(_("Number"), right=True),
        Column(_("Kind")),
        Column(_("Address")),
        Column(_("Since")),
        Column(_("Why")),
    ]
    zone = app.shop.settings.time_zone
    table(
        columns,
        [
            (
                one.id,
                known_by(one.kind),
                one.value or f"#{one.customer_id}",
                moment(one.at, zone),
                one.reason or one.source,
            )
            for one in rows
        ],
    )
    if not rows:
        note(_("Nobody is on the list. Put an address on it: crm suppress add ADDRESS"))
    if count > len(rows):
        note(_("{count} in all").format(count=f"{count:,}"))


@command.command("remove", help=mark("Take an entry off the list; what she refused stays refused."))
@click.argument("entry", type=NUMBER, metavar="NUMBER")
@json_option
@pass_app
def remove(app: App, entry: int, as_json: bool) -> None:
    """Take it off."""
    from crmcore.store.suppressing import release

    app.shop.permit("suppress")
    with app.shop.write(_("took entry {id} off the suppression list").format(id=entry)) as write:
        release(write, entry)
    if as_json:
        print_json({"removed": entry})
    else:
        say(_("Taken off the list."))
