"""Local times become UTC: a look at the zone's offset for each distinct day, or hour where they differ."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from crmcore.importing.staging.rows import TIMES, Source
from crmcore.importing.staging.scratch import Scratch, name
from crmcore.records.clock import zone

# Within so many days it is quicker to look at each of them than to ask which of them occur.
_FEW_DAYS = 40


def to_utc(scratch: Scratch, source: Source) -> None:
    """Turn the times of `incoming` that have no offset from the zone's own time into UTC.

    An hour that the clock shows twice is taken as the first; one it skips, as the time before the jump.
    """
    fields = [one for one in TIMES if one in source.fields]
    if not fields:
        return
    ends = ", ".join(f"{way}({name(one)}) FILTER (NOT {one}_utc)" for one in fields for way in ("min", "max"))
    found = scratch.rows(f"SELECT {ends} FROM incoming")[0]
    same: dict[str, int] = {}
    for one, low, high in zip(fields, found[::2], found[1::2], strict=True):
        if low is None:
            continue
        offset = _only_offset(scratch, one, low // 86400, high // 86400, source.zone)
        if offset is None:
            _hour_by_hour(scratch, one, source.zone)
        elif offset:
            same[one] = offset
    if same:
        sets = (
            f"{name(one)} = {name(one)} - CASE WHEN NOT {one}_utc THEN {offset} ELSE 0 END"
            for one, offset in same.items()
        )
        scratch.run(f"UPDATE incoming SET {', '.join(sets)}")


def _only_offset(scratch: Scratch, field: str, first: int, last: int, zone_name: str) -> int | None:
    """The offset of all days on which there are times; None where clocks are put forward or back."""
    days: Iterable[int] = range(first, last + 1)
    if last - first < _FEW_DAYS and (offset := _same_offset(days, zone_name)) is not None:
        return offset
    at = name(field)
    found = scratch.rows(
        f"SELECT DISTINCT {at} // 86400 FROM incoming WHERE {at} IS NOT NULL AND NOT {field}_utc"
    )
    return _same_offset((day for (day,) in found), zone_name)


def _same_offset(days: Iterable[int], zone_name: str) -> int | None:
    ends = {_offset(day * 86400 + second, zone_name) for day in days for second in (0, 86399)}
    return ends.pop() if len(ends) == 1 else None


def _hour_by_hour(scratch: Scratch, field: str, zone_name: str) -> None:
    at = name(field)
    hours = scratch.rows(
        f"SELECT DISTINCT {at} // 3600 FROM incoming WHERE {at} IS NOT NULL AND NOT {field}_utc"
    )
    offsets = {hour: _offset(hour * 3600, zone_name) for (hour,) in hours}
    listed = ", ".join(f"({hour}, {offset})" for hour, offset in sorted(offsets.items()))
    scratch.run(f"CREATE OR REPLACE TEMP TABLE hours AS SELECT * FROM (VALUES {listed}) h(hour, off)")
    scratch.run(
        f"UPDATE incoming SET {at} = {at} - off FROM hours WHERE {at} // 3600 = hour AND NOT {field}_utc"
    )


def _offset(local: int, zone_name: str) -> int:
    """Seconds that the zone is ahead of UTC at a local time (seconds since 1970 as if it were UTC)."""
    naive = datetime.fromtimestamp(local, UTC).replace(tzinfo=None)
    offset = naive.replace(tzinfo=zone(zone_name)).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0
