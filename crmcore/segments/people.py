"""The names of customers, and what to say of one who is not there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from crmcore.errors import NotFoundError
from crmcore.i18n import gettext as _
from crmcore.segments.results import Member
from crmcore.store import schema
from crmcore.store.database import among


def named(connection: sa.Connection, ids: Sequence[int]) -> Iterator[Member]:
    """The customers of these ids with the names people know them by."""
    c = schema.customers.c
    name = sa.func.coalesce(sa.func.nullif(c.name, ""), c.nickname, "")
    names = connection.execute(sa.select(c.id, name).where(among(connection, c.id, ids)))
    known = {int(row[0]): str(row[1]) for row in names}
    return (Member(customer_id, known.get(customer_id, "")) for customer_id in ids)


def nobody(connection: sa.Connection, customer_id: int) -> NotFoundError:
    """Why there is no card of that id: no such customer, or merged into another."""
    merged = connection.execute(
        sa.select(schema.customers.c.merged_into).where(schema.customers.c.id == customer_id)
    ).scalar()
    if merged is not None:
        return NotFoundError(
            _("customer {id} lives on as customer {other}: ask about that one").format(
                id=customer_id, other=merged
            )
        )
    return NotFoundError(_("there is no customer {id}").format(id=customer_id))
