"""Rejected rows as a table to mend in a spreadsheet and import again."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from crmcore.importing.reject import Reject

# The columns we add; importers do not know them, so they do no harm when the file comes back.
REASON, LINE = "crm_reason", "crm_line"
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def write_rejects(rejects: Sequence[Reject], path: Path) -> int:
    """Write the rows with the file's own columns, the reason first; returns how many rows.

    UTF-8 with a byte order mark, which spreadsheets need. A cell that a spreadsheet would run as a formula
    gets a leading apostrophe; importers take it off again.
    """
    columns = list(dict.fromkeys(column for one in rejects for column in one.row))
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([REASON, LINE, *columns])
        for one in rejects:
            writer.writerow([one.reason, one.line, *(_safe(one.row.get(column, "")) for column in columns)])
    return len(rejects)


def _safe(cell: str) -> str:
    number = cell.lstrip("+-").replace(".", "", 1).isdigit()
    return f"'{cell}" if cell.startswith(_DANGEROUS) and not number else cell
