"""Without a shop: the ways to one; later, to another one."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
from textual.widgets import OptionList

from crmcore import config
from crmcore.background import process
from crmcore.demo import making
from crmcore.desk import starting
from crmcore.i18n import speaking
from crmcore.records.settings import ShopSettings
from crmcore.shop import Shop
from crmcore.tui import preferences
from crmcore.tui.app import CrmApp
from crmcore.tui.screens.imports import ImportsScreen
from crmcore.tui.widgets.text_line import TextLine
from tests.tui.seeing import running, text_of, until, until_shown, until_shown_below

# The process that makes the demo, with one that is never done: whoever stops it comes in time.
ENDLESS = """
import itertools, runpy, time
from crmcore.demo import making

def endless(folder, progress, *_more):
    for number in itertools.count():
        progress(f"file {number}")
        time.sleep(0.01)

making._make = endless
runpy.run_module("crmcore.background.child", run_name="__main__", alter_sys=True)
"""


def test_a_new_shop_speaks_the_chosen_language_and_goes_on_to_its_files() -> None:
    async def play() -> None:
        async with running(None) as pilot:
            await until_shown(pilot, "Make a shop from my order files")
            await pilot.press("l")
            await until_shown(pilot, "帮助")
            await pilot.press("2")
            await until_shown(pilot, "^S")
            await pilot.press("ctrl+s")
            await until_shown(pilot, "店里卖什么？")
            await pilot.press("space", "down", "enter", "space", "ctrl+s")
            await until_shown(pilot, "美妆与日用消耗品")
            await pilot.press("y")
            await until(pilot, lambda: pilot.app.is_open)  # type: ignore[attr-defined]
            shown = await until_shown_below(pilot, "[F7 导入]")
            await until(pilot, lambda: len(pilot.app.screen_stack) == 2)  # picking files
            assert isinstance(pilot.app.screen_stack[0], ImportsScreen)
            assert "Nothing here" not in shown

    asyncio.run(play())
    made = config.read_shop_file(Path.home() / "crm-shop")
    assert made.settings is not None
    assert made.settings.language == "zh"
    assert config.last_opened() == str(Path.home() / "crm-shop")
    with Shop.open(Path.home() / "crm-shop") as shop:
        assert shop.plugin_config.enabled == {"cosmetics"}  # the second trade was chosen and taken back
        assert [one.name for one in shop.packs.all()] == ["cosmetics"]


def test_trades_are_chosen_with_the_mouse_and_a_pack_is_declined() -> None:
    async def play() -> None:
        async with running(None) as pilot:
            await until_shown(pilot, "Make a shop from my order files")
            await pilot.press("2")
            await until_shown(pilot, "^S")
            await pilot.press("ctrl+s")
            await until_shown(pilot, "What does the shop sell?")
            await pilot.click(OptionList, offset=(2, 2))
            await until_shown(pilot, "[x] shoes and bags")
            await pilot.click("#on")
            await until_shown(pilot, "Install what fits, Shoes and bags, too?")
            await pilot.click("#no")
            await until(pilot, lambda: pilot.app.is_open)  # type: ignore[attr-defined]
            await until_shown_below(pilot, "[F7 Import]")

    asyncio.run(play())
    with Shop.open(Path.home() / "crm-shop") as shop:
        assert shop.plugin_config.enabled == {"shoes_bags"}
        assert not shop.packs.all()


def test_a_shop_that_is_not_there_is_told_and_another_is_opened_in_its_language() -> None:
    starting.make_shop(Path.home() / "mine", ShopSettings("CNY", "Asia/Shanghai", "zh"))

    async def play() -> None:
        with speaking("en"):
            app = CrmApp(None, follow_language=True)
            async with app.run_test(size=(80, 24), notifications=True) as pilot:
                await until_shown(pilot, "Open a shop")
                await pilot.press("3")
                await until_shown(pilot, "Its folder, or the address")
                app.screen.query_one(TextLine).value = "~/not there"
                await pilot.press("enter")
                await until_shown(pilot, "! there is no shop in")
                line = app.screen.query_one(TextLine)  # asked for again, with what was typed
                assert line.value == "~/not there"
                line.value = "~/mine"
                await pilot.press("enter")
                await until_shown(pilot, "[F2 是谁")

    asyncio.run(play())


def test_another_shop_is_opened_later_and_the_way_back_stays(sqlite_url: str) -> None:
    async def play() -> None:
        async with running(sqlite_url) as pilot:
            app = pilot.app
            assert isinstance(app, CrmApp)
            first = app.shop
            app.open_another()
            await until_shown(pilot, "Look at the demo")
            await pilot.press("escape")
            await until_shown(pilot, "[F2 Who")
            assert app.shop is first
            starting.make_shop(Path.home() / "other", ShopSettings("CNY", "Asia/Shanghai", "en"))
            app.open_another()
            await until_shown(pilot, "Look at the demo")
            await pilot.press("3")
            await until_shown(pilot, "Its folder, or the address")
            app.screen.query_one(TextLine).value = "~/other"
            await pilot.press("enter")
            await until(pilot, lambda: app.shop is not first)
            await until_shown(pilot, "[F2 Who")

    asyncio.run(play())


def test_making_the_demo_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_COMMAND", [sys.executable, "-P", "-u", "-X", "utf8", "-c", ENDLESS])

    async def play() -> None:
        async with running(None) as pilot:
            await until_shown(pilot, "Look at the demo")
            await pilot.press("1")
            await until_shown(pilot, "x Stop")
            await until_shown(pilot, "file ")
            await pilot.press("x")
            await until(pilot, lambda: "x Stop" not in text_of(pilot.app))  # type: ignore[arg-type]
            assert not pilot.app.is_open  # type: ignore[attr-defined]

    asyncio.run(play())
    assert making.state_of(making.default_folder()) is None


def test_the_chosen_colours_are_kept(sqlite_url: str) -> None:
    async def play() -> None:
        async with running(sqlite_url) as pilot:
            app = pilot.app
            assert isinstance(app, CrmApp)
            before = app.theme
            app.change_theme()
            assert preferences.theme() == app.theme != before

    assert preferences.theme() is None
    asyncio.run(play())

    async def again() -> None:
        for asked in ("textual-light", "no such colours"):
            app = CrmApp(None, theme=asked)
            async with app.run_test(size=(80, 24)):
                assert app.theme in (asked, "textual-dark")

    asyncio.run(again())
