"""Cards: what is known of every customer in one row each, worked out from her events.

`Facts.refresh` belongs into `Database.refreshers`: cards are right in the same transaction that changed a
record. Everything in `cards` can be made again at any time with `rebuild`.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from crmcore.hooks.facts import Fact, Fold
from crmcore.records.clock import Clock
from crmcore.records.interaction import CORE_KINDS, InteractionKind
from crmcore.rules.fields import Field
from crmcore.store import schema
from crmcore.store.card_columns import CardColumn, add_columns, cards_table
from crmcore.store.card_sql import CardSql
from crmcore.store.database import Database, Write
from crmcore.store.fold_sql import Folder, fold_type, is_counted
from crmcore.store.settings import get_meta, set_meta

CHUNK = 5_000
# From so many ids on PostgreSQL plans better when it knows their number.
_WORTH_COUNTING = 1_000
_SIGNATURE = "facts_signature"

Progress = Callable[[int, int], None]


class Facts:
    """The cards of one shop.

    `currency` and `zone` are the shop's. `folds` and `python_facts` are the plugins': pairs of the plugin's
    name and what it declares. `kinds` are all interaction kinds, core's included.
    """

    def __init__(
        self,
        database: Database,
        currency: str,
        zone: str,
        folds: Iterable[tuple[str, Fold]] = (),
        python_facts: Iterable[tuple[str, Fact]] = (),
        kinds: Iterable[InteractionKind] = CORE_KINDS,
    ) -> None:
        self.database = database
        self.currency = currency
        self.zone = zone
        self.folds = tuple(folds)
        self.python_facts = tuple(python_facts)
        self.folder = Folder(currency, zone, tuple(kinds), database.dialect)
        self.fold_columns = tuple(
            CardColumn(fold.name, fold_type(fold), is_counted(fold)) for _plugin, fold in self.folds
        )
        self.python_columns = tuple(
            CardColumn(fact.name, fact.type) for _plugin, fact in self.python_facts if fact.type
        )
        self.cards = cards_table((*self.fold_columns, *self.python_columns))
        self.sql = CardSql(self.folder, tuple(fold for _plugin, fold in self.folds), self.cards)

    # --- writing -----------------------------------------------------------------------------------------

    def refresh(self, write: Write, ids: Sequence[int]) -> None:
        """Make the cards of these customers anew, within the write; cards of merged or gone customers go."""
        connection = write.connection
        self._name_ids(connection, ids)
        self._make(connection)
        if self.python_facts:
            _mark_stale(connection)

    def rebuild(self, progress: Progress | None = None, *, actor: str = "system") -> int:
        """Make every card anew, in transactions of some thousand customers; returns how many there are.

        `progress` is told after each how many customers of how many are done. Other writers may come between.
        """
        customers = schema.customers.c
        with self.database.read() as connection:
            total = int(connection.scalar(sa.select(sa.func.count()).select_from(schema.customers)) or 0)
        done, last = 0, 0
        while True:
            with self.database.write("rebuild cards", actor=actor, kind="facts") as write:
                chunk = sa.select(customers.id).where(customers.id > last).order_by(customers.id).limit(CHUNK)
                ids = [int(row[0]) for row in write.connection.execute(chunk)]
                if not ids:
                    break
                self.refresh(write, ids)
                done, last = done + len(ids), ids[-1]
            if progress:
                progress(done, max(total, done))
        with self.database.write("rebuild cards", actor=actor, kind="facts") as write:
            write.connection.exec_driver_sql(f"DELETE FROM cards WHERE {_GONE}")
            set_meta(write.connection, _SIGNATURE, self.signature)
        return done

    def install(self, progress: Progress | None = None) -> bool:
        """Fit the table `cards` to the facts there are, and rebuild it when any of them is new or changed.

        To be called once after the shop was opened; cheap when nothing changed. Returns whether it rebuilt.
        """
        with self.database.read() as connection:
            known = get_meta(connection, _SIGNATURE)
        if known == self.signature:
            return False
        with self.database.write("columns for facts", actor="system", kind="facts") as write:
            add_columns(write.connection, (*self.fold_columns, *self.python_columns))
        self.rebuild(progress)
        return True

    @cached_property
    def signature(self) -> str:
        """Changes when a fold, the currency, the zone or a kind's open states do: cards must be made anew."""
        folds = [(f.name, f.stream, f.how, f.column, f.type, repr(f.where)) for f in self.sql.every_fold]
        kinds = [(kind.name, kind.contact, kind.open_states) for kind in self.folder.kinds]
        columns = [(column.name, column.type) for column in self.python_columns]
        text = json.dumps([folds, kinds, columns, self.currency, self.zone], default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def _name_ids(self, connection: sa.Connection, ids: Sequence[int]) -> None:
        """Put the ids where the statements look for them."""
        if self.database.is_sqlite:
            connection.exec_driver_sql("CREATE TEMP TABLE IF NOT EXISTS fact_ids (id INTEGER PRIMARY KEY)")
            connection.exec_driver_sql("DELETE FROM fact_ids")
            connection.exec_driver_sql(
                "INSERT OR IGNORE INTO fact_ids SELECT value FROM json_each(?)", (json.dumps(list(ids)),)
            )
            return
        connection.exec_driver_sql(
            "CREATE TEMP TABLE IF NOT EXISTS fact_ids (id bigint PRIMARY KEY) ON COMMIT DELETE ROWS"
        )
        connection.exec_driver_sql("DELETE FROM fact_ids")
        connection.exec_driver_sql(
            "INSERT INTO fact_ids SELECT DISTINCT unnest(CAST(%s AS bigint[]))", (list(ids),)
        )
        if len(ids) >= _WORTH_COUNTING:
            connection.exec_driver_sql("ANALYZE fact_ids")

    def _make(self, connection: sa.Connection) -> None:
        connection.exec_driver_sql(self._upsert)
        connection.exec_driver_sql(
            f"DELETE FROM cards WHERE customer_id IN (SELECT id FROM fact_ids) AND {_GONE}"
        )

    @cached_property
    def _upsert(self) -> str:
        # Plain names for values: else percent signs in texts would be doubled.
        dialect: sa.Dialect = sqlite.dialect()
        if not self.database.is_sqlite:
            dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]
        return self.sql.upsert(dialect)

    # --- reading -----------------------------------------------------------------------------------------

    def cards_as_of(self, clock: Clock) -> sa.FromClause:
        """The cards as the clock asks for them: the table itself, or, as of an earlier day, made by a query.

        The same columns either way. As of an earlier day profile and tags are today's, and Python facts are
        absent: see `PythonFacts.as_of`.
        """
        if clock.as_of is None or clock.on(None).today <= clock.as_of:
            return self.cards
        fresh = self.sql.select(until=clock.until).subquery("then")
        missing = [sa.cast(None, c.type).label(c.key) for c in self.cards.c if c.key not in fresh.c]
        return sa.select(*fresh.c, *missing).subquery("cards")

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
        """The plugins' facts, for the catalogue of rules."""
        folds = [
            Field(fold.name, fold_type(fold), fold.zh, fold.en, fold.description, plugin)
            for plugin, fold in self.folds
        ]
        return folds + [
            Field(fact.name, fact.type, fact.zh, fact.en, fact.description, plugin)
            for plugin, fact in self.python_facts
            if fact.type
        ]


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
