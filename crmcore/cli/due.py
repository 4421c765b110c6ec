"""`crm due`: what is to do today; and moving one thing on."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import NUMBER, json_option, option
from crmcore.cli.base import command as crm_command
from crmcore.cli.output import Column, note, print_json, say, table
from crmcore.i18n import gettext as _
from crmcore.i18n import mark

if TYPE_CHECKING:
    from crmcore.desk.today import Day


@crm_command(
    mark(
        "What is to do today: promises, complaints, call-backs, birthdays, unpaid orders, inquiries, and the "
        "campaigns whose time has come, which --run sends (for cron). With the ID of an interaction it is "
        "moved on instead: --state kept, --until +3d, --owner NAME."
    )
)
@click.argument("interaction", type=NUMBER, metavar="[ID]", required=False)
@option("--mine", is_flag=True, help=mark("Only what is mine or nobody's."))
@option("--state", help=mark("The state it is in from now on: kept, settled, done, won, ..."))
@option("--until", "due", metavar="TIME", help=mark("Put it off; a day means its end."))
@option("--owner", metavar="NAME", help=mark("Who is to do it; blank: nobody."))
@option("--run", "run_them", is_flag=True, help=mark("Send the campaigns whose time has come."))
@json_option
@pass_app
def command(
    app: App,
    interaction: int | None,
    mine: bool,
    state: str | None,
    due: str | None,
    owner: str | None,
    run_them: bool,
    as_json: bool,
) -> None:
    """List the queues, or move one interaction on."""
    if run_them:
        _send_due(app, as_json)
        return
    if interaction is None:
        from crmcore.desk.today import look

        if state or due or owner is not None:
            raise click.UsageError(_("name the interaction: `crm due` lists their numbers"))
        day = look(app.fresh_shop, mine=mine)
        waiting = [row.name for row in app.shop.campaigns.due()]
        if as_json:
            print_json({**document(day), "campaigns": waiting})
        else:
            _say(day)
            for name in waiting:
                say(_("campaign {name}: to be sent now (crm due --run)").format(name=name))
        return
    _move_on(app, interaction, state, due, owner)
    if as_json:
        print_json({"id": interaction, "state": state, "owner": owner})
    else:
        say(_("Written down."))


def _move_on(app: App, interaction: int, state: str | None, due: str | None, owner: str | None) -> None:
    from crmcore.people import People
    from crmcore.records.typed_times import instant_from

    if not (state or due or owner is not None):
        raise click.UsageError(_("say what becomes of it: --state, --until or --owner"))
    people = People(app.shop)
    due_at = instant_from(due, app.shop.clock(), end_of_day=True) if due else None
    people.move_on(interaction, state=state, due_at=due_at, owner=owner)


def _send_due(app: App, as_json: bool) -> None:
    from crmcore.cli.campaigns.progress import sending
    from crmcore.cli.campaigns.send import say_sent

    with sending() as (stop, told):
        done = app.fresh_shop.campaigns.run_due(stop=stop, told=told)
    if as_json:
        rows = [
            {"campaign": name, "error": sent}
            if isinstance(sent, str)
            else {"campaign": name, **sent.as_json()}
            for name, sent in done
        ]
        print_json({"campaigns": rows})
    else:
        for name, sent in done:
            if isinstance(sent, str):
                note(f"{name}: {sent}")
            else:
                say_sent(name, sent.as_json())
        if not done:
            say(_("No campaign is due."))
    if any(isinstance(sent, str) for _name, sent in done):
        click.get_current_context().exit(1)


def _say(day: Day) -> None:
    columns = [
        Column(_("Number"), right=True),
        Column(_("When")),
        Column(_("Customer")),
        Column(_("To do")),
        Column(_("Owner")),
    ]
    for queue in day.queues:
        if queue.count:
            say(f"{queue.title} {queue.count:,}")
            table(
                columns,
                [
                    (
                        one.interaction_id or "",
                        one.when,
                        f"{one.customer_id} {one.name}",
                        one.what,
                        one.owner or "",
                    )
                    for one in queue.tasks
                ],
            )
    if not day.open:
        say(_("Nothing due today."))


def document(day: Day) -> dict[str, object]:
    """The JSON document of `crm due`: instants are UTC seconds."""
    queues = [
        {"name": one.name, "count": one.count, "tasks": [asdict(task) for task in one.tasks]}
        for one in day.queues
    ]
    return {"today": day.today.isoformat(), "done": day.done, "open": day.open, "queues": queues}
