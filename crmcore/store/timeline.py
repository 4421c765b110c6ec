"""A customer's timeline: orders, refunds, interactions and consents, newest first, page by page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from crmcore.i18n import gettext as _
from crmcore.i18n import joined, title_of
from crmcore.records.customer import OrderCard, TimelineEntry, TimelinePage
from crmcore.records.interaction import InteractionKind
from crmcore.shown import word
from crmcore.store.orders import HAPPENED, order_cards
from crmcore.store.schema import consents, interactions, orders, refunds
from crmcore.store.schema_campaigns import sends
from crmcore.store.sent_timeline import sent_entries

# Where several things happened in the same second, this order tells which is the newer one.
_SOURCES: tuple[tuple[sa.Table, sa.ColumnElement[int]], ...] = (
    (orders, HAPPENED),
    (refunds, sa.func.coalesce(refunds.c.at, 0)),
    (consents, consents.c.at),
    (interactions, interactions.c.at),
    (sends, sends.c.at),
)


def timeline(
    connection: sa.Connection,
    customer_id: int,
    kinds: Mapping[str, InteractionKind],
    *,
    limit: int = 50,
    before: tuple[int, int, int] | None = None,
) -> TimelinePage:
    """What happened between the shop and a customer, newest first; `before` is the last page's `next`."""
    keys = sorted(_keys(connection, customer_id, limit, before), reverse=True)[:limit]
    made: dict[tuple[int, int], TimelineEntry] = {}
    for rank, (table, _when) in enumerate(_SOURCES):
        ids = [key[2] for key in keys if key[1] == rank]
        if not ids:
            continue
        if table is orders:
            made |= {(rank, card.id): _order(card) for card in order_cards(connection, ids)}
            continue
        if table is sends:
            made |= {(rank, entry.id): entry for entry in sent_entries(connection, ids)}
            continue
        for row in connection.execute(sa.select(table).where(table.c.id.in_(ids))):
            made[rank, row.id] = (
                _interaction(row, kinds) if table is interactions else _OTHERS[table.name](row)
            )
    entries = tuple(made[rank, row_id] for _at, rank, row_id in keys)
    return TimelinePage(entries, keys[-1] if len(keys) == limit else None)


def _keys(
    connection: sa.Connection, customer_id: int, limit: int, before: tuple[int, int, int] | None
) -> Iterator[tuple[int, int, int]]:
    """(instant, rank of the table, id) of the newest entries of each table."""
    for rank, (table, when) in enumerate(_SOURCES):
        query = sa.select(when, table.c.id).where(table.c.customer_id == customer_id)
        if before is not None:
            at, last_rank, last_id = before
            # Of the second the last page ended in: what ranks behind it, and in its own table smaller ids.
            smallest = last_id if rank == last_rank else (0 if rank > last_rank else None)
            older = when < at
            if smallest is None:
                older = when <= at
            elif smallest:
                older = sa.or_(when < at, sa.and_(when == at, table.c.id < smallest))
            query = query.where(older)
        for found, row_id in connection.execute(query.order_by(when.desc(), table.c.id.desc()).limit(limit)):
            yield int(found), rank, int(row_id)


def _order(card: OrderCard) -> TimelineEntry:
    state = word(card.status)  # as everywhere; the platform's own word may be of the payment alone
    title = _("order {number}, {state}").format(number=card.number, state=state)
    at = card.placed_at or card.paid_at or card.closed_at
    text = joined(
        f"{line.title or line.sku or '?'} × {line.quantity}"
        if line.quantity != 1
        else line.title or line.sku or "?"
        for line in card.lines
    )
    return TimelineEntry(at, "order", card.id, title, text, card.as_json())


def _refund(row: sa.Row[Any]) -> TimelineEntry:
    data = {name: getattr(row, name) for name in ("source", "number", "currency", "amount", "reason")}
    title = _("refund {number}").format(number=row.number)
    return TimelineEntry(row.at, "refund", row.id, title, row.reason or "", data)


def _consent(row: sa.Row[Any]) -> TimelineEntry:
    titles = {
        "granted": _("agreed to {channel} for {purpose}"),
        "denied": _("refused {channel} for {purpose}"),
        "claimed": _("said to agree to {channel} for {purpose}, without proof"),
    }
    title = titles[row.state].format(channel=word(row.channel), purpose=word(row.purpose))
    data = {name: getattr(row, name) for name in ("channel", "purpose", "state", "source", "proof", "reason")}
    return TimelineEntry(row.at, "consent", row.id, title, row.reason or row.proof or "", data)


def _interaction(row: sa.Row[Any], kinds: Mapping[str, InteractionKind]) -> TimelineEntry:
    kind = kinds.get(row.kind)  # a kind whose plugin is gone reads by its bare name
    title = title_of(kind.zh, kind.en) if kind else row.kind
    data = {
        name: getattr(row, name) for name in ("state", "due_at", "owner", "channel", "order_id", "source")
    }
    return TimelineEntry(
        row.at, row.kind, row.id, title, row.text, {**data, "payload": json.loads(row.payload or "{}")}
    )


_OTHERS = {"refunds": _refund, "consents": _consent}
