"""Everything a card is drawn from, asked for in one go; and what stands beside it on a wide screen."""

from __future__ import annotations

from dataclasses import dataclass

from crmcore.desk.brief import Brief
from crmcore.desk.brief_words import amount
from crmcore.desk.meanings import meaning
from crmcore.i18n import title_of
from crmcore.records.customer import TimelinePage
from crmcore.shop import Shop
from crmcore.shown import fact
from crmcore.store.glance import Touch, touches
from crmcore.store.timeline import timeline

# Told in the head of the card already.
_TOLD = ("birthday", "country", "province", "city", "tags", "platforms")


@dataclass(frozen=True)
class Figure:
    """One fact: its title, its value as people read it, what it counts, and which plugin brings it."""

    name: str
    title: str
    value: str
    meaning: str
    source: str


@dataclass(frozen=True)
class Beside:
    """What stands beside the card: her newest events, figures, and the acts that touched her."""

    page: TimelinePage
    figures: tuple[Figure, ...]
    touches: tuple[Touch, ...]


def beside(shop: Shop, brief: Brief, events: int = 30) -> Beside:
    """More of a customer than the card says."""
    with shop.database.read() as connection:
        page = timeline(connection, brief.id, shop.kinds, limit=events)
        touched = touches(connection, brief.id)
    return Beside(page, _figures(shop, brief), touched)


def more_events(
    shop: Shop, customer_id: int, before: tuple[int, int, int] | None, limit: int = 50
) -> TimelinePage:
    """The next page of her timeline: what came before the last page's `next`; the newest without it."""
    shop.permit("customer.show")
    with shop.database.read() as connection:
        return timeline(connection, customer_id, shop.kinds, limit=limit, before=before)


def _figures(shop: Shop, brief: Brief) -> tuple[Figure, ...]:
    stored = shop.catalogue.stored
    found = []
    for name, value in brief.card.facts.items():
        field = stored.get(name)
        if field is None or not value or name in _TOLD:
            continue
        money = field.type == "money"
        shown = amount(value, brief.currency) if money else fact(value, field.type, shop.settings)
        found.append(Figure(name, title_of(field.zh, field.en) or name, shown, meaning(field), field.source))
    return tuple(found)
