"""Suppression lists: addresses and people that get nothing, and the bases that a shop has stated."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from crmcore.errors import NotFoundError, UsageError
from crmcore.i18n import gettext as _
from crmcore.store.changes import delete, insert, insert_many
from crmcore.store.database import Write, batches
from crmcore.store.identities import own_identity
from crmcore.store.schema import identities
from crmcore.store.schema_campaigns import consent_bases, suppressions

# So many addresses are looked up by one statement.
_AT_ONCE = 500
PERSON = "person"
KINDS = ("email", "phone", "buyer", PERSON)


@dataclass(frozen=True)
class Suppression:
    """One entry: an address (`kind`, `value`), or a person (`customer_id`); `at` is an instant."""

    id: int
    kind: str
    value: str
    customer_id: int | None
    at: int
    source: str
    reason: str | None


@dataclass(frozen=True)
class Basis:
    """What a shop stated: by `channel` (* for all) it writes to who bought in `days` (None: ever)."""

    channel: str
    basis: str
    days: int | None
    at: int


def suppress(
    write: Write, addresses: Iterable[tuple[str, str]], *, at: int, source: str, reason: str | None = None
) -> int:
    """Put addresses (kind, normal form) on the list; returns how many were not on it yet."""
    wanted = dict.fromkeys(addresses)
    for kind, _value in wanted:
        if kind not in KINDS or kind == PERSON:
            raise UsageError(_("{kind!r} is no kind of address: say email, phone or buyer").format(kind=kind))
    known = _listed(write.connection, list(wanted))
    new = [pair for pair in wanted if pair not in known]
    rows = [
        {"kind": kind, "value": value, "at": at, "source": source, "reason": reason, "customer_id": None,
         "identity_id": None}
        for kind, value in new
    ]  # fmt: skip
    insert_many(write, suppressions, rows)
    _touch_owners(write, new)
    return len(new)


def suppress_person(write: Write, customer_id: int, *, at: int, source: str, reason: str | None) -> int:
    """Send nothing to this person any more, by whatever channel; returns the entry's id."""
    own = own_identity(write, customer_id)
    values = {"customer_id": customer_id, "identity_id": own, "kind": PERSON, "value": ""}
    return insert(write, suppressions, {**values, "at": at, "source": source, "reason": reason})


def release(write: Write, entry: int) -> None:
    """Take an entry off the list; raises `NotFoundError` when there is none."""
    if write.connection.scalar(sa.select(suppressions.c.id).where(suppressions.c.id == entry)) is None:
        raise NotFoundError(_("there is no entry {id} on the suppression list").format(id=entry))
    delete(write, suppressions, entry)


def listed(connection: sa.Connection, text: str = "", limit: int = 50) -> tuple[int, list[Suppression]]:
    """How many entries there are whose address contains `text`, and the newest of them."""
    c = suppressions.c
    wanted = [c.value.contains(text, autoescape=True)] if text else []
    count = connection.scalar(sa.select(sa.func.count()).select_from(suppressions).where(*wanted))
    shown = [c.id, c.kind, c.value, c.customer_id, c.at, c.source, c.reason]
    rows = connection.execute(sa.select(*shown).where(*wanted).order_by(c.id.desc()).limit(limit))
    return int(count or 0), [Suppression(*row) for row in rows]


def suppressed(connection: sa.Connection, value: str, owners: Sequence[int]) -> bool:
    """Whether an address (normal form), or one of the customers whose it is, is on the list."""
    c = suppressions.c
    person = sa.and_(c.kind == PERSON, c.customer_id.in_(list(owners)))
    listed_ = sa.and_(c.kind != PERSON, c.value == value)
    return connection.scalar(sa.select(c.id).where(sa.or_(listed_, person)).limit(1)) is not None


def _listed(connection: sa.Connection, pairs: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of these addresses are on the list; asked for some hundred at a time."""
    c = suppressions.c
    query = sa.select(c.kind, c.value).where(c.value.in_(sa.bindparam("values", expanding=True)))
    found: set[tuple[str, str]] = set()
    for part in batches(pairs, _AT_ONCE):
        rows = connection.execute(query, {"values": [value for _kind, value in part]})
        found |= {(row.kind, row.value) for row in rows}
    return found


def _touch_owners(write: Write, pairs: Sequence[tuple[str, str]]) -> None:
    """Nothing on a card changes, but who is looked at knows that something about her did."""
    c = identities.c
    query = sa.select(c.kind, c.value, c.customer_id).where(
        c.value.in_(sa.bindparam("values", expanding=True))
    )
    for part in batches(pairs, _AT_ONCE):
        wanted = set(part)
        rows = write.connection.execute(query, {"values": [value for _kind, value in part]})
        write.touch({row.customer_id for row in rows if (row.kind, row.value) in wanted})


def state_basis(write: Write, channel: str, basis: str | None, days: int | None, at: int) -> None:
    """State a basis for a channel (* for all), or with None withdraw it."""
    if basis is not None and len(basis.strip()) < 10:
        raise UsageError(
            _("say on what basis, in a sentence that you would show to the authorities (law, notice, date)")
        )
    values = {"channel": channel, "basis": basis, "days": days, "at": at}
    insert(write, consent_bases, values)


def bases(connection: sa.Connection, until: int | None = None) -> dict[str, Basis]:
    """What is stated now, or was at the instant `until`, by channel."""
    c = consent_bases.c
    found: dict[str, Basis] = {}
    query = sa.select(c.channel, c.basis, c.days, c.at).order_by(c.id)
    for row in connection.execute(query if until is None else query.where(c.at <= until)):
        found.pop(row.channel, None)
        if row.basis is not None:
            found[row.channel] = Basis(row.channel, row.basis, row.days, row.at)
    return found
