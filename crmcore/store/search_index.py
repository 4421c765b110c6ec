"""Keeping the search index true: whoever was touched is indexed anew in the same transaction.

SQLite looks tokens up in an FTS5 table without a copy of the text; PostgreSQL in a tsvector column.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

import sqlalchemy as sa

from crmcore.records.identity import IdentityKind
from crmcore.store.database import Database, Write, among
from crmcore.store.schema import customers, identities, search_texts
from crmcore.store.search_text import customer_text, tokens

_HANDLES = (IdentityKind.BUYER, IdentityKind.EMAIL, IdentityKind.PHONE)
_CHUNK = 5000


def refresh(write: Write, ids: Sequence[int]) -> None:
    """Index these customers anew; those that are gone or merged leave the index.

    It belongs into `Database.refreshers`.
    """
    ids = [one for one in ids if one not in write.searchable]
    if not ids:
        return
    connection = write.connection
    mine = among(connection, search_texts.c.customer_id, ids)
    query = sa.select(search_texts.c.customer_id, search_texts.c.body).where(mine)
    old = {row.customer_id: row.body for row in connection.execute(query)}
    new = _bodies(connection, ids)
    removed = [i for i, body in old.items() if new.get(i) != body]
    added = [(i, body) for i, body in sorted(new.items()) if old.get(i) != body]
    if write.database.is_sqlite:
        _write_sqlite(connection, [(i, old[i]) for i in removed], added)
    else:
        _write_postgresql(connection, [i for i in removed if i not in new], added)


def rebuild(database: Database, progress: Callable[[float], None] | None = None) -> int:
    """Index everybody anew, some thousand customers a transaction; returns how many there are."""
    with database.write("search", actor="system", kind="settings") as write:
        write.connection.execute(sa.delete(search_texts))
        if database.is_sqlite:
            write.connection.exec_driver_sql("INSERT INTO search_index(search_index) VALUES ('delete-all')")
    with database.read() as connection:
        highest = int(connection.scalar(sa.select(sa.func.max(customers.c.id))) or 0)
    done = 0
    for start in range(0, highest, _CHUNK):
        with database.write("search", actor="system", kind="settings") as write:
            part = customers.c.id.between(start + 1, start + _CHUNK)
            ids = list(write.connection.scalars(sa.select(customers.c.id).where(part)))
            refresh(write, ids)
            done += len(ids)
        if progress:
            progress(min(1.0, (start + _CHUNK) / highest))
    return done


def stale_ids(connection: sa.Connection, ids: Sequence[int]) -> list[int]:
    """Those of these customers whose entry in the index is not what it should be; for `check`."""
    mine = among(connection, search_texts.c.customer_id, ids)
    query = sa.select(search_texts.c.customer_id, search_texts.c.body).where(mine)
    old = {row.customer_id: row.body for row in connection.execute(query)}
    new = _bodies(connection, ids)
    return sorted(i for i in {*old, *new} if old.get(i) != new.get(i))


def _bodies(connection: sa.Connection, ids: Iterable[int]) -> dict[int, str]:
    """The text of each of these customers that lives; names of those merged into her count as hers."""
    alive = sa.and_(among(connection, customers.c.id, ids), customers.c.merged_into.is_(None))
    family = (
        sa.select(customers.c.id.label("root"), customers.c.id).where(alive).cte("family", recursive=True)
    )
    inside = sa.select(family.c.root, customers.c.id).where(customers.c.merged_into == family.c.id)
    family = family.union_all(inside)
    shown = [customers.c[n] for n in ("name", "nickname", "city", "address")]
    people = sa.select(family.c.root, *shown).join(customers, customers.c.id == family.c.id)
    names: dict[int, list[str | None]] = {}
    places: dict[int, list[str | None]] = defaultdict(list)
    for root, name, nickname, city, address in connection.execute(people.order_by(customers.c.id)):
        names.setdefault(root, []).extend((name, nickname))
        places[root] += (city, address)
    handles: dict[int, list[str]] = defaultdict(list)
    query = sa.select(identities.c.customer_id, identities.c.value).where(
        among(connection, identities.c.customer_id, ids), identities.c.kind.in_([k.value for k in _HANDLES])
    )
    for owner, value in connection.execute(query.order_by(identities.c.id)):
        handles[owner].append(value)
    return {i: customer_text(found, handles.get(i, ()), places[i]) for i, found in names.items()}


def add_new(write: Write, entries: Sequence[tuple[int, str, str]]) -> None:
    """Index customers who are new in this write and whose text is known: (id, text, tokens) of each.

    SQLite only. `refresh` leaves them alone unless they are touched again.
    """
    connection = write.connection
    connection.exec_driver_sql(
        "INSERT INTO search_texts(customer_id, body) VALUES (?, ?)",
        [(i, body) for i, body, _words in entries],
    )
    connection.exec_driver_sql(
        "INSERT INTO search_index(rowid, tokens) VALUES (?, ?)", [(i, words) for i, _body, words in entries]
    )
    write.searchable |= {i for i, _body, _words in entries}


def _write_sqlite(
    connection: sa.Connection, removed: list[tuple[int, str]], added: list[tuple[int, str]]
) -> None:
    if removed:
        # The index keeps no copy: it forgets a text by being told its tokens once more.
        gone = [(i, " ".join(tokens(body))) for i, body in removed]
        connection.exec_driver_sql(
            "INSERT INTO search_index(search_index, rowid, tokens) VALUES ('delete', ?, ?)", gone
        )
        connection.exec_driver_sql(
            "DELETE FROM search_texts WHERE customer_id = ?", [(i,) for i, _body in removed]
        )
    if added:
        connection.exec_driver_sql("INSERT INTO search_texts(customer_id, body) VALUES (?, ?)", added)
        connection.exec_driver_sql(
            "INSERT INTO search_index(rowid, tokens) VALUES (?, ?)",
            [(i, " ".join(tokens(body))) for i, body in added],
        )


def _write_postgresql(connection: sa.Connection, removed: list[int], added: list[tuple[int, str]]) -> None:
    if removed:
        gone = among(connection, search_texts.c.customer_id, removed)
        connection.execute(sa.delete(search_texts).where(gone))
    if added:
        # One statement for all rows: they travel as one JSON value.
        rows = json.dumps([[i, body, list(tokens(body))] for i, body in added], ensure_ascii=False)
        connection.exec_driver_sql(
            "INSERT INTO search_texts(customer_id, body, tokens) "
            "SELECT (row ->> 0)::bigint, row ->> 1, "
            "array_to_tsvector(ARRAY(SELECT jsonb_array_elements_text(row -> 2))) "
            "FROM jsonb_array_elements(%s::jsonb) AS row "
            "ON CONFLICT (customer_id) DO UPDATE SET body = EXCLUDED.body, tokens = EXCLUDED.tokens",
            (rows,),
        )
