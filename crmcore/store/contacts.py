"""How customers can be reached: their names and contacts, those on the suppression list left out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from crmcore.hooks.channel_values import Contact
from crmcore.records.identity import IdentityKind
from crmcore.store.database import among
from crmcore.store.guards import FIELD
from crmcore.store.schema import customers, identities
from crmcore.store.schema_campaigns import suppressions


@dataclass(frozen=True)
class Reachable:
    """One customer as a message needs her; `ids` are the identities by (kind, value)."""

    id: int
    name: str
    nickname: str
    gender: str
    contacts: tuple[Contact, ...] = ()
    ids: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def called(self) -> str:
        """What to call her."""
        return self.nickname or self.name


def reachable(
    connection: sa.Connection, customer_ids: Sequence[int], fields: Sequence[str] = ()
) -> dict[int, Reachable]:
    """These customers with their contacts; `fields` are those of the profile that channels ask for."""
    c = customers.c
    query = sa.select(c.id, c.name, c.nickname, c.gender, c.extra)
    rows = list(connection.execute(query.where(among(connection, c.id, customer_ids))))
    found: dict[int, list[Contact]] = {}
    ids: dict[int, dict[tuple[str, str], int]] = {}
    i, s = identities.c, suppressions.c
    bad = sa.exists().where(s.value == i.value, s.kind == i.kind)
    known = sa.select(i.id, i.customer_id, i.kind, i.namespace, i.value, i.shown, i.strong)
    # The newest first: that is the one the guards have chosen.
    known = known.where(among(connection, i.customer_id, customer_ids), ~bad).order_by(i.id.desc())
    for row in connection.execute(known):  # every identity
        if row.kind not in (IdentityKind.OWN, IdentityKind.NAME_ADDRESS):
            contact = Contact(row.kind, row.value, row.namespace, row.shown, bool(row.strong))
            found.setdefault(row.customer_id, []).append(contact)
        ids.setdefault(row.customer_id, {})[row.kind, row.value] = row.id
    wanted = [name.removeprefix(FIELD) for name in fields if name.startswith(FIELD)]
    people = {}
    for one in rows:
        extra = json.loads(one.extra) if one.extra and wanted else {}
        more = [
            Contact(FIELD + name, str(extra[name]), "", str(extra[name]))
            for name in wanted
            if extra.get(name)
        ]
        contacts = (*found.get(one.id, ()), *more)
        people[one.id] = Reachable(
            one.id, one.name or "", one.nickname or "", one.gender or "", contacts, ids.get(one.id, {})
        )
    return people
