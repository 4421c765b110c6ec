"""Segments in the terminal: counted one by one, who belongs, why, as of a day gone by, into a file."""

from __future__ import annotations

import asyncio
import gc
import threading
import warnings
from collections.abc import Callable, Coroutine, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from textual.pilot import Pilot

from crmcore import plugin_choices
from crmcore.desk import segment_view
from crmcore.people import Changes, People
from crmcore.records.settings import ShopSettings
from crmcore.shop import Shop
from crmcore.store.stopping import StoppedError
from crmcore.tui.screens.segment_edit import LeaveSegment, RuleText
from crmcore.tui.widgets.text_line import TextLine
from crmcore.tui.widgets.virtual_table import VirtualTable
from tests.store import dossier
from tests.store.test_stopping import ENDLESS
from tests.tui.seeing import running, text_of, until, until_shown, until_shown_below
from tests.tui.small_shop import LEFT_OUT

DAY = 86_400
WIDE = (140, 30)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Five buyers: one who bought twice, 王芳, one whose only order is 200 days old, 李雷."""
    folder = tmp_path / "shop"
    with Shop.create(folder, ShopSettings("CNY", "Asia/Shanghai", "en"), actor="Ann") as opened:
        for name in LEFT_OUT:
            plugin_choices.keep_switch(opened.documents, name, on=False)
        now = opened.clock().now
        for name, days in (
            ("王芳", (30, 20)),
            ("李雷", (200,)),
            ("韩梅", (10,)),
            ("甲", (10,)),
            ("乙", (10,)),
        ):
            number, _maybe = People(opened).add(Changes({"name": name}))
            with opened.write("test") as write:
                for day in days:
                    at = now - day * DAY
                    dossier.order(write, number, f"{number}-{day}", placed_at=at, paid_at=at, net_total=9_900)
                write.touch([number])
        opened.documents.table("segments").insert({"name": "broken", "where": {"nothing": {"eq": 1}}})
    return folder


def play(shop: Path, story: Callable[[Pilot[None]], Coroutine[Any, Any, None]], **how: Any) -> None:
    async def told() -> None:
        async with running(shop, **how) as pilot:
            await pilot.press("f6")
            await until(pilot, lambda: bool(table(pilot).source.count))
            await story(pilot)

    asyncio.run(told())


def table(pilot: Pilot[None]) -> VirtualTable:
    found = pilot.app.screen.query(VirtualTable)
    return found.first() if found else VirtualTable()


def line_with(pilot: Pilot[None], text: str) -> str:
    lines = text_of(pilot.app).splitlines()  # type: ignore[arg-type]
    return next((line for line in lines if text in line), "")


async def choose(pilot: Pilot[None], name: str) -> None:
    """The cursor onto a row."""
    rows = table(pilot).source
    table(pilot).cursor = rows.place_of(name) or 0
    await pilot.pause()


async def type_line(pilot: Pilot[None], text: str) -> None:
    pilot.app.screen.query_one(TextLine).value = text
    await pilot.press("enter")


def test_segments_are_counted_a_wrong_one_says_so_and_why_somebody_is_not_in_one_is_asked_by_name(
    shop: Path,
) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: "%" in line_with(pilot, "Key customers"))
        await until_shown(pilot, "5 customers, today")
        await until(pilot, lambda: "counting" not in text_of(pilot.app))  # type: ignore[arg-type]
        assert "80.0%" in line_with(pilot, "Bought once")
        assert "the card" in line_with(pilot, "! broken")
        await choose(pilot, "twice")
        await until_shown(pilot, "between:")
        await choose(pilot, "lapsed_180")
        await pilot.press("w")
        await until_shown(pilot, "why is who in it")
        await type_line(pilot, "nobody like this")
        await until_shown(pilot, "nobody is known by that")
        await type_line(pilot, "王芳")
        shown = await until_shown(pilot, "王芳 does not belong to it")
        assert "✗ no" in shown
        assert "hers: 20" in shown

    play(shop, story, size=WIDE)


def test_what_is_counted_behind_the_list_ends_when_another_screen_lies_over_it(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = threading.Event()

    def endless(opened: Shop, _name: str) -> int:
        try:
            with opened.database.read() as connection:
                return int(connection.execute(sa.text(ENDLESS)).scalar_one())
        except StoppedError:
            ended.set()
            raise

    count = segment_view.count
    monkeypatch.setattr(segment_view, "count", endless)

    async def story(pilot: Pilot[None]) -> None:
        await until_shown(pilot, "counting: 0 of")
        await choose(pilot, "once")
        await pilot.press("enter")
        await until_shown(pilot, "Bought once: 4 customers, today")
        await until(pilot, ended.is_set)
        monkeypatch.setattr(segment_view, "count", count)
        await pilot.press("escape")
        await until(pilot, lambda: "%" in line_with(pilot, "Key customers"))

    play(shop, story, size=WIDE)


def test_who_belongs_why_and_a_file_that_is_told(shop: Path) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await choose(pilot, "once")
        await pilot.press("enter")
        shown = await until_shown(pilot, "Bought once: 4 customers, today")
        assert "99 CNY" in line_with(pilot, "韩梅")
        await pilot.press("w")
        shown = await until_shown(pilot, "李雷 belongs to it")
        assert "✓ yes" in shown
        await pilot.press("escape", "x")
        await until_shown(pilot, "into which file?")
        await type_line(pilot, "once.json")
        await until_shown(pilot, "Why do you need phones and e-mails?")
        await type_line(pilot, "")  # they stay here
        await until_shown(pilot, "4 customers written into")
        assert "phone" not in (shop / "exports" / "once.json").read_text("utf-8")
        assert (shop / "exports" / "once.json").exists()
        await pilot.press("escape")
        await until_shown_below(pilot, "5 customers, today")

    play(shop, story)


def test_the_first_who_belong_are_gone_through_while_the_others_are_read(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, ids = threading.Event(), segment_view.ids

    def held(opened: Shop, name: str, begun: Callable[[Sequence[int]], None]) -> Sequence[int]:
        found = ids(opened, name, lambda first: begun(first[:2]))
        assert gate.wait(60)
        return found

    monkeypatch.setattr(segment_view, "ids", held)

    async def story(pilot: Pilot[None]) -> None:
        await choose(pilot, "once")
        await pilot.press("enter")
        await until_shown(pilot, "Bought once: … customers, today")
        await until(pilot, lambda: table(pilot).source.count == 2)
        await pilot.press("end")
        her = table(pilot).current
        gate.set()
        await until_shown(pilot, "Bought once: 4 customers, today")
        await until(pilot, lambda: table(pilot).source.count == 4)
        assert her is not None
        assert table(pilot).current == her  # the cursor stays on her

    try:
        play(shop, story)
    finally:
        gate.set()


def test_as_of_a_day_gone_by_is_worked_out_beside_and_can_be_left(shop: Path) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await pilot.press("a")
        await until_shown(pilot, "end of which day?")
        await type_line(pilot, "-25d")
        with Shop.open(shop) as opened:
            day = opened.clock().today - timedelta(days=25)
        await until_shown(pilot, f"5 customers, as of {day}")
        await until(pilot, lambda: "40.0%" in line_with(pilot, "Bought once"))
        await until(pilot, lambda: "counting" not in text_of(pilot.app))  # type: ignore[arg-type]
        await choose(pilot, "twice")
        await pilot.press("enter")
        await until_shown(pilot, f"Bought 2 times: 0 customers, as of {day}")
        await until_shown(pilot, "Nobody belongs to it.")

    play(shop, story)


def test_segments_in_chinese(shop: Path) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: "…" not in text_of(pilot.app))  # type: ignore[arg-type]
        assert "80.0%" in line_with(pilot, "购买一次")
        await choose(pilot, "twice")
        await pilot.press("enter")
        await until_shown(pilot, "王芳")
        await pilot.press("w")
        await until_shown(pilot, "王芳 属于这一群")

    play(shop, story, lang="zh")


def test_a_segment_is_written_with_proposals_and_what_it_finds_is_counted_while_typing(shop: Path) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await pilot.press("n")
        await until_shown(pilot, "A new segment")
        text = pilot.app.screen.query_one(RuleText)
        await until(pilot, lambda: bool(text.text))
        text.load_text("name: rare\nwhere:\n  ord")
        text.move_cursor((2, 5))
        await until_shown(pilot, "> orders:")
        await pilot.press("tab", *"{eq: 1}")
        shown = await until_shown(pilot, "4 of 5 customers")
        assert "80.0%" in shown
        assert "韩梅" in shown
        await pilot.press("backspace")
        await until_shown(pilot, "not YAML")
        await pilot.press("}", "ctrl+s")
        await until_shown(pilot, "rare is kept")
        await until(pilot, lambda: "80.0%" in line_with(pilot, "  rare"))
        await choose(pilot, "rare")
        await pilot.press("e")
        await until_shown(pilot, "Segment rare")
        await until(pilot, lambda: "name: rare" in pilot.app.screen.query_one(RuleText).text)
        await pilot.press("x", "escape")
        await until_shown(pilot, "not kept. Leave it?")
        await pilot.press("y")
        await until(pilot, lambda: table(pilot).source.count > 0)
        await pilot.press("delete")
        await until(pilot, lambda: table(pilot).source.place_of("rare") is None)

    play(shop, story, size=WIDE)


def test_a_segment_of_a_plugin_is_put_aside_only_after_a_question(shop: Path) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await pilot.press("n")
        await until_shown(pilot, "A new segment")
        text = pilot.app.screen.query_one(RuleText)
        await until(pilot, lambda: bool(text.text))
        text.load_text("name: twice\nwhere: {orders: {eq: 2}}\n")
        await pilot.press("ctrl+s")
        await until_shown(pilot, "There is a segment of that name")
        await pilot.press("n", "escape", "y")
        await until(pilot, lambda: table(pilot).source.count > 0)
        assert "this shop's own" not in line_with(pilot, "Bought 2 times")

    play(shop, story, size=WIDE)


def test_esc_pressed_twice_at_once_asks_once_and_nothing_complains(shop: Path) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await pilot.press("n")
        await until_shown(pilot, "A new segment")
        editor = pilot.app.screen
        await until(pilot, lambda: bool(editor.query_one(RuleText).text))
        await pilot.press("x")
        for _twice in range(2):
            editor.post_message(LeaveSegment())
        await until_shown(pilot, "not kept. Leave it?")
        assert len(pilot.app.screen_stack) == 3
        await pilot.press("escape", "escape")
        await until_shown(pilot, "not kept. Leave it?")
        await pilot.press("y")
        await until(pilot, lambda: len(pilot.app.screen_stack) == 1)
        gc.collect()  # a coroutine that nobody awaited complains once it is gone

    with warnings.catch_warnings(record=True) as complaints:
        warnings.simplefilter("always")
        play(shop, story, size=WIDE)
    assert not [str(one.message) for one in complaints if "never awaited" in str(one.message)]


def test_who_came_and_left_is_kept_once_somebody_wants_it(shop: Path) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await choose(pilot, "twice")
        await pilot.press("h")
        await until_shown(pilot, "Record who enters")
        await pilot.press("y")
        await until_shown(pilot, "Bought 2 times: 1 now, recorded since")
        await until_shown(pilot, "Nobody has come or left yet.")
        with Shop.open(shop) as opened:
            with opened.write("test") as write:
                at = opened.clock().now - DAY
                dossier.order(write, 2, "2-again", placed_at=at, paid_at=at, net_total=9_900)
                write.touch([2])
            opened.register.catch_up()
        pilot.app.screen.refresh_content()  # type: ignore[attr-defined]
        await until_shown(pilot, "+ came")
        assert "李雷" in line_with(pilot, "+ came")
        await pilot.press("delete")
        await until_shown(pilot, "leaves? What happened")
        await pilot.press("y")
        await until(pilot, lambda: table(pilot).source.place_of("twice") is not None)

    play(shop, story, size=WIDE)
