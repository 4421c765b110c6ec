"""The steps that bring a shop's database to the shape this program needs.

The number of the last step done stands in `meta` as `schema_version`. A step, once released, never changes;
what comes later is a new step at the end of `MIGRATIONS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import sqlalchemy as sa

from crmcore.errors import DatabaseError
from crmcore.i18n import gettext as _
from crmcore.store.database import Database
from crmcore.store.schema import erasures, metadata
from crmcore.store.schema_campaigns import TABLES as CAMPAIGN_TABLES
from crmcore.store.schema_membership import TABLES as MEMBERSHIP
from crmcore.store.schema_reports import daily_figures
from crmcore.store.settings import get_meta, set_meta


@dataclass(frozen=True)
class Migration:
    """One step: its number (1, 2, 3 …), what it does, and the function that does it."""

    number: int
    title: str
    apply: Callable[[sa.Connection], None]


def _first(connection: sa.Connection) -> None:
    metadata.create_all(connection)
    if connection.dialect.name == "sqlite":
        # Without positions and column sizes, and without a copy of the text (search_texts has it): small and
        # quick. The ascii tokenizer leaves our tokens alone: everything but ASCII punctuation is a letter.
        connection.exec_driver_sql(
            "CREATE VIRTUAL TABLE search_index USING fts5("
            "tokens, content='', detail='none', columnsize=0, tokenize=\"ascii tokenchars '*'\")"
        )
    else:
        connection.exec_driver_sql("ALTER TABLE search_texts ADD COLUMN tokens tsvector")
        # A short list of what is not yet in the index: each look-up reads all of it.
        connection.exec_driver_sql(
            "CREATE INDEX search_tokens ON search_texts USING gin (tokens) "
            "WITH (gin_pending_list_limit = 512)"
        )


def _what_is_to_do(connection: sa.Connection) -> None:
    for index in (
        "interactions_state ON interactions (kind, state, due_at, at, owner) WHERE state IS NOT NULL",
        "orders_unpaid ON orders (placed_at) WHERE status = 'unpaid'",
        (
            "customers_birthday ON customers (substr(birthday, length(birthday) - 4)) "
            "WHERE birthday IS NOT NULL AND merged_into IS NULL"
        ),
    ):
        # A shop that was made with a newer program has them from the first step.
        connection.exec_driver_sql(f"CREATE INDEX IF NOT EXISTS {index}")


def _campaigns(connection: sa.Connection) -> None:
    metadata.create_all(connection, tables=CAMPAIGN_TABLES)  # those that a newer program made already stay


def _daily_figures(connection: sa.Connection) -> None:
    daily_figures.create(connection, checkfirst=True)


def _membership(connection: sa.Connection) -> None:
    metadata.create_all(connection, tables=list(MEMBERSHIP))


def _shared_limits(connection: sa.Connection) -> None:
    columns = {
        "send_channels": {"free_at": "BIGINT"},
        "senders": {"channel": "SMALLINT", "lines": "SMALLINT"},
    }
    for table, wanted in columns.items():
        known = {str(one["name"]) for one in sa.inspect(connection).get_columns(table)}
        for name in wanted.keys() - known:  # a shop that was made with a newer program has them
            connection.exec_driver_sql(f"ALTER TABLE {table} ADD COLUMN {name} {wanted[name]}")


def _wishes_and_follow_ups(connection: sa.Connection) -> None:
    """Columns that a shop made by a newer program has from the first step."""
    added = {
        "customers": "contact_by TEXT",
        "cards": "contact_by TEXT",
        "interactions": "state_at BIGINT",
        "plans": "turn SMALLINT NOT NULL DEFAULT 0",
        "plan_people": ("wish SMALLINT", "problem SMALLINT"),
        "sends": "held_by TEXT",
    }
    for table, columns in added.items():
        there = {column["name"] for column in sa.inspect(connection).get_columns(table)}
        for column in (columns,) if isinstance(columns, str) else columns:
            if column.split()[0] not in there:
                connection.exec_driver_sql(f"ALTER TABLE {table} ADD COLUMN {column}")
    # The journal knows when a state was changed; one that never was is as old as what it is of.
    connection.execute(
        sa.text(
            "UPDATE interactions SET state_at = coalesce("
            "(SELECT max(c.at) FROM changes c JOIN journal j ON j.change_id = c.id "
            "WHERE j.table_name = 'interactions' AND j.row_id = interactions.id AND j.op = 'update' "
            "AND j.old LIKE '%\"state\"%'), at) WHERE state IS NOT NULL AND state_at IS NULL"
        )
    )
    # Who held an item of work stood where a gateway's number stands.
    connection.exec_driver_sql(
        "UPDATE sends SET held_by = reference, reference = NULL WHERE state = 8 AND reference IS NOT NULL"
    )


def _erasures(connection: sa.Connection) -> None:
    erasures.create(connection, checkfirst=True)
    # Whoever was erased before this step: an erasure's act is the last that changed her record.
    for table, hers in (
        ("customers", "r.changed_by IN (SELECT id FROM changes WHERE kind = 'erase')"),
        ("identities", "r.value = 'erased:' || r.id"),
    ):
        connection.exec_driver_sql(
            "INSERT INTO erasures (table_name, row_id, made_at, created_by) "
            f"SELECT '{table}', r.id, c.at, r.changed_by FROM {table} r "
            f"JOIN changes c ON c.id = r.created_by WHERE {hers} ON CONFLICT DO NOTHING"
        )


def _running_acts(connection: sa.Connection) -> None:
    # Reports ask before each round whether an undo is at work: without it they read every act there ever was.
    connection.exec_driver_sql(
        "CREATE INDEX IF NOT EXISTS changes_running ON changes (id) WHERE state = 'running'"
    )


MIGRATIONS = (
    Migration(1, "the first tables", _first),
    Migration(2, "indexes for what is to do today", _what_is_to_do),
    Migration(3, "a table for daily figures: traffic, products, market", _daily_figures),
    Migration(4, "tables for who came into segments and left them", _membership),
    Migration(6, "campaigns, and the ledger of what was sent", _campaigns),
    Migration(7, "wished channels, follow-ups, and since when a state holds", _wishes_and_follow_ups),
    Migration(8, "limits of channels that all senders share", _shared_limits),
    Migration(11, "who was erased, for backups that still know her", _erasures),
    Migration(12, "an index for acts that are at work", _running_acts),
)
NEWEST = MIGRATIONS[-1].number


def _nobody(_done: int, _steps: int) -> None:
    """Nobody is told."""


# Whom this context tells how far the steps are: the faces open shops by functions that others give them.
_TOLD: ContextVar[Callable[[int, int], None]] = ContextVar("crm_migrations", default=_nobody)


@contextmanager
def telling(tell: Callable[[int, int], None]) -> Iterator[None]:
    """A shop that is opened in the block and needs steps tells how many are done, of how many, before each.

    With a million customers a step takes seconds. `tell` is called in the thread that opens the shop.
    """
    before = _TOLD.set(tell)
    try:
        yield
    finally:
        _TOLD.reset(before)


def version_of(connection: sa.Connection) -> int:
    """The number of the last step done; 0 for an empty database.

    Raises `DatabaseError` for a database that holds something else than a shop, and for a damaged one.
    """
    names = _tables(connection)
    if "meta" in names:
        version = get_meta(connection, "schema_version")
        if version is not None:
            return _number(version)
    if names & {*metadata.tables}:
        raise DatabaseError(
            _("this database belongs to another program: give the shop an empty database of its own")
        )
    return 0


def _number(version: str) -> int:
    if version.isascii() and version.isdecimal():
        return int(version)
    raise DatabaseError(_("the shop's database is damaged: put a backup in its place with `crm restore`"))


def _tables(connection: sa.Connection) -> set[str]:
    """The names of the tables there are; without SQLAlchemy's inspection, which takes 10 ms at each start."""
    if connection.dialect.name == "sqlite":
        return {str(row[0]) for row in connection.exec_driver_sql("SELECT name FROM sqlite_master")}
    return set(sa.inspect(connection).get_table_names())


def check_version(connection: sa.Connection) -> None:
    """Raise `DatabaseError` unless the database has the shape this program needs."""
    version = version_of(connection)
    if version == 0:
        raise DatabaseError(_("this database is empty: make a shop in it with `crm init`"))
    _refuse_newer(version)
    if version < NEWEST:
        raise DatabaseError(
            _("this shop has schema {version}, this program needs {newest}: open it once with `crm`").format(
                version=version, newest=NEWEST
            )
        )


def migrate(database: Database) -> list[Migration]:
    """Do the steps that are missing, each in a transaction of its own; returns those that were done.

    Raises `DatabaseError` when the database is newer than this program, or not a shop.
    """
    done: list[Migration] = []
    with database.read() as connection:  # the usual case waits for no writer
        version = version_of(connection)
    _refuse_newer(version)
    tell = _TOLD.get()
    while missing := [m for m in MIGRATIONS if m.number > version]:
        tell(len(done), len(done) + len(missing))
        with database.write("migrate", actor="system", kind="migrate") as write:
            version = version_of(write.connection)  # another process may have been here
            _refuse_newer(version)
            step = next((m for m in MIGRATIONS if m.number > version), None)
            if step is not None:
                step.apply(write.connection)
                set_meta(write.connection, "schema_version", str(step.number))
                done.append(step)
                version = step.number
    if done:
        tell(len(done), len(done))
    return done


def _refuse_newer(version: int) -> None:
    if version > NEWEST:
        raise DatabaseError(
            _(
                "this shop was made by a newer crmcore (schema {version}, this program knows {newest}): "
                "update the program with `pipx upgrade crmcore`"
            ).format(version=version, newest=NEWEST)
        )
