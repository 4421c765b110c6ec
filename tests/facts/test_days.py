"""Local days in SQL are the calendar's, in any zone and at any clock change."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from crmcore.errors import CrmError
from crmcore.records.clock import day_start
from crmcore.store.database import Database
from crmcore.store.sql_bits import decode_list, encode_list, half_away, local_day, offsets

ZONES = ("Asia/Shanghai", "Europe/London", "America/Sao_Paulo", "Asia/Kolkata", "Pacific/Apia", "UTC")


def _moments(zone: str) -> list[int]:
    """Both sides of every clock change, and of midnights near month ends and leap days."""
    changes = [at + by for at, _offset in offsets(zone) for by in (-1, 0, 1)]
    days = [date(y, m, 1) for y in (1970, 1987, 2000, 2018, 2023, 2024, 2030, 2060) for m in range(1, 13)]
    days += [date(2024, 2, 29), date(2023, 2, 28), date(2024, 12, 31), date(2011, 12, 29), date(2011, 12, 31)]
    return changes + [day_start(day, zone) + by for day in days for by in (-1, 0, 43_200)] + [-86_401, -1]


@pytest.mark.parametrize("zone", ZONES)
def test_local_days_are_the_calendars(database: Database, zone: str) -> None:
    moments = sorted({at for at in _moments(zone) if at >= 0 or zone == "UTC"})
    table = sa.Table("moments", sa.MetaData(), sa.Column("at", sa.BigInteger))
    with database.write("fill", actor="t") as write:
        table.create(write.connection)
        write.connection.execute(sa.insert(table), [{"at": moment} for moment in moments])
    with database.read() as connection:
        found = dict(map(tuple, connection.execute(sa.select(table.c.at, local_day(table.c.at, zone)))))
    epoch = date(1970, 1, 1)
    wanted = {
        m: (datetime.fromtimestamp(m, UTC).astimezone(ZoneInfo(zone)).date() - epoch).days for m in moments
    }
    assert found == wanted


def test_clock_changes_are_all_there() -> None:
    assert len(offsets("Asia/Shanghai")) == 13  # six summers, 1986 to 1991
    assert offsets("UTC") == ((0, 0),)
    summer = datetime(2024, 3, 31, 1, tzinfo=UTC)
    assert (int(summer.timestamp()), 3600) in offsets("Europe/London")


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(CrmError, match="unknown time zone 'Mars'"):
        local_day(sa.column("at"), "Mars")


@pytest.mark.parametrize(
    ("number", "divisor", "wanted"),
    [(7, 2, 4), (-7, 2, -4), (5, 3, 2), (-5, 3, -2), (0, 9, 0), (1, 0, None), (10**15, 3, 333333333333333)],
)
def test_halves_go_away_from_zero(database: Database, number: int, divisor: int, wanted: int | None) -> None:
    number_, divisor_ = sa.literal(number, sa.BigInteger), sa.literal(divisor, sa.BigInteger)
    with database.read() as connection:
        assert connection.scalar(sa.select(half_away(number_, divisor_))) == wanted


def test_lists_are_kept_distinct_and_in_order_of_code_points() -> None:
    assert encode_list(["b", "a", "b", "", "𠮷", "｡"]) == "\x1fa\x1fb\x1f｡\x1f𠮷\x1f"
    assert decode_list("\x1fa\x1fb\x1f") == ("a", "b")
    assert encode_list([""]) is None
    assert decode_list(None) == ()
