"""What a Python fact reads: one customer's history, as plain values without any database behind them.

Everything is newest first. Days are `datetime.date` in the shop's zone, moments `datetime` in the shop's
zone, money is `Decimal` in major units of the row's own `currency` (12.84 yuan). A history pickles small:
it is sent to worker processes by the thousand.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, TypeVar

from crmcore.records.clock import zone
from crmcore.records.money import to_major

T = TypeVar("T")


def _moment(at: int | None, zone_name: str) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at, zone(zone_name))


def _day(at: int | None, zone_name: str) -> date | None:
    moment = _moment(at, zone_name)
    return moment.date() if moment else None


def _amount(minor: int | None, currency: str) -> Decimal | None:
    return None if minor is None else to_major(minor, currency)


def _quick(cls: type[T]) -> type[T]:
    """Have a record pickled as its values in order: a dataclass looks all its fields up for each object."""
    names = tuple(one.name for one in fields(cls))  # type: ignore[arg-type]
    values = attrgetter(*names)
    setters = tuple(cls.__dict__[name].__set__ for name in names)

    def getstate(self: Any) -> Any:
        return values(self)

    def setstate(self: Any, state: Any) -> None:
        for put, value in zip(setters, state, strict=True):
            put(self, value)

    cls.__getstate__, cls.__setstate__ = getstate, setstate  # type: ignore[method-assign, attr-defined]
    return cls


@_quick
@dataclass(frozen=True, slots=True)
class Line:
    """One line of an order. `title` is "" where the file had none; `category` and `sku` may be None.

    `options` are the chosen variants as the platform writes them (颜色:黑色;尺码:M), "" where it does not.
    """

    title: str
    sku: str | None
    category: str | None
    quantity: int
    currency: str
    source: str
    source_tag: str | None
    order_id: int
    zone: str = field(repr=False)
    at_seconds: int | None = field(repr=False)
    paid_seconds: int = field(repr=False)
    unit_price_minor: int | None = field(repr=False)
    total_minor: int | None = field(repr=False)
    options: str = ""

    @property
    def product(self) -> str:
        """What the product is known by: its SKU, else its title."""
        return self.sku or self.title

    @property
    def at(self) -> datetime | None:
        """When the order was placed, else paid."""
        return _moment(self.at_seconds, self.zone)

    @property
    def paid_on(self) -> date:
        """The day the order was paid."""
        day = _day(self.paid_seconds, self.zone)
        assert day is not None
        return day

    @property
    def unit_price(self) -> Decimal | None:
        """Price of one, where the file tells it."""
        return _amount(self.unit_price_minor, self.currency)

    @property
    def total(self) -> Decimal | None:
        """Price of the line, where the file tells it."""
        return _amount(self.total_minor, self.currency)


@_quick
@dataclass(frozen=True, slots=True)
class OrderView:
    """One order; `bought` means paid (a free one too) and not refunded in full.

    `estate` is the housing estate it was sent to ("杭州市 阳光花园"), where the address names one: house and
    door are never told.
    """

    id: int
    number: str
    status: str
    bought: bool
    source: str
    channel: str | None
    source_tag: str | None
    currency: str
    province: str | None
    city: str | None
    zone: str = field(repr=False)
    seconds: Mapping[str, int | None] = field(repr=False)
    minor: Mapping[str, int] = field(repr=False)
    estate: str | None = None

    @property
    def at(self) -> datetime | None:
        """When it was placed, else paid."""
        return _moment(self.seconds["at"], self.zone)

    @property
    def on(self) -> date | None:
        """The day it was placed, else paid."""
        return _day(self.seconds["at"], self.zone)

    @property
    def placed_on(self) -> date | None:
        """The day it was placed."""
        return _day(self.seconds["placed_at"], self.zone)

    @property
    def paid_on(self) -> date | None:
        """The day it was paid; None when it never was."""
        return _day(self.seconds["paid_at"], self.zone)

    @property
    def closed_on(self) -> date | None:
        """The day it was closed, where the file tells it."""
        return _day(self.seconds["closed_at"], self.zone)

    @property
    def refunded_on(self) -> date | None:
        """The day money went back, where the file tells it."""
        return _day(self.seconds["refunded_at"], self.zone)

    @property
    def ordered_total(self) -> Decimal:
        """What was ordered."""
        return to_major(self.minor["ordered_total"], self.currency)

    @property
    def paid_total(self) -> Decimal:
        """What the platform reports as paid."""
        return to_major(self.minor["paid_total"], self.currency)

    @property
    def refunded_total(self) -> Decimal:
        """What went back."""
        return to_major(self.minor["refunded_total"], self.currency)

    @property
    def net_total(self) -> Decimal:
        """What the buyer paid in the end."""
        return to_major(self.minor["net_total"], self.currency)


@_quick
@dataclass(frozen=True, slots=True)
class InteractionView:
    """One thing that happened; `open` when its state still asks for something."""

    id: int
    kind: str
    text: str
    state: str | None
    open: bool
    owner: str | None
    channel: str | None
    rating: int | None
    zone: str = field(repr=False)
    at_seconds: int = field(repr=False)
    due_seconds: int | None = field(repr=False)
    payload_json: str | None = field(repr=False)

    @property
    def at(self) -> datetime:
        """When it happened."""
        return datetime.fromtimestamp(self.at_seconds, zone(self.zone))

    @property
    def on(self) -> date:
        """The day it happened."""
        return self.at.date()

    @property
    def due_on(self) -> date | None:
        """The day it is due, where it is."""
        return _day(self.due_seconds, self.zone)

    @property
    def payload(self) -> dict[str, Any]:
        """What its kind keeps beside the text: `{"grade": 2, …}`."""
        return dict(json.loads(self.payload_json)) if self.payload_json else {}


@dataclass(frozen=True, slots=True)
class History:
    """One customer and all she did.

    `profile` holds what is known of name, nickname, gender, birthday, country, province, city, `estate`
    (see `OrderView`; of her newest order that was sent to one, else of her address), and `address_kind` with
    the `address_word` that told it: student, school, hospital, authority, army, factory, office, shop,
    village, home. `today` is the day the
    question is asked of, in the shop's zone: use it instead of `date.today()`. Asked "as of" an earlier day,
    a history ends with that day.
    """

    customer_id: int
    today: date
    currency: str
    profile: Mapping[str, str]
    tags: tuple[str, ...]
    all_orders: tuple[OrderView, ...] = field(repr=False, default=())
    all_lines: tuple[Line, ...] = field(repr=False, default=())
    all_interactions: tuple[InteractionView, ...] = field(repr=False, default=())
    all_returned: tuple[Line, ...] = field(repr=False, default=())
    _once: dict[Any, Any] = field(repr=False, compare=False, default_factory=dict)

    def orders(self, bought: bool = True) -> tuple[OrderView, ...]:
        """Bought orders; with `bought=False` every order: unpaid, closed and refunded ones too."""
        return tuple(order for order in self.all_orders if order.bought) if bought else self.all_orders

    def lines(self, category: str | None = None) -> tuple[Line, ...]:
        """Lines of bought orders, of one category or of all."""
        if category is None:
            return self.all_lines
        return tuple(line for line in self.all_lines if line.category == category)

    def returned(self, category: str | None = None) -> tuple[Line, ...]:
        """Lines of orders that were paid and refunded in full, of one category or of all."""
        return tuple(line for line in self.all_returned if category is None or line.category == category)

    def once(self, function: Callable[..., T], *arguments: Any) -> T:
        """What `function(self, *arguments)` returned when it was first asked: for what several facts share.

        It is asked once for a history; later calls are taken to have the same arguments.
        """
        if function not in self._once:
            self._once[function] = function(self, *arguments)
        found: T = self._once[function]
        return found

    def interactions(self, kind: str | None = None) -> tuple[InteractionView, ...]:
        """Interactions, of one kind or of all."""
        return tuple(item for item in self.all_interactions if kind is None or item.kind == kind)
