"""Core's facts worked out once more, in plain Python from the definitions, to compare the shop's with."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from tests.facts.world import Customer, Order

OPEN = {
    "complaint": ("open", "in_progress"),
    "promise": ("open",),
}
CONTACTS = ("chat", "call", "inquiry", "complaint")


def facts_of(customer: Customer, zone: str, currency: str) -> dict[str, Any]:
    """The card she should have; absent facts are missing."""
    orders, mine = customer.orders, [o for o in customer.orders if o.currency == currency]
    bought = [o for o in orders if is_bought(o)]
    apart = sum(r.amount for r in customer.refunds if r.currency == currency)
    spent = sum(o.net for o in mine if o.paid_at is not None) - apart
    days = sorted({_day(o.at, zone) for o in bought if o.at is not None})
    gaps = [(after - before).days for before, after in pairwise(days)]
    paying = sum(is_bought(o) for o in mine)
    chats = customer.interactions
    found = {
        "orders": len(bought),
        "total_spent": spent,
        "average_order_value": _half_up(Decimal(spent) / paying) if paying else None,
        "first_order_at": min((o.at for o in bought), default=None),
        "last_order_at": max((o.at for o in bought), default=None),
        "order_days": len(days),
        "order_gap_days": _half_up(Decimal(str(median(gaps)))) if gaps else None,
        "orders_unpaid": sum(o.status == "unpaid" and o.paid_at is None for o in orders),
        "orders_closed": sum(o.status == "closed" and o.paid_at is None for o in orders),
        "orders_refunded": sum(_refunded_in_full(o) for o in orders),
        "refunds_total": sum(o.refunded for o in mine) + apart,
        "inquiries": sum(i.kind == "inquiry" for i in chats),
        "reviews_bad": sum(i.kind == "review" and i.rating is not None and i.rating <= -1 for i in chats),
        "complaints_open": _open(customer, "complaint"),
        "promises_open": _open(customer, "promise"),
        "last_contact_at": max((i.at for i in chats if i.kind in CONTACTS), default=None),
        "birthday": customer.birthday,
        "province": customer.province,
        "platforms": _texts(o.source.split(":")[0] for o in orders),
        "sources": _texts(o.source_tag for o in orders),
        "categories": _texts(line.category for o in bought for line in o.lines),
        "tags": _texts(customer.tags),
    }
    return {name: value for name, value in found.items() if value is not None}


def is_bought(order: Order) -> bool:
    return order.paid_at is not None and not _refunded_in_full(order)


def _refunded_in_full(order: Order) -> bool:
    return order.refunded > 0 and order.net <= 0


def _open(customer: Customer, kind: str) -> int:
    mine = (i for i in customer.interactions if i.kind == kind and i.states)
    return sum(i.states[-1][1] in OPEN[kind] for i in mine)


def _day(at: int, zone: str) -> date:
    return datetime.fromtimestamp(at, ZoneInfo(zone)).date()


def _half_up(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _texts(items: Iterable[str | None]) -> tuple[str, ...] | None:
    return tuple(sorted({item for item in items if item})) or None
