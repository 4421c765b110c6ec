"""The shop's plain figures in words: what `crm stats` counts."""

from __future__ import annotations

from crmcore.desk.brief_words import amount
from crmcore.i18n import gettext as _
from crmcore.i18n import title_of
from crmcore.shop import Shop
from crmcore.store.stats import count


def figures(shop: Shop) -> list[tuple[str, str]]:
    """Titles with their counts and amounts: customers, orders, money of each currency, interactions."""
    shop.permit("stats")
    with shop.database.read(in_passing=True) as connection:
        found = count(connection, shop.settings.currency)
    rows = [
        (_("Customers"), f"{found.customers:,}"),
        (_("Orders"), f"{found.orders:,}"),
        (_("Order lines"), f"{found.order_lines:,}"),
        (_("Orders without a customer"), f"{found.anonymous_orders:,}"),
    ]
    for currency, totals in {found.currency: found.totals, **found.other_currencies}.items():
        rows += [
            (_("Ordered"), amount(totals.ordered_total, currency)),
            (_("Paid"), amount(totals.paid_total, currency)),
            (_("Refunded"), amount(totals.refunded_total, currency)),
        ]
    for name, number in found.interactions.items():
        kind = shop.kinds.get(name)
        rows.append((title_of(kind.zh, kind.en) if kind else name, f"{number:,}"))
    return rows
