from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import CrmError
from crmcore.records.clock import Clock, day_end, day_of, day_start, instant, zone

# Half hours, quarters, summer time in both halves of the year, jumps over midnight, a day that never was.
ZONES = st.sampled_from(
    [
        *("Asia/Shanghai", "UTC", "Europe/London", "America/New_York", "America/Sao_Paulo", "Asia/Kathmandu"),
        *("Australia/Lord_Howe", "Africa/Cairo", "Asia/Beirut", "America/Havana", "Pacific/Apia"),
    ]
)
DAYS = st.dates(date(1990, 1, 1), date(2035, 12, 30))


@given(zone_name=ZONES, at=st.integers(631_152_000, 2_082_758_400))
def test_every_instant_lies_within_its_day(zone_name: str, at: int) -> None:
    day = day_of(at, zone_name)
    assert day_start(day, zone_name) <= at <= day_end(day, zone_name)


@given(zone_name=ZONES, day=DAYS)
def test_days_follow_one_another_without_gap(zone_name: str, day: date) -> None:
    start, end = day_start(day, zone_name), day_end(day, zone_name)
    assert end + 1 == day_start(day + timedelta(days=1), zone_name)
    if start <= end:  # 2011-12-30 never was in Apia
        assert day_of(start, zone_name) == day_of(end, zone_name) == day
        assert day_of(start - 1, zone_name) < day


@pytest.mark.parametrize(
    ("zone_name", "day", "start", "hours"),
    [
        ("Asia/Shanghai", date(2026, 3, 1), "2026-02-28T16:00:00+00:00", 24),
        ("Europe/London", date(2026, 3, 29), "2026-03-29T00:00:00+00:00", 23),
        ("Europe/London", date(2026, 10, 25), "2026-10-24T23:00:00+00:00", 25),
        ("America/Sao_Paulo", date(2018, 11, 4), "2018-11-04T03:00:00+00:00", 23),  # no midnight that day
        ("Asia/Kathmandu", date(2024, 2, 29), "2024-02-28T18:15:00+00:00", 24),
        ("Pacific/Apia", date(2011, 12, 31), "2011-12-30T10:00:00+00:00", 24),
    ],
)
def test_days_are_as_long_as_the_clock_makes_them(zone_name: str, day: date, start: str, hours: int) -> None:
    began = day_start(day, zone_name)
    assert datetime.fromtimestamp(began, UTC).isoformat() == start
    assert day_end(day, zone_name) + 1 - began == hours * 3600


def test_a_day_that_never_was_is_empty() -> None:
    never = date(2011, 12, 30)
    assert day_end(never, "Pacific/Apia") < day_start(never, "Pacific/Apia")


def test_a_clock_as_of_a_day_stands_at_its_end() -> None:
    clock = Clock("Asia/Shanghai", instant(datetime(2026, 3, 5, 2, tzinfo=UTC)))
    assert (clock.today, clock.until) == (date(2026, 3, 5), clock.now)
    back = clock.on(date(2026, 2, 28))
    assert back.today == date(2026, 2, 28)
    assert datetime.fromtimestamp(back.until, UTC).isoformat() == "2026-02-28T15:59:59+00:00"
    assert back.on(None) == clock


def test_the_present_is_now() -> None:
    before = instant(datetime.now(UTC))
    assert before <= Clock.at_present("UTC").now <= before + 5


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "Asia", "\x00"])
def test_an_unknown_zone_is_refused_with_an_example(name: str) -> None:
    with pytest.raises(CrmError, match="Asia/Shanghai"):
        zone(name)
