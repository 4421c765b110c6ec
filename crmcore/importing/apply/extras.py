"""What else files tell of people: interactions, tags, consents."""

from __future__ import annotations

import sqlalchemy as sa

from crmcore.importing.apply.stage import Statements
from crmcore.importing.staging.export import Chunk
from crmcore.store import schema
from crmcore.store.changes import journal_rows
from crmcore.store.database import Write

_SAID = ("text", "state", "due_at", "owner", "channel", "payload")


def apply_visits(sql: Statements, write: Write, chunk: Chunk) -> None:
    """Interactions, each once: a row that comes again may change its text, state or due date."""
    low, high = chunk.range_of("st_visit")
    if high < low:
        return
    differs = " OR ".join(sql.differ(f"coalesce(s.{one}, e.{one})", f"e.{one}") for one in _SAID)
    sql.run(
        f"""
        INSERT INTO seen (seq, root, row_id, owner_id, action, with_lines, n_rows)
        SELECT s.seq, s.root, e.id, e.customer_id,
            CASE WHEN e.id IS NULL THEN 'new' WHEN {differs} THEN 'changed' ELSE 'same' END, 0, s.n_rows
        FROM st_visit s LEFT JOIN interactions e ON e.source = :source AND e.number = s.number WHERE s.seq
            BETWEEN :low AND :high
        """,
        low=low,
        high=high,
    )
    sql.run(
        "INSERT INTO interactions (customer_id, identity_id, kind, at, text, state, state_at, due_at, owner, "
        "channel, order_id, source, number, payload, created_by) "
        "SELECT o.customer_id, o.identity_id, s.kind, s.at, s.text, s.state, "
        "CASE WHEN s.state IS NOT NULL THEN s.at END, s.due_at, s.owner, s.channel, "
        "(SELECT max(b.id) FROM orders b WHERE b.number = s.order_ref AND b.customer_id = o.customer_id), "
        ":source, s.number, s.payload, :change "
        "FROM st_visit s JOIN seen n ON n.seq = s.seq AND n.action = 'new' JOIN own o ON o.root = s.root "
        "WHERE s.seq BETWEEN :low AND :high ORDER BY s.seq",
        low=low,
        high=high,
    )
    if journal_rows(
        write,
        schema.interactions,
        sa.text("interactions.id IN (SELECT row_id FROM seen WHERE action = 'changed')"),
    ):
        sets = ", ".join(f"{one} = coalesce(s.{one}, interactions.{one})" for one in _SAID)
        # No file tells since when: the shop knows it since now.
        sets += (
            ", state_at = CASE WHEN s.state IS NOT NULL AND s.state <> coalesce(interactions.state, '') "
            "THEN :now ELSE interactions.state_at END"
        )
        sql.run(
            f"UPDATE interactions SET {sets}, changed_by = :change FROM seen n JOIN st_visit s ON s.seq = "
            f"n.seq "
            "WHERE interactions.id = n.row_id AND n.action = 'changed'"
        )
        write.touch(row[0] for row in sql.rows("SELECT DISTINCT owner_id FROM seen WHERE action = 'changed'"))
    sql.run(
        "UPDATE own SET touched = 1 WHERE touched = 0 AND root IN (SELECT root FROM seen WHERE action <> "
        "'same')"
    )


def apply_tags(sql: Statements, chunk: Chunk) -> None:
    """Tags the people of the chunk do not have yet."""
    low, high = chunk.range_of("st_root")
    rows = sql.rows(
        "SELECT o.root, o.customer_id, r.tags FROM own o JOIN st_root r ON r.seq = o.root WHERE r.seq "
        "BETWEEN :low AND :high AND r.tags IS NOT NULL",
        low=low,
        high=high,
    )
    for root, customer_id, tags in rows:
        for tag in tags.split("\x1f"):
            added = sql.run(
                "INSERT INTO tags (customer_id, tag, created_by) VALUES (:customer, :tag, :change) ON "
                "CONFLICT DO NOTHING",
                customer=customer_id,
                tag=tag,
            )
            if added:
                sql.run("UPDATE own SET touched = 1, has_record_news = 1 WHERE root = :root", root=root)


def apply_consents(sql: Statements, chunk: Chunk) -> None:
    """What files say about consent: a "no" is a refusal; a "yes" without proof is only claimed.

    A claim never lifts a refusal; something already said by the same source is not written again.
    """
    low, high = chunk.range_of("st_root")
    for channel in ("email", "sms"):
        column = f'r."consent.{channel}"'
        before = sql.value("SELECT coalesce(max(id), 0) FROM consents")
        sql.run(
            f"""
            INSERT INTO consents (customer_id, identity_id, channel, purpose, state, at, source, created_by)
            SELECT o.customer_id, o.identity_id, '{channel}', 'promotion', CASE {column} WHEN 'no' THEN
                'denied' ELSE 'claimed' END,
                :now, :source, :change
            FROM own o JOIN st_root r ON r.seq = o.root WHERE r.seq BETWEEN :low AND :high AND {column} IS NOT
                NULL
                AND NOT EXISTS (
                    SELECT 1 FROM consents k WHERE k.customer_id = o.customer_id AND k.channel = '{channel}'
                        AND k.source = :source
                    AND k.state = CASE {column} WHEN 'no' THEN 'denied' ELSE 'claimed' END
                    AND k.id = (SELECT max(j.id) FROM consents j WHERE j.customer_id = k.customer_id AND
                        j.channel = k.channel AND j.source = k.source))
            ORDER BY o.root
            """,
            low=low,
            high=high,
        )
        sql.run(
            "UPDATE own SET touched = 1, has_record_news = 1 WHERE customer_id IN (SELECT customer_id FROM "
            "consents WHERE id > :before)",
            before=before,
        )
