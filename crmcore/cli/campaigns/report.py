"""`crm campaign report`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import as_of_option, json_option
from crmcore.cli.base import command as crm_command
from crmcore.cli.output import note, print_json, say
from crmcore.desk.campaign_view import MEASURES
from crmcore.i18n import gettext as _
from crmcore.i18n import mark
from crmcore.shown import moment, money

if TYPE_CHECKING:
    from crmcore.campaigns.report import CampaignReport
    from crmcore.shop import Shop


@crm_command(
    mark(
        "What a campaign earned: its orders (by code first, else by time, each once), the difference to the "
        "control group with its interval, all costs, the goal, the same period a year ago and the one before."
    )
)
@click.argument("name")
@as_of_option
@json_option
@pass_app
def command(app: App, name: str, as_of: str | None, as_json: bool) -> None:
    """Work it out as things stand now, or stood at the end of that day."""
    found = app.shop.campaigns.report(name, app.day(as_of))
    if as_json:
        print_json(found.as_json())
    else:
        _say(app.shop, found)


def _say(shop: Shop, found: CampaignReport) -> None:
    def cash(minor: int) -> str:
        return money(minor, found.currency)

    say(f"{found.title}")
    for label, earned in ((_("by code"), found.by_code), (_("within its days"), found.by_window)):
        text = _("{label}: {orders} orders, {buyers} buyers, {revenue}")
        say(
            text.format(label=label, orders=earned.orders, buyers=earned.buyers, revenue=cash(earned.revenue))
        )
    for turn, earned in found.by_turn.items():
        label = _("follow-up {number}").format(number=turn) if turn else _("first message")
        text = "  " + _("{label}: {orders} orders, {buyers} buyers, {revenue}")
        say(
            text.format(label=label, orders=earned.orders, buyers=earned.buyers, revenue=cash(earned.revenue))
        )
    parts = [found.message_cost, found.other_cost, found.commission]
    text = _("costs {sum}: messages {messages}, other {other}, commission {commission}")
    names = ("messages", "other", "commission")
    say(text.format(sum=cash(found.cost), **dict(zip(names, map(cash, parts), strict=True))))
    if found.roi is not None:
        say(_("for each unit spent {roi} came back beyond it").format(roi=f"{found.roi:,.2f}"))
    _say_lift(found, cash)
    if found.goal:
        text = _("goal: {reached} of {value} ({what})")
        say(
            text.format(
                reached=found.goal_reached,
                value=found.goal_value,
                what=_(MEASURES.get(found.goal, found.goal)),
            )
        )
    say(
        _("in good will: {unsubscribed} unsubscribed, {complained} complained").format(
            unsubscribed=found.unsubscribed, complained=found.complained
        )
    )
    for label, earned in (
        (_("the shop in this time"), found.shop),
        (_("a year ago"), found.year_ago),
        (_("the time before"), found.period_before),
    ):
        text = _("{label}: {orders} orders, {buyers} buyers, {revenue}")
        say(
            text.format(label=label, orders=earned.orders, buyers=earned.buyers, revenue=cash(earned.revenue))
        )
    if found.before:
        text = _("the one before, {name}: {revenue} by {messages} messages")
        say(text.format(name=found.before[0], revenue=cash(found.before[1]), messages=f"{found.before[2]:,}"))
    if not found.complete and found.until:
        until = moment(found.until, shop.settings.time_zone)
        note(_("not complete: orders count until {until}").format(until=until))


def _say_lift(found: CampaignReport, cash: Callable[[int], str]) -> None:
    if found.lift is not None and found.lift.control:
        one = found.lift
        text = _(
            "bought: {share} of {reached} who got it, {other} of {control} who did not; "
            "difference {difference} ({low} to {high})"
        )
        say(
            text.format(
                share=f"{one.share:.1%}",
                reached=f"{one.reached:,}",
                other=f"{one.control_share:.1%}",
                control=f"{one.control:,}",
                difference=f"{one.difference:+.1%}",
                low=f"{one.low:+.1%}",
                high=f"{one.high:+.1%}",
            )
        )
    say(found.verdict())
    if found.extra_revenue is not None:
        say(_("more than without it: {money}").format(money=cash(found.extra_revenue)))
