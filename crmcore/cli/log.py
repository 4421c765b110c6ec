"""`crm log`: write down what happened between the shop and a customer."""

from __future__ import annotations

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import NUMBER, json_option, option, set_option
from crmcore.cli.base import command as crm_command
from crmcore.cli.output import print_json, say
from crmcore.errors import UsageError
from crmcore.i18n import gettext as _
from crmcore.i18n import mark, title_of
from crmcore.shown import moment

# What --set may give that is no field of the kind's own.
_PLAIN = ("state", "owner", "channel", "order", "source")


@crm_command(
    mark(
        "Write down an interaction: chat, call, inquiry, review, note, promise, complaint, and what plugins "
        "add. Times are typed as 2026-11-20 18:00, 18:00, today, tomorrow 9:30, +3d or +2h."
    )
)
@click.argument("customer", type=NUMBER)
@click.argument("kind")
@click.argument("text")
@option("--at", metavar="TIME", default="now", show_default=True, help=mark("When it happened."))
@option("--due", metavar="TIME", help=mark("Until when something is to be done; a day means its end."))
@set_option
@json_option
@pass_app
def command(
    app: App,
    customer: int,
    kind: str,
    text: str,
    at: str,
    due: str | None,
    values: dict[str, str],
    as_json: bool,
) -> None:
    """Write it onto her timeline; --set gives state, owner, channel, order, and the kind's own fields."""
    from crmcore.people import People
    from crmcore.records.typed_times import instant_from

    if not text.strip():
        raise UsageError(_("there is nothing to write down: the text is empty"))
    shop = app.shop
    clock = shop.clock()
    happened = instant_from(at, clock)
    due_at = instant_from(due, clock, end_of_day=True) if due is not None else None
    plain = {key: values[key] for key in _PLAIN if key in values}
    payload = {key: value for key, value in values.items() if key not in _PLAIN}
    people = People(shop)
    number = people.log(customer, kind, text, at=happened, due_at=due_at, payload=payload, **plain)
    if as_json:
        print_json({"id": number, "customer": customer, "kind": kind, "at": happened, "due_at": due_at})
        return
    zone = shop.settings.time_zone
    known = shop.kinds.get(kind)
    title = title_of(known.zh, known.en) if known else kind
    said = _("Wrote down {kind} {id}, {at}").format(kind=title, id=number, at=moment(happened, zone))
    say(said + (_(", due {due}").format(due=moment(due_at, zone)) if due_at is not None else ""))
