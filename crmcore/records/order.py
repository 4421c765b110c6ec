"""Orders: states, and the one definition of "bought" that serves everything."""

from __future__ import annotations

from enum import StrEnum


class OrderStatus(StrEnum):
    """How far an order has got. Money that went back is told by amounts and dates, not by the state."""

    UNPAID = "unpaid"
    PAID = "paid"
    SHIPPED = "shipped"
    COMPLETED = "completed"
    CLOSED = "closed"


# A newer word wins over an older one; an export that is older than what we hold must not turn an order back.
RANK = {
    OrderStatus.UNPAID: 0,
    OrderStatus.PAID: 1,
    OrderStatus.SHIPPED: 2,
    OrderStatus.COMPLETED: 3,
    OrderStatus.CLOSED: 3,
}


def is_bought(paid_at: int | None, refunded_total: int, net_total: int) -> bool:
    """Whether an order counts as bought: it was paid (a free one too) and not refunded in full."""
    return paid_at is not None and not is_refunded_in_full(refunded_total, net_total)


def is_refunded_in_full(refunded_total: int, net_total: int) -> bool:
    """Whether everything that was paid went back."""
    return refunded_total > 0 and net_total <= 0
