"""What reports say in words: periods told in part, names of platforms, words in both languages."""

from __future__ import annotations

from datetime import date

import pytest

from crmcore import both_words, not_whole, percent
from crmcore.analytics.show import cell
from crmcore.hooks.reports import Column
from crmcore.i18n import speaking

JUNE = date(2026, 6, 1)


@pytest.mark.parametrize(
    ("by", "periods", "since", "last", "said"),
    [
        ("month", [date(2026, 4, 1), JUNE], [None], date(2026, 6, 30), []),
        ("month", [date(2026, 4, 1), JUNE], [date(2026, 4, 1)], date(2026, 6, 30), []),
        ("month", [date(2026, 4, 1), JUNE], [date(2026, 4, 2), None], date(2026, 6, 30), ["2026-04 counts from 2026-04-02"]),
        ("month", [date(2026, 4, 1), JUNE], [date(2026, 4, 2), date(2026, 4, 9)], date(2026, 6, 29),
         ["2026-04 counts from 2026-04-09", "2026-06 counts up to 2026-06-29"]),
        # Known since long before, or since a later period: nothing was cut off the first one.
        ("month", [date(2026, 4, 1), JUNE], [date(2026, 1, 5)], date(2026, 6, 30), []),
        ("month", [date(2026, 4, 1), JUNE], [date(2026, 5, 5)], date(2026, 6, 30), []),
        ("week", [date(2026, 6, 1), date(2026, 6, 8)], [date(2026, 6, 3)], date(2026, 6, 14), ["2026-06-01 counts from 2026-06-03"]),
        ("quarter", [date(2025, 10, 1)], [], date(2026, 1, 1), []),
        ("quarter", [date(2025, 10, 1)], [], date(2025, 12, 30), ["2025-10-01 counts up to 2025-12-30"]),
        ("year", [date(2025, 1, 1)], [date(2025, 12, 31)], date(2025, 12, 31), ["2025 counts from 2025-12-31"]),
        ("day", [date(2026, 7, 1)], [], date(2026, 7, 1), ["2026-07-01 counts up to 2026-07-01"]),  # it goes on
        ("day", [date(2026, 6, 30)], [], date(2026, 6, 30), []),
        ("month", [], [date(2026, 4, 2)], date(2026, 6, 30), []),
    ],
)  # fmt: skip
def test_the_first_and_the_last_period_are_told_where_they_are_not_whole(
    by: str, periods: list[date], since: list[date | None], last: date, said: list[str]
) -> None:
    found = not_whole(by, periods, since, last, date(2026, 7, 1))
    assert [one.en.partition(" on only")[0].partition(" only")[0] for one in found] == said
    assert all(
        period in one.zh for one, period in zip(found, (text.split()[0] for text in said), strict=True)
    )


def test_where_orders_come_from_is_called_what_people_call_it() -> None:
    column = Column("name", "platform")
    with speaking("zh"):
        assert [cell(one, column, "CNY") for one in ("taobao", "自家小店")] == ["淘宝", "自家小店"]
    with speaking("en"):
        assert cell("taobao", column, "CNY") == "Taobao"


def test_labels_and_shares_in_words() -> None:
    assert both_words("老客 / old buyers") == ("老客", "old buyers")
    assert both_words("25-50%") == ("25-50%", "25-50%")
    assert (percent(0.2534), percent(0.2534, signed=True), percent(-0.5, signed=True)) == (
        "25.3%",
        "+25.3%",
        "-50.0%",
    )
