"""Orders that came masked and come again in full: the masked person turns out to be a known one."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from crmcore.i18n import gettext as _
from crmcore.importing.apply.stage import Statements
from crmcore.store.database import Database
from crmcore.store.merging import merge
from crmcore.store.schema import candidates, identities

# The customer to keep, and the masked one who is the same person.
Twins = tuple[int, int]


def masked_twins(sql: Statements) -> list[Twins]:
    """The weak customers that masked orders made, and whom a fuller export names for those orders.

    The order number proves that they are one. Only a customer without any strong identity is absorbed. The
    pairs are noted as candidates too: should the program end before `absorb`, a person can still merge them.
    To be asked when `seen` tells of the chunk's orders.
    """
    pairs = sql.rows(
        """
        SELECT min(o.customer_id), n.owner_id FROM seen n JOIN own o ON o.root = n.root
        JOIN st_best r ON r.seq = n.root AND r.strong = 1
        WHERE n.seq > 0 AND n.owner_id <> o.customer_id
            AND NOT EXISTS (SELECT 1 FROM identities i WHERE i.customer_id = n.owner_id AND i.strong)
        GROUP BY n.owner_id ORDER BY 2
        """
    )
    for keep, gone in pairs:
        sql.run(
            "INSERT INTO candidates (a_id, b_id, reason, created_by) VALUES (:a, :b, 'order', :change) "
            "ON CONFLICT DO NOTHING",
            a=min(keep, gone),
            b=max(keep, gone),
        )
    return [(keep, gone) for keep, gone in pairs]


def absorb(database: Database, twins: Sequence[Twins], actor: str) -> None:
    """Merge the masked customers into the known ones: an act of its own, taken back by a split."""
    for keep, gone in twins:
        why = _("the same order number: {gone} was customer {keep}, masked").format(gone=gone, keep=keep)
        with database.write(why, actor=actor, kind="merge") as write:
            merge(write, keep, gone)


def unmerged_twins(connection: sa.Connection, change_id: int) -> list[Twins]:
    """Those that an interrupted import had found and not yet merged."""
    strong = sa.select(identities.c.customer_id).where(identities.c.strong)
    a_known, b_known = candidates.c.a_id.in_(strong), candidates.c.b_id.in_(strong)
    query = sa.select(candidates.c.a_id, candidates.c.b_id, a_known).where(
        candidates.c.created_by == change_id,
        candidates.c.reason == "order",
        candidates.c.state == "open",
        a_known != b_known,
    )
    rows = connection.execute(query.order_by(candidates.c.id))
    return [(a, b) if a_is_known else (b, a) for a, b, a_is_known in rows]
