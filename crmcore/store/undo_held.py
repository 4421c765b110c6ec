"""What keeps a record that an undo would remove: records of others that need it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from crmcore.i18n import gettext as _
from crmcore.store import schema
from crmcore.store.database import among

# What hangs on customers, in the order in which an undo removes it.
EVENTS = ("interactions", "consents", "refunds", "tags", "orders")
# Records of others in other tables keep a customer alive; what is derived from records does not.
_DERIVED = ("cards", "search_texts", "stale", "segment_members", "segment_moves", "segment_queue")


@dataclass(frozen=True)
class NeededProducts:
    """The products that lines name, among the lines with ids up to `seen`."""

    ids: frozenset[int]
    seen: int


def needed_products(connection: sa.Connection, among_ids: list[int]) -> NeededProducts:
    """Which products of a range of ids the order lines name; it reads all lines."""
    lines = schema.order_lines
    seen = int(connection.scalar(sa.select(sa.func.max(lines.c.id))) or 0)
    first, last = among_ids
    query = sa.select(lines.c.product_id).where(lines.c.product_id.between(first, last)).distinct()
    return NeededProducts(frozenset(connection.scalars(query)), seen)


@dataclass
class Holding:
    """Tells what keeps records that the change `change_id` made; `needed` saves reading all lines again."""

    connection: sa.Connection
    change_id: int
    needed: NeededProducts | None = None

    def rows(self, table: sa.Table, ids: list[int]) -> dict[int, str]:
        """Which of these rows of `table` something else needs, and what to say of it ("": nothing)."""
        if table is schema.orders:
            return self._pointed_at(
                ids, schema.interactions.c.order_id, _("an interaction that stays is about it")
            )
        if table is schema.products:
            needed = self.needed or needed_products(self.connection, [min(ids), max(ids)])
            lines = schema.order_lines
            query = sa.select(lines.c.product_id).where(
                lines.c.id > needed.seen, among(self.connection, lines.c.product_id, ids)
            )
            staying = needed.ids.intersection(ids).union(self.connection.scalars(query))
            return dict.fromkeys(staying, _("lines of orders that stay name it"))
        if table is schema.identities:
            return self._identities(ids)
        return {}

    def _pointed_at(self, ids: list[int], column: sa.Column[Any], why: str) -> dict[int, str]:
        query = sa.select(column).where(among(self.connection, column, ids)).distinct()
        return dict.fromkeys(self.connection.scalars(query), why)

    def _identities(self, ids: list[int]) -> dict[int, str]:
        identities, customers, connection = schema.identities, schema.customers, self.connection
        mine = among(connection, identities.c.id, ids)
        held: dict[int, str] = {}
        for name in (*EVENTS, "sends", "suppressions"):
            table = schema.metadata.tables[name]
            if "identity_id" not in table.c:
                continue
            same = sa.and_(
                table.c.customer_id == identities.c.customer_id, table.c.identity_id == identities.c.id
            )
            query = sa.select(identities.c.id).where(mine, sa.exists().where(same))
            why = _("{table} that stay came with it").format(table=name)
            held |= dict.fromkeys(connection.scalars(query), why)
        # A customer that was kept keeps what identifies her; that needs no line of its own.
        owners = identities.c.customer_id, identities.c.home_id
        homes = sa.select(identities.c.id).join(customers, customers.c.id.in_(owners))
        query = homes.where(mine, customers.c.created_by == self.change_id)
        return held | dict.fromkeys(connection.scalars(query), "")

    def customers(self, ids: list[int]) -> dict[int, str]:
        """Which of these customers records of others hang on, and what to say of it."""
        held: dict[int, str] = {}
        for table in schema.metadata.sorted_tables:
            if table.name in _DERIVED or "customer_id" not in table.c:
                continue
            owner = table.c.customer_id
            query = sa.select(owner).where(among(self.connection, owner, ids)).distinct()
            if table is schema.identities:
                by = sa.func.coalesce(table.c.changed_by, table.c.created_by)
                query = query.where(by != self.change_id)
            why = _("{table} of others belong to it").format(table=table.name)
            held |= dict.fromkeys(self.connection.scalars(query), why)
        into = schema.customers.c.merged_into
        merged = sa.select(into).where(among(self.connection, into, ids)).distinct()
        return held | dict.fromkeys(self.connection.scalars(merged), _("others were merged into it"))
