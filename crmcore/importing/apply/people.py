"""Who the people of a chunk are: known customers, or new ones; and what identifies them from now on."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from crmcore.importing.apply.stage import Statements
from crmcore.importing.staging.export import Chunk
from crmcore.importing.staging.rows import PROFILE
from crmcore.store import schema
from crmcore.store.changes import journal_rows
from crmcore.store.database import Write, allocate_ids

_SAME_CLAIM = "i.value = c.value AND i.kind = c.kind AND i.namespace = c.namespace"
# The claims by which people were recognised: they have these already.
_HERS = "SELECT m.claim FROM met m JOIN own w ON w.root = m.root AND w.customer_id = m.customer_id"


def find_owners(sql: Statements, chunk: Chunk, numbered: Mapping[str, str], *, alone: bool = False) -> None:
    """Fill `own`: the customer of every root of the chunk, empty for those who are new.

    `alone`: the shop holds nothing but what this import brought, so that everybody is new.

    The best identity decides. Without it, other strong identities do, when all of them lead to one customer
    who has no identity of the best one's kind: two buyer ids of one platform are never made one by a shared
    phone. Somebody without a strong identity is whoever owns the record with that number already
    (`numbered`: the staged tables of records that have one, and the shop's).
    """
    for table in ("own", "met", "seen"):
        sql.run(f"DELETE FROM {table}")
    low, high = chunk.range_of("st_root")
    sql.run(
        "INSERT INTO own SELECT seq, NULL, 0, 0, NULL, 0, 0 FROM st_root WHERE seq BETWEEN :low AND :high",
        low=low,
        high=high,
    )
    if alone:
        return
    first, last = chunk.range_of("st_claim")
    sql.run(
        f"""
        INSERT INTO met SELECT c.seq, c.root, i.id, i.customer_id, c.is_best,
            CASE WHEN i.strong OR c.kind = 'name_address' THEN 1 ELSE 0 END
        FROM st_claim c JOIN identities i ON {_SAME_CLAIM} AND (i.strong OR c.is_best = 1)
        WHERE c.seq BETWEEN :low AND :high AND (c.strong = 1 OR (c.kind = 'name_address' AND c.is_best = 1))
        """,
        low=first,
        high=last,
    )
    if sql.value("SELECT 1 FROM met WHERE tells = 1 LIMIT 1"):
        # Grouped first: asked root by root, `met` would be read from end to end for each of them.
        sql.run(
            "UPDATE own SET customer_id = best.customer_id FROM (SELECT root AS r, min(customer_id) AS "
            "customer_id FROM met WHERE is_best = 1 AND tells = 1 GROUP BY root) best "
            "WHERE best.r = own.root"
        )
        if sql.value(
            "SELECT 1 FROM own WHERE customer_id IS NULL AND root IN (SELECT root FROM met WHERE tells = 1) "
            "LIMIT 1"
        ):
            _join_by_others(sql)
    if chunk.has_weak:
        for staged, table in numbered.items():
            _join_by_number(sql, chunk, staged, table)


def _join_by_number(sql: Statements, chunk: Chunk, staged: str, table: str) -> None:
    low, high = chunk.range_of("st_root")
    first, last = chunk.range_of(staged)
    if last < first:
        return
    sql.run(
        f"""
        UPDATE own SET customer_id = (
            SELECT min(e.customer_id) FROM {staged} s JOIN {table} e ON e.source = :source AND e.number =
                s.number
            WHERE s.seq BETWEEN :first AND :last AND s.root = own.root
        ) WHERE customer_id IS NULL AND root IN (SELECT seq FROM st_best WHERE seq BETWEEN :low AND :high
            AND strong = 0)
        """,
        first=first, last=last, low=low, high=high,
    )  # fmt: skip


def _join_by_others(sql: Statements) -> None:
    sql.run(
        """
        UPDATE own SET customer_id = (
            SELECT CASE WHEN min(m.customer_id) = max(m.customer_id) THEN min(m.customer_id) END
            FROM met m JOIN st_best r ON r.seq = own.root
            WHERE m.root = own.root AND m.tells = 1 AND NOT EXISTS (
                SELECT 1 FROM identities i WHERE i.customer_id = m.customer_id AND i.strong
                AND i.kind = r.kind AND i.namespace = r.namespace)
        ) WHERE customer_id IS NULL AND root IN (SELECT root FROM met WHERE tells = 1)
        """
    )
    # Two of this chunk that were led to one customer and have best identities of one kind: the first joins.
    sql.run(
        """
        UPDATE own SET customer_id = NULL WHERE root IN (
            SELECT o.root FROM own o JOIN st_best r ON r.seq = o.root
            JOIN own p ON p.customer_id = o.customer_id AND p.root < o.root JOIN st_best q ON q.seq = p.root
            WHERE q.kind = r.kind AND q.namespace = r.namespace AND q.value <> r.value AND r.strong = 1
        ) AND root NOT IN (SELECT root FROM met WHERE is_best = 1 AND tells = 1)
        """
    )


def make_customers(sql: Statements, write: Write, chunk: Chunk, *, overlay: bool) -> int:
    """Make the new customers and fill in what is known of the old ones; returns how many are new.

    `overlay`: the file is about customers, and what it says replaces what the shop holds. Otherwise only
    empty fields are filled.
    """
    new = int(sql.value("SELECT count(*) FROM own WHERE customer_id IS NULL"))
    if new:
        first = allocate_ids(write.connection, schema.customers, new)[0]
        write.made("customers", first, first + new - 1)
        low, high = chunk.range_of("st_root")
        if new == high - low + 1:  # all people of the chunk: they need not be counted through
            sql.run("UPDATE own SET is_new = 1, touched = 1, customer_id = root + :shift", shift=first - low)
        else:
            sql.run(
                "UPDATE own SET is_new = 1, touched = 1, customer_id = :before + fresh.n FROM "
                "(SELECT root AS r, row_number() OVER (ORDER BY root) AS n FROM own "
                "WHERE customer_id IS NULL) fresh WHERE own.root = fresh.r",
                before=first - 1,
            )
        columns = ", ".join(PROFILE)
        sql.run(
            f"INSERT INTO customers (id, {columns}, at, created_by) "
            f"SELECT o.customer_id, {', '.join('r.' + one for one in PROFILE)}, coalesce(r.seen, :now), "
            f":change "
            "FROM own o JOIN st_root r ON r.seq = o.root WHERE o.is_new = 1 ORDER BY o.root"
        )
    if sql.value("SELECT 1 FROM own WHERE is_new = 0 LIMIT 1"):
        _fill_in(sql, write, overlay=overlay)
    return new


def _fill_in(sql: Statements, write: Write, *, overlay: bool) -> None:
    sql.run(
        "UPDATE own SET is_lead = 1 WHERE root IN (SELECT max(root) FROM own WHERE is_new = 0 GROUP BY "
        "customer_id)"
    )
    tests = []
    for one in PROFILE:
        empty = f"(c.{one} IS NULL AND r.{one} IS NOT NULL)"
        if overlay:
            # A name that a platform masked never replaces one that can be read.
            visible = f" AND r.{one} NOT LIKE '%*%'" if one in ("name", "nickname", "address") else ""
            before, after = f"c.{one}", f"r.{one}"
            if one == "extra":  # the file's own fields join those that she has
                before, after = sql.merged_json(before, after)
            tests.append(f"({empty} OR (r.{one} IS NOT NULL AND {sql.differ(before, after)}{visible}))")
        else:
            tests.append(empty)
    sql.run(
        f"UPDATE own SET has_record_news = 1, touched = 1 WHERE is_lead = 1 AND root IN ("
        f"SELECT o.root FROM own o JOIN customers c ON c.id = o.customer_id JOIN st_root r ON r.seq = o.root "
        f"WHERE o.is_lead = 1 AND ({' OR '.join(tests)}))"
    )
    if not sql.value("SELECT 1 FROM own WHERE has_record_news = 1 LIMIT 1"):
        return
    journal_rows(
        write,
        schema.customers,
        sa.text("customers.id IN (SELECT customer_id FROM own WHERE has_record_news = 1)"),
    )
    sets = []
    for one in PROFILE:
        new = f"CASE WHEN customers.{one} IS NULL THEN r.{one} ELSE customers.{one} END"
        if overlay:
            visible = (
                f" AND (r.{one} NOT LIKE '%*%' OR customers.{one} IS NULL)"
                if one in ("name", "nickname", "address")
                else ""
            )
            told = sql.merged_json("customers.extra", "r.extra")[1] if one == "extra" else f"r.{one}"
            new = f"CASE WHEN r.{one} IS NOT NULL{visible} THEN {told} ELSE customers.{one} END"
        sets.append(f"{one} = {new}")
    sql.run(
        f"UPDATE customers SET {', '.join(sets)}, changed_by = :change FROM own o JOIN st_root r ON r.seq = "
        f"o.root "
        "WHERE customers.id = o.customer_id AND o.has_record_news = 1"
    )


_IDENTITY = "customer_id, home_id, kind, namespace, value, shown, strong, tail, mask_key, created_by"


def add_identities_alone(sql: Statements, write: Write, chunk: Chunk) -> None:
    """Like `add_identities` where the shop holds nothing but what this import brought.

    Staging has settled already whose a value is that several people of the files gave.
    """
    low, high = chunk.range_of("st_claim")
    if high < low:
        return
    first = allocate_ids(write.connection, schema.identities, high - low + 1)[0]
    write.made("identities", first, first + high - low)
    shift = first - low
    sql.run(
        f"""
        INSERT INTO identities (id, {_IDENTITY})
        SELECT c.seq + :shift, o.customer_id, o.customer_id, c.kind, c.namespace, c.value, c.shown,
            c.strong = 1, c.tail, c.mask_key, :change
        FROM st_claim c JOIN own o ON o.root = c.root WHERE c.seq BETWEEN :low AND :high ORDER BY c.seq
        """,
        low=low,
        high=high,
        shift=shift,
    )
    sql.run(
        "UPDATE own SET touched = 1, has_record_news = 1, identity_id = c.seq + :shift FROM st_claim c "
        "WHERE c.root = own.root AND c.is_best = 1 AND c.seq BETWEEN :low AND :high",
        low=low,
        high=high,
        shift=shift,
    )


def add_identities(sql: Statements, write: Write, chunk: Chunk) -> None:
    """Add what identifies the people of the chunk; a strong value of somebody else is kept as a weak one."""
    low, high = chunk.range_of("st_claim")
    before = _last_id(sql, "identities")
    # New people have none of these yet: only whether somebody else owns a strong value is to be looked up.
    added = sql.run(
        f"""
        INSERT INTO identities ({_IDENTITY})
        SELECT o.customer_id, o.customer_id, c.kind, c.namespace, c.value, c.shown, c.strong = 1 AND i.id IS
            NULL,
            c.tail, c.mask_key, :change
        FROM st_claim c JOIN own o ON o.root = c.root AND o.is_new = 1
        LEFT JOIN identities i ON c.strong = 1 AND {_SAME_CLAIM} AND i.strong
        WHERE c.seq BETWEEN :low AND :high ORDER BY c.seq
        """,
        low=low,
        high=high,
    )
    if sql.value("SELECT 1 FROM own WHERE is_new = 0 LIMIT 1"):
        added += sql.run(
            f"""
            INSERT INTO identities ({_IDENTITY})
            SELECT customer_id, customer_id, kind, namespace, value, shown, is_strong = 1, tail, mask_key,
                :change FROM (
                SELECT o.customer_id, c.*, CASE WHEN c.strong = 1 AND i.id IS NULL THEN 1 ELSE 0 END AS
                    is_strong,
                    row_number() OVER (PARTITION BY o.customer_id, c.kind, c.namespace, c.value ORDER BY
                        c.strong DESC, c.seq) AS nth
                FROM st_claim c JOIN own o ON o.root = c.root AND o.is_new = 0
                LEFT JOIN identities i ON {_SAME_CLAIM} AND i.strong
                WHERE c.seq BETWEEN :low AND :high AND c.seq NOT IN ({_HERS}) AND NOT EXISTS (
                    SELECT 1 FROM identities m WHERE m.customer_id = o.customer_id AND m.value = c.value
                    AND m.kind = c.kind AND m.namespace = c.namespace)
            ) found WHERE nth = 1 ORDER BY seq
            """,
            low=low,
            high=high,
        )
    if added:
        last = _last_id(sql, "identities")
        write.made("identities", before + 1, last)
        sql.run(
            "UPDATE own SET touched = 1, has_record_news = 1 WHERE customer_id IN (SELECT customer_id FROM "
            "identities WHERE id > :before)",
            before=before,
        )
    _name_identities(sql, low, high)


def _name_identities(sql: Statements, low: int, high: int) -> None:
    """Put into `own` the best identity of everybody: one that was hers before, or the one just made."""
    sql.run(
        "UPDATE own SET identity_id = hers.id FROM (SELECT m.root AS r, min(m.identity_id) AS id "
        "FROM met m JOIN own o ON o.root = m.root AND o.customer_id = m.customer_id "
        "WHERE m.is_best = 1 GROUP BY m.root) hers WHERE hers.r = own.root"
    )
    if not sql.value("SELECT 1 FROM own WHERE identity_id IS NULL LIMIT 1"):
        return
    sql.run(
        f"""
        UPDATE own SET identity_id = made.id FROM (
            SELECT c.root AS r, min(i.id) AS id FROM st_claim c
            JOIN own o ON o.root = c.root AND o.identity_id IS NULL
            JOIN identities i ON {_SAME_CLAIM} AND i.customer_id = o.customer_id
            WHERE c.seq BETWEEN :low AND :high AND c.is_best = 1 GROUP BY c.root
        ) made WHERE made.r = own.root
        """,
        low=low,
        high=high,
    )


def _last_id(sql: Statements, table: str) -> int:
    return int(sql.value(f"SELECT coalesce(max(id), 0) FROM {table}"))


_PAIR = (
    "INSERT INTO candidates (a_id, b_id, reason, created_by) SELECT a, b, why, :change FROM (SELECT DISTINCT "
    "CASE WHEN {a} < {b} THEN {a} ELSE {b} END AS a, CASE WHEN {a} < {b} THEN {b} ELSE {a} END AS b, "
    "{why} AS why "
)
# A pair that was noted, or refused, before one of them took in another is not asked about again.
_UNKNOWN = """) pairs WHERE NOT EXISTS (
    SELECT 1 FROM customers x JOIN candidates k ON k.a_id = x.id OR k.b_id = x.id
    JOIN customers y ON y.id = k.a_id + k.b_id - x.id
    WHERE (x.id = pairs.a OR x.merged_into = pairs.a) AND (y.id = pairs.b OR y.merged_into = pairs.b)
) ORDER BY a, b, why DESC ON CONFLICT DO NOTHING"""


def propose_candidates(sql: Statements, chunk: Chunk) -> None:
    """Pairs that may be one person: a strong value that two own, or the same masked nickname and phone.

    Whose a strong value of the chunk was, `met` tells; that two people of the files gave one, staging found.
    """
    low, high = chunk.range_of("st_claim")
    claims = "SELECT 1 FROM st_claim WHERE seq BETWEEN :low AND :high AND {} LIMIT 1"
    others = "met m JOIN own o ON o.root = m.root AND o.customer_id <> m.customer_id"
    met_others = sql.value(f"SELECT 1 FROM {others} LIMIT 1")
    if met_others or sql.value(claims.format("shared = 1"), low=low, high=high):
        sql.run(
            _PAIR.format(a="mine", b="theirs", why="kind")
            + f"""FROM (
            SELECT o.customer_id AS mine, i.customer_id AS theirs, c.kind FROM {others}
            JOIN st_claim c ON c.seq = m.claim AND c.strong = 1
            JOIN identities i ON i.id = m.identity_id AND i.strong
            UNION ALL
            SELECT o.customer_id, i.customer_id, c.kind FROM st_claim c JOIN own o ON o.root = c.root
            JOIN identities i ON {_SAME_CLAIM} AND i.strong AND i.customer_id <> o.customer_id
            WHERE c.seq BETWEEN :low AND :high AND c.shared = 1
        ) found"""
            + _UNKNOWN,
            low=low,
            high=high,
        )
    if sql.value(claims.format("mask_key IS NOT NULL"), low=low, high=high):
        _propose_masked(sql, low, high)


def _propose_masked(sql: Statements, low: int, high: int) -> None:
    sql.run(
        _PAIR.format(a="mine", b="theirs", why="'mask'")
        + """FROM (
            SELECT o.customer_id AS mine, min(e.customer_id) AS theirs FROM st_claim c JOIN own o ON o.root =
                c.root
            JOIN st_claim p ON p.root = c.root AND p.kind = 'phone' AND p.mask_key IS NOT NULL AND p.seq
                BETWEEN :low AND :high
            JOIN identities e ON e.value = c.value AND e.kind = 'buyer' AND e.namespace = c.namespace AND
                e.customer_id <> o.customer_id
            JOIN identities f ON f.value = p.value AND f.kind = 'phone' AND f.customer_id = e.customer_id
            WHERE c.seq BETWEEN :low AND :high AND c.kind = 'buyer' AND c.mask_key IS NOT NULL GROUP BY
                o.customer_id
        ) twins WHERE theirs IS NOT NULL"""
        + _UNKNOWN,
        low=low,
        high=high,
    )
