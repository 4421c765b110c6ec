"""`crm campaign work`: calls and copied messages, one customer after the other."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import NUMBER, json_option, option
from crmcore.cli.base import command as crm_command
from crmcore.cli.output import Column, note, print_json, say, table
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, mark

if TYPE_CHECKING:
    from crmcore.campaigns.work import Item
    from crmcore.shop import Shop


@crm_command(
    mark(
        "What people send by hand. Alone: the lists that wait. With a campaign: its next customer, held for "
        "you for ten minutes. With --item and --answer: what came of it, and then the next one."
    )
)
@click.argument("name", required=False)
@option("--channel", help=mark("Which of its channels."))
@option("--item", type=NUMBER, metavar="ID", help=mark("The item that was worked."))
@option("--answer", help=mark("What came of it: done, skip, no_more, later, ..."))
@option("--note", "words", default="", help=mark("A note about it."))
@option("--until", metavar="TIME", help=mark("When to try again (answer later)."))
@json_option
@pass_app
def command(
    app: App,
    name: str | None,
    channel: str | None,
    item: int | None,
    answer: str | None,
    words: str,
    until: str | None,
    as_json: bool,
) -> None:
    """List, take the next, or finish one."""
    from crmcore.campaigns import work

    shop = app.shop
    if item is not None:
        if answer is None:
            raise click.UsageError(_("say what came of it: --answer"))
        from crmcore.records.typed_times import instant_from

        again = instant_from(until, shop.clock()) if until else None
        work.finish(shop, item, answer, words, again_at=again)
    if name is None:
        _lists(shop, as_json)
        return
    shop.campaigns.get(name)  # an unknown one is no empty round
    rounds = [one for one in work.rounds(shop) if one.campaign == name]
    chosen = channel or next((one.channel for one in rounds if one.waiting), None)
    found = work.take_next(shop, name, chosen) if chosen else None
    if as_json:
        left = [asdict(one) for one in work.rounds(shop) if one.campaign == name]
        print_json({"campaign": name, "item": asdict(found) if found else None, "work": left})
        return
    if found is None:
        from crmcore.desk.campaign_work import nobody

        say(nobody(shop, name, channel))
        return
    _say_item(found)


def _lists(shop: Shop, as_json: bool) -> None:
    from crmcore.campaigns import work

    rounds = work.rounds(shop)
    if as_json:
        print_json({"work": [asdict(one) for one in rounds]})
        return
    columns = [
        Column(_("Campaign")),
        Column(_("Channel")),
        Column(_("Waiting"), right=True),
        Column(_("Later"), right=True),
        Column(_("Done"), right=True),
    ]
    table(columns, [(one.campaign, one.channel_title, one.waiting, one.later, one.done) for one in rounds])
    if not rounds:
        note(_("Nobody waits now."))


def _say_item(found: Item) -> None:
    say(f"{found.id}  {found.customer_id} {found.name}  {found.address}")
    for line in found.text.splitlines():
        say(f"  {line}")
    answers = joined(f"{one.name} ({one.title})" for one in found.answers)
    note(
        _("Then: crm campaign work {name} --item {id} --answer ...  {answers}").format(
            name=found.campaign, id=found.id, answers=answers
        )
    )
