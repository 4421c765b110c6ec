"""What a campaign earned, in words: for its screen and for the command line alike."""

from __future__ import annotations

from collections.abc import Callable

from crmcore.campaigns.report import CampaignReport
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, mark
from crmcore.shop import Shop
from crmcore.shown import moment, money
from crmcore.store.earnings import Earned

MEASURES = {
    "buyers": mark("buyers"),
    "orders": mark("orders"),
    "revenue": mark("of revenue"),
    "replies": mark("replies"),
}

Cash = Callable[[int], str]
Rows = list[tuple[str, str]]


def outcome(shop: Shop, name: str) -> Rows:
    """What the campaign of that name earned, and until when orders count: (what, words)."""
    found = shop.campaigns.report(name)
    rows = told(found)
    if until := incomplete(shop, found):
        rows.append((_("Not complete"), until))
    return rows


def told(found: CampaignReport) -> Rows:
    """A report in words: (what, words)."""

    def cash(minor: int) -> str:
        return money(minor, found.currency)

    rows = [
        (_("By code"), _orders(found.by_code, cash)),
        (_("In its window"), _orders(found.by_window, cash)),
    ]
    for turn, earned in found.by_turn.items():
        label = _("follow-up {number}").format(number=turn) if turn else _("first message")
        rows.append((label, _orders(earned, cash)))
    rows += _lift(found, cash)
    rows += _costs(found, cash)
    if found.goal:
        what = _(MEASURES.get(found.goal, found.goal))
        rows.append((_("Goal"), f"{found.goal_reached} / {found.goal_value} {what}"))
    said = _("{unsubscribed} unsubscribed, {complained} complained")
    rows.append((_("Goodwill"), said.format(unsubscribed=found.unsubscribed, complained=found.complained)))
    rows += [
        (_("The shop in this time"), _orders(found.shop, cash)),
        (_("The year before"), _orders(found.year_ago, cash)),
        (_("The period before"), _orders(found.period_before, cash)),
    ]
    if found.before:
        name, revenue, messages = found.before
        text = _("{name}: {revenue} by {messages} messages")
        words = text.format(name=name, revenue=cash(revenue), messages=f"{messages:,}")
        rows.append((_("The campaign before"), words))
    return rows


def incomplete(shop: Shop, found: CampaignReport) -> str:
    """Until when orders still count; "" where the figures are final."""
    if found.complete or not found.until:
        return ""
    return _("orders count until {until}").format(until=moment(found.until, shop.settings.time_zone))


def _orders(earned: Earned, cash: Cash) -> str:
    text = _("{orders} orders, {buyers} buyers, {revenue}")
    return text.format(orders=earned.orders, buyers=earned.buyers, revenue=cash(earned.revenue))


def _lift(found: CampaignReport, cash: Cash) -> Rows:
    rows: Rows = []
    if found.lift is not None and found.lift.control:
        one = found.lift
        text = _(
            "{share} of {reached} who got it, {other} of {control} who did not; "
            "difference {difference} ({low} to {high})"
        )
        words = text.format(
            share=f"{one.share:.1%}",
            reached=f"{one.reached:,}",
            other=f"{one.control_share:.1%}",
            control=f"{one.control:,}",
            difference=f"{one.difference:+.1%}",
            low=f"{one.low:+.1%}",
            high=f"{one.high:+.1%}",
        )
        rows.append((_("Bought"), words))
    rows.append((_("Conclusion"), found.verdict()))
    if found.extra_revenue is not None:
        rows.append((_("More than without it"), cash(found.extra_revenue)))
    return rows


def _costs(found: CampaignReport, cash: Cash) -> Rows:
    named = (
        (_("messages"), found.message_cost),
        (_("other"), found.other_cost),
        (_("commission"), found.commission),
    )
    parts = joined(f"{what} {cash(minor)}" for what, minor in named if minor)
    rows = [(_("Costs"), f"{cash(found.cost)} ({parts})" if parts else cash(found.cost))]
    if found.roi is not None:
        rows.append((_("Return on costs"), f"{found.roi:,.2f}"))
    return rows
