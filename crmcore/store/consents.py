"""Consent: an append-only ledger of what customers allowed and refused, and what holds now.

What one person said last holds for her. Where several records were merged into one customer, the strictest
of them wins: a refusal, then a proven yes, then a claimed one, until she says something new after the merge.
A claim (an import says yes without proof) never takes a refusal back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from crmcore.errors import UsageError
from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.records.customer import ConsentView
from crmcore.store.changes import insert
from crmcore.store.database import Write, among
from crmcore.store.identities import own_identity
from crmcore.store.schema import consents, customers, identities

STATES = ("denied", "granted", "claimed")  # the strictest first
PURPOSES = ("promotion", "service", "order")
ANY = "*"
# 1970 to 2199: the guards weigh instants in 64 bits, and could not tell a no from a yes outside.
_FIRST, _LAST = 0, 7_258_118_399


def record(
    write: Write,
    customer_id: int,
    *,
    channel: str,
    purpose: str,
    state: str,
    at: int,
    source: str,
    proof: str | None = None,
    reason: str | None = None,
) -> int:
    """Write down what a customer said, and return the entry's id; entries are never changed.

    `channel` is sms, email, phone … or * for all; `purpose` promotion, service, order or *; `source` says
    where she said it. Raises `UsageError` for another state or purpose, and for a yes without proof.
    """
    if state not in STATES:
        raise UsageError(_("{state!r} is no consent: say granted, denied or claimed").format(state=state))
    if purpose not in (*PURPOSES, ANY):
        raise UsageError(
            _("{purpose!r} is no purpose: say {purposes} or *").format(
                purpose=purpose, purposes=joined(PURPOSES)
            )
        )
    if state == "granted" and not (proof or "").strip():
        raise UsageError(_("a granted consent needs its proof: what she wrote, ticked or said, and where"))
    said = {"channel": channel.strip().lower() or ANY, "purpose": purpose, "state": state, "at": within(at)}
    owner = {"customer_id": customer_id, "identity_id": own_identity(write, customer_id)}
    return insert(write, consents, {**owner, **said, "source": source, "proof": proof, "reason": reason})


def within(at: int) -> int:
    """The instant as it is kept: one that no clock can have shown moves to the nearest that it can."""
    return min(max(at, _FIRST), _LAST)


def states(connection: sa.Connection, customer_id: int) -> tuple[ConsentView, ...]:
    """What holds for a customer now, one entry for each channel and purpose that was ever told."""
    rows = _rows(connection, [customer_id])
    told = sorted({(row.channel, row.purpose) for row in rows})
    return tuple(view for pair in told if (view := _holding(rows, *pair)))


def state_of(
    connection: sa.Connection, customer_ids: Iterable[int], channel: str, purpose: str, *also: str
) -> dict[int, str]:
    """What holds for many customers on one channel and purpose; who never said anything is left out.

    `also` are other names of the channel: a no to text messages is one to every gateway that sends them.
    """
    by_customer: dict[int, list[sa.Row[Any]]] = defaultdict(list)
    for row in _rows(connection, customer_ids):
        by_customer[row.customer_id].append(row)
    views = {i: _holding(rows, channel, purpose, also) for i, rows in by_customer.items()}
    return {i: view.state for i, view in views.items() if view}


def history(connection: sa.Connection, customer_id: int) -> list[ConsentView]:
    """Every entry of a customer, newest first."""
    query = sa.select(consents).where(consents.c.customer_id == customer_id)
    rows = connection.execute(query.order_by(consents.c.at.desc(), consents.c.id.desc()))
    return [_view(row) for row in rows]


def standing_noes(connection: sa.Connection, customer_ids: Iterable[int]) -> list[sa.Row[Any]]:
    """The refusals of these customers that no later yes took back, the oldest first.

    A yes takes back what was said before it by the same person, of the same second too; what came in by a
    merge it takes back only when it was said after the merge.
    """
    by_customer: dict[int, list[sa.Row[Any]]] = defaultdict(list)
    for row in _rows(connection, customer_ids):
        by_customer[row.customer_id].append(row)
    return [
        no
        for rows in by_customer.values()
        for place, no in enumerate(rows)
        if no.state == "denied" and not any(_takes_back(yes, no) for yes in rows[place + 1 :])
    ]


def _takes_back(yes: sa.Row[Any], no: sa.Row[Any]) -> bool:
    """Whether `yes`, which was said later, takes back all of what `no` refused."""
    covers = yes.channel in (no.channel, ANY) and yes.purpose in (no.purpose, ANY)
    return yes.state == "granted" and covers and (yes.home == no.home or _said_since(yes, no))


def _rows(connection: sa.Connection, customer_ids: Iterable[int]) -> list[sa.Row[Any]]:
    """The entries with the record each came with (`home`), and the merge that brought that one in."""
    home = sa.func.coalesce(identities.c.home_id, consents.c.customer_id).label("home")
    query = (
        sa.select(consents, home, customers.c.merged_into, customers.c.changed_by.label("merged_by"))
        .outerjoin(identities, identities.c.id == consents.c.identity_id)
        .outerjoin(customers, customers.c.id == home)
        .where(among(connection, consents.c.customer_id, customer_ids))
        .order_by(consents.c.at, consents.c.id)
    )
    return list(connection.execute(query))


def _holding(
    rows: list[sa.Row[Any]], channel: str, purpose: str, also: tuple[str, ...] = ()
) -> ConsentView | None:
    """The entry that holds for a channel and purpose among one customer's, oldest first."""
    told = [r for r in rows if r.channel in (channel, *also, ANY) and r.purpose in (purpose, ANY)]
    last: dict[int, sa.Row[Any]] = {}
    for row in told:
        for home in {r.home: r for r in told}.values():
            covers = row.home == home.home or _said_since(row, home)
            before = last.get(home.home)
            if covers and (before is None or row.state != "claimed" or before.state == "claimed"):
                last[home.home] = row
    if not last:
        return None
    strictest = min(last.values(), key=lambda row: STATES.index(row.state))
    view = _view(strictest)
    return ConsentView(channel, purpose, view.state, view.at, view.source, view.proof, view.reason)


def _said_since(row: sa.Row[Any], home: sa.Row[Any]) -> bool:
    """Whether `row` was said by the customer that the record `home` was part of already."""
    return home.merged_into is not None and home.merged_by is not None and row.created_by > home.merged_by


def _view(row: sa.Row[Any]) -> ConsentView:
    return ConsentView(row.channel, row.purpose, row.state, row.at, row.source, row.proof, row.reason)
