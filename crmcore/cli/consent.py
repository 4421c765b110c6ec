"""`crm consent`: on what basis the shop writes to people who were never asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import Whole, group, json_option, option
from crmcore.cli.output import Column, note, print_json, say, table
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.shown import moment, word

if TYPE_CHECKING:
    from crmcore.store.suppressing import Basis

command = group(
    mark(
        "Consent. What one customer said is written with `crm customer consent`; here the shop states on "
        "what basis it writes to buyers who were never asked. Without one a promotion goes to nobody who "
        "never agreed."
    )
)


@command.command(
    "basis",
    help=mark(
        "Show the stated bases, or state one: the law or notice it rests on, in a sentence you would show to "
        "the authorities. It covers customers who bought, never one who refused."
    ),
)
@click.argument("sentence", required=False)
@option("--channel", default="*", show_default=True, help=mark("For this channel only; * for all."))
@option("--days", type=Whole(1, 36_500), help=mark("Only who bought in the last so many days."))
@option("--withdraw", is_flag=True, help=mark("Withdraw the basis for that channel."))
@json_option
@pass_app
def basis(
    app: App, sentence: str | None, channel: str, days: int | None, withdraw: bool, as_json: bool
) -> None:
    """Show, state or withdraw."""
    from crmcore.store.suppressing import bases, state_basis

    shop = app.shop
    if sentence is not None and withdraw:
        raise click.UsageError(_("state a basis or withdraw one, not both"))
    if sentence is not None or withdraw:
        shop.permit("consent.basis")
        why = _("stated a basis for {channel}") if sentence else _("withdrew the basis for {channel}")
        with shop.write(why.format(channel=word(channel)), kind="campaign") as write:
            state_basis(write, channel.strip().lower() or "*", sentence, days, shop.clock().now)
    with shop.database.read() as connection:
        found = bases(connection)
    if as_json:
        rows = [
            {"channel": one.channel, "basis": one.basis, "days": one.days, "at": one.at}
            for one in found.values()
        ]
        print_json({"bases": rows})
        return
    _say(found, shop.settings.time_zone)


def _say(found: dict[str, Basis], time_zone: str) -> None:
    if not found:
        note(_("No basis is stated: promotions go only to customers who agreed, with proof."))
        return
    columns = [
        Column(_("Channel")),
        Column(_("Bought in the last days"), right=True),
        Column(_("Since")),
        Column(_("Basis")),
    ]
    rows = [
        (
            _("all channels") if one.channel == "*" else word(one.channel),
            one.days or "",
            moment(one.at, time_zone),
            one.basis,
        )
        for one in found.values()
    ]
    table(columns, rows)


@command.command("show", help=mark("Everything a customer ever said, newest first."))
@click.argument("customer", type=Whole(min=1), metavar="ID")
@json_option
@pass_app
def show(app: App, customer: int, as_json: bool) -> None:
    """The ledger of one customer."""
    from crmcore.store.consents import history
    from crmcore.store.customers import resolve

    shop = app.shop
    shop.permit("customer.show")
    with shop.database.read() as connection:
        found = history(connection, resolve(connection, customer))
    if as_json:
        print_json({"customer": customer, "said": [one.as_json() for one in found]})
        return
    for one in found:
        told = (
            moment(one.at, shop.settings.time_zone),
            word(one.channel),
            word(one.purpose),
            word(one.state),
        )
        say("  ".join([*told, one.source, one.proof or one.reason or ""]).rstrip())


@command.command(
    "export",
    help=mark(
        "Write every no that holds into a csv file, one row for each address: keep it beside your backups, "
        "and as safe as these."
    ),
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
@pass_app
def export(app: App, file: Path, as_json: bool) -> None:
    """Write them."""
    from crmcore.campaigns import refusals

    count = refusals.export(app.shop, file)
    if as_json:
        print_json({"file": str(file), "count": count})
    else:
        say(_("{count} refusals written into {file}.").format(count=f"{count:,}", file=file))


@command.command(
    "import",
    help=mark(
        "Take over a list that `export` wrote, after a restore or from another shop. It only makes this one "
        "stricter; who is not known here keeps her address on the suppression list."
    ),
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
@pass_app
def import_(app: App, file: Path, as_json: bool) -> None:
    """Take it over; rows that are none are told."""
    from crmcore.campaigns import refusals

    found = refusals.read_file(app.shop, file)
    if as_json:
        print_json(found.as_json())
    else:
        words = _("{read} rows read: {added} new, {same} known, {rejected} that are none")
        counts = {name: f"{value:,}" for name, value in found.as_json().items() if name != "problems"}
        say(words.format(**counts))
        for line, why in found.problems[:10]:
            note(_("line {line}: {why}").format(line=line, why=why))
    if found.problems:
        click.get_current_context().exit(3)


@command.command(
    "complete",
    help=mark(
        "After a restore that could not see who said no since the backup: answer for it, in a sentence, that "
        "no refusal is missing. Promotions may go out again."
    ),
)
@click.argument("sentence")
@json_option
@pass_app
def complete(app: App, sentence: str, as_json: bool) -> None:
    """Keep the sentence with the name of whoever wrote it."""
    from crmcore.campaigns import refusals

    refusals.declare_complete(app.shop, sentence)
    if as_json:
        print_json({"complete": True})
    else:
        say(_("Written down."))
