"""Orders that came masked and come again in full: the masked person turns out to be a known one."""

from __future__ import annotations

from crmcore.importing.apply.stage import Statements
from crmcore.importing.staging.export import Chunk
from crmcore.store.database import Write
from crmcore.store.merging import merge


def absorb_masked(sql: Statements, write: Write, chunk: Chunk) -> None:
    """Merge the weak customer that a masked order made into the one a fuller export names for that order.

    The order number proves that they are one. Only a customer without any strong identity is absorbed.
    """
    low, high = chunk.range_of("st_order")
    pairs = sql.rows(
        """
        SELECT DISTINCT o.customer_id, e.customer_id FROM st_order s JOIN own o ON o.root = s.root
        JOIN st_root r ON r.seq = s.root AND r.strong = 1
        JOIN orders e ON e.source = :source AND e.number = s.number
        WHERE s.seq BETWEEN :low AND :high AND e.customer_id <> o.customer_id
            AND NOT EXISTS (SELECT 1 FROM identities i WHERE i.customer_id = e.customer_id AND i.strong)
        ORDER BY 1, 2
        """,
        low=low,
        high=high,
    )
    gone_already: set[int] = set()
    for keep, gone in pairs:
        if gone not in gone_already:
            gone_already.add(gone)
            merge(write, keep, gone)
