"""`crm campaign plan`: who gets it, who does not, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from crmcore.campaigns.rules import capped_follow_up
from crmcore.cli.app import App, pass_app
from crmcore.cli.base import NUMBER, HowMany, as_of_option, json_option, option
from crmcore.cli.base import command as crm_command
from crmcore.cli.campaigns.body_options import follow_up_option
from crmcore.cli.output import Column, Progress, note, print_json, say, table
from crmcore.desk.campaign_view import plan_notes, why_words, wish_words
from crmcore.i18n import gettext as _
from crmcore.i18n import mark, title_of
from crmcore.records.sending import Reason, reason_words

if TYPE_CHECKING:
    from crmcore.campaigns.planning import Plan
    from crmcore.shop import Shop
    from crmcore.store.plan_rows import Planned


@crm_command(
    mark(
        "Plan a campaign as things stand now: how many get it by which channel, how many do not, and why. "
        "--save keeps the plan with everybody in it; --people lists them; --customer explains one."
    )
)
@click.argument("name")
@option("--save", is_flag=True, help=mark("Keep the plan; it is what `send` sends."))
@option("--plan", "plan_id", type=NUMBER, metavar="ID", help=mark("Show this kept plan instead."))
@option("--compare", type=NUMBER, metavar="ID", help=mark("What changed since this kept plan."))
@option("--people", is_flag=True, help=mark("List the people of a kept plan."))
@option("--reason", "reasons", multiple=True, help=mark("Only those with this reason (none: they get it)."))
@option("--after", type=NUMBER, default=0, help=mark("Only those with a larger number than this."))
@option("--limit", type=HowMany(min=0), default=50, show_default=True, help=mark("At most so many people."))
@option(
    "--customer", type=NUMBER, metavar="ID", help=mark("Say of one customer whether she gets it, and why.")
)
@follow_up_option
@as_of_option
@json_option
@pass_app
def command(
    app: App,
    name: str,
    save: bool,
    plan_id: int | None,
    compare: int | None,
    people: bool,
    reasons: tuple[str, ...],
    after: int,
    limit: int,
    customer: int | None,
    follow_up: int,
    as_of: str | None,
    as_json: bool,
) -> None:
    """Plan, or look at a plan."""
    campaigns = app.shop.campaigns
    if customer is not None:
        _one(app.shop, name, customer, as_json)
        return
    if plan_id is None:
        with Progress() as progress:
            plan = app.fresh_shop.campaigns.plan(
                name,
                save=save or people or compare is not None,
                told=lambda done, total: progress(done, total, _("planning")),
                follow_up=follow_up,
                as_of=app.day(as_of),
            )
    else:
        plan = campaigns.kept_plan(name, plan_id)
    document = plan.as_json()
    found = None
    if people and plan.id is not None:
        found = campaigns.people(name, plan.id, reasons=reasons, after=after, limit=limit or None)
        document["people"] = [_as_json(one, plan) for one in found]
    if compare is not None and plan.id is not None:
        changed = campaigns.compare(name, compare, plan.id)
        document["changed"] = [{"was": was, "now": now, "count": count} for was, now, count in changed]
    if as_json:
        print_json(document)
        return
    say_plan(app.shop, plan)
    _say_missing(app.shop, name)
    if found is not None:
        _say_people(found, plan)
    for row in document.get("changed", []):
        say(
            _("{count} people: {was} → {now}").format(
                count=f"{row['count']:,}", was=row["was"], now=row["now"]
            )
        )


def _as_json(one: Planned, plan: Plan) -> dict[str, object]:
    later = None if one.later is None else one.later.name.lower()
    return {
        "id": one.person,
        "name": one.name,
        "reason": one.reason.name.lower(),
        "words": why_words(one, plan),
        "wish": None if one.wish is None else one.wish.name.lower(),
        "later": later,
    }


def _say_people(found: Sequence[Planned], plan: Plan) -> None:
    columns = [
        Column(_("Number"), right=True),
        Column(_("Customer")),
        Column(_("Why")),
        Column(_("Afterwards")),
    ]
    rows = [
        (one.person, one.name, why_words(one, plan), "" if one.later is None else reason_words(one.later))
        for one in found
    ]
    table(columns, rows)


def say_plan(shop: Shop, plan: Plan) -> None:
    """The plan in words."""
    kept = _("plan {id}").format(id=plan.id)
    say(
        _("{chosen} of {audience} get it").format(chosen=f"{plan.chosen:,}", audience=f"{plan.audience:,}")
        + (f"  ({kept})" if plan.id else "")
    )
    known = {channel.name: channel for _plugin, channel in shop.channels.all()}
    for name, number in plan.channels.items():
        title = title_of(known[name].zh, known[name].en) if name in known else ""
        say(f"  {title or name}  {number:,}")
    for wish, number in sorted(plan.wishes.items()):
        say(f"  {wish_words(wish)}  {number:,}")
    if plan.reasons:
        say(_("not:"))
        for reason, number in sorted(plan.reasons.items()):
            say(f"  {reason_words(reason)}  {number:,}  ({Reason(reason).name.lower()})")
    for words, number in plan.problems.items():
        say(f"    {words}  {number:,}")
    if plan.cost:
        say(_("the messages cost {cost} {currency}").format(cost=plan.cost, currency=shop.settings.currency))
    for words in plan_notes(shop, plan, "`crm plugin list`", "`crm consent basis`"):
        note(words)


def _say_missing(shop: Shop, name: str) -> None:
    """What a draft from a ready plan still has to be told."""
    body = shop.campaigns.get(name).body
    if held := capped_follow_up(body, shop.campaigns.rules()):
        note(held)
    if not body.channels:
        note(_("It has no channel yet: crm campaign edit {name} --channel email").format(name=name))
    if body.ahead and body.node is None:
        note(
            _(
                "The day is not set, so nothing waits for it: crm campaign edit {name} --node spring_festival"
            ).format(name=name)
        )


def _one(shop: Shop, name: str, customer: int, as_json: bool) -> None:
    found, channels = shop.campaigns.verdict(name, customer)
    if as_json:
        print_json(
            {
                "campaign": name,
                "customer": customer,
                "gets_it": found.reason is Reason.NONE,
                "reason": found.reason.name.lower(),
                "words": reason_words(found.reason),
                "channels": {one: reason.name.lower() for one, reason in channels.items()},
            }
        )
        return
    say(reason_words(found.reason))
    for one, reason in channels.items():
        say(f"  {one}: {_('can be used') if reason is Reason.NONE else reason_words(reason)}")
