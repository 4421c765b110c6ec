"""The whole made-up world of one day and seed."""

from __future__ import annotations

from dataclasses import dataclass
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
# Days before the end at which the two older Taobao exports were made; buyers are masked in what came later.
OLD_EXPORT, LAST_FULL_EXPORT = 300, 40


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

    @property
    def masked_since(self) -> datetime:
        """Taobao orders placed after this are known from the masked export alone."""
        return self.end - timedelta(days=LAST_FULL_EXPORT)

    def sold(self, platform: str) -> list[Order]:
        """The orders of one platform, oldest first."""
        return [order for order in self.orders if order.platform == platform]


def make_world(today: date, seed: int = SEED) -> World:
    """The made-up world that ends the day before `today`; the same arguments always make the same one."""
    heroine = old_customer(today)
    people = [heroine, *make_people(seed)]
    orders = numbered(
        her_orders(heroine, today, seed) + make_orders(people[1:], today, seed) + _walk_ins(today, seed)
    )
    return World(today, tuple(people), tuple(orders), tuple(make_talks(people, orders, today, seed)))


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
