"""Screens and tiles that plugins bring, a broken one among them."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from textual.command import Command, CommandList
from textual.pilot import Pilot

from crmcore.config import FOLDERS, write_shop_file
from crmcore.desk import pages
from crmcore.people import Changes, People
from crmcore.records.settings import ShopSettings
from crmcore.shop import Shop
from tests.tui.seeing import running, until, until_shown

PLUGIN = """\
from crmcore import Page, Screen, Tile, hookimpl

def everybody(shop):
    return Page(["Hello"], ["Name"], [["王芳"]], [1])

@hookimpl
def crm_screens():
    return [Screen("everybody", everybody, en="Everybody we know"), Screen("torn", lambda shop: 1 / 0, en="Torn"),
            Screen("ragged", lambda shop: Page(columns=["a"], rows=[[1, 2]]), en="Ragged [/b]")]

@hookimpl
def crm_tiles():
    return [Tile("fine", lambda shop: "forty-two", en="Fine"), Tile("broken", lambda shop: 1 / 0, en="Broken"),
            Tile("none", lambda shop: None, en="None [/b]")]
"""


def make(folder: Path, template: Path) -> Path:
    for name in FOLDERS:
        (folder / name).mkdir(parents=True)
    shutil.copyfile(template, folder / "shop.db")
    write_shop_file(folder, "shop.db", ShopSettings("CNY", "Asia/Shanghai", "en"))
    (folder / "plugins" / "own.py").write_text(PLUGIN, "utf-8")
    with Shop.open(folder, actor="clerk") as shop:
        People(shop).add(Changes({"name": "王芳"}))
    return folder


async def found_in_palette(pilot: Pilot[None], title: str) -> None:
    """Wait for the hit itself: the typed words stand on the screen long before it."""

    def first_hit() -> bool:
        lists = list(pilot.app.screen.query(CommandList))
        option = lists[0].highlighted_option if lists else None
        return isinstance(option, Command) and title in str(option.hit.text)

    await until(pilot, first_hit)


def test_tiles_are_told_and_a_broken_one_says_so(tmp_path: Path, sqlite_template: Path) -> None:
    with Shop.open(make(tmp_path / "shop", sqlite_template), actor="clerk") as shop:
        found = dict(pages.tiles(shop))
    assert found["Fine"] == "forty-two"
    assert found["Broken"].startswith("! ZeroDivisionError")
    assert set(found) == {"Fine", "Broken"}


def test_a_plugins_screen_is_found_in_the_palette_and_leads_to_a_card(
    tmp_path: Path, sqlite_template: Path
) -> None:
    folder = make(tmp_path / "shop", sqlite_template)

    async def story() -> None:
        async with running(folder) as pilot:
            for words, shown in (("Torn", "ZeroDivisionError"), ("Ragged", "a row has another")):
                await pilot.press("ctrl+p", *words)
                await found_in_palette(pilot, words)
                await pilot.press("enter")
                await until_shown(pilot, shown)
                await pilot.press("escape")
            await pilot.press("ctrl+p", *"Everybody")
            await found_in_palette(pilot, "Everybody we know")
            await pilot.press("enter")
            await until_shown(pilot, "王芳")
            await pilot.press("enter")
            await until_shown(pilot, "[new]")

    asyncio.run(story())
