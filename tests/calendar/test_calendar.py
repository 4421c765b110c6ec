"""The calendar: known dates of known years, what a shop writes over them, and what is refused."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.calendar.calendar import add, calendar_of, remove
from crmcore.calendar.china import CHINA
from crmcore.calendar.days import DayRule, lunar_day
from crmcore.calendar.entries import CalendarEntry, from_document
from crmcore.errors import CrmError, NotFoundError
from crmcore.playbook.playbook import Playbook
from crmcore.rules.occasions import Occasion
from crmcore.store.database import Database
from crmcore.store.documents import documents

TODAY = date(2026, 3, 5)


@pytest.fixture
def playbook(sqlite_database: Database) -> Playbook:
    return Playbook(documents(sqlite_database))


def occasion(name: str, today: date = TODAY) -> Occasion:
    return next(one for one in CHINA if one.name == name).occasion(today)


@pytest.mark.parametrize(
    ("name", "year", "day"),
    [
        # Lunar ones: from the almanac.
        ("spring_festival", 2024, date(2024, 2, 10)),
        ("spring_festival", 2026, date(2026, 2, 17)),
        ("new_years_eve", 2026, date(2026, 2, 16)),
        ("lantern", 2026, date(2026, 3, 3)),
        ("dragon_boat", 2025, date(2025, 5, 31)),
        ("qixi", 2026, date(2026, 8, 19)),
        ("mid_autumn", 2025, date(2025, 10, 6)),
        ("mid_autumn", 2026, date(2026, 9, 25)),
        ("double_ninth", 2026, date(2026, 10, 18)),
        ("laba", 2025, date(2026, 1, 26)),
        ("qingming", 2026, date(2026, 4, 5)),
        ("qingming", 2024, date(2024, 4, 4)),
        # Weekdays and fixed days.
        ("mothers_day", 2026, date(2026, 5, 10)),
        ("fathers_day", 2026, date(2026, 6, 21)),
        ("double_11", 2019, date(2019, 11, 11)),
        ("mid_year", 2026, date(2026, 6, 18)),
    ],
)
def test_known_days(name: str, year: int, day: date) -> None:
    assert occasion(name).periods[year].main == day


def test_a_sale_event_has_each_years_days_and_run_up() -> None:
    period = occasion("double_11").periods[2024]
    assert (period.prepare, period.first, period.last) == (
        date(2024, 10, 14),
        date(2024, 10, 21),
        date(2024, 11, 11),
    )
    assert min(occasion("double_11").periods) == 2009
    usual = occasion("double_11").periods[2015]  # one day, with three weeks before it
    assert (usual.prepare, usual.first, usual.last) == (
        date(2015, 10, 21),
        date(2015, 11, 11),
        date(2015, 11, 11),
    )


def test_how_far_the_next_and_the_last_one_are() -> None:
    double_11 = occasion("double_11")
    assert double_11.days_until(date(2025, 11, 11)) == double_11.days_since(date(2025, 11, 11)) == 0
    assert double_11.days_until(date(2025, 11, 12)) == 364
    assert double_11.days_since(date(2025, 11, 10)) == 364
    assert double_11.running(date(2025, 10, 20))
    assert not double_11.running(date(2025, 10, 19))


@given(st.dates(date(2003, 1, 1), date(2030, 12, 31)))
def test_every_day_has_exactly_one_season(day: date) -> None:
    seasons = [one for one in CHINA if one.kind == "season"]
    assert len([one for one in seasons if one.occasion(day).running(day)]) == 1


@given(st.sampled_from(CHINA), st.integers(2005, 2030))
def test_periods_are_in_order(entry: CalendarEntry, year: int) -> None:
    periods = entry.occasion(date(year, 6, 1)).periods
    assert (year in periods) == (year >= entry.since)
    if year not in periods:
        return
    period = periods[year]
    assert period.prepare <= period.first <= period.main <= period.last
    assert abs((period.main - date(year, 7, 1)).days) < 250


@given(st.sampled_from(CHINA))
def test_a_document_says_the_same(entry: CalendarEntry) -> None:
    assert from_document(entry.as_document()).occasion(TODAY) == entry.occasion(TODAY)


@given(st.integers(2000, 2098), st.integers(1, 12), st.integers(1, 29))
def test_lunar_days_follow_one_another(year: int, month: int, day: int) -> None:
    assert lunar_day(year, month, day) < lunar_day(year, month, day + 1) + timedelta(days=1)
    assert date(year, 1, 20) < lunar_day(year, 1, 1) < date(year, 2, 22)


def test_the_shop_writes_its_own_over_what_everybody_knows(playbook: Playbook) -> None:
    add(playbook, CalendarEntry("double_12", "年终", "Year end", "platform", "12-12", before=3), TODAY)
    add(playbook, CalendarEntry("opened", "店庆", "Birthday of the shop", day="05-20"), TODAY)
    calendar = calendar_of(playbook, TODAY)
    assert calendar.get("double_12").periods[2026].first == date(2026, 12, 9)
    assert (calendar.get("opened").source, calendar.get("opened").kind) == ("shop", "own")
    remove(playbook, "double_12")
    assert calendar_of(playbook, TODAY).get("double_12").periods[2026].first == date(2026, 12, 12)
    with pytest.raises(NotFoundError, match="did you mean 'double_11'"):
        calendar.get("double11")


def test_days_off_and_what_lies_ahead(playbook: Playbook) -> None:
    closed = {2026: {"first": date(2026, 3, 7), "last": date(2026, 3, 8)}}
    add(playbook, CalendarEntry("closed", kind="off", years=closed), TODAY)
    calendar = calendar_of(playbook, TODAY)
    assert calendar.off() is None
    assert calendar.off(date(2026, 3, 8)) == calendar.get("closed")
    assert [(one.occasion.name, one.days) for one in calendar.ahead(3)] == [
        ("spring", -4), ("queens_day", -1), ("closed", 2), ("womens_day", 3),
    ]  # fmt: skip


def test_an_entry_that_cannot_be_read_is_told_and_breaks_nothing(playbook: Playbook) -> None:
    playbook.save("calendars", "torn", {"day": "13-45"})
    calendar = calendar_of(playbook, TODAY)
    assert "13-45" in calendar.problems[0]
    assert calendar.get("double_11")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"name": "x"}, "say when it is"),
        ({"name": "x", "day": "someday"}, "names no day"),
        ({"name": "x", "day": "02-30"}, "names no day"),
        ({"name": "x", "day": "lunar 13-1"}, "names no day"),
        ({"name": "x", "day": "term whatever"}, "names no day"),
        ({"name": "x", "day": "9999-01-01"}, "names no day"),
        ({"name": "x", "day": "05-20", "kind": "party"}, "kind is one of"),
        ({"name": "x", "day": "05-20", "before": 100_000}, "from 0 to 200"),
        ({"name": "x", "day": "05-20", "befor": 1}, "did you mean 'before'"),
        ({"name": "x", "day": "05-20", "title": 3}, "title is a text"),
        ({"name": "X y", "day": "05-20"}, "X y"),
        ({"name": "x", "years": {9999: {"day": "9999-01-01"}}}, "no year from 2000 to 2099"),
        ({"name": "x", "years": {2026: {"day": "2030-01-01"}}}, "no day in or around 2026"),
        ({"name": "x", "years": {2026: {"first": "2026-05-02", "last": "2026-05-01"}}}, "from prepare to first"),
        ({"name": "x", "years": {2026: {"fist": "2026-05-02"}}}, "did you mean 'first'"),
        ({"name": "x", "years": [2026]}, "years is a mapping"),
        ({"name": "x", "day": "05-20", "since": 1066}, "since is a year"),
    ],
)  # fmt: skip
def test_what_names_no_day_is_refused(body: dict, reason: str) -> None:
    with pytest.raises(CrmError, match=reason):
        from_document(body)


def test_a_day_of_one_year_is_of_that_year_alone() -> None:
    assert DayRule("2026-05-01").on(2026) == date(2026, 5, 1)
    assert DayRule("2026-05-01").on(2027) is None
    assert DayRule("02-29").on(2026) == date(2026, 2, 28)
