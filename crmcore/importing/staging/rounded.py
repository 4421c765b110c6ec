"""Numbers that a spreadsheet rounded to fifteen digits and that were saved as text: 3012345678901230000.

One number that ends in noughts proves nothing. When most of the long numbers of a column do, the file went
through a spreadsheet: orders that were different ones have the same number now, and it cannot be mended.
"""

from __future__ import annotations

from crmcore.importing.staging.rows import Source
from crmcore.importing.staging.scratch import Scratch, name

_FIELDS = ("order_ref", "line_ref", "buyer_ref")
_KEPT = 15  # digits that a spreadsheet keeps
# So many noughts, counted over different numbers, are no chance: one in a million.
_PROOF = 6


def mark(scratch: Scratch, source: Source) -> None:
    """Give the rows of `incoming` with such a number their `problem`."""
    for field in _FIELDS:
        if field not in source.fields:
            continue
        ref = name(field)
        long = f"length({ref}) > {_KEPT} AND length({ref}) < 30"
        cut = f"{long} AND {ref}[{_KEPT + 1}:] = repeat('0', length({ref}) - {_KEPT})"
        if not scratch.one(f"SELECT count(*) FILTER ({cut}) > 0.5 * count(*) FILTER ({long}) FROM incoming"):
            continue
        cut += f" AND regexp_full_match({ref}, '[1-9][0-9]+')"
        proof = scratch.one(
            f"SELECT sum(length(ref) - {_KEPT}) FROM (SELECT DISTINCT {ref} AS ref FROM incoming WHERE {cut})"
        )
        if (proof or 0) >= _PROOF:
            scratch.run(f"UPDATE incoming SET problem = 'damaged:{field}' WHERE problem IS NULL AND {cut}")
