"""What one change did, in numbers: how many records of each table it made, updated, deleted."""

from __future__ import annotations

import sqlalchemy as sa

from crmcore.store.changes import Change
from crmcore.store.schema import journal, metadata
from crmcore.store.undo_steps import ranges_of

_WORDS = {"insert": "made", "update": "updated", "delete": "deleted"}


def summary(connection: sa.Connection, change: Change) -> dict[str, dict[str, int]]:
    """By table: `made` records that still stand, `updated` and `deleted` ones; no table without any."""
    found: dict[str, dict[str, int]] = {}
    for name, (first, last) in ranges_of(connection, change).items():
        if name == journal.name:
            continue
        table = metadata.tables[name]
        mine = table.c.id.between(first, last) & (table.c.created_by == change.id)
        number = connection.scalar(sa.select(sa.func.count()).select_from(table).where(mine))
        if number:
            found.setdefault(name, {})["made"] = int(number)
    entries = (
        sa.select(journal.c.table_name, journal.c.op, sa.func.count())
        .where(journal.c.change_id == change.id)
        .group_by(journal.c.table_name, journal.c.op)
    )
    for name, op, number in connection.execute(entries):
        found.setdefault(str(name), {})[_WORDS[op]] = int(number)
    return dict(sorted(found.items()))
