"""Customers: adding and editing them, warning before a double, and the card that shows one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from crmcore.errors import CrmError, NotFoundError, UsageError
from crmcore.i18n import gettext as _
from crmcore.records.customer import CustomerCard, Duplicate
from crmcore.records.identity import IdentityValue, mask_keys_for
from crmcore.records.profile import FIELDS, clean_profile
from crmcore.store import consents as ledger
from crmcore.store.changes import insert, update
from crmcore.store.database import Write, among
from crmcore.store.identities import add_identity, identities_of
from crmcore.store.schema import cards as core_cards
from crmcore.store.schema import customers, identities, tags
from crmcore.store.tags import add_tag


def add(
    write: Write,
    values: Mapping[str, Any],
    identities: Sequence[IdentityValue] = (),
    tags: Sequence[str] = (),
    *,
    at: int,
) -> int:
    """Add a customer first seen at the instant `at`, and return her id.

    `values` are those of `records.profile.clean_profile`. Raises `UsageError` for a value that does not fit
    or when nothing at all is told, `CrmError` when a strong identity belongs to somebody already.
    """
    row = _columns(clean_profile(values), {})
    if not any(row.values()) and not identities:
        raise UsageError(_("a customer needs at least a name, a phone or an e-mail address"))
    customer_id = insert(write, customers, {**row, "at": at})
    for identity in identities:
        add_identity(write, customer_id, identity)
    for tag in tags:
        add_tag(write, [customer_id], tag)
    return customer_id


def edit(write: Write, customer_id: int, values: Mapping[str, Any], *, version: int | None = None) -> bool:
    """Change a customer's profile; None or blank empties a field. False when it said the same already.

    `version` is the `CustomerCard.version` that the editor saw. Raises `CrmError` when somebody changed her
    since, or she was merged into another; `UsageError` for a value that does not fit.
    """
    row = _living(write.connection, customer_id)
    if version is not None and version != _version(row):
        raise CrmError(
            _("customer {id} was changed by somebody else meanwhile: look again, then edit").format(
                id=customer_id
            )
        )
    return update(
        write, customers, customer_id, _columns(clean_profile(values), json.loads(row.extra or "{}"))
    )


def resolve(connection: sa.Connection, customer_id: int) -> int:
    """The id of the record that lives: itself, or the one it was merged into, however often.

    Raises `NotFoundError` when there never was such a customer.
    """
    seen: int | None = customer_id
    while True:
        row = connection.execute(
            sa.select(customers.c.id, customers.c.merged_into).where(customers.c.id == seen)
        ).first()
        if row is None:
            raise NotFoundError(
                _("there is no customer {id}: find one with `crm customer find`").format(id=customer_id)
            )
        if row.merged_into is None:
            return int(row.id)
        seen = row.merged_into


def parent_of(connection: sa.Connection, customer_id: int) -> int | None:
    """The customer this one was merged into, None when she lives."""
    query = sa.select(customers.c.merged_into).where(customers.c.id == customer_id)
    parent = connection.scalar(query)
    return None if parent is None else int(parent)


def living(connection: sa.Connection, customer_id: int) -> int:
    """The id itself when it is a customer that was not merged; raises `NotFoundError`, `CrmError` else."""
    return int(_living(connection, customer_id).id)


def show(connection: sa.Connection, customer_id: int, cards: sa.Table = core_cards) -> CustomerCard:
    """A customer's card; one that was merged shows the record she lives on in.

    `cards` is the table of facts with the plugins' columns. Raises `NotFoundError` for an unknown id.
    """
    owner = resolve(connection, customer_id)
    row = connection.execute(sa.select(customers).where(customers.c.id == owner)).one()
    fact_row = connection.execute(sa.select(cards).where(cards.c.customer_id == owner)).mappings().first()
    return CustomerCard(
        id=owner,
        asked_id=customer_id,
        version=_version(row),
        **{name: getattr(row, name) for name in FIELDS},
        at=row.at,
        extra=json.loads(row.extra or "{}"),
        identities=identities_of(connection, owner),
        consents=ledger.states(connection, owner),
        tags=tuple(
            connection.scalars(sa.select(tags.c.tag).where(tags.c.customer_id == owner).order_by(tags.c.tag))
        ),
        merged=tuple(merged_ids(connection, owner)),
        facts=_facts(dict(fact_row or {})),
    )


def merged_ids(connection: sa.Connection, customer_id: int) -> list[int]:
    """The customers that live on inside this one, directly or through another, in order of their ids."""
    found: list[int] = []
    level = [customer_id]
    while level:
        query = sa.select(customers.c.id).where(among(connection, customers.c.merged_into, level))
        level = [int(i) for i in connection.scalars(query)]
        found += level
    return sorted(found)


def duplicates(
    connection: sa.Connection,
    name: str | None,
    known_as: Sequence[IdentityValue],
    *,
    limit: int = 10,
) -> list[Duplicate]:
    """Who may be the person about to be added: by the same strong value, by a masked one, by the name."""
    found: dict[int, Duplicate] = {}
    for identity in known_as:
        same = sa.and_(
            identities.c.value == identity.value,
            identities.c.kind == identity.kind.value,
            identities.c.namespace == identity.namespace,
        )
        certain = identity.strong
        for customer_id in connection.scalars(sa.select(identities.c.customer_id).where(same).limit(limit)):
            found.setdefault(customer_id, Duplicate(customer_id, None, identity.kind.value, certain))
    for identity in known_as:
        bare = identity.value.removeprefix("+86")
        query = sa.select(identities.c.customer_id).where(identities.c.mask_key.in_(mask_keys_for(bare)))
        for customer_id in connection.scalars(
            query.where(identities.c.kind == identity.kind.value).limit(limit)
        ):
            found.setdefault(customer_id, Duplicate(customer_id, None, "mask", certain=False))
    if name:
        query = sa.select(customers.c.id).where(customers.c.name == name, customers.c.merged_into.is_(None))
        for customer_id in connection.scalars(query.limit(limit)):
            found.setdefault(customer_id, Duplicate(customer_id, None, "name", certain=False))
    query = sa.select(customers.c.id, customers.c.name).where(among(connection, customers.c.id, found))
    names = {row.id: row.name for row in connection.execute(query)}
    return [Duplicate(d.customer_id, names.get(d.customer_id), d.reason, d.certain) for d in found.values()][
        :limit
    ]


def _living(connection: sa.Connection, customer_id: int) -> sa.Row[Any]:
    owner = resolve(connection, customer_id)
    if owner != customer_id:
        raise CrmError(
            _("customer {id} was merged into {owner}: use that one").format(id=customer_id, owner=owner)
        )
    return connection.execute(sa.select(customers).where(customers.c.id == owner)).one()


def _version(row: sa.Row[Any]) -> int:
    return int(row.changed_by or row.created_by)


def _columns(clean: Mapping[str, str | None], extra: dict[str, str]) -> dict[str, str | None]:
    """The columns to write for profile values, the shop's own fields gathered in `extra`."""
    row = {key: value for key, value in clean.items() if not key.startswith("extra.")}
    own = {key.removeprefix("extra."): value for key, value in clean.items() if key.startswith("extra.")}
    if own:
        merged = {key: value for key, value in {**extra, **own}.items() if value is not None}
        row["extra"] = json.dumps(merged, ensure_ascii=False, sort_keys=True) if merged else None
    return row


def _facts(row: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that have a value; text lists as tuples."""
    return {
        name: tuple(value.strip("\x1f").split("\x1f"))
        if isinstance(value, str) and value.startswith("\x1f")
        else value
        for name, value in row.items()
        if value is not None and name != "customer_id"
    }
