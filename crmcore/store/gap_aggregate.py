"""The aggregate that SQLite is lent: every connection that makes cards has it."""

from __future__ import annotations

import sqlite3
from itertools import pairwise

MEDIAN_GAP = "crm_median_gap"


def add_aggregates(connection: sqlite3.Connection) -> None:
    """Make the aggregate known to a connection."""
    # The type stubs know aggregates of whole numbers only; SQLite takes "nothing" as well.
    connection.create_aggregate(MEDIAN_GAP, 1, _MedianGap)  # type: ignore[arg-type]


class _MedianGap(list[int | None]):
    # A method of C's: it is called for every order.
    step = list.append

    def finalize(self) -> int | None:
        if len(self) < 2:  # as most do who bought
            return None
        days = sorted({day for day in self if day is not None})
        if len(days) < 2:
            return None
        gaps = sorted(after - before for before, after in pairwise(days))
        # Half way between the two middle ones, halves away from zero: gaps are never below it.
        return (gaps[(len(gaps) - 1) // 2] + gaps[len(gaps) // 2] + 1) // 2
