"""Each screen as text, in both languages and on two sizes, compared with what somebody has looked at.

`CRM_SNAPSHOTS=write` with `-m ""` keeps what is shown now in `snapshots/`: look at what changed before it is committed.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sqlite3
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

import pytest
from textual import events
from textual.app import App
from textual.pilot import Pilot

from crmcore import wide
from crmcore.desk import pages, starting
from crmcore.desk.plugin_view import actions
from crmcore.shop import Shop
from crmcore.store.suppressing import state_basis
from crmcore.tui.screens.import_pick import PickScreen
from crmcore.tui.screens.imports import ImportsScreen
from crmcore.tui.screens.pack import PackScreen
from crmcore.tui.screens.plugin_action import ActionScreen
from crmcore.tui.screens.plugin_page import PageScreen
from crmcore.tui.screens.segment_edit import RuleText
from crmcore.tui.screens.segment_history import HistoryScreen
from crmcore.tui.screens.welcome_new import NewShopScreen
from crmcore.tui.screens.welcome_trades import TradesScreen
from crmcore.tui.widgets.card import CardView
from crmcore.tui.widgets.text_line import TextLine
from crmcore.tui.widgets.virtual_table import VirtualTable
from crmcore.tui.widgets.work_bar import WorkBar
from tests.conftest import NOW
from tests.importing.shops import table
from tests.packs.conftest import MANIFEST, write_pack
from tests.tui.seeing import lines_of, running, text_of, until, until_shown
from tests.tui.small_shop import HER, small_shop, stopped

KEPT = Path(__file__).resolve().parent / "snapshots"
WRITE = os.environ.get("CRM_SNAPSHOTS") == "write"
SMALL, LARGE = (80, 24), (160, 45)
ORDERS = [
    {
        "订单编号": number, "买家会员名": buyer, "买家实际支付金额": "88.00", "总金额": "88.00", "订单状态": "交易成功",
        "收货人姓名": name, "联系手机": phone, "订单创建时间": day, "订单付款时间": day, "宝贝标题": "面霜 50g",
    }
    for number, buyer, name, phone, day in (
        ("301", "晴天娃娃", "赵敏", "13700137000", "2025-01-05 10:00:00"),
        ("302", "晴天娃娃", "赵敏", "13700137000", "2026-02-05 10:00:00"),
        ("303", "小雨", "韩梅梅", "13600136000", "2025-02-03 12:00:00"),
        ("304", "小雨", "韩梅梅", "13600136000", "不是日期"),
    )
]  # fmt: skip
# What a plugin of the shop's own brings: a screen, and something to be done that asks.
PLUGIN = '''
from dataclasses import dataclass
from crmcore import Action, Page, Screen, hookimpl

@dataclass
class Asked:
    days: int = 30
    text: str = ""

def count(shop, asked: Asked):
    """Count who has not been here for so many days."""
    return {"count": 3}

def groups(shop):
    rows = [["王芳", "宁波市", 780], ["Charlotte Featherstonehaugh-Smythe", "Newcastle upon Tyne", 1280]]
    titles = [{"zh": "客户", "en": "Customer"}, {"zh": "城市", "en": "City"}, {"zh": "花了", "en": "Spent"}]
    return Page([{"zh": "同一个城市买过的人。", "en": "Who has bought in one city."}], titles, rows, [3, 4])

@hookimpl
def crm_screens():
    return [Screen("groups", groups, zh="小区团购", en="Group buys")]

@hookimpl
def crm_actions(settings):
    return [Action("count", count, zh="数一数", en="Count them", parameters=Asked)]
'''
# Groups of work that waits for what a person answers.
ASKING = {"ask", "dialog"}

Look = Callable[[str], Awaitable[None]]
Walk = Callable[[Pilot[None], Path, Path, Look], Awaitable[None]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with stopped():
        return small_shop(tmp_path_factory.mktemp("small"))


async def settled(pilot: Pilot[None]) -> None:
    """Wait until nothing is being worked out, nothing waits for a pause of the keys, and all is painted."""
    deadline, still = time.monotonic() + 60, 0
    while still < 2:
        assert time.monotonic() < deadline, f"it does not come to rest:\n{text_of(pilot.app)}"  # type: ignore[arg-type]
        await pilot.pause()
        still = 0 if is_busy(pilot.app) else still + 1
        await asyncio.sleep(0 if still else 0.01)


def is_busy(app: App[None]) -> bool:
    """Whether anything is still to come by itself: of a worker, of a thread, of a process, or of a short timer."""
    pool = asyncio.get_running_loop()._default_executor  # type: ignore[attr-defined]
    if pool is not None and pool._idle_semaphore._value < len(pool._threads):
        return True
    if any(not one.is_finished and one.group not in ASKING for one in app.workers):
        return True
    if app.screen._update_timer._active.is_set() or any(bar.working for bar in app.screen.query(WorkBar)):
        return True
    timers = (timer for one in (app, *app.screen_stack, *app.screen.query()) for timer in one._timers)
    return any(
        timer._repeat == 0 and timer._interval < 1 and timer._task is not None and not timer._task.done()
        for timer in timers
    )


def compare(differing: list[str], name: str, lines: list[str], size: tuple[int, int]) -> None:
    """Compare a screen with the one that is kept; no row may be longer than the screen is wide."""
    # How long a plugin took to load, at the same width.
    text = (
        re.sub(r" *[\d,]+ (ms|毫秒)", lambda one: f"- {one[1]}".rjust(len(one[0])), "\n".join(lines)).rstrip(
            "\n"
        )
        + "\n"
    )
    too_long = [one for one in lines if wide.width(one) > size[0]]
    assert not too_long, f"{name}: {too_long}"
    file = KEPT / f"{name}.txt"
    if WRITE:
        file.write_text(text, "utf-8")
    elif not file.exists() or file.read_text("utf-8") != text:
        differing.append(f"--- {name}, now:\n{text}")


def move_file(shop: Path, orders: Path) -> None:
    """The import says where the file lay: a folder that has the same name at each run."""
    with sqlite3.connect(shop / "shop.db") as connection:
        connection.execute(
            "UPDATE imports SET files = replace(files, ?, ?)", (str(orders.parent), "/home/mei")
        )
    connection.close()


async def tour(pilot: Pilot[None], shop: Path, orders: Path, look: Look) -> None:
    """Every screen of an open shop, once."""
    await one_half(pilot, shop, orders, look)
    await other_half(pilot, shop, orders, look)


async def one_half(pilot: Pilot[None], shop: Path, orders: Path, look: Look) -> None:
    """Of the tour: up to an import."""
    await customers(pilot, look)
    await segments(pilot, look)
    await imports(pilot, shop, orders, look)


async def other_half(pilot: Pilot[None], shop: Path, orders: Path, look: Look) -> None:
    """Of the tour: what comes after the import."""
    await campaigns(pilot, shop, look)
    await reaching(pilot, look)
    await plugins(pilot, orders, look)
    await reports(pilot, look)


async def customers(pilot: Pilot[None], look: Look) -> None:
    """Who somebody is, her card, today's work, and all of them."""
    press = pilot.press
    await look("who")
    await paste(pilot, "138")
    await look("who-results")
    await press("ctrl+u")
    await paste(pilot, HER)
    await until(pilot, lambda: isinstance(pilot.app.focused, CardView))
    await look("card")
    await press("f1")
    await look("help")
    await press("escape", "o")
    await look("timeline")
    await press("escape", "f3")
    await look("today")
    await press("f4")
    await look("customers")
    await press("e")
    await look("customer-form")
    await press("escape", "D")
    await look("duplicates")
    await press("escape")


async def segments(pilot: Pilot[None], look: Look) -> None:
    """Segments, the rule of one, what became of it, and who is in it."""
    press = pilot.press
    await press("f6")
    await until(pilot, lambda: bool(pilot.app.screen.query_one(VirtualTable).source.count))
    await look("segments")
    await press("n")
    await until(pilot, lambda: bool(pilot.app.screen.query_one(RuleText).text))
    await until_shown(pilot, "orders:")
    await until_shown(pilot, "20.0%")  # what the rule finds comes a moment after it was read
    await look("segment-edit")
    await press("escape", "h")
    await look("segment-history")
    await press("escape", "enter")
    await look("members")


async def imports(pilot: Pilot[None], shop: Path, orders: Path, look: Look) -> None:
    """Imports: none, what a file would bring, and what it brought."""
    press = pilot.press
    await press("f7")
    await look("imports-none")
    await pilot.app.push_screen(PickScreen(downloads(orders.parent)))
    await settled(pilot)
    await press("down", "down", "space")
    await look("import-pick")
    await press("escape")
    await until(pilot, lambda: isinstance(pilot.app.screen, ImportsScreen))
    pilot.app.screen.post_message(events.Paste(str(orders)))
    await until_shown(pilot, orders.name)
    await look("import-plan")
    await press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, ImportsScreen))
    await settled(pilot)
    move_file(shop, orders)
    pilot.app.screen.refresh_content()  # type: ignore[attr-defined]
    await look("imports")
    await press("enter")
    await look("import-detail")
    await press("escape")


def downloads(folder: Path) -> Path:
    """A folder of files, each changed at a minute that is the same on every computer's clock, and named so."""
    (folder / "Downloads" / "2025").mkdir(parents=True)
    at = datetime(2026, 3, 4, 18, 30).astimezone().timestamp()
    for name, size in (("orders.csv", 283_000), ("订单报表 三月.xlsx", 9_100), ("photo.png", 2_400_000)):
        file = folder / "Downloads" / name
        file.write_bytes(bytes(size))
        os.utime(file, (at, at))
    os.chdir(folder)  # the fixture that gave each test a folder goes back to where it was
    return Path("Downloads")


async def plugins(pilot: Pilot[None], orders: Path, look: Look) -> None:
    """Plugins with their settings and failures, packs, and one that is not installed yet."""
    press = pilot.press
    await press("f9")
    await look("plugins")
    await press("down", "down", "s")
    await look("plugin-settings")
    await press("escape", "f")
    await look("plugin-failures")
    await press("escape", "k")
    await look("packs")
    await press("escape")
    await pilot.app.push_screen(PackScreen(str(tea(orders.parent))))
    await until(pilot, lambda: bool({"Big", "大客户"} & {*re.split(r"[\s：]+", text_of(pilot.app))}))
    await look("pack")
    await press("escape")
    shop = pilot.app.shop  # type: ignore[attr-defined]
    [page] = [one for one in pages.screens(shop) if one.plugin == "own"]
    await pilot.app.push_screen(PageScreen(page))
    await until_shown(pilot, "780")
    await look("plugin-page")
    await press("escape")
    [action] = [one for one in actions(shop) if one.plugin == "own"]
    await pilot.app.push_screen(ActionScreen(action))
    await look("plugin-action")
    await press("escape")


async def first_run(pilot: Pilot[None], look: Look) -> None:
    """The ways to a shop, what a new one needs, and what it sells."""
    await look("welcome")
    await pilot.press("2")
    await until(pilot, lambda: isinstance(pilot.app.screen, NewShopScreen))
    places = iter(("/home/mei/crm-shop", "CNY", "Asia/Shanghai"))  # what is offered is this computer's
    for line in pilot.app.screen.query(TextLine):
        line.value = next(places)
    await look("new-shop")
    await pilot.press("escape")
    await pilot.app.push_screen(TradesScreen(starting.trades()))
    await pilot.press("down", "space")
    await look("trades")


async def reports(pilot: Pilot[None], look: Look) -> None:
    """Reports, the dashboard, and two of the reports."""
    press = pilot.press
    await press("f8")
    await look("reports")
    await press("d")
    await until(pilot, lambda: bool(getattr(pilot.app.screen, "_tiles", ())))
    await look("dashboard")
    await press("escape")
    await press("enter")
    await look("report-shop")
    await press("escape", "down", "enter")
    await look("report")


async def dialogs(pilot: Pilot[None], shop: Path, orders: Path, look: Look) -> None:
    """What is laid over the screens, and the screens that a second key leads to."""
    press = pilot.press
    await paste(pilot, HER)
    await until(pilot, lambda: isinstance(pilot.app.focused, CardView))
    for key, name in (("c", "complaint"), ("p", "promise"), ("t", "tags"), ("i", "details"), ("y", "copy"),
                      ("w", "why-not"), ("ctrl+p", "palette")):  # fmt: skip
        await press(key)
        await look(name)
        await press("escape")
    await press("f4")
    await settled(pilot)
    await press("down")
    for key, name in (("s", "sort"), ("f", "filter"), ("S", "split")):
        await press(key)
        await look(name)
        await press("escape")
    await press("f5", "n")
    await look("campaign-plans")
    await press("escape", "m", "n")
    await look("template-edit")
    await press("escape")
    await settled(pilot)
    await press("escape", "d")
    await settled(pilot)
    await press("e")
    await look("day-form")
    await press("escape", "r")
    await look("regions")
    await press("escape", "escape", "f6")
    await until(pilot, lambda: bool(pilot.app.screen.query_one(VirtualTable).source.count))
    await settled(pilot)
    await press("a")
    await look("as-of")
    await press("escape", "h")
    await settled(pilot)
    await press("y")
    await until(pilot, lambda: isinstance(pilot.app.screen, HistoryScreen))
    await look("segment-recorded")
    await press("escape", "f8")
    await settled(pilot)
    await press("down", "enter")
    await settled(pilot)
    await press("enter")
    await look("report-people")
    await press("escape", "p")
    await look("report-questions")
    await press("escape")
    await pilot.app.push_screen(PackScreen(str(tea(orders.parent))))
    await settled(pilot)
    await press("a")
    await look("pack-answers")


def tea(folder: Path) -> Path:
    """A small pack."""
    big = 'big:\n  title: {zh: 大客户, en: Big}\n  where: {orders: {gte: "${many}"}}\n'
    asks = "inputs:\n  many: {title: {zh: 几单算大, en: How many orders}, default: 5}\n"
    return write_pack(folder / "tea", pack=MANIFEST + asks, segments=big)


async def campaigns(pilot: Pilot[None], shop: Path, look: Look) -> None:
    """Campaigns: none, a list, one that is planned, the work it leaves to people."""
    press = pilot.press
    await press("f5")
    await look("campaigns-none")
    with Shop.open(shop, actor="小美") as opened:
        opened.campaigns.change_rules({"quiet": "off"})
        with opened.write("basis") as write:
            state_basis(write, "*", "they agreed when they ordered", None, NOW)
        body = {
            "segment": "once",
            "channels": ["phone"],
            "control": 0,
            "messages": {"*": {"text": "#昵称# 您好"}},
        }
        opened.campaigns.new("spring", "one_off", {**body, "title": "开春回访"})
    pilot.app.screen.refresh_content()  # type: ignore[attr-defined]
    await until_shown(pilot, "开春回访")
    await look("campaigns")
    await press("enter", "p")
    await until_shown(pilot, "2026-03-05")
    await look("campaign")
    await press("down", "enter")
    await look("campaign-people")
    await press("escape", "e")
    await look("campaign-form")
    await press("escape")
    with Shop.open(shop, actor="小美") as opened:
        opened.campaigns.send("spring")
    pilot.app.screen.refresh_content()  # type: ignore[attr-defined]
    await settled(pilot)
    await press("o")
    await look("campaign-outcome")
    await press("escape", "w")
    await until_shown(pilot, "[d]")
    await look("campaign-work")
    await press("escape", "escape")


async def reaching(pilot: Pilot[None], look: Look) -> None:
    """What reaches people, one key from the campaigns."""
    for key, name in (("m", "templates"), ("c", "channels"), ("l", "never"), ("d", "days")):
        await pilot.press(key)
        await look(name)
        await pilot.press("escape")


async def paste(pilot: Pilot[None], text: str) -> None:
    assert pilot.app.focused is not None
    pilot.app.focused.post_message(events.Paste(text))
    await pilot.pause()


@pytest.mark.stress
@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "160x45"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_dialogs_look_as_somebody_has_seen_them(
    made: Path, tmp_path: Path, lang: str, size: tuple[int, int]
) -> None:
    compare_all(dialogs, made, tmp_path, lang, size)


@pytest.mark.stress
@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "160x45"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_screens_look_as_somebody_has_seen_them(
    made: Path, tmp_path: Path, lang: str, size: tuple[int, int]
) -> None:
    compare_all(tour, made, tmp_path, lang, size)


# Every screen, both languages and both sizes with every test run; each screen in all four under stress.
def test_one_half_of_the_screens_looks_as_somebody_has_seen_it(made: Path, tmp_path: Path) -> None:
    compare_all(one_half, made, tmp_path, "zh", SMALL)


def test_the_other_half_of_the_screens_looks_as_somebody_has_seen_it(made: Path, tmp_path: Path) -> None:
    compare_all(other_half, made, tmp_path, "en", LARGE)


def compare_all(walk: Walk, made: Path, tmp_path: Path, lang: str, size: tuple[int, int]) -> None:
    """Compare what a walk looks at, in a shop of its own; and the screen of those who have none."""
    shop = tmp_path / "shop"
    shutil.copytree(made, shop)
    (shop / "plugins" / "own.py").write_text(PLUGIN, "utf-8")
    orders = table(tmp_path, ORDERS, "ExportOrderList.csv")
    differing: list[str] = []

    async def story() -> None:
        async def look(name: str) -> None:
            await settled(pilot)
            compare(differing, f"{name}.{lang}.{size[0]}x{size[1]}", lines_of(pilot.app), size)  # type: ignore[arg-type]

        if walk is other_half:
            with Shop.open(shop, actor="小美") as opened:
                opened.imports.run([orders])
            move_file(shop, orders)
        async with running(shop, lang=lang, size=size, actor="小美") as pilot:
            await walk(pilot, shop, orders, look)
        if walk is not one_half:
            async with running(None, lang=lang, size=size) as pilot:
                await first_run(pilot, look)

    with stopped():
        asyncio.run(story())
    assert not differing, "\n".join(differing)
