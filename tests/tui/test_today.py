"""Today in the terminal: row after row from the keyboard, with undo, at 80 and at 130 columns."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from textual.pilot import Pilot

from crmcore.people import Changes, People
from crmcore.shop import Shop
from crmcore.tui.widgets.virtual_table import VirtualTable
from tests.tui.seeing import running, text_of, until, until_shown

DAY = 86_400


def play(shop: str, story: Callable[[Pilot[None]], Coroutine[Any, Any, None]], **how: Any) -> None:
    async def told() -> None:
        async with running(shop, **how) as pilot:
            await pilot.press("f3")
            await until(pilot, lambda: pilot.app.screen.query(VirtualTable))  # type: ignore[arg-type, return-value]
            await story(pilot)

    asyncio.run(told())


def promise(shop: Shop, name: str, text: str, days: int, owner: str | None = None) -> None:
    number, _maybe = People(shop).add(Changes({"name": name}))
    due_at = shop.clock().now + days * DAY
    People(shop).log(number, "promise", text, due_at=due_at, owner=owner)


@pytest.fixture
def shop(sqlite_url: str) -> str:
    with Shop.open(sqlite_url, actor="clerk") as opened:
        promise(opened, "王芳", "面膜 two masks", -3, "clerk")
        promise(opened, "李雷", "a sample", -2, "other")
        promise(opened, "韩梅", "a call", -1)
        people = People(opened)
        people.log(1, "complaint", "bottle broken")
        people.log(1, "note", "likes it light")
    return sqlite_url


def current(pilot: Pilot[None]) -> str:
    row = pilot.app.screen.query_one(VirtualTable).current
    return row.about.what if row else ""


def test_what_is_done_goes_the_next_one_comes_and_undo_brings_it_back(shop: str) -> None:
    async def story(pilot: Pilot[None]) -> None:
        shown = await until_shown(pilot, "0 of 4 done today")
        assert "[Promises 3]" in shown
        assert "! 3 days late" in shown
        assert "nobody's yet" not in shown
        await pilot.press("j", "d")
        shown = await until_shown(pilot, "李雷: kept")
        await until(pilot, lambda: current(pilot) == "a call")
        assert "1 of 4 done today" in await until_shown(pilot, "[Promises 2]")
        await pilot.press("ctrl+z")
        await until_shown(pilot, "[Promises 3]")
        assert "0 of 4 done today" in text_of(pilot.app)  # type: ignore[arg-type]

    play(shop, story)


def test_an_empty_queue_gives_way_to_the_next_one_and_mine_is_less_than_all(shop: str) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await until_shown(pilot, "[Promises 3]")
        await pilot.press("m")
        await until_shown(pilot, "[Promises 2]")
        await until_shown(pilot, "mine and nobody's")
        await pilot.click("QueueBar", offset=(18, 0))
        await until_shown(pilot, "[Complaints 1]")
        await pilot.press("left")
        await until_shown(pilot, "[Promises 2]")
        await pilot.press("d", "d")
        await until_shown(pilot, "[Complaints 1]")
        await pilot.press("d")
        await until_shown(pilot, "Nothing due today.")

    play(shop, story)


def test_it_is_given_to_somebody_who_is_known_and_put_off_to_a_day_that_is_one(shop: str) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await until_shown(pilot, "[Promises 3]")
        await pilot.press("a")
        await until_shown(pilot, "somebody else")
        await pilot.press("down", "enter")
        await until_shown(pilot, "王芳: given to other")
        await pilot.press("l")
        await until_shown(pilot, "put it off until when?")
        pilot.app.screen.query_one("TextLine").value = "soon"  # type: ignore[attr-defined]
        await pilot.press("enter")
        await until_shown(pilot, "is not a time")
        pilot.app.screen.query_one("TextLine").value = "+2d"  # type: ignore[attr-defined]
        await pilot.press("enter")
        await until_shown(pilot, "王芳: put off until")
        await until_shown(pilot, "[Promises 2]")

    play(shop, story)


def test_a_wide_screen_shows_who_she_is_beside_the_row_and_enter_opens_her_card(shop: str) -> None:
    async def story(pilot: Pilot[None]) -> None:
        shown = await until_shown(pilot, "likes it light")
        assert "bottle broken" in shown
        await pilot.press("enter")
        await until_shown(pilot, "[F2")
        await until_shown(pilot, "owed to her")

    play(shop, story, size=(130, 35))


def test_in_chinese_a_day_without_work_says_what_comes_next(sqlite_url: str) -> None:
    with Shop.open(sqlite_url, actor="clerk") as opened:
        promise(opened, "王芳", "补面膜 2 片", 3)

    async def story(pilot: Pilot[None]) -> None:
        shown = await until_shown(pilot, "今天没有要办的")
        assert "王芳：补面膜 2 片" in shown

    play(sqlite_url, story, lang="zh")
