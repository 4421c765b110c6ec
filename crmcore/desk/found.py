"""What a shop turns out to hold after an import, in one sentence: whom one would want to look at next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from crmcore.i18n import joined, ngettext
from crmcore.records.clock import day_start
from crmcore.shop import Shop
from crmcore.store.candidates import count_open

LAPSED_DAYS = 90


@dataclass(frozen=True)
class Found:
    """How many customers have bought, how many of them not for `LAPSED_DAYS` days; pairs that look alike."""

    bought: int
    lapsed: int
    pairs: int


def find_out(shop: Shop) -> Found:
    """Count them, as of today."""
    shop.permit("customer.find")
    cards = shop.facts.cards
    bought = cards.c.orders > 0
    # days_since_last_order >= 90: her last order was before the day that began 89 days ago.
    since = day_start(shop.clock().today - timedelta(days=LAPSED_DAYS - 1), shop.settings.time_zone)
    lapsed = sa.func.count().filter(sa.and_(bought, cards.c.last_order_at < since))
    with shop.database.read() as connection:
        row = connection.execute(sa.select(sa.func.count().filter(bought), lapsed).select_from(cards)).one()
        return Found(int(row[0]), int(row[1]), count_open(connection))


def sentence(found: Found) -> str:
    """What was found, what is nothing left out; "" where nothing was."""
    told = []
    if found.bought:
        text = ngettext("{count} customer who has bought", "{count} customers who have bought", found.bought)
        told.append(text.format(count=f"{found.bought:,}"))
    if found.lapsed:
        text = ngettext("{count} not seen for {days} days", "{count} not seen for {days} days", found.lapsed)
        told.append(text.format(count=f"{found.lapsed:,}", days=LAPSED_DAYS))
    if found.pairs:
        text = ngettext("{count} possible duplicate", "{count} possible duplicates", found.pairs)
        told.append(text.format(count=f"{found.pairs:,}"))
    return joined(told)
