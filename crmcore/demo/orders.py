"""An order of the demo with its whole story, and what of it was known at some moment.

Times are naive, in the shop's zone (Asia/Shanghai, which has no summer time). Money is in minor units.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crmcore.demo.goods import Product
from crmcore.demo.people import Person


@dataclass(frozen=True)
class Line:
    """One article of an order; `price` is that of one piece before the order's discount."""

    product: Product
    quantity: int
    price: int
    option: str

    @property
    def total(self) -> int:
        """Quantity times price."""
        return self.quantity * self.price


@dataclass(frozen=True)
class Story:
    """When an order was paid, shipped, confirmed, closed and refunded, as far as that ever happened."""

    paid: datetime | None = None
    shipped: datetime | None = None
    confirmed: datetime | None = None
    closed: datetime | None = None  # given up unpaid
    refunded: datetime | None = None
    refund: int = 0


@dataclass(frozen=True)
class Order:
    """One order. `person` is None where the shop never learned who bought."""

    person: Person | None
    platform: str
    number: str
    placed: datetime
    lines: tuple[Line, ...]
    discount: int
    postage: int
    story: Story
    activity: str = ""
    note: str = ""
    currency: str = "CNY"

    @property
    def goods(self) -> int:
        """What the goods cost after the discount."""
        return sum(line.total for line in self.lines) - self.discount

    @property
    def total(self) -> int:
        """What the buyer has to pay: goods and postage."""
        return self.goods + self.postage

    def state_at(self, moment: datetime) -> str:
        """unpaid, paid, shipped, completed, closed (never paid) or refunded (all of it went back)."""
        story = self.story
        if self.paid_at(moment) is None:
            return "closed" if story.closed and story.closed <= moment else "unpaid"
        if self.refund_at(moment) >= self.total:
            return "refunded"
        if story.confirmed and story.confirmed <= moment:
            return "completed"
        return "shipped" if story.shipped and story.shipped <= moment else "paid"

    def paid_at(self, moment: datetime) -> datetime | None:
        """When it was paid, if that was by `moment`."""
        return self.story.paid if self.story.paid and self.story.paid <= moment else None

    def refund_at(self, moment: datetime) -> int:
        """What had gone back by `moment`."""
        return self.story.refund if self.story.refunded and self.story.refunded <= moment else 0

    def happened(self, what: str, moment: datetime) -> datetime | None:
        """When `what` (shipped, confirmed, closed, refunded) happened, if that was by `moment`."""
        at: datetime | None = getattr(self.story, what)
        return at if at and at <= moment else None
