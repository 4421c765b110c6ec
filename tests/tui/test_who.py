"""Who is this? From the first letter typed to the card, and what is done on it, from the keyboard."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from crmcore.people import Changes, People
from crmcore.records.identity import buyer_identity
from crmcore.shop import Shop
from crmcore.store.identities import add_identity
from crmcore.tui.screens.who import WhoScreen
from crmcore.tui.widgets.card import CardView
from crmcore.tui.widgets.card_lookup import NoteLine
from crmcore.wide import width
from tests.store import dossier
from tests.tui.seeing import lines_of, running, text_of, until, until_shown

DAY = 86_400
Story = Callable[[Pilot[None]], Coroutine[Any, Any, None]]

ADVISER = """
from crmcore import Advice, Panel, Say, hookimpl

def broken(history, facts):
    raise ValueError(history.profile["name"])

@hookimpl
def crm_advice():
    say = Advice("say", lambda history, facts: Say("[bold]offer the gift box[/]", f"{facts['orders']} orders"))
    return [say, Advice("broken", broken)]

@hookimpl
def crm_panels():
    return [Panel("shelf", lambda history, facts: ["3 creams"], en="Shelf"), Panel("broken", broken, en="Bad")]
"""


@pytest.fixture(scope="module")
def made(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A returning customer to whom things are owed, her masked twin, and two of one surname."""
    path = tmp_path_factory.mktemp("who") / "shop.db"
    shutil.copyfile(sqlite_template, path)
    with Shop.open(f"sqlite:///{path}", actor="clerk") as shop:
        people, now = People(shop), shop.clock().now
        told = {"name": "林晓葵", "nickname": "小葵爱护肤7", "province": "浙江", "city": "杭州市"}
        her, _maybe = people.add(Changes(told, phones=["13800001207"], tags=["敏感肌"]))
        twin, _maybe = people.add(Changes({"name": "林**", "nickname": "小**7"}))
        for name in ("王芳", "王小明"):
            people.add(Changes({"name": name}))
        with shop.write("test") as write:
            for who, known in ((her, "小葵爱护肤7"), (twin, "小**7")):
                add_identity(write, who, buyer_identity(known, "taobao"))
            for number in range(60):
                at = now - (number + 3) * DAY
                paid = {"placed_at": at, "paid_at": at, "net_total": 15_900}
                made = dossier.order(write, her, f"T{number:03}", **paid)
                dossier.line(write, made, f"面霜 {number}")
            dossier.order(write, twin, "M1", placed_at=now - DAY, paid_at=now - DAY)
        people.log(her, "chat", "asked about [red]acids[/red]", at=now - 9 * DAY, owner="Mei", channel="旺旺")
        people.log(her, "promise", "two masks", due_at=now + DAY, owner="Mei")
        people.log(her, "complaint", "the bottle leaks", due_at=now - 3600)
    return path


@pytest.fixture
def shop(made: Path, tmp_path: Path) -> str:
    shutil.copyfile(made, tmp_path / "shop.db")
    return f"sqlite:///{tmp_path / 'shop.db'}"


def play(shop: str, story: Story, **how: Any) -> None:
    async def told() -> None:
        async with running(shop, **how) as pilot:
            await story(pilot)

    asyncio.run(told())


def screen(pilot: Pilot[None]) -> WhoScreen:
    return next(one for one in pilot.app.screen_stack if isinstance(one, WhoScreen))


async def paste(pilot: Pilot[None], text: str) -> None:
    """Paste into whatever has the focus, as a terminal does."""
    assert pilot.app.focused is not None
    pilot.app.focused.post_message(events.Paste(text))
    await pilot.pause()


async def shown(pilot: Pilot[None], name: str = "小葵爱护肤7") -> str:
    """Paste a name; the card."""
    await paste(pilot, name)
    text = await until_shown(pilot, "promotion: ")
    await until(pilot, lambda: isinstance(pilot.app.focused, CardView))
    return text


def test_typing_finds_and_enter_opens_the_one_who_is_meant(shop: str) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await until_shown(pilot, "Type or paste what you have of her.")
        await pilot.press("1", "2", "0", "7")
        await until_shown(pilot, "phone 1380000")
        await pilot.press("enter")
        text = await until_shown(pilot, "promotion: ")
        assert "[returning] 小葵爱护肤7  林晓葵" in text
        await pilot.press("slash", "x", "y")
        await until_shown(pilot, "Nobody is known by that.")
        await pilot.press("escape", "backspace")  # nothing to go into: the text is ready to be replaced
        await until_shown(pilot, "looked at before")
        await paste(pilot, "王")
        await until_shown(pilot, "found 2")  # of several one is chosen
        await pilot.press("tab", "z")  # typing on leads back into the line
        await until_shown(pilot, "Nobody is known by that.")  # else the answer before could pass for the next
        await pilot.press("backspace")
        await until_shown(pilot, "found 2")
        await pilot.press("down", "enter")
        assert "王芳" in await until_shown(pilot, "nothing bought yet")

    play(shop, story)


def test_the_card_says_what_matters_on_a_small_screen_and_just_her_joins_the_masked_record(shop: str) -> None:
    async def story(pilot: Pilot[None]) -> None:
        text = await shown(pilot)
        for words in (
            "60 orders  9,540 CNY in all  159 CNY each  last 3 days ago",
            "! complaint open #3 the bottle leaks",
            "[c] deal with it",
            "owed to her #2 two masks",
            "[d] kept",
            "旺旺 Mei  asked about [red]acids[/red]",
            "orders (60)",
            "敏感肌",
            "1 tell her first how her complaint stands: the bottle leaks",
            "promotion: no - complaint open: #3",
            "may be the same: 小**7 林** #2",
        ):
            assert words in text
        assert all(width(line) <= 80 for line in lines_of(pilot.app))  # type: ignore[arg-type]
        assert screen(pilot).query_one(CardView).max_scroll_y == 0
        assert "found 1, maybe 1" in text
        await pilot.press("m")
        assert "may be the same" not in await until_shown(pilot, "61 orders")
        await pilot.press("ctrl+z")
        await until_shown(pilot, "60 orders")
        await until_shown(pilot, "may be the same")

    play(shop, story)


def test_a_possible_match_is_confirmed_from_the_list(shop: str) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await paste(pilot, "小熊爱睡觉7")
        await until_shown(pilot, "maybe 1")
        assert "promotion: " not in text_of(pilot.app)  # type: ignore[arg-type]  # not opened by itself
        await pilot.press("tab", "m")
        await until_shown(pilot, "that's her: 小熊爱睡觉7 fits 小**7")
        await until_shown(pilot, "found 1")

    play(shop, story)


def test_chinese_on_the_card_begins_a_note_and_tab_says_what_it_is(shop: str) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await shown(pilot)
        screen(pilot).query_one(CardView).post_message(events.Key("U+597D", "好"))
        await until_shown(pilot, "Note (what was said)  > 好")
        await paste(pilot, "，明天发")
        await pilot.press("enter")
        await until_shown(pilot, "Chat clerk  好，明天发")
        assert isinstance(pilot.app.focused, CardView)
        await pilot.press("n", "tab", "o", "k", "escape")
        await until_shown(pilot, "Note (to remember)  > ok")
        await pilot.press("n", "enter")
        await until(pilot, lambda: len(screen(pilot).her.notes) == 1)
        await pilot.press("ctrl+z", "ctrl+z")
        await until(pilot, lambda: not screen(pilot).her.notes and len(screen(pilot).her.talks) == 1)

    play(shop, story)


def test_whom_somebody_looks_up_in_the_line_for_a_note_does_not_become_one(shop: str) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await shown(pilot)
        await paste(pilot, "王芳")
        await pilot.press("enter")
        text = await until_shown(pilot, "王芳 is what another customer is called")
        assert "keep it as a note on 小葵爱护肤7" in text
        await pilot.press("enter")
        await until_shown(pilot, "nothing bought yet")
        assert screen(pilot).her.card.name == "王芳"
        # What was begun stays with the one it is about; what is kept says for whom, and is kept once.
        await paste(pilot, "asks about 王小明")
        await pilot.press("escape", "slash")
        await paste(pilot, "1207")
        await until_shown(pilot, "小葵爱护肤7  林晓葵")
        await until(pilot, lambda: not screen(pilot).query_one(NoteLine).text)
        await paste(pilot, "好")
        for _twice in "12":
            pilot.app.focused.post_message(events.Key("enter", "\r"))  # type: ignore[union-attr]
        await until_shown(pilot, "noted for 小葵爱护肤7: 好  (^Z takes it back)")
        await until(pilot, lambda: isinstance(pilot.app.focused, CardView))
        assert len([one for one in screen(pilot).her.talks if one.text == "好"]) == 1
        await pilot.press("slash")
        await paste(pilot, "王芳")
        await until_shown(pilot, "> asks about 王小明")

    play(shop, story)


def test_a_promise_is_kept_a_complaint_settled_a_call_back_planned(shop: str) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await shown(pilot)
        await pilot.press("p")
        await until_shown(pilot, "What was she promised?")
        await paste(pilot, "a gift box")
        await pilot.press("enter")
        await paste(pilot, "someday")
        await pilot.press("enter")
        await until_shown(pilot, "! 'someday' is not a time")
        await pilot.press(*["backspace"] * 7)
        await paste(pilot, "明天 18:00")
        await pilot.press("enter")
        await until_shown(pilot, "clerk, due tomorrow 18:00")
        await pilot.press("d")
        await until_shown(pilot, "Which one is done?")
        await pilot.press("down", "enter")
        await until(pilot, lambda: len(screen(pilot).her.alerts_of("promise")) == 1)
        await pilot.press("c")
        await until_shown(pilot, "being dealt with")
        await pilot.press("down", "enter")
        await until_shown(pilot, "promotion: ask first")
        assert not screen(pilot).her.alerts_of("complaint")
        await pilot.press("f")
        await until_shown(pilot, "What to get back to her about?")
        await paste(pilot, "how is the cream")
        await pilot.press("enter")
        await paste(pilot, "3天后")
        await pilot.press("enter")
        await until_shown(pilot, "call-back #5 how is the cream")

    play(shop, story)
