"""What the store tells about a customer: her card, her identities, what happened when."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class IdentityView:
    """One identity of a customer.

    `shown` is as the file or the person wrote it; `home_id` is the customer it came with.
    A weak one (`strong` false) never joins people; `masked` ones hide a part of the value.
    """

    id: int
    kind: str
    namespace: str
    value: str
    shown: str
    strong: bool
    masked: bool
    home_id: int

    def as_json(self) -> dict[str, Any]:
        """The identity as JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class ConsentView:
    """What holds for one channel and purpose: granted, denied, or claimed (said so, without proof)."""

    channel: str
    purpose: str
    state: str
    at: int
    source: str
    proof: str | None = None
    reason: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The consent as JSON values; `at` is an instant."""
        return asdict(self)


@dataclass(frozen=True)
class CustomerCard:
    """One customer: profile, identities, consents, tags and facts.

    `id` is the record that lives; `asked_id` the one that was asked for, another where it was merged.
    `version` changes with every edit of the profile. Facts: money in minor units, instants in UTC seconds.
    """

    id: int
    asked_id: int
    version: int
    name: str | None
    nickname: str | None
    gender: str | None
    birthday: str | None
    country: str | None
    province: str | None
    city: str | None
    address: str | None
    contact_by: str | None
    note: str | None
    at: int | None
    extra: dict[str, str] = field(default_factory=dict)
    identities: tuple[IdentityView, ...] = ()
    consents: tuple[ConsentView, ...] = ()
    tags: tuple[str, ...] = ()
    merged: tuple[int, ...] = ()  # the customers that live on inside this one
    facts: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The card as JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class Duplicate:
    """Somebody who may be the person about to be added.

    `reason` is phone, email, buyer, mask, or name; `certain` is true for a shared strong identity.
    """

    customer_id: int
    name: str | None
    reason: str
    certain: bool

    def as_json(self) -> dict[str, Any]:
        """The duplicate as JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class OrderLine:
    """One line of an order; money in minor units of the order's currency."""

    position: int
    sku: str | None
    title: str | None
    category: str | None
    quantity: int
    unit_price: int | None
    total: int | None


@dataclass(frozen=True)
class OrderCard:
    """One order with its lines; money in minor units of `currency`, dates as instants.

    `bought`: it was paid (a free one too) and not refunded in full.
    """

    id: int
    customer_id: int | None
    source: str
    number: str
    currency: str
    status: str
    status_text: str | None
    placed_at: int | None
    paid_at: int | None
    closed_at: int | None
    refunded_at: int | None
    ordered_total: int
    paid_total: int
    refunded_total: int
    net_total: int
    channel: str | None
    source_tag: str | None
    province: str | None
    city: str | None
    address: str | None
    note: str | None
    bought: bool
    lines: tuple[OrderLine, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The order as JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class TimelineEntry:
    """One thing that happened.

    `at` is an instant (None: nobody knows), `kind` order, refund, consent or the interaction's kind; `title`
    is one line for people; `text` the rest; `data` what programs need.
    """

    at: int | None
    kind: str
    id: int
    title: str
    text: str
    data: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The entry as JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class TimelinePage:
    """Entries newest first; `next` goes on from here, None at the end."""

    entries: tuple[TimelineEntry, ...]
    next: tuple[int, int, int] | None
