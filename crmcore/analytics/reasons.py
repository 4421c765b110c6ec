"""Why days gone by differ from what was told yesterday: the acts of today that touched their orders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from crmcore.store import schema

_TOUCHING = ("orders", "order_lines", "refunds")
_MOST = 20  # more acts than these nobody reads


@dataclass(frozen=True)
class Reason:
    """An act of today: `new` orders of earlier days that it brought, and how many of those it `changed`.

    `at` is an instant; `import_id` is the number of the import that it was, None for anything else.
    """

    change_id: int
    at: int
    actor: str
    kind: str
    why: str
    new: int
    changed: int
    import_id: int | None = None

    def as_json(self) -> dict[str, Any]:
        """The reason as JSON values."""
        return {
            "change": self.change_id, "at": self.at, "actor": self.actor, "kind": self.kind, "why": self.why,
            "orders_new": self.new, "orders_changed": self.changed, "import": self.import_id,
        }  # fmt: skip


def reasons(connection: sa.Connection, midnight: int) -> list[Reason]:
    """The acts since the beginning of today (an instant) that touched orders of days before, newest first."""
    changes = schema.changes.c
    first = connection.scalar(sa.select(sa.func.min(changes.id)).where(changes.at >= midnight))
    oldest = connection.scalar(sa.select(changes.at).order_by(changes.id).limit(1))
    if first is None or oldest is None or oldest >= midnight:  # a shop of today told nothing yesterday
        return []
    new, touched = _new(connection, first, midnight), _touched(connection, first, midnight)
    wanted = sorted({*new, *touched}, reverse=True)[:_MOST]
    query = sa.select(changes.id, changes.at, changes.actor, changes.kind, changes.why)
    rows = connection.execute(query.where(changes.id.in_(wanted)).order_by(changes.id.desc()))
    imports = _imports(connection, wanted)
    return [
        Reason(*row, new=new.get(row.id, 0), changed=touched.get(row.id, 0), import_id=imports.get(row.id))
        for row in rows
    ]


def _earlier(midnight: int) -> sa.ColumnElement[bool]:
    orders = schema.orders.c
    return sa.func.coalesce(orders.paid_at, orders.placed_at, 0) < midnight


def _new(connection: sa.Connection, first: int, midnight: int) -> Mapping[int, int]:
    orders = schema.orders.c
    query = sa.select(orders.created_by, sa.func.count()).where(
        orders.id >= _first_made(connection, first), orders.created_by >= first, _earlier(midnight)
    )
    return {row[0]: row[1] for row in connection.execute(query.group_by(orders.created_by))}


def _first_made(connection: sa.Connection, change_id: int) -> int:
    """The id from which on orders were made by that act or later ones, found by halving.

    Nothing finds orders by who made them, and reading all of them takes seconds in a big shop.
    """
    orders = schema.orders.c
    low, high = 0, int(connection.scalar(sa.select(sa.func.max(orders.id))) or 0) + 1
    while low < high:
        middle = (low + high) // 2
        query = sa.select(orders.created_by).where(orders.id >= middle).order_by(orders.id).limit(1)
        made_by = connection.scalar(query)
        if made_by is None or made_by >= change_id:
            high = middle
        else:
            low = middle + 1
    return low


def _touched(connection: sa.Connection, first: int, midnight: int) -> Mapping[int, int]:
    """Orders of earlier days that were changed, and what was deleted; by act."""
    journal, orders = schema.journal.c, schema.orders
    query = (
        sa.select(journal.change_id, sa.func.count(sa.distinct(journal.row_id)))
        .select_from(schema.journal.outerjoin(orders, orders.c.id == journal.row_id))
        .where(journal.change_id >= first, journal.table_name.in_(_TOUCHING))
        .where(sa.or_(orders.c.id.is_(None), journal.table_name == "refunds", _earlier(midnight)))
        .group_by(journal.change_id)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def _imports(connection: sa.Connection, changes: list[int]) -> dict[int, int]:
    imports = schema.imports.c
    rows = connection.execute(sa.select(imports.change_id, imports.id).where(imports.change_id.in_(changes)))
    return {row[0]: row[1] for row in rows}
