"""`crm campaign send`."""

from __future__ import annotations

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import NUMBER, HowMany, json_option, option
from crmcore.cli.base import command as crm_command
from crmcore.cli.campaigns.progress import sending
from crmcore.cli.output import note, print_json, say
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.shown import moment

# Finished, with messages that failed or of which nobody can say whether they arrived.
SET_ASIDE = 3


@crm_command(
    mark(
        "Send a campaign: by the newest kept plan, else by one that is made now. Whatever dies in between, "
        "nobody gets it twice: run it again, and it goes on. Several may run side by side."
    )
)
@click.argument("name")
@option("--at", metavar="TIME", help=mark("Send it then; `crm due --run` does it."))
@option("--plan", "plan_id", type=NUMBER, metavar="ID", help=mark("Send exactly this kept plan."))
@option("--limit", type=HowMany(min=1), help=mark("At most so many messages now."))
@json_option
@pass_app
def command(
    app: App, name: str, at: str | None, plan_id: int | None, limit: int | None, as_json: bool
) -> None:
    """Send it, with progress; Ctrl-C ends it after the message it is at."""
    if at is not None:
        from crmcore.records.typed_times import instant_from

        when = instant_from(at, app.shop.clock())
        app.shop.campaigns.schedule(name, when)
        if as_json:
            print_json({"campaign": name, "state": "scheduled", "starts_at": when})
            return
        when_text = moment(when, app.shop.settings.time_zone)
        say(_("{name} goes out at {when}.").format(name=name, when=when_text))
        note(_("Have `crm due --run` run every few minutes (cron): it sends what is due."))
        return
    shop = app.fresh_shop
    with sending() as (stop, told):
        done = shop.campaigns.send(name, plan_id=plan_id, limit=limit, stop=stop, told=told)
    state = shop.campaigns.get(name).row.state
    if as_json:
        print_json({"campaign": name, "state": state, **done.as_json()})
    else:
        say_sent(name, done.as_json())
    if done.failed or done.unknown:
        click.get_current_context().exit(SET_ASIDE)


def say_sent(name: str, done: dict[str, object]) -> None:
    """What a run did, in words."""
    from crmcore.desk.campaign_view import sent_words

    told = sent_words(done)
    say(f"{name}: {told or _('nothing to send now')}")
    if not told and not done["waits"]:
        note(_("Who gets it, and why others do not: crm campaign plan {name}").format(name=name))
    if done["stopped"]:
        note(f"{name}: {done['stopped']}")
    if done["by_hand"]:
        note(_("Work through them: crm campaign work {name}").format(name=name))
    if done["waits"]:
        note(_("{name}: some wait for another hour or day; `crm due --run` goes on").format(name=name))
