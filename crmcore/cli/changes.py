"""`crm changes`: who changed what, and taking an act back."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from crmcore.cli import edge
from crmcore.cli.app import App, pass_app
from crmcore.cli.base import NUMBER, HowMany, group, json_option, option
from crmcore.cli.output import Column, Progress, note, print_json, say, table
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, mark
from crmcore.shown import labelled, moment, records_word, word

if TYPE_CHECKING:
    from crmcore.store.undo import UndoReport

command = group(mark("Every act on the shop's records: who, when, why; and taking one back."))


@command.command("list", help=mark("List the latest acts, newest first."))
@option("--limit", type=HowMany(min=1), default=20, show_default=True, help=mark("At most so many."))
@json_option
@pass_app
def list_them(app: App, limit: int, as_json: bool) -> None:
    """List them."""
    from crmcore.store.changes import list_changes

    with app.shop.database.read() as connection:
        found = list_changes(connection, limit=limit)
    if as_json:
        print_json({"changes": [asdict(one) for one in found]})
        return
    zone = app.shop.settings.time_zone
    columns = [
        Column(_("Act"), right=True),
        Column(_("When"), whole=True),
        Column(_("Who")),
        Column(_("Kind")),
    ]
    table(
        [*columns, Column(_("Why")), Column(_("State"))],
        [
            (one.id, moment(one.at, zone), one.actor, word(one.kind), word(one.why), word(one.state))
            for one in found
        ],
    )


@command.command("show", help=mark("Show one act and how many records it changed."))
@click.argument("act", type=NUMBER, metavar="ID")
@json_option
@pass_app
def show(app: App, act: int, as_json: bool) -> None:
    """Show it."""
    from crmcore.store.change_summary import summary
    from crmcore.store.changes import find_change

    with app.shop.database.read() as connection:
        change = find_change(connection, act)
        records = summary(connection, change)
    if as_json:
        print_json({**asdict(change), "records": records})
        return
    zone = app.shop.settings.time_zone
    say(
        f"{change.id}  {moment(change.at, zone)}  {change.actor}  {word(change.kind)}  {word(change.why)}  "
        f"{word(change.state)}"
    )
    for name, counts in records.items():
        words = joined(f"{word(what)} {number:,}" for what, number in counts.items())
        say("  " + labelled(records_word(name), words))


@command.command("undo", help=mark("Take an act back. What others touched since is kept, and named."))
@click.argument("act", type=NUMBER, metavar="ID")
@json_option
@pass_app
def undo(app: App, act: int, as_json: bool) -> None:
    """Take it back and say what was kept."""
    from crmcore.taking_back import take_back

    with Progress() as progress:
        report = take_back(app.shop, act, lambda share: progress(int(share * 100), 100, _("undoing")))
    tell_undone(report, as_json)


def tell_undone(report: UndoReport, as_json: bool) -> None:
    """Print what an undo did; exit code 3 when it kept something."""
    if as_json:
        print_json(report.as_json())
    else:
        say(
            _("Restored {restored} records, removed {removed}.").format(
                restored=f"{report.restored:,}", removed=f"{report.removed:,}"
            )
        )
    if report.kept_count:
        note(_("Kept {count}:").format(count=f"{report.kept_count:,}"))
        for kept in report.kept[:20]:
            note(f"  {records_word(kept.table)} {kept.id}: {kept.why}")
        raise click.exceptions.Exit(edge.SET_ASIDE)
