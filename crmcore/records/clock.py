"""Days and instants: UTC seconds inside, the shop's calendar days for people.

An instant is an integer of seconds since 1970-01-01 UTC. A day is a `datetime.date` of the shop's time zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crmcore.errors import UsageError
from crmcore.i18n import gettext as _


@lru_cache(maxsize=32)
def zone(name: str) -> ZoneInfo:
    """The time zone of that IANA name; raises `UsageError` when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(
            _("unknown time zone {name!r}: use a name such as Asia/Shanghai or Europe/London").format(
                name=name
            )
        ) from None


def instant(moment: datetime) -> int:
    """UTC seconds of an aware `moment`."""
    return int(moment.timestamp())


def day_of(at: int, zone_name: str) -> date:
    """The calendar day in that zone on which the instant `at` falls."""
    return datetime.fromtimestamp(at, zone(zone_name)).date()


def day_start(day: date, zone_name: str) -> int:
    """The first instant of that calendar day in that zone.

    Where the clock jumps over midnight, the day starts at the first instant that exists.
    """
    tz = zone(zone_name)
    midnight = datetime(day.year, day.month, day.day, tzinfo=tz)
    start = int(midnight.astimezone(UTC).timestamp())
    # A midnight inside a gap is read with the offset before it and lands before the jump: step over it.
    while datetime.fromtimestamp(start, tz).date() < day:
        start += 900
    return start


def day_end(day: date, zone_name: str) -> int:
    """The last instant (in whole seconds) of that calendar day in that zone."""
    return day_start(day + timedelta(days=1), zone_name) - 1


@dataclass(frozen=True)
class Clock:
    """What "now" and "today" mean for a question asked of the shop.

    `zone` is an IANA name; `now` an instant. `as_of` set means: the state at the end of that local day.
    """

    zone: str
    now: int
    as_of: date | None = None

    @classmethod
    def at_present(cls, zone_name: str) -> Clock:
        """The clock of this moment."""
        return cls(zone_name, int(datetime.now(UTC).timestamp()))

    @property
    def today(self) -> date:
        """The calendar day the question is asked of."""
        return self.as_of or day_of(self.now, self.zone)

    @property
    def until(self) -> int:
        """The last instant that counts: the end of `as_of`, else now."""
        return day_end(self.as_of, self.zone) if self.as_of else self.now

    def on(self, day: date | None) -> Clock:
        """The same clock asked about `day` (None: about now)."""
        return Clock(self.zone, self.now, day)
