"""Who was touched since the kept memberships were last brought up to date."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence

import sqlalchemy as sa

from crmcore.store.database import Write
from crmcore.store.schema_membership import kept_segments

_AGAIN = "ON CONFLICT (customer_id) DO UPDATE SET since = excluded.since, change_id = excluded.change_id"
_SQLITE = (
    "INSERT INTO segment_queue (customer_id, since, change_id) "
    f"SELECT value, ?, ? FROM json_each(?) WHERE true {_AGAIN}"
)
_POSTGRESQL = (
    "INSERT INTO segment_queue (customer_id, since, change_id) "
    f"SELECT DISTINCT unnest(CAST(%s AS bigint[])), CAST(%s AS bigint), CAST(%s AS bigint) {_AGAIN}"
)


def note_touched(connection: sa.Connection, ids: Sequence[int], by: Write | None = None) -> None:
    """Have these customers looked at again, within the write that touched them; where a segment is kept."""
    if not connection.scalar(sa.select(sa.exists().select_from(kept_segments))):
        return
    since, change_id = time.time_ns() // 1000, by.change_id if by else None
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_SQLITE, (since, change_id, json.dumps([int(i) for i in ids])))
    else:
        connection.exec_driver_sql(_POSTGRESQL, ([int(i) for i in ids], since, change_id))
