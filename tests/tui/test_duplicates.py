"""Pairs side by side, settled by a key and taken back; a customer taken apart."""

from __future__ import annotations

import asyncio

import pytest

from crmcore.people import Changes, People
from crmcore.shop import Shop
from crmcore.store.candidates import propose
from crmcore.tui.screens.duplicates import DuplicatesScreen
from crmcore.tui.screens.split import SplitScreen
from tests.store.dossier import identity
from tests.tui.seeing import lines_of, running, until, until_shown, until_shown_below


@pytest.fixture
def url(sqlite_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> str:
    """Two pairs: 王芳 and 王芳, 李娜 and 李娜娜."""
    monkeypatch.setenv("HOME", str(tmp_path))
    with Shop.open(sqlite_url, actor="Wang") as shop:
        people = People(shop)
        ids = [
            people.add(Changes({"name": name, "city": city}))[0]
            for name, city in (("王芳", "杭州"), ("王芳", "宁波"), ("李娜", "杭州"), ("李娜娜", "杭州"))
        ]
        with shop.write("pairs") as write:
            for number in ids:
                identity(write, number, f"+861380013800{number}")
            propose(write, ids[0], ids[1], "name_address")
            propose(write, ids[2], ids[3], "phone")
    return sqlite_url


def test_pairs_are_settled_by_a_key_and_taken_back(url: str) -> None:
    async def play() -> None:
        async with running(url) as pilot:
            await pilot.app.push_screen(DuplicatesScreen())
            shown = await until_shown(pilot, "Pair 1 of 2: same name and address")
            rows = [line.split() for line in shown.split("\n")]
            assert ["Full", "name", "王芳", "=", "王芳"] in rows
            assert ["Place", "杭州", "!=", "宁波"] in rows
            await pilot.press("n")
            await until_shown(pilot, "Pair 2 of 2: same phone")
            await pilot.press("x")
            await until_shown(pilot, "They stay two people.")
            await until_shown_below(pilot, "Pair 1 of 1: same name and address")
            await pilot.press("m")
            await until_shown(pilot, "No pairs to look at.")
            await pilot.press("ctrl+z")
            await until_shown_below(pilot, "Pair 1 of 1: same name and address")

    asyncio.run(play())


def test_two_that_are_marked_are_compared_and_merged(url: str) -> None:
    async def play() -> None:
        async with running(url) as pilot:
            await pilot.app.action_go("customers")  # type: ignore[attr-defined]
            await until_shown(pilot, "4 customers")
            await pilot.press("space", "space", "m")
            shown = await until_shown(pilot, "Pair 1 of 1: marked by you")
            assert "x Two people" not in shown
            await pilot.press("m")
            await until_shown(pilot, "3 customers")

    asyncio.run(play())


def test_a_merged_customer_is_brought_back_after_a_question(url: str) -> None:
    with Shop.open(url, actor="Wang") as shop:
        People(shop).merge(1, 2)

    async def play() -> None:
        async with running(url) as pilot:
            await pilot.app.push_screen(SplitScreen(1))
            await until_shown(pilot, "王芳 #1 is made of:")
            assert "> merged into her" in lines_of(pilot.app)[3]  # type: ignore[arg-type]
            await pilot.press("x")
            await until_shown(pilot, "Bring 王芳 #2 back as she was?")
            await pilot.press("y")
            await until_shown(pilot, "王芳 #2 is back")
            await until(pilot, lambda: "merged into her" not in "\n".join(lines_of(pilot.app)[:6]))  # type: ignore[arg-type]

    asyncio.run(play())
