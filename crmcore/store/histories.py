"""Histories: what Python facts read, loaded for many customers with one query a stream."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from crmcore.records.address_kind import address_kind
from crmcore.records.clock import Clock
from crmcore.records.estate import estate_of
from crmcore.records.history import History, InteractionView, Line, OrderView
from crmcore.store import schema
from crmcore.store.database import among
from crmcore.store.events import Streams
from crmcore.store.json_sql import json_text

_PROFILE = ("name", "nickname", "gender", "birthday", "country", "province", "city")
_SECONDS = ("at", "placed_at", "paid_at", "closed_at", "refunded_at")
_MINOR = ("ordered_total", "paid_total", "refunded_total", "net_total")


def load_histories(
    connection: sa.Connection, ids: Sequence[int], streams: Streams, clock: Clock, currency: str
) -> list[History]:
    """The histories of these customers in order of their ids; who is merged away or unknown is left out.

    `streams` are those of the clock: see `crmcore.store.events.streams`.
    """
    c = schema.customers.c
    columns = [c.id, c.address, *(c[name] for name in _PROFILE)]
    people = sa.select(*columns).where(among(connection, c.id, ids), c.merged_into.is_(None)).order_by(c.id)
    orders, lines, interactions = (
        _rows(connection, ids, streams.get(name)) for name in ("orders", "lines", "interactions")
    )
    tags, (estates, addresses) = _tags(connection, ids), _sent_to(connection, ids)
    options = _options(connection, orders)
    returned = _returned(connection, orders)
    return [
        History(
            customer_id=person["id"],
            today=clock.today,
            currency=currency,
            profile=_profile(person, orders[person["id"]], estates, addresses.get(person["id"])),
            tags=tuple(tags[person["id"]]),
            all_orders=tuple(_order(row, clock.zone, estates) for row in orders[person["id"]]),
            all_lines=tuple(_line(row, clock.zone, options) for row in lines[person["id"]]),
            all_interactions=tuple(_interaction(row, clock.zone) for row in interactions[person["id"]]),
            all_returned=tuple(_line(row, clock.zone, options) for row in returned[person["id"]]),
        )
        for person in connection.execute(people).mappings().all()
    ]


def _profile(
    person: Any, orders: Sequence[Any], estates: Mapping[int, str], sent_to: str | None
) -> dict[str, str]:
    found = {name: person[name] for name in _PROFILE if person[name] is not None}
    newest = next((estates[row.id] for row in orders if row.id in estates), None)
    if estate := newest or estate_of(person["address"] or "", person["city"] or ""):
        found["estate"] = estate
    if kind := address_kind(person["address"] or sent_to or ""):
        found |= {"address_kind": kind.kind, "address_word": kind.word}
    return found


def _sent_to(connection: sa.Connection, ids: Sequence[int]) -> tuple[dict[int, str], dict[int, str]]:
    """The estate that each order was sent to, where its address names one; each customer's newest address."""
    c = schema.orders.c
    mine = among(connection, c.customer_id, ids), c.address != ""
    sent = sa.select(c.id, c.customer_id, c.address, c.city).where(*mine).order_by(c.placed_at, c.id)
    estates: dict[int, str] = {}
    newest: dict[int, str] = {}
    for id_, customer_id, address, city in connection.execute(sent):
        newest[customer_id] = address
        if estate := estate_of(address, city or ""):
            estates[int(id_)] = estate
    return estates, newest


def _options(connection: sa.Connection, orders: Mapping[int, Sequence[Any]]) -> dict[int, str]:
    """The variants chosen in each line of these orders, where the file told them."""
    line, theirs = schema.order_lines.c, [row.id for some in orders.values() for row in some]
    chosen = sa.select(line.id, json_text(line.extra, "options")).where(
        among(connection, line.order_id, theirs), line.extra.is_not(None)
    )
    return {int(id_): text for id_, text in connection.execute(chosen) if text}


def _returned(connection: sa.Connection, orders: Mapping[int, Sequence[Any]]) -> dict[int, list[Any]]:
    """Lines of the orders among these that were paid and refunded in full, by customer, in their order."""
    back = {row.id: row.paid_at for some in orders.values() for row in some if row.refunded_in_full}
    back = {id_: paid_at for id_, paid_at in back.items() if paid_at is not None}
    found: dict[int, list[Any]] = defaultdict(list)
    if not back:
        return found
    order, line = schema.orders.c, schema.order_lines.c
    of_line = (line.id, line.order_id, line.sku, line.title, line.category, line.quantity, line.unit_price)
    wanted = sa.select(
        *of_line,
        sa.func.coalesce(line.total, line.unit_price * line.quantity).label("total"),
        *(order[name] for name in ("customer_id", "paid_at", "currency", "source", "source_tag")),
        sa.func.coalesce(order.placed_at, order.paid_at).label("at"),
    ).where(among(connection, line.order_id, back), order.id == line.order_id)
    for row in connection.execute(wanted.order_by(order.paid_at.desc(), order.id.desc(), line.position)):
        found[row.customer_id].append(row)
    return found


def _rows(connection: sa.Connection, ids: Sequence[int], stream: sa.Subquery) -> dict[int, list[Any]]:
    """Rows of the stream by customer, newest first, undated ones last; lines as their order has them."""
    found: dict[int, list[Any]] = defaultdict(list)
    places = [stream.c.order_id.desc(), stream.c.position] if "position" in stream.c else [stream.c.id.desc()]
    wanted = sa.select(stream).where(among(connection, stream.c.customer_id, ids))
    for row in connection.execute(wanted.order_by(stream.c.at.desc().nulls_last(), *places)):
        found[row.customer_id].append(row)
    return found


def _tags(connection: sa.Connection, ids: Sequence[int]) -> dict[int, list[str]]:
    c = schema.tags.c
    found: dict[int, list[str]] = defaultdict(list)
    rows = sa.select(c.customer_id, c.tag).where(among(connection, c.customer_id, ids))
    for customer_id, tag in connection.execute(rows.order_by(c.customer_id, c.tag)):
        found[customer_id].append(tag)
    return found


def _line(row: Any, zone: str, options: Mapping[int, str]) -> Line:
    return Line(
        title=row.title or "",
        sku=row.sku,
        category=row.category,
        quantity=row.quantity,
        currency=row.currency,
        source=row.source,
        source_tag=row.source_tag,
        order_id=row.order_id,
        zone=zone,
        at_seconds=row.at,
        paid_seconds=row.paid_at,
        unit_price_minor=row.unit_price,
        total_minor=row.total,
        options=options.get(row.id, ""),
    )


def _order(row: Any, zone: str, estates: Mapping[int, str]) -> OrderView:
    return OrderView(
        id=row.id,
        number=row.number,
        status=row.status,
        bought=bool(row.bought),
        source=row.source,
        channel=row.channel,
        source_tag=row.source_tag,
        currency=row.currency,
        province=row.province,
        city=row.city,
        zone=zone,
        seconds={name: getattr(row, name) for name in _SECONDS},
        minor={name: getattr(row, name) for name in _MINOR},
        estate=estates.get(row.id),
    )


def _interaction(row: Any, zone: str) -> InteractionView:
    return InteractionView(
        id=row.id,
        kind=row.kind,
        text=row.text,
        state=row.state,
        open=bool(row.open),
        owner=row.owner,
        channel=row.channel,
        rating=row.rating,
        zone=zone,
        at_seconds=row.at,
        due_seconds=row.due_at,
        payload_json=row.payload,
    )
