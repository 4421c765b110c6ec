"""Rejected rows as a table to mend in a spreadsheet and import again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from crmcore.importing.history import rejects_of
from crmcore.table_files import Cell, Warn, silent, write_table

# The columns we add; importers do not know them, so they do no harm when the file comes back.
REASON, LINE = "crm_reason", "crm_line"


def write_rejects(connection: sa.Connection, import_id: int, path: Path, warn: Warn = silent) -> int:
    """Write the rows with the file's own columns, the reason first; returns how many rows.

    They are read twice, for their columns and for themselves, and never held: there may be a million. A cell
    that a spreadsheet would run as a formula gets a leading apostrophe; importers take it off again.
    `warn` hears of texts that were cut. Raises what `write_table` does.
    """
    columns = list(dict.fromkeys(column for one in rejects_of(connection, import_id) for column in one.row))
    rows: Iterator[list[Cell]] = (
        [one.reason, one.line, *(one.row.get(column, "") for column in columns)]
        for one in rejects_of(connection, import_id)
    )
    return write_table(path, [REASON, LINE, *columns], rows, warn)
