"""Campaigns in the terminal: made of a plan, planned, looked at, sent, worked by hand with one key."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from textual.pilot import Pilot

from crmcore.people import Changes, People
from crmcore.records.settings import ShopSettings
from crmcore.shop import Shop
from crmcore.store.stopping import StoppedError
from crmcore.store.suppressing import state_basis
from crmcore.tui.screens import campaign_acts
from crmcore.tui.screens import campaign_commands as commands
from crmcore.tui.widgets.form import Form
from crmcore.tui.widgets.text_line import TextLine
from crmcore.tui.widgets.virtual_table import VirtualTable
from tests.store import dossier
from tests.store.test_stopping import ENDLESS
from tests.tui.seeing import running, text_of, until, until_shown

DAY = 86_400
WORDS = "Hello #客户昵称#, it has been a while"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Four customers who bought once and can be rung, one who cannot; a draft for all of them."""
    folder = tmp_path / "shop"
    with Shop.create(folder, ShopSettings("CNY", "Asia/Shanghai", "en"), actor="Ann") as opened:
        at = opened.clock().now - 30 * DAY
        for number, name in enumerate(("王芳", "李雷", "韩梅", "赵敏", "钱多")):
            phones = [f"1390013900{number}"] if number else []
            who, _maybe = People(opened).add(Changes({"name": name}, phones=phones))
            with opened.write("test") as write:
                dossier.order(write, who, str(who), placed_at=at, paid_at=at, net_total=9_900)
                write.touch([who])
        with opened.write("basis") as write:
            state_basis(write, "*", "they agreed when they ordered", None, at)
        opened.campaigns.change_rules({"quiet": "off"})
        body = {"segment": "once", "channels": ["phone"], "control": 0, "messages": {"*": {"text": WORDS}}}
        opened.campaigns.new("calls", "one_off", {**body, "title": "Old customers"})
    return folder


def play(shop: Path, story: Callable[[Pilot[None]], Coroutine[Any, Any, None]], **how: Any) -> None:
    async def told() -> None:
        async with running(shop, **how) as pilot:
            await pilot.press("f5")
            await until(pilot, lambda: bool(pilot.app.screen.query_one(VirtualTable).source.count))
            await story(pilot)

    asyncio.run(told())


async def type_line(pilot: Pilot[None], text: str) -> None:
    pilot.app.screen.query_one(TextLine).value = text
    await pilot.press("enter")


def test_planned_looked_at_sent_and_worked(shop: Path) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await until_shown(pilot, "Old customers")
        await pilot.press("enter")
        shown = await until_shown(pilot, "Nothing is planned yet.")
        assert "Bought once" in shown
        await pilot.press("p")
        shown = await until_shown(pilot, "4 of 5 get it")
        assert "gets it: Phone call" in shown
        assert "not: no address for it" in shown
        await pilot.press("v")
        await until_shown(pilot, "What would who read?")
        await type_line(pilot, "李雷")
        shown = await until_shown(pilot, "Hello 李雷, it has")
        assert "As things stand now: gets it" in shown
        await pilot.press("escape", "down", "down", "enter")
        await until_shown(pilot, "not: no address for it  1 customer")
        await until_shown(pilot, "王芳")
        await pilot.press("escape", "s")
        await until_shown(pilot, "Send Old customers to 4 people now?")
        await pilot.press("y")
        await until_shown(pilot, "to be sent by hand 4")
        await until_shown(pilot, "all sent")
        await pilot.press("w")
        shown = await until_shown(pilot, "4 waiting, 0 done")
        assert "+8613900139001" in shown
        assert pilot.app.clipboard.startswith("Hello 李雷")
        await pilot.press("d")
        await until_shown(pilot, "3 waiting, 1 done")
        await pilot.press("n")
        await until_shown(pilot, "when to try again?")
        await type_line(pilot, "yesterday")
        await until_shown(pilot, "in the future")
        await type_line(pilot, "+2h")
        await until_shown(pilot, "2 waiting, 1 done  1 later")
        await pilot.press("x")
        await until_shown(pilot, "1 waiting, 2 done")
        await pilot.press("s")
        shown = await until_shown(pilot, "Nobody waits now.")
        assert "1 comes up later, at " in shown
        await pilot.press("escape")
        await until_shown(pilot, "all sent")
        await pilot.press("o")
        shown = await until_shown(pilot, "What it earned")
        assert "no control group" in shown
        assert "unsubscribed" in shown

    play(shop, story)
    with Shop.open(shop) as opened:
        assert {name: n for name, n in opened.campaigns.status("calls").as_json()["states"].items() if n}


def test_who_does_not_wait_for_the_outcome_ends_the_counting(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = threading.Event()

    def endless(opened: Shop, _name: str) -> None:
        try:
            with opened.database.read() as connection:
                connection.execute(sa.text(ENDLESS))
        except StoppedError:
            ended.set()
            raise

    monkeypatch.setattr(campaign_acts, "outcome", endless)

    async def story(pilot: Pilot[None]) -> None:
        await pilot.press("enter")
        await until_shown(pilot, "Nothing is planned yet.")
        pilot.app.screen.post_message(commands.ShowOutcome())
        await until_shown(pilot, "Going through its messages")
        await pilot.press("escape")
        await until(pilot, ended.is_set)
        await until_shown(pilot, "Nothing is planned yet.")

    play(shop, story)


def test_a_campaign_is_made_of_a_plan_and_ended(shop: Path) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await pilot.press("n")
        await until_shown(pilot, "Which plan?")
        await pilot.press("enter")
        await until_shown(pilot, "A new campaign")
        form = pilot.app.screen.query_one(Form)
        for name, text in {"name": "new_one", "title": "New", "segment": "onc", "channels": "phone"}.items():
            form.set_value(name, text)
        await pilot.press("ctrl+s")
        await until_shown(pilot, "there is no segment")
        form.set_value("segment", "once")
        await pilot.press("ctrl+s")
        await until_shown(pilot, "new_one is made")
        await until_shown(pilot, "Nothing is planned yet.")
        await pilot.press("delete")
        await until_shown(pilot, "End this campaign for good?")
        await pilot.press("y")
        shown = await until_shown(pilot, "New  ended")
        assert "s Send" not in shown

    play(shop, story, size=(100, 34))


def test_without_campaigns_the_screen_says_how_to_begin(sqlite_url: str) -> None:
    async def story() -> None:
        async with running(sqlite_url) as pilot:
            await pilot.press("f5")
            await until_shown(pilot, "Press n to make the first")
            assert "w Work" not in text_of(pilot.app)  # type: ignore[arg-type]

    asyncio.run(story())
