"""Pairs of customers that may be one person: a person looks at them and merges or refuses."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from crmcore.errors import CrmError, NotFoundError
from crmcore.i18n import gettext as _
from crmcore.store.changes import insert, update
from crmcore.store.customers import resolve
from crmcore.store.database import Write
from crmcore.store.merging import merge
from crmcore.store.schema import candidates, customers

# The best reasons first.
REASONS = ("phone", "email", "buyer", "mask", "name_address")


@dataclass(frozen=True)
class Candidate:
    """Two customers (`a_id`, `b_id`: those that live now) that may be one person, and why."""

    id: int
    a_id: int
    a_name: str | None
    b_id: int
    b_name: str | None
    reason: str

    def as_json(self) -> dict[str, Any]:
        """The candidate as JSON values."""
        return asdict(self)


def propose(write: Write, one: int, other: int, reason: str) -> int | None:
    """Note that two customers may be one; None when that was refused or noted before, or they are one."""
    if resolve(write.connection, one) == resolve(write.connection, other):
        return None
    a, b = sorted((one, other))
    query = sa.select(candidates.c.id).where(candidates.c.a_id == a, candidates.c.b_id == b)
    if write.connection.scalar(query) is not None:
        return None
    return insert(write, candidates, {"a_id": a, "b_id": b, "reason": reason})


def list_candidates(connection: sa.Connection, *, limit: int = 50, after: int = 0) -> list[Candidate]:
    """Open pairs in order of their ids, from beyond the id `after`; pairs that became one are left out."""
    found: list[Candidate] = []
    while len(found) < limit:
        query = sa.select(candidates).where(candidates.c.state == "open", candidates.c.id > after)
        rows = list(connection.execute(query.order_by(candidates.c.id).limit(limit)))
        if not rows:
            break
        found += [view for row in rows if (view := _view(connection, row))]
        after = rows[-1].id
    return found[:limit]


def count_open(connection: sa.Connection) -> int:
    """How many pairs wait for somebody to look at them."""
    query = sa.select(sa.func.count()).select_from(candidates).where(candidates.c.state == "open")
    return int(connection.scalar(query) or 0)


def accept(write: Write, candidate_id: int, keep: int | None = None) -> int:
    """Merge a pair and return the customer that is kept: `keep`, else the one known longer.

    Raises `NotFoundError` for an unknown pair, `CrmError` for one decided already or another `keep`.
    """
    pair = _open(write.connection, candidate_id)
    keep = min(pair.a_id, pair.b_id) if keep is None else keep
    if keep not in (pair.a_id, pair.b_id):
        raise CrmError(
            _("customer {keep} is neither of the two: {a}, {b}").format(keep=keep, a=pair.a_id, b=pair.b_id)
        )
    merge(write, keep, pair.a_id + pair.b_id - keep)
    update(write, candidates, candidate_id, {"state": "merged"})
    return keep


def refuse(write: Write, candidate_id: int) -> None:
    """Note that a pair is two people: it is never proposed again. Raises as `accept` does."""
    _open(write.connection, candidate_id)
    update(write, candidates, candidate_id, {"state": "refused"})


def _open(connection: sa.Connection, candidate_id: int) -> Candidate:
    row = connection.execute(sa.select(candidates).where(candidates.c.id == candidate_id)).first()
    if row is None:
        raise NotFoundError(_("there is no pair {id}").format(id=candidate_id))
    view = _view(connection, row) if row.state == "open" else None
    if view is None:
        state = row.state if row.state != "open" else _("merged")
        raise CrmError(_("pair {id} was decided already: {state}").format(id=candidate_id, state=state))
    return view


def _view(connection: sa.Connection, row: sa.Row[Any]) -> Candidate | None:
    a, b = resolve(connection, row.a_id), resolve(connection, row.b_id)
    if a == b:
        return None
    query = sa.select(customers.c.id, customers.c.name).where(customers.c.id.in_((a, b)))
    names = {found.id: found.name for found in connection.execute(query)}
    return Candidate(row.id, a, names[a], b, names[b], row.reason)
