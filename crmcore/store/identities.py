"""Identities: what a customer is known by, and whom a value belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from crmcore.errors import CrmError, NotFoundError
from crmcore.i18n import gettext as _
from crmcore.records.customer import IdentityView
from crmcore.records.identity import IdentityKind, IdentityValue, is_masked, phone_tail
from crmcore.store import schema
from crmcore.store.changes import delete, insert
from crmcore.store.database import Write, among
from crmcore.store.schema import identities


def add_identity(write: Write, customer_id: int, identity: IdentityValue) -> int:
    """Give a customer one more identity and return its id; the one she has already is not doubled.

    Raises `CrmError` when a strong one belongs to somebody else: that is for a person to merge.
    """
    for holder in holders(write.connection, identity):
        if holder.customer_id == customer_id:
            return int(holder.id)
        if identity.strong:
            raise CrmError(
                _(
                    "{kind} {shown} belongs to customer {other} already: use her record, or merge the two "
                    "with `crm customer merge`"
                ).format(kind=identity.kind, shown=identity.shown, other=holder.customer_id)
            )
    values = {
        "customer_id": customer_id,
        "home_id": customer_id,
        "kind": identity.kind.value,
        "namespace": identity.namespace,
        "value": identity.value,
        "shown": identity.shown,
        "strong": identity.strong,
        "mask_key": identity.mask_key,
        "tail": phone_tail(identity.value) if identity.kind is IdentityKind.PHONE else None,
    }
    return insert(write, identities, values)


def remove_identity(write: Write, identity_id: int) -> None:
    """Take an identity away from its customer.

    Raises `NotFoundError` when there is none, `CrmError` while orders, messages or notes came with it: they
    keep what they came with for ever, so it can be split off instead.
    """
    row = write.connection.execute(sa.select(identities).where(identities.c.id == identity_id)).first()
    if row is None or row.kind == IdentityKind.OWN:
        raise NotFoundError(_("there is no identity {id}").format(id=identity_id))
    for table in event_tables():
        query = sa.select(table.c.id).where(table.c.customer_id == row.customer_id)
        if write.connection.scalar(query.where(table.c.identity_id == identity_id).limit(1)) is not None:
            raise CrmError(
                _("{table} came with {shown}: split it off with `crm customer split` instead").format(
                    table=table.name, shown=row.shown
                )
            )
    delete(write, identities, identity_id)


def own_identity(write: Write, customer_id: int) -> int:
    """The identity that stands for what staff enter by hand for a customer; made at the first use.

    Events of a hand go with it, so that a split gives them back like those a file brought.
    """
    mine = identities.c.customer_id == customer_id, identities.c.home_id == customer_id
    query = sa.select(identities.c.id).where(*mine, identities.c.kind == IdentityKind.OWN.value)
    found = write.connection.scalar(query.limit(1))
    if found is not None:
        return int(found)
    values = {"customer_id": customer_id, "home_id": customer_id, "kind": IdentityKind.OWN.value}
    text = {"namespace": "", "value": str(customer_id), "shown": "", "strong": False}
    return insert(write, identities, {**values, **text})


def holders(connection: sa.Connection, identity: IdentityValue) -> list[sa.Row[Any]]:
    """The rows (`id`, `customer_id`, `strong`) that hold exactly this value, the strong one first."""
    query = sa.select(identities.c.id, identities.c.customer_id, identities.c.strong).where(
        identities.c.value == identity.value,
        identities.c.kind == identity.kind.value,
        identities.c.namespace == identity.namespace,
    )
    return list(connection.execute(query.order_by(identities.c.strong.desc(), identities.c.id)))


def identities_of(connection: sa.Connection, customer_id: int) -> tuple[IdentityView, ...]:
    """What a customer is known by, strong ones first; the store's own stand-ins are left out."""
    query = (
        sa.select(identities)
        .where(identities.c.customer_id == customer_id, identities.c.kind != IdentityKind.OWN.value)
        .order_by(identities.c.strong.desc(), identities.c.kind, identities.c.id)
    )
    return tuple(
        IdentityView(
            row.id,
            row.kind,
            row.namespace,
            row.value,
            row.shown,
            row.strong,
            is_masked(row.value),
            row.home_id,
        )
        for row in connection.execute(query)
    )


def event_tables() -> Sequence[sa.Table]:
    """The tables of events: they keep the identity they came with, and follow its owner."""
    return [t for t in schema.metadata.sorted_tables if "identity_id" in t.c and "customer_id" in t.c]


def follow_owners(write: Write, before: int, identity_ids: Sequence[int], now: int) -> int:
    """Give the events that came with these identities from customer `before` to `now`; returns how many."""
    moved = 0
    for table in event_tables():
        here = sa.and_(
            table.c.customer_id == before, among(write.connection, table.c.identity_id, identity_ids)
        )
        moved += write.connection.execute(sa.update(table).where(here).values(customer_id=now)).rowcount
    write.touch([before, now])
    return moved
