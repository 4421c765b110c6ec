"""Days, birthdays and ages at the edges of the calendar and of time zones, told by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from crmcore.records.clock import Clock, instant
from crmcore.rules.bind import bind
from crmcore.rules.catalogue import Catalogue
from crmcore.rules.memory import matches, value_of
from crmcore.rules.where import Rule, where

CATALOGUE = Catalogue.core()


def on(day: str, zone: str = "Asia/Shanghai") -> Clock:
    return Clock(zone, 0, date.fromisoformat(day))


def at(text: str) -> int:
    return instant(datetime.fromisoformat(text).replace(tzinfo=UTC))


def holds(rule: Rule, card: dict, clock: Clock) -> bool:
    return matches(bind(rule.tree, CATALOGUE, currency="CNY"), card, clock)


def read(name: str, card: dict, clock: Clock) -> object:
    return value_of(CATALOGUE.get(name), card, clock)


@pytest.mark.parametrize(
    ("birthday", "day", "until", "since"),
    [
        ("2004-02-29", "2024-02-28", 1, 365),  # a leap year: her day is the 29th; last year it was the 28th
        ("2004-02-29", "2024-02-29", 0, 0),
        ("2004-02-29", "2025-02-28", 0, 0),  # a common year: the 28th counts
        ("2004-02-29", "2025-03-01", 364, 1),
        ("--02-29", "2027-03-01", 365, 1),
        ("1990-12-31", "2025-01-01", 364, 1),
        ("1990-01-01", "2024-12-31", 1, 365),
        ("1990-03-01", "2024-02-28", 2, 364),
    ],
)
def test_birthdays_come_round(birthday: str, day: str, until: int, since: int) -> None:
    card = {"birthday": birthday}
    assert read("days_until_birthday", card, on(day)) == until
    assert read("days_since_birthday", card, on(day)) == since
    assert holds(where("days_until_birthday") == until, card, on(day))
    assert holds(where("days_since_birthday") == since, card, on(day))
    assert not holds(where("days_until_birthday") == until + 1, card, on(day))


@pytest.mark.parametrize(
    ("birthday", "day", "age"),
    [
        ("2000-03-05", "2026-03-04", 25),
        ("2000-03-05", "2026-03-05", 26),
        ("2004-02-29", "2025-02-27", 20),
        ("2004-02-29", "2025-02-28", 21),
        ("2004-02-29", "2024-02-28", 19),
        ("2004-02-29", "2024-02-29", 20),
        ("2026-03-05", "2026-03-05", 0),
        ("2026-03-06", "2026-03-05", None),
        ("--03-05", "2026-03-05", None),
    ],
)
def test_ages_are_full_years(birthday: str, day: str, age: int | None) -> None:
    card = {"birthday": birthday}
    assert read("age", card, on(day)) == age
    assert holds(where("age").exists(), card, on(day)) is (age is not None)
    if age is not None:
        assert holds(where("age") == age, card, on(day))
        assert holds(where("age").between(age, age + 1), card, on(day))
        assert not holds(where("age").one_of([age - 1, age + 1]), card, on(day))


@pytest.mark.parametrize(
    ("zone", "placed", "day", "days"),
    [
        ("Asia/Shanghai", "2024-11-10T16:00:00", "2024-11-11", 0),  # midnight in Shanghai
        ("Asia/Shanghai", "2024-11-10T15:59:59", "2024-11-11", 1),
        ("Asia/Shanghai", "2024-02-29T04:00:00", "2024-03-01", 1),
        ("Asia/Shanghai", "2023-02-28T04:00:00", "2023-03-01", 1),
        ("Europe/London", "2024-03-31T22:59:59", "2024-03-31", 0),  # a day of 23 hours
        ("Europe/London", "2024-03-31T23:00:00", "2024-04-01", 0),
        ("Europe/London", "2025-10-26T23:59:59", "2025-10-26", 0),  # a day of 25 hours
        ("America/Havana", "2024-03-10T05:00:00", "2024-03-10", 0),  # its midnight does not exist
        ("America/Havana", "2024-03-10T04:59:59", "2024-03-10", 1),
        ("Pacific/Apia", "2011-12-30T09:59:59", "2011-12-31", 2),  # the 30th was left out
        ("Pacific/Apia", "2011-12-30T10:00:00", "2011-12-31", 0),
    ],
)
def test_days_since_are_calendar_days_of_the_shop(zone: str, placed: str, day: str, days: int) -> None:
    card = {"last_order_at": at(placed)}
    clock = on(day, zone)
    assert read("days_since_last_order", card, clock) == days
    assert holds(where("days_since_last_order") == days, card, clock)
    assert holds(where("days_until_last_order") == -days, card, clock)
    assert not holds(where("days_since_last_order") > days, card, clock)
    assert not holds(where("days_since_last_order") < days, card, clock)


def test_instants_compare_with_local_days_and_times() -> None:
    evening = {"last_order_at": at("2024-11-11T12:00:00")}  # 20:00 in Shanghai
    shanghai = on("2024-12-01")
    assert holds(where("last_order_at") == date(2024, 11, 11), evening, shanghai)
    assert holds(where("last_order_at") <= "2024-11-11", evening, shanghai)
    assert not holds(where("last_order_at") > "2024-11-11", evening, shanghai)
    assert holds(where("last_order_at") >= "2024-11-11 20:00", evening, shanghai)
    assert not holds(where("last_order_at") > "2024-11-11T20:00:00", evening, shanghai)
    assert holds(where("last_order_at") == datetime(2024, 11, 11, 12, tzinfo=UTC), evening, shanghai)
    assert holds(where("last_order_at").between("2024-11-11", "2024-11-12"), evening, shanghai)
    assert not holds(where("last_order_at").between("2024-11-10", "2024-11-11"), evening, shanghai)


def test_an_absent_fact_makes_every_comparison_false_and_its_negation_true() -> None:
    clock = on("2024-12-01")
    rules = [
        where("province") == "浙江",
        where("province") != "浙江",
        where("days_since_last_order") != 3,
        where("age") >= 0,
        where("tags").all([]),
        where("birthday").exists(),
    ]
    for rule in rules:
        assert not holds(rule, {}, clock)
        assert holds(~rule, {}, clock)
