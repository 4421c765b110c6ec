"""Days and times as people type them, in the shop's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from crmcore.errors import UsageError
from crmcore.records.clock import Clock
from crmcore.records.typed_times import day_from, instant_from


def _utc(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp())  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-01", date(2026, 3, 1)),
        ("2026/3/1", date(2026, 3, 1)),
        ("20260301", date(2026, 3, 1)),
        ("today", date(2026, 3, 5)),
        (" Tomorrow ", date(2026, 3, 6)),
        ("昨天", date(2026, 3, 4)),
        ("+3d", date(2026, 3, 8)),
        ("-2w", date(2026, 2, 19)),
        ("大后天", date(2026, 3, 8)),
        ("3天后", date(2026, 3, 8)),
        ("两周以后", date(2026, 3, 19)),
        ("5天前", date(2026, 2, 28)),
        ("03-25", date(2026, 3, 25)),
        ("3月25日", date(2026, 3, 25)),
        ("12/30", date(2025, 12, 30)),  # the nearest one
        ("周四", date(2026, 3, 5)),  # today
        ("星期三", date(2026, 3, 11)),
        ("下周一", date(2026, 3, 9)),
        ("friday", date(2026, 3, 6)),
    ],
)
def test_days(clock: Clock, text: str, day: date) -> None:
    assert day_from(text, clock) == day


def test_days_count_from_the_day_that_is_asked_about(clock: Clock) -> None:
    assert day_from("yesterday", clock.on(date(2026, 1, 1))) == date(2025, 12, 31)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "someday",
        "2026-02-30",
        "2026-13-01",
        "3d",
        "12/11/2026",
        "+999999w",
        "2-29",
        "2-30",
        "13-1",
        "周八",
        "0001-01-01",
        "9999-12-31",
        "+99999w",
    ],
)
def test_no_days(clock: Clock, text: str) -> None:
    with pytest.raises(UsageError, match="day"):
        day_from(text, clock)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("now", _utc(2026, 3, 5, 2)),
        ("2026-03-01 18:00", _utc(2026, 3, 1, 10)),
        ("2026-03-01T18:00:30", _utc(2026, 3, 1, 10, 0, 30)),
        ("2026-03-01T18:00:00+01:00", _utc(2026, 3, 1, 17)),
        ("2026-03-01T18:00Z", _utc(2026, 3, 1, 18)),
        ("18:00", _utc(2026, 3, 5, 10)),
        ("明天 9：30", _utc(2026, 3, 6, 1, 30)),
        ("tomorrow 9:30", _utc(2026, 3, 6, 1, 30)),
        ("+2h", _utc(2026, 3, 5, 4)),
        ("-30min", _utc(2026, 3, 5, 1, 30)),
        ("+1d 08:00", _utc(2026, 3, 6)),
        ("2026-03-01", _utc(2026, 2, 28, 16)),
        ("2小时后", _utc(2026, 3, 5, 4)),
        ("30分钟后", _utc(2026, 3, 5, 2, 30)),
        ("下午3点半", _utc(2026, 3, 5, 7, 30)),
        ("明天18点", _utc(2026, 3, 6, 10)),
        ("周五下午3点20分", _utc(2026, 3, 6, 7, 20)),
        ("今晚8点", _utc(2026, 3, 5, 12)),
        ("中午12点", _utc(2026, 3, 5, 4)),
        ("03-25 9:05", _utc(2026, 3, 25, 1, 5)),
    ],
)
def test_times(clock: Clock, text: str, at: int) -> None:
    assert instant_from(text, clock) == at


def test_a_thing_due_on_a_day_is_due_until_the_day_is_over(clock: Clock) -> None:
    assert instant_from("2026-03-01", clock, end_of_day=True) == _utc(2026, 3, 1, 16) - 1
    assert instant_from("2026-03-01 18:00", clock, end_of_day=True) == _utc(2026, 3, 1, 10)


def test_times_the_clock_skips_or_shows_twice() -> None:
    clock = Clock("Europe/London", _utc(2026, 3, 29))
    assert instant_from("2026-03-29 01:30", clock) == _utc(
        2026, 3, 29, 1, 30
    )  # read as the hour that follows
    assert instant_from("2026-10-25 01:30", clock) == _utc(2026, 10, 25, 0, 30)  # the first of the two


@pytest.mark.parametrize(
    "text", ["", "someday", "25:00", "12:60", "2026-02-30 12:00", "2026-03-01 noon", "9", "0001-01-01 10:00"]
)
def test_no_times(clock: Clock, text: str) -> None:
    with pytest.raises(UsageError):
        instant_from(text, clock)
