"""`crm stats`: what the shop holds."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from crmcore.cli.app import App, pass_app
from crmcore.cli.base import command as crm_command
from crmcore.cli.base import json_option
from crmcore.cli.output import Column, print_json, table
from crmcore.i18n import gettext as _
from crmcore.i18n import mark, title_of
from crmcore.shown import money

if TYPE_CHECKING:
    from crmcore.store.stats import Stats


@crm_command(
    mark(
        "Count customers, interactions and orders, and add up the orders' money. Orders in another "
        "currency are listed apart. Amounts with --json are whole numbers of the smallest unit (cents, fen)."
    )
)
@json_option
@pass_app
def command(app: App, as_json: bool) -> None:
    """Count and print."""
    from crmcore.store.stats import count

    shop = app.shop
    shop.permit("stats")
    with shop.database.read() as connection:
        found = count(connection, shop.settings.currency)
    if as_json:
        print_json(document(found))
        return
    rows: list[tuple[str, object]] = [
        (_("Customers"), f"{found.customers:,}"),
        (_("Orders"), f"{found.orders:,}"),
        (_("Order lines"), f"{found.order_lines:,}"),
        (_("Orders without a customer"), f"{found.anonymous_orders:,}"),
    ]
    for name, number in found.interactions.items():
        kind = shop.kinds.get(name)
        title = title_of(kind.zh, kind.en) if kind else name
        rows.append((_("Interactions: {kind}").format(kind=title), f"{number:,}"))
    for currency, totals in {found.currency: found.totals, **found.other_currencies}.items():
        rows += [
            (_("Ordered"), money(totals.ordered_total, currency)),
            (_("Paid"), money(totals.paid_total, currency)),
            (_("Refunded"), money(totals.refunded_total, currency)),
        ]
    table([Column(_("What")), Column(_("How much"), right=True)], rows)


def document(found: Stats) -> dict[str, Any]:
    """The JSON document of `crm stats`."""
    return {
        "customers": found.customers,
        "anonymous_orders": found.anonymous_orders,
        "interactions": found.interactions,
        "orders": found.orders,
        "order_lines": found.order_lines,
        "ordered_total": found.totals.ordered_total,
        "paid_total": found.totals.paid_total,
        "refunded_total": found.totals.refunded_total,
        "currency": found.currency,
        "other_currencies": {code: asdict(totals) for code, totals in found.other_currencies.items()},
    }
