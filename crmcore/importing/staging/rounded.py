"""Numbers that a spreadsheet rounded to fifteen digits and that were saved as text: 3012345678901230000.

One number that ends in noughts proves nothing. When most of the long numbers of a column do, the file went
through a spreadsheet: orders that were different ones have the same number now, and it cannot be mended.
"""

from __future__ import annotations

from collections.abc import Iterable

from crmcore.importing.staging.scratch import Scratch, name

FIELDS = ("order_ref", "line_ref", "buyer_ref")
KEPT = 15  # digits that a spreadsheet keeps
# So many noughts, counted over different numbers, are no chance: one in a million.
_PROOF = 6


def mark(scratch: Scratch, fields: Iterable[str]) -> None:
    """Give the rows of `incoming` with such a number in one of these of `FIELDS` their `problem`."""
    for field in fields:
        ref = name(field)
        long = f"length({ref}) > {KEPT} AND length({ref}) < 30"
        cut = f"{long} AND {ref}[{KEPT + 1}:] = repeat('0', length({ref}) - {KEPT})"
        if not scratch.one(f"SELECT count(*) FILTER ({cut}) > 0.5 * count(*) FILTER ({long}) FROM incoming"):
            continue
        cut += f" AND regexp_full_match({ref}, '[1-9][0-9]+')"
        proof = scratch.one(
            f"SELECT sum(length(ref) - {KEPT}) FROM (SELECT DISTINCT {ref} AS ref FROM incoming WHERE {cut})"
        )
        if (proof or 0) >= _PROOF:
            scratch.run(f"UPDATE incoming SET problem = 'damaged:{field}' WHERE problem IS NULL AND {cut}")
