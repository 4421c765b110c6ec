"""Figures and bars: right widths with Chinese, and the screen that shows them."""

from __future__ import annotations

import asyncio

from crmcore import plugin_choices, wide
from crmcore.people import Changes, People
from crmcore.shop import Shop
from crmcore.tui.widgets.bar_lines import Bar, bar_lines, figure_lines
from tests.store import dossier
from tests.tui.seeing import running, text_of, until, until_shown


def test_a_bar_has_the_length_of_its_share() -> None:
    assert wide.bar(1.0, 10) == "█" * 10
    assert wide.bar(0.5, 10) == "█" * 5
    assert wide.bar(0.51, 10) == "█" * 5 + "▏"
    assert (wide.bar(0.0001, 10), wide.bar(0.0, 10), wide.bar(2.0, 3)) == ("▏", "", "███")


def test_bars_begin_in_one_column_and_end_within_the_width() -> None:
    bars = [Bar("沉睡大客", "1,284", 1.0), Bar("once", "9", 0.25), Bar("not yet", "…", None)]
    for width in (40, 80):
        lines = [one.plain for one in bar_lines(bars, width)]
        starts = {wide.width(text[: text.index("█")]) for text in lines if "█" in text}
        assert len(starts) == 1
        assert max(wide.width(text) for text in lines) <= width
    assert "25.0%" in lines[1]
    assert "%" not in lines[2]


def test_figures_stand_in_two_columns_where_there_is_room() -> None:
    figures = [("客户", "1,000"), ("Orders", "2"), ("Paid", "3.50 CNY")]
    assert len(figure_lines(figures, 30)) == 3
    narrow = {wide.width(one.plain) for one in figure_lines(figures, 30)}
    assert len(narrow) == 1
    wide_lines = [one.plain for one in figure_lines(figures, 60)]
    assert len(wide_lines) == 2
    assert "Paid" in wide_lines[0]


def test_the_shops_figures_and_its_segments_as_bars(sqlite_url: str) -> None:
    with Shop.open(sqlite_url, actor="clerk") as opened:
        # Its facts are worked out in Python.
        plugin_choices.keep_switch(opened.documents, "points", on=True)
    with Shop.open(sqlite_url, actor="clerk") as opened:
        number, _maybe = People(opened).add(Changes({"name": "王芳"}))
        at = opened.clock().now - 86_400
        with opened.write("test") as write:
            order = {"placed_at": at, "paid_at": at, "net_total": 99_000, "paid_total": 99_000}
            dossier.order(write, number, "1", **order)
            write.touch([number])

    async def story() -> None:
        async with running(sqlite_url, lang="zh", size=(80, 200)) as pilot:
            await pilot.press("f8")
            await until_shown(pilot, "复购")
            await pilot.press("enter")
            await until_shown(pilot, "购买一次")
            await until(pilot, lambda: any("购买一次" in one and "100.0%" in one for one in _lines(pilot)))
            assert any("实付金额" in one and "990 元" in one for one in _lines(pilot))
            await until(pilot, lambda: any("积分够换礼" in one and "100.0%" in one for one in _lines(pilot)))
            await until(pilot, lambda: any("购买2次" in one and "0.0%" in one for one in _lines(pilot)))

    asyncio.run(story())


def test_an_empty_shop_says_what_to_do(sqlite_url: str) -> None:
    async def story() -> None:
        async with running(sqlite_url) as pilot:
            await pilot.press("f8")
            await until_shown(pilot, "Repurchase")
            await pilot.press("enter")
            await until_shown(pilot, "No customers yet: F7 imports order files.")

    asyncio.run(story())


def test_a_report_is_worked_out_asked_otherwise_and_followed_to_its_customers(sqlite_url: str) -> None:
    with Shop.open(sqlite_url, actor="clerk") as opened:
        number, _maybe = People(opened).add(Changes({"name": "王芳"}))
        at = opened.clock().now - 86_400
        with opened.write("test") as write:
            order = {"placed_at": at, "paid_at": at, "net_total": 9_900, "paid_total": 9_900}
            dossier.order(write, number, "1", **order)
            write.touch([number])

    async def story() -> None:
        async with running(sqlite_url, lang="en", size=(100, 30)) as pilot:
            await pilot.press("f8")
            await until_shown(pilot, "Pareto")
            row = next(place for place, one in enumerate(_lines(pilot)) if "Pareto" in one)
            await pilot.click(offset=(4, row), times=2)
            await until_shown(pilot, "1 key customers (100.0% of all)")
            await pilot.press("c")
            await until_shown(pilot, "█████")
            await pilot.press("c")
            await pilot.press("enter")
            await until_shown(pilot, "王芳")
            await pilot.press("escape", "p")
            await until_shown(pilot, "Pareto: what to ask")
            await pilot.press("escape", "escape")
            await until_shown(pilot, "What it answers")

    asyncio.run(story())


def _lines(pilot: object) -> list[str]:
    return text_of(pilot.app).splitlines()  # type: ignore[attr-defined]
