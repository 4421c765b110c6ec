"""One chunk of whole customers, from staged tables into the shop, in one transaction."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

import sqlalchemy as sa

from crmcore.importing.apply import extras, orders, people
from crmcore.importing.apply.absorb import Twins, masked_twins
from crmcore.importing.apply.made_ahead import MadeAhead
from crmcore.importing.apply.stage import Statements
from crmcore.importing.counts import Counts
from crmcore.importing.staging.export import Chunk, together
from crmcore.importing.staging.orders import Shape
from crmcore.store import schema
from crmcore.store.database import Write
from crmcore.store.search_index import add_new

# What the people and records of a file may be known by.
_FOUND_BY = (schema.identities, schema.orders, schema.refunds, schema.interactions)
_CONSENTS = {"consent.email", "consent.sms"}
# Records that have numbers, by what the file's rows are: the staged tables, and the shop's.
_SALES = {"st_order": "orders", "st_refund": "refunds"}
_NUMBERED = {"order": _SALES, "order_line": _SALES, "interaction": {"st_visit": "interactions"}}


@dataclass(frozen=True)
class Job:
    """What all chunks of one import share: the shape of its files, and the source its numbers belong to.

    `ahead`: search entries and cards of new customers, made ahead. `alone`: the shop holds nothing but what
    this import brought (see `Alone`): nobody needs to be looked up.
    """

    shape: Shape
    source: str
    ahead: MadeAhead | None = None
    alone: bool = False


class Alone:
    """Whether a shop holds nothing but what one import has brought into it so far.

    Then nobody of its file can be somebody who is there already, for staging has told the people of the file
    apart. Every act of anybody makes a row in `changes`; from the first one on, it is not known any more.
    What had begun before and goes on under the row it has (another import, an undo) is looked for first.
    """

    def __init__(self) -> None:
        self._latest: int | None = None  # change, when the shop was found empty; 0: it is not alone

    def now(self, write: Write) -> bool:
        """Whether it is so in this write, until its end."""
        latest = int(write.connection.scalar(sa.select(sa.func.max(schema.changes.c.id))) or 0)
        if self._latest is None:
            others = [sa.select(one).exists() for one in _FOUND_BY]
            done = schema.imports.c.state.in_(("done", "undone"))
            others.append(sa.exists().where(~done, schema.imports.c.change_id != write.change_id))
            others.append(sa.exists().where(schema.changes.c.state == "running"))
            self._latest = 0 if write.connection.scalar(sa.select(sa.or_(*others))) else latest
        if latest != self._latest:
            self._latest = 0
        return self._latest != 0


def next_chunk(chunks: Sequence[Chunk], place: int, most: int, job: Job) -> Chunk:
    """The chunk at `place`; where the shop is alone, up to `most` as one that make the same rows so.

    Most of a chunk's statements cost the same for one person and for ten thousand. Where people have to be
    looked up, pairs proposed, or consents written channel by channel, the order of the rows would differ.
    """
    some = chunks[place : place + most]
    if not job.alone or job.shape.fields & _CONSENTS or some[0].has_doubts:
        return some[0]
    return together(list(takewhile(lambda one: not one.has_doubts, some)))


def apply_chunk(write: Write, job: Job, chunk: Chunk) -> tuple[Counts, list[Twins]]:
    """Apply one chunk and touch the customers it changed.

    Returns what it did, and which masked customers proved to be known ones: `absorb` merges them afterwards.
    """
    sql = Statements(write.connection, source=job.source, change=write.change_id, now=int(time.time()))
    record = job.shape.importer.record
    twins: list[Twins] = []
    people.find_owners(sql, chunk, _NUMBERED.get(record, {}), alone=job.alone)
    new_customers = people.make_customers(sql, write, chunk, overlay=record == "customer")
    if job.alone:
        people.add_identities_alone(sql, write, chunk)
    else:
        people.add_identities(sql, write, chunk)
    if record == "interaction":
        extras.apply_visits(sql, write, chunk)
    elif record != "customer":
        orders.apply_products(sql, write, chunk)
        orders.apply_orders(sql, write, chunk, job.shape, alone=job.alone)
        if not job.alone:
            twins = masked_twins(sql)
        orders.apply_refunds(sql, write, chunk)
    fields = job.shape.fields
    if "tags" in fields:
        extras.apply_tags(sql, chunk)
    if fields & _CONSENTS:
        extras.apply_consents(sql, chunk)
    people.propose_candidates(sql, chunk)
    touched = sql.rows(
        "SELECT customer_id, CASE WHEN is_new = 1 OR has_record_news = 1 THEN 1 ELSE 0 END FROM own "
        "WHERE touched = 1"
    )
    write.touch(customer for customer, is_news in touched if is_news)
    write.touch_events(customer for customer, is_news in touched if not is_news)
    if new_customers and job.ahead:
        _add_made_ahead(sql, write, job.ahead, chunk)
    return _counted(sql, record, new_customers), twins


def _add_made_ahead(sql: Statements, write: Write, ahead: MadeAhead, chunk: Chunk) -> None:
    """Put in what was made ahead of new customers: entries, and cards where no record was there before."""
    entries, cards = ahead.take(chunk.numbers)
    if not entries:
        return
    ids = dict(iter(sql.rows("SELECT root, customer_id FROM own WHERE is_new = 1")))
    add_new(write, [(ids[root], text, words) for root, text, words in entries if root in ids])
    if ahead.cards and cards and not sql.value("SELECT 1 FROM seen WHERE action <> 'new' LIMIT 1"):
        ahead.cards.add(write, [(ids[card[0]], *card[1:]) for card in cards if card[0] in ids])


def new_orders(write: Write, shape: Shape) -> Iterator[tuple[str, int]]:
    """The orders that the chunk just applied in this write brought: number, and rows of the file."""
    if _NUMBERED.get(shape.importer.record) is _SALES:
        sql = Statements(write.connection)
        yield from sql.rows(
            "SELECT s.number, n.n_rows FROM seen n JOIN st_order s ON s.seq = n.seq WHERE n.action = 'new'"
        )


def _counted(sql: Statements, record: str, new_customers: int) -> Counts:
    counts = Counts(customers_new=new_customers)
    counts.customers_changed = int(
        sql.value("SELECT count(DISTINCT customer_id) FROM own WHERE touched = 1 AND is_new = 0")
    )
    if record == "customer":
        for is_new, touched, rows in sql.rows(
            "SELECT o.is_new, o.touched, sum(r.n_rows) FROM own o JOIN st_root r ON r.seq = o.root GROUP BY "
            "o.is_new, o.touched"
        ):
            kind = "new" if is_new else "changed" if touched else "same"
            setattr(counts, kind, getattr(counts, kind) + int(rows))
        return counts
    for action, is_order, records, rows, unlike in sql.rows(
        "SELECT action, CASE WHEN seq > 0 THEN 1 ELSE 0 END, count(*), sum(n_rows), sum(coalesce(unlike, 0)) "
        "FROM seen GROUP BY 1, 2"
    ):
        setattr(counts, action, getattr(counts, action) + int(rows))
        counts.orders_unlike += int(unlike)
        if is_order and record != "interaction" and action != "new":
            counts.orders_met += int(records)
        if is_order and record != "interaction" and action != "same":
            name = f"orders_{action}"
            setattr(counts, name, getattr(counts, name) + int(records))
    return counts
