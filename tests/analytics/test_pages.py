"""Charts and pages: lines of characters, drawings, one page without anything from elsewhere."""

from __future__ import annotations

import re
from datetime import date

import pytest

from crmcore import wide
from crmcore.analytics import files, show
from crmcore.analytics.drawing import drawing
from crmcore.hooks.reports import Chart, Column, Table
from crmcore.i18n import set_language
from crmcore.shop import Shop

MONTHS = Table(
    "months",
    [Column("month", "day", zh="月份", en="Month"), Column("paid", "money", zh="付款", en="Paid")],
    [(date(2026, 1, 1), 10000), (date(2026, 2, 1), None), (date(2026, 3, 1), 80000)],
)
LINE = Chart("months", "line", "month", ["paid"])


@pytest.mark.parametrize(
    ("values", "columns", "drawn"),
    [
        ([], 5, ""),
        ([None, None], 5, "  "),
        ([0, 7], 5, "▁█"),
        ([90, 100], 5, "▁█"),  # far from nought: it stands on the lowest
        ([50, 100], 5, "▅█"),
        ([1, None, 3], 5, "▃ █"),
        ([5, 5], 5, "▁▁"),
        ([0, 2, 4, 6, 8, 8], 3, "▂▅█"),  # two months share a column
        ([-1, 1], 5, "▁█"),
    ],
)
def test_a_line_goes_up_and_down_with_its_values(
    values: list[float | None], columns: int, drawn: str
) -> None:
    assert wide.spark(values, columns) == drawn


@pytest.mark.parametrize("language", ["zh", "en"])
def test_lines_fit_and_say_lowest_highest_and_last(language: str) -> None:
    set_language(language)
    told, drawn = show.chart_lines(LINE, MONTHS, "CNY", 60)
    assert all(text in told for text in ("100.00", "800.00"))
    assert drawn == "2026-01-01  ▂ █  2026-03-01"
    assert all(wide.width(text) <= 24 for text in show.chart_lines(LINE, MONTHS, "CNY", 24))


def test_a_drawing_is_broken_where_there_is_no_value() -> None:
    drawn = drawing(LINE, MONTHS, "CNY")
    assert drawn.count("<polyline") == 2
    assert "800.00" in drawn
    empty = Table("months", MONTHS.columns, [(date(2026, 1, 1), None)])
    assert drawing(LINE, empty, "CNY") == ""


def test_a_label_is_read_in_ones_own_language() -> None:
    column = Column("who", "label")
    for language, expected in (("zh", "老客"), ("en", "old buyers")):
        set_language(language)
        assert show.cell("老客 / old buyers", column, "CNY") == expected


def test_the_summary_is_one_page_of_its_own_for_two_sheets(shop: Shop) -> None:
    with shop.write("odd") as write:
        write.connection.exec_driver_sql(
            "UPDATE order_lines SET title = '<script>alert(1)</script>' WHERE sku = 'S1'"
        )
    result = shop.reports.run("summary", {"month": "2026-02-01"})
    for language in ("zh", "en"):
        set_language(language)
        page = files.html(result)
        assert 'class="pages"' in page
        assert "size: A4" in page
        assert "<script" not in page
        assert "&lt;script&gt;" in page
        assert not re.search(r"(src|href)=|https?://|@import|url\(", page)
        assert ("实收" in page, "old buyers" in page) == (language == "zh", language == "en")
    # As much as two sheets hold in two columns, measured with a layout engine: about 60 lines a column.
    lines = sum(len(table.rows) + 3 for table in result.findings.tables) + len(show.sentences(result))
    assert lines <= 200
