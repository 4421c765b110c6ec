"""The whole made-up world of one day and seed, and the totals that a right import of its files must show."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from crmcore.demo.buying import end_of_yesterday, make_orders, numbered
from crmcore.demo.goods import PRODUCTS
from crmcore.demo.orders import Line, Order, Story
from crmcore.demo.people import GROUP, Person, make_people
from crmcore.demo.story import her_orders, old_customer
from crmcore.demo.talks import Talk, make_talks

SEED = 7
# Sales at a market stall that nobody asked a name for.
_WALK_INS = 6


@dataclass(frozen=True)
class World:
    """Everybody and everything up to the end of the day before `today`."""

    today: date
    people: tuple[Person, ...]
    orders: tuple[Order, ...]
    talks: tuple[Talk, ...]

    @property
    def end(self) -> datetime:
        """The last second of the history."""
        return end_of_yesterday(self.today)

    def sold(self, platform: str) -> list[Order]:
        """The orders of one platform, oldest first."""
        return [order for order in self.orders if order.platform == platform]


@dataclass(frozen=True)
class Totals:
    """What the files amount to, in minor units; `paid` is before refunds, `refunded` what went back."""

    orders: int = 0
    lines: int = 0
    ordered: int = 0
    paid: int = 0
    refunded: int = 0


@dataclass(frozen=True)
class Expected:
    """The known answers: what `crm stats` must say after the files were imported, found without importing."""

    orders: int
    lines: int
    anonymous_orders: int
    interactions: dict[str, int]
    platforms: dict[str, Totals]
    currencies: dict[str, Totals] = field(default_factory=dict)


def make_world(today: date, seed: int = SEED) -> World:
    """The made-up world that ends the day before `today`; the same arguments always make the same one."""
    heroine = old_customer(today)
    people = [heroine, *make_people(seed)]
    orders = numbered(
        her_orders(heroine, today, seed) + make_orders(people[1:], today, seed) + _walk_ins(today, seed)
    )
    return World(today, tuple(people), tuple(orders), tuple(make_talks(people, orders, today, seed)))


def expected(world: World) -> Expected:
    """The known answers for that world."""
    return Expected(
        orders=len(world.orders),
        lines=sum(len(order.lines) for order in world.orders),
        anonymous_orders=sum(order.person is None for order in world.orders),
        interactions=dict(sorted(Counter(talk.kind for talk in world.talks).items())),
        platforms={
            name: _totals(world, "platform", name) for name in sorted({o.platform for o in world.orders})
        },
        currencies={
            name: _totals(world, "currency", name) for name in sorted({o.currency for o in world.orders})
        },
    )


def _totals(world: World, attribute: str, value: str) -> Totals:
    orders = [order for order in world.orders if getattr(order, attribute) == value]
    return Totals(
        len(orders),
        sum(len(order.lines) for order in orders),
        sum(order.total for order in orders),
        sum(order.total for order in orders if order.paid_at(world.end)),
        sum(order.refund_at(world.end) for order in orders),
    )


def _walk_ins(today: date, seed: int) -> list[Order]:
    rng = Random(f"{seed}/walk-ins")
    orders = []
    for _ in range(_WALK_INS):
        placed = end_of_yesterday(today) - timedelta(days=rng.randint(5, 200), hours=rng.randint(3, 12))
        product = rng.choice(PRODUCTS[:8])
        lines = (Line(product, 1, product.price, product.options[0]),)
        story = Story(placed, placed, placed)
        orders.append(Order(None, GROUP, "", placed, lines, 0, 0, story, "市集", "市集散客，现场付清"))
    return orders
