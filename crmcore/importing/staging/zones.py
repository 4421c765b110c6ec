"""Local times become UTC: a look at the zone's offset for each distinct day, or hour where they differ."""

from __future__ import annotations

from datetime import UTC, datetime

from crmcore.importing.staging.rows import TIMES, Source
from crmcore.importing.staging.scratch import Scratch, name
from crmcore.records.clock import zone


def to_utc(scratch: Scratch, source: Source) -> None:
    """Turn the times of `incoming` that have no offset from the zone's own time into UTC.

    An hour that the clock shows twice is taken as the first; one it skips, as the time before the jump.
    """
    for one in TIMES:
        if one not in source.fields:
            continue
        at = name(one)
        days = scratch.rows(
            f"SELECT DISTINCT {at} // 86400 FROM incoming WHERE {at} IS NOT NULL AND NOT {one}_utc"
        )
        ends = {_offset(day * 86400 + second, source.zone) for (day,) in days for second in (0, 86399)}
        if len(ends) == 1:  # no day on which the clocks are put forward or back
            scratch.run(f"UPDATE incoming SET {at} = {at} - ? WHERE NOT {one}_utc", [ends.pop()])
            continue
        hours = scratch.rows(
            f"SELECT DISTINCT {at} // 3600 FROM incoming WHERE {at} IS NOT NULL AND NOT {one}_utc"
        )
        if not hours:
            continue
        offsets = {hour: _offset(hour * 3600, source.zone) for (hour,) in hours}
        listed = ", ".join(f"({hour}, {offset})" for hour, offset in sorted(offsets.items()))
        scratch.run(f"CREATE OR REPLACE TEMP TABLE hours AS SELECT * FROM (VALUES {listed}) h(hour, off)")
        scratch.run(
            f"UPDATE incoming SET {at} = {at} - off FROM hours WHERE {at} // 3600 = hour AND NOT {one}_utc"
        )


def _offset(local: int, zone_name: str) -> int:
    """Seconds that the zone is ahead of UTC at a local time (seconds since 1970 as if it were UTC)."""
    naive = datetime.fromtimestamp(local, UTC).replace(tzinfo=None)
    offset = naive.replace(tzinfo=zone(zone_name)).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0
