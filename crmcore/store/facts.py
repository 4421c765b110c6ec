"""Cards: what is known of every customer in one row each, worked out from her events.

`Facts.refresh` belongs into `Database.refreshers`: cards are right in the same transaction that changed a
record. Everything in `cards` can be made again at any time with `rebuild`.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from crmcore.hooks.facts import Fact, Fold
from crmcore.hooks.fold_check import fold_type, validate
from crmcore.records.clock import Clock
from crmcore.records.interaction import CORE_KINDS, InteractionKind
from crmcore.records.own_field import OwnField
from crmcore.rules.catalogue import CORE_FIELDS, Catalogue
from crmcore.rules.fields import Field, FieldType
from crmcore.store import schema
from crmcore.store.card_columns import CardColumn, add_columns, cards_table
from crmcore.store.card_sql import CardSql
from crmcore.store.database import Database, Write
from crmcore.store.events import NAMES, streams, walked
from crmcore.store.fold_sql import Folder, is_counted
from crmcore.store.own_field_sql import READING, own_value
from crmcore.store.settings import get_meta, set_meta
from crmcore.store.sql_bits import decode_list

CHUNK = 5_000
# From so many ids on PostgreSQL plans better when it knows their number.
_WORTH_COUNTING = 1_000
# The tables that cards are made of.
_READ = ("customers", "orders", "order_lines", "refunds", "interactions", "tags")
# What PostgreSQL does without while it makes cards.
_PLANS = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin")
# What the table `meta` remembers: which facts the cards were made for, and the plugins' columns there are.
_SIGNATURE, _COLUMNS, _OWN = "facts_signature", "facts_columns", "facts_own"
_NONE = "-"  # no field of the shop's own

Progress = Callable[[int, int], None]


class Facts:
    """The cards of one shop.

    `currency` and `zone` are the shop's. `folds` and `python_facts` are the plugins': pairs of the plugin's
    name and what it declares. `kinds` are all interaction kinds, core's included. `own` are the shop's own
    fields; one that is called like a fact is left out.
    """

    def __init__(
        self,
        database: Database,
        currency: str,
        zone: str,
        folds: Iterable[tuple[str, Fold]] = (),
        python_facts: Iterable[tuple[str, Fact]] = (),
        kinds: Iterable[InteractionKind] = CORE_KINDS,
        own: Iterable[OwnField] = (),
    ) -> None:
        self.database = database
        self.currency = currency
        self.zone = zone
        self.folds = tuple(folds)
        for _plugin, fold in self.folds:
            validate(fold)
        self.python_facts = tuple(python_facts)
        self.folder = Folder(currency, zone, tuple(kinds), database.dialect)
        self.fold_columns = tuple(
            CardColumn(fold.name, fold_type(fold), is_counted(fold)) for _plugin, fold in self.folds
        )
        self.python_columns = tuple(
            CardColumn(fact.name, fact.type) for _plugin, fact in self.python_facts if fact.type
        )
        taken = {one.name for one in (*self.fold_columns, *self.python_columns)}
        taken |= {field.name for field in Catalogue.core()}
        self.own = tuple(one for one in own if one.name not in taken)
        self.own_columns = tuple(CardColumn(one.name, FieldType(one.type)) for one in self.own)
        self.cards = cards_table((*self.fold_columns, *self.own_columns, *self.python_columns))
        # What is read where cards are asked for: the table, or a view of it (`looking`).
        self.shown: sa.FromClause = self.cards
        self.sql = CardSql(
            self.folder,
            tuple(fold for _plugin, fold in self.folds),
            self.cards,
            {one.name: own_value(one, database.dialect, currency) for one in self.own},
        )

    def looking(self, own: Iterable[OwnField]) -> Facts:
        """The same facts as if these were the shop's own fields; to be asked, not to write with.

        What the cards do not hold yet, or hold read another way, is read from the customers' records where it
        is asked for.
        """
        plugins = (self.folds, self.python_facts, self.folder.kinds)
        found = Facts(self.database, self.currency, self.zone, *plugins, own)
        there, customers = self.cards.c, schema.customers.c
        held = {one.name: one.type for one in self.own}
        fresh = {one.name for one in found.own if held.get(one.name) != one.type}
        more = [value.label(name) for name, value in found.sql.own.items() if name in fresh]
        kept = [column for column in there if column.name not in fresh]
        both = self.cards.join(schema.customers, customers.id == there.customer_id)
        found.shown = sa.select(*kept, *more).select_from(both).subquery("cards")
        return found

    # --- writing -----------------------------------------------------------------------------------------

    def refresh(self, write: Write, ids: Sequence[int]) -> None:
        """Make the cards of these customers anew, within the write; cards of merged or gone customers go."""
        connection = write.connection
        rest = [one for one in ids if one not in write.carded] if write.carded else ids
        if rest:
            self._make(connection, self._name_ids(connection, rest))
        if self.python_facts:
            if len(rest) < len(ids):
                self._name_ids(connection, ids)
            _mark_stale(connection)

    def rebuild(self, progress: Progress | None = None, *, actor: str = "system") -> int:
        """Make every card anew, in transactions of some thousand customers; returns how many there are.

        `progress` is told after each how many customers of how many are done. Other writers may come between.
        """
        customers = schema.customers.c
        with self.database.read() as connection:
            if not self.database.is_sqlite:  # it must know the tables' sizes to plan well for everybody
                connection.exec_driver_sql(f"ANALYZE {', '.join(_READ)}")
            total = _customers(connection)
        done, last = 0, 0
        while True:
            with self.database.write("rebuild cards", actor=actor, kind="facts") as write:
                chunk = sa.select(customers.id).where(customers.id > last).order_by(customers.id).limit(CHUNK)
                ids = [int(row[0]) for row in write.connection.execute(chunk)]
                if not ids:
                    break
                self._make(write.connection, self._name_ids(write.connection, ids))
                done, last = done + len(ids), ids[-1]
            if progress:
                progress(done, max(total, done))
        with self.database.write("rebuild cards", actor=actor, kind="facts") as write:
            write.connection.exec_driver_sql(f"DELETE FROM cards WHERE {_GONE}")
            set_meta(write.connection, _SIGNATURE, self.signature)
            set_meta(write.connection, _OWN, self.own_signature)
        return done

    def install(self, progress: Progress | None = None) -> bool:
        """Fit the table `cards` to the facts there are, and rebuild it when a fold is new or changed.

        To be called once after the shop was opened; cheap when nothing changed. Returns whether it rebuilt.
        """
        columns = (*self.fold_columns, *self.own_columns, *self.python_columns)
        shape = json.dumps([(column.name, column.type, column.counted) for column in columns])
        with self.database.read() as connection:
            known, known_shape = get_meta(connection, _SIGNATURE), get_meta(connection, _COLUMNS)
            known_own = get_meta(connection, _OWN) or _NONE
        if columns and known_shape != shape:
            with self.database.write("columns for facts", actor="system", kind="facts") as write:
                add_columns(write.connection, columns)
                set_meta(write.connection, _COLUMNS, shape)
        if known == self.signature:
            if known_own != self.own_signature:
                self._fill_own(progress)
            return False
        self.rebuild(progress)
        return True

    def _fill_own(self, progress: Progress | None = None) -> None:
        """Fill the columns of the shop's own fields, which are new or read another way; nothing else."""
        customers, cards = schema.customers.c, self.cards
        with self.database.read() as connection:
            total, done = _customers(connection), 0
        last: int | None = -1 if self.own else None
        if last is None:
            with self.database.write("own fields", actor="system", kind="facts") as write:
                set_meta(write.connection, _OWN, _NONE)
        while last is not None:
            with self.database.write("own fields", actor="system", kind="facts") as write:
                chunk = sa.select(customers.id).where(customers.id > last).order_by(customers.id)
                ids = chunk.limit(CHUNK).subquery()
                end, count = write.connection.execute(sa.select(sa.func.max(ids.c.id), sa.func.count())).one()
                if end is None:
                    set_meta(write.connection, _OWN, self.own_signature)
                else:
                    hers = sa.and_(cards.c.customer_id > last, cards.c.customer_id <= end)
                    of_her = customers.id == cards.c.customer_id
                    read = {
                        name: sa.select(value).where(of_her).scalar_subquery()
                        for name, value in self.sql.own.items()
                    }
                    write.connection.execute(sa.update(cards).where(hers).values(read))
            last, done = end, done + count
            if progress and count:
                progress(done, max(total, done))

    @cached_property
    def own_signature(self) -> str:
        """Changes when a field of the shop's own comes, goes, has another type or is read another way."""
        return json.dumps([READING, *((one.name, one.type) for one in self.own)]) if self.own else _NONE

    @property
    def whole_signature(self) -> str:
        """Changes when anything that a rule may compare is worked out another way."""
        return self.signature + self.own_signature if self.own else self.signature

    @cached_property
    def signature(self) -> str:
        """Changes when a fold, the currency, the zone or a kind's open states do: cards must be made anew."""
        folds = [(f.name, f.stream, f.how, f.column, f.type, repr(f.where)) for f in self.sql.every_fold]
        kinds = [(kind.name, kind.contact, kind.open_states) for kind in self.folder.kinds]
        text = json.dumps([folds, kinds, self.currency, self.zone], default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def _name_ids(self, connection: sa.Connection, ids: Sequence[int]) -> int:
        """Put the ids where the statements look for them; returns how many they are."""
        if self.database.is_sqlite:
            connection.exec_driver_sql("CREATE TEMP TABLE IF NOT EXISTS fact_ids (id INTEGER PRIMARY KEY)")
            connection.exec_driver_sql("DELETE FROM fact_ids")
            named = connection.exec_driver_sql(
                "INSERT OR IGNORE INTO fact_ids SELECT value FROM json_each(?)", (json.dumps(list(ids)),)
            )
            return int(named.rowcount)
        connection.exec_driver_sql(
            "CREATE TEMP TABLE IF NOT EXISTS fact_ids (id bigint PRIMARY KEY) ON COMMIT DELETE ROWS"
        )
        connection.exec_driver_sql("DELETE FROM fact_ids")
        named = connection.exec_driver_sql(
            "INSERT INTO fact_ids SELECT DISTINCT unnest(CAST(%s AS bigint[]))", (list(ids),)
        )
        if len(ids) >= _WORTH_COUNTING:
            connection.exec_driver_sql("ANALYZE fact_ids")
        return int(named.rowcount)

    def _make(self, connection: sa.Connection, named: int) -> None:
        """Make the cards of the customers in `fact_ids`, who are so many."""
        with _look_ups_only(connection):
            made = connection.exec_driver_sql(self._upsert).rowcount
        if made == named:
            return  # nobody of them is gone
        connection.exec_driver_sql(
            f"DELETE FROM cards WHERE customer_id IN (SELECT id FROM fact_ids) AND {_GONE}"
        )

    @cached_property
    def _upsert(self) -> str:
        # Plain names for values: else percent signs in texts would be doubled.
        dialect: sa.Dialect = sqlite.dialect()
        if not self.database.is_sqlite:
            from sqlalchemy.dialects import postgresql  # brings asyncio along, which takes 60 ms

            dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]
        return self.sql.upsert(dialect)

    # --- reading -----------------------------------------------------------------------------------------

    def cards_as_of(
        self,
        clock: Clock,
        customer_id: int | None = None,
        only: Collection[str] | None = None,
        *,
        owners: sa.FromClause | None = None,
    ) -> sa.FromClause:
        """The cards as the clock asks for them: the table itself, or, as of an earlier day, made by a query.

        As of an earlier day profile and tags are today's, and Python facts have no columns: they are worked
        out for few customers at a time, by `PythonFacts.as_of`. `customer_id`: only this customer's card,
        looked up without making anybody else's; `owners`, with a column `id`: only theirs. `only`: with these
        facts alone where a query makes them.
        """
        if clock.as_of is None or clock.on(None).today <= clock.as_of:
            return self.shown if owners is None else self._cards_of(owners, only)
        if customer_id is not None:
            owners = sa.select(sa.literal(customer_id, sa.BigInteger).label("id")).subquery("owner")
        return self.sql.select(until=clock.until, owners=owners, only=only).subquery("cards")

    def _cards_of(self, owners: sa.FromClause, only: Collection[str] | None) -> sa.FromClause:
        """The owners' rows of the table, looked up one by one."""
        c = self.shown.c
        wanted = [one for one in c if only is None or one.key in only or one.key == "customer_id"]
        own = walked(owners) if self.database.is_sqlite else owners.c.id
        joined = owners.join(self.shown, c.customer_id == own)
        return sa.select(*wanted).select_from(joined).subquery("cards")

    def card(
        self, connection: sa.Connection, customer_id: int, clock: Clock
    ) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]] | None:
        """One customer's facts, and her events by stream; None for a customer who is not there.

        Facts as rules in memory take them: instants UTC seconds, money minor units, days ISO text, lists
        tuples; absent ones are missing. Events newest first.
        """
        cards = self.cards_as_of(clock, customer_id)
        row = (
            connection.execute(sa.select(cards).where(cards.c.customer_id == customer_id)).mappings().first()
        )
        if row is None:
            return None
        facts = {name: value for name, value in row.items() if value is not None}
        lists = {field.name for field in (*CORE_FIELDS, *self.fields()) if field.type is FieldType.LIST}
        for name in lists & facts.keys():
            facts[name] = decode_list(facts[name])
        then = streams(clock.until if clock.as_of else None, kinds=self.folder.kinds)
        return facts, {name: _events(connection, then.get(name), customer_id) for name in NAMES}

    def check(self, limit: int = 100) -> list[int]:
        """Customers whose stored card is not what it should be; at most `limit`, the smallest ids first."""
        fresh, cards = self.sql.select().subquery("fresh"), self.cards.c
        differs = [cards[c.key].is_distinct_from(c) for c in fresh.c if c.key != "customer_id"]
        wrong = (
            sa.select(fresh.c.customer_id)
            .select_from(fresh.outerjoin(self.cards, cards.customer_id == fresh.c.customer_id))
            .where(sa.or_(cards.customer_id.is_(None), *differs))
        )
        alive = sa.select(schema.customers.c.id).where(schema.customers.c.merged_into.is_(None))
        gone = sa.select(cards.customer_id).where(cards.customer_id.not_in(alive))
        with self.database.read() as connection:
            found = connection.scalars(sa.union(wrong, gone).order_by("customer_id").limit(limit))
            return [int(i) for i in found]

    def fields(self) -> list[Field]:
        """The plugins' facts and the shop's own fields, for the catalogue of rules."""
        own = [
            Field(one.name, FieldType(one.type), one.zh, one.en, one.description, one.source)
            for one in self.own
        ]
        folds = [
            Field(fold.name, fold_type(fold), fold.zh, fold.en, fold.description, plugin)
            for plugin, fold in self.folds
        ]
        return [*own, *folds] + [
            Field(fact.name, fact.type, fact.zh, fact.en, fact.description, plugin)
            for plugin, fact in self.python_facts
            if fact.type
        ]


def _customers(connection: sa.Connection) -> int:
    return int(connection.scalar(sa.select(sa.func.count()).select_from(schema.customers)) or 0)


@contextmanager
def _look_ups_only(connection: sa.Connection) -> Iterator[None]:
    """Keep PostgreSQL from reading whole tables where it does not know how big they are: during an import."""
    if connection.dialect.name == "sqlite":
        yield
        return
    connection.exec_driver_sql("; ".join(f"SET LOCAL {name} = off" for name in _PLANS))
    yield
    connection.exec_driver_sql("; ".join(f"SET LOCAL {name} TO DEFAULT" for name in _PLANS))


def _events(connection: sa.Connection, stream: sa.Subquery, customer_id: int) -> list[dict[str, Any]]:
    hers = sa.select(stream).where(stream.c.customer_id == customer_id)
    rows = connection.execute(hers.order_by(stream.c.at.desc().nulls_last(), stream.c.id.desc())).mappings()
    return [{str(name): value for name, value in row.items() if value is not None} for row in rows]


_GONE = "NOT EXISTS (SELECT 1 FROM customers WHERE customers.id = cards.customer_id AND merged_into IS NULL)"


def _mark_stale(connection: sa.Connection) -> None:
    """Have the Python facts of the customers in `fact_ids` worked out again.

    `since`, in microseconds, tells one touch from another.
    """
    connection.exec_driver_sql(
        f"INSERT INTO stale (customer_id, since) SELECT fact_ids.id, {time.time_ns() // 1000} FROM fact_ids "
        "JOIN customers ON customers.id = fact_ids.id WHERE customers.merged_into IS NULL "
        "ON CONFLICT (customer_id) DO UPDATE SET since = excluded.since"
    )
    connection.exec_driver_sql(
        "DELETE FROM stale WHERE customer_id IN (SELECT id FROM fact_ids) AND NOT EXISTS "
        "(SELECT 1 FROM customers WHERE customers.id = stale.customer_id AND merged_into IS NULL)"
    )
