"""Core's own facts, in the form in which plugins declare theirs.

The titles of these facts stand in `crmcore.rules.catalogue`; this says how each is worked out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import ColumnElement

from crmcore.hooks.facts import Fold
from crmcore.records.interaction import BAD_RATING
from crmcore.records.order import OrderStatus
from crmcore.rules.fields import FieldType
from crmcore.rules.where import where
from crmcore.store.sql_bits import half_away

_bought = where("bought") == True  # noqa: E712 - a rule, not a comparison
_open = where("open") == True  # noqa: E712
_paid = where("paid_at").exists()

CORE_FOLDS = (
    Fold("orders", "orders", "count", where=_bought),
    Fold("last_order_at", "orders", "max", "at", where=_bought),
    Fold("first_order_at", "orders", "min", "at", where=_bought),
    Fold("order_gap_days", "orders", "gap", where=_bought),
    Fold("order_days", "orders", "days", where=_bought),
    Fold("orders_unpaid", "orders", "count", where=(where("status") == OrderStatus.UNPAID.value) & ~_paid),
    Fold("orders_closed", "orders", "count", where=(where("status") == OrderStatus.CLOSED.value) & ~_paid),
    Fold("orders_refunded", "orders", "count", where=where("refunded_in_full") == True),  # noqa: E712
    Fold("refunds_total", "refunds", "sum", "amount"),
    Fold("inquiries", "interactions", "count", where=where("kind") == "inquiry"),
    Fold(
        "reviews_bad",
        "interactions",
        "count",
        where=(where("kind") == "review") & (where("rating") <= BAD_RATING),
    ),
    Fold("complaints_open", "interactions", "count", where=(where("kind") == "complaint") & _open),
    Fold("promises_open", "interactions", "count", where=(where("kind") == "promise") & _open),
    Fold("last_contact_at", "interactions", "max", "at", where=where("contact") == True),  # noqa: E712
    Fold("platforms", "orders", "set", "platform"),
    Fold("sources", "orders", "set", "source_tag"),
    Fold("categories", "lines", "set", "category"),
)

# What only the figures below are made of; no card shows them.
PARTS = (
    Fold("spent_on_orders", "orders", "sum", "net_total", where=_paid),
    Fold("spent_orders", "orders", "count", "net_total", where=_bought, type=FieldType.MONEY),
    Fold("refunded_apart", "refunds", "sum", "amount", where=~where("order_id").exists()),
)


def _total_spent(parts: Mapping[str, ColumnElement[int]]) -> ColumnElement[int]:
    """What paid orders brought in the end, less money that went back without a known order."""
    return parts["spent_on_orders"] - parts["refunded_apart"]


def _average(parts: Mapping[str, ColumnElement[int]]) -> ColumnElement[int]:
    """Total spent by bought orders of the shop's currency; absent without any."""
    return half_away(_total_spent(parts), parts["spent_orders"])


DERIVED: dict[str, Callable[[Mapping[str, ColumnElement[int]]], ColumnElement[int]]] = {
    "total_spent": _total_spent,
    "average_order_value": _average,
}
# Columns of the customer's own record that a card repeats.
PROFILE = ("birthday", "country", "province", "city", "contact_by")
