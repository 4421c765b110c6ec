"""`crm segment changes`: who came into kept segments and who left, when and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import NUMBER, HowMany, json_option, option
from crmcore.cli.base import command as crm_command
from crmcore.cli.output import Column, note, print_json, table
from crmcore.i18n import gettext as _
from crmcore.i18n import mark

if TYPE_CHECKING:
    from crmcore.segments.register_store import Move


@crm_command(mark("List who came into kept segments and who left, the newest first: when, and why."))
@click.argument("name", required=False)
@option("--customer", type=NUMBER, help=mark("Only this customer."))
@option("--since", metavar="DATE", help=mark("Only from that day on."))
@option("--after", type=NUMBER, default=0, help=mark("Only what follows the move of that number."))
@option("--limit", type=HowMany(min=1), default=50, show_default=True, help=mark("At most so many."))
@json_option
@pass_app
def command(
    app: App,
    name: str | None,
    customer: int | None,
    since: str | None,
    after: int,
    limit: int,
    as_json: bool,
) -> None:
    """List the moves."""
    from crmcore.desk.segment_history import cause_words, fact_words
    from crmcore.segments.people import named
    from crmcore.segments.register_history import moves

    shop = app.fresh_shop
    if name is not None:
        shop.register.get(name)
    day = app.day(since)
    with shop.database.read() as connection:
        found = moves(connection, name, customer_id=customer, since=day, after=after, limit=limit)
        names = {one.id: one.name for one in named(connection, [move.customer_id for move in found])}
    if as_json:
        print_json({"changes": [_document(one, names) for one in found]})
        return
    titles = {field.name: field.title for field in shop.catalogue}
    columns = [
        Column(_("Day")),
        Column(_("Segment")),
        Column(""),
        Column(_("Customer")),
        Column(_("Because")),
        Column(_("With")),
    ]
    rows = [
        (
            one.day,
            one.segment,
            _("came") if one.entered else _("left"),
            f"{one.customer_id} {names.get(one.customer_id, '')}",
            cause_words(one.cause),
            fact_words(one.facts, titles),
        )
        for one in found
    ]
    table(columns, rows)
    if not found:
        note(_("Nobody came or left yet. Which segments are kept: crm segment keep"))


def _document(one: Move, names: dict[int, str]) -> dict[str, Any]:
    return {
        "id": one.id,
        "segment": one.segment,
        "customer": one.customer_id,
        "name": names.get(one.customer_id, ""),
        "entered": one.entered,
        "day": one.day,
        "at": one.at,
        "cause": one.cause,
        "change": one.change_id,
        "facts": dict(one.facts),
    }
