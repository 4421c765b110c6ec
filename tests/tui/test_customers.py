"""The list of customers, the form over it, and who else may be the same person."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from textual.pilot import Pilot

from crmcore.people import Changes, People
from crmcore.shop import Shop
from crmcore.tui.screens.customers import CustomersScreen
from crmcore.tui.screens.customers_commands import NarrowList, NewCustomer, SortList, TagCustomers
from crmcore.tui.widgets.find_line import FindLine
from crmcore.tui.widgets.form import Form
from crmcore.tui.widgets.text_line import TextLine
from tests.store.dossier import customer, order
from tests.tui.seeing import lines_of, running, text_of, until, until_shown

DAY = 86_400
Scene = Callable[[Pilot[None], CustomersScreen], Awaitable[None]]


@pytest.fixture
def url(sqlite_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> str:
    """A shop of three buyers: Bo ordered last, 张小明 most, 李娜 in between."""
    monkeypatch.setenv("HOME", str(tmp_path))
    with Shop.open(sqlite_url, actor="Wang") as shop, shop.write("add") as write:
        for name, when, count in (("Bo", 300, 1), ("张小明", 100, 3), ("李娜", 200, 2)):
            who = customer(write, name, city="杭州市")
            for number in range(count):
                at = (20_000 + when + number) * DAY
                order(write, who, f"{name}{number}", placed_at=at, paid_at=at, net_total=12_800)
    return sqlite_url


def play(url: str, scene: Scene, *, size: tuple[int, int] = (80, 24), lang: str = "en") -> None:
    async def run() -> None:
        async with running(url, size=size, lang=lang) as pilot:
            await pilot.app.action_go("customers")  # type: ignore[attr-defined]
            await pilot.pause()
            screen = pilot.app.screen
            assert isinstance(screen, CustomersScreen)
            await until(pilot, lambda: screen.table.source.count > 0)
            await scene(pilot, screen)

    asyncio.run(run())


def names(screen: CustomersScreen) -> list[str]:
    """The names in the table, from above."""
    rows = lines_of(screen.app)[3:]  # type: ignore[arg-type]
    return [row[2:12].strip() for row in rows if row[2:12].strip() and row[:2] in ("  ", "> ", " *", ">*")]


def test_sorted_found_as_one_types_and_narrowed_down_to_a_tag(url: str) -> None:
    async def scene(pilot: Pilot[None], screen: CustomersScreen) -> None:
        await until_shown(pilot, "3 customers  by last order")
        assert names(screen)[:3] == ["Bo", "李娜", "张小明"]
        await pilot.click(screen.table, offset=(5, 0))
        await until_shown(pilot, "by name")
        assert names(screen)[:3] == ["Bo", "李娜", "张小明"]
        await pilot.click(screen.table, offset=(5, 0))
        await until(pilot, lambda: names(screen)[:3] == ["张小明", "李娜", "Bo"])
        screen.query_one(FindLine).query_one(TextLine).value = "zxm"
        await until_shown(pilot, "found 1")
        assert names(screen) == ["张小明"]
        screen.query_one(FindLine).query_one(TextLine).value = "nobody at all"
        await until_shown(pilot, "Nobody is known by that.")
        await pilot.press("escape")
        await until_shown(pilot, "3 customers")
        screen.post_message(SortList())
        await until_shown(pilot, "orders bought")
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: names(screen)[:3] == ["张小明", "李娜", "Bo"])
        screen.post_message(NarrowList())
        await until_shown(pilot, "everybody")
        await pilot.press("down", "enter")
        await until_shown(pilot, "1 customer  by orders bought  tag VIP")
        assert names(screen) == ["Bo"]

    with Shop.open(url, actor="Wang") as shop:
        People(shop).edit(1, Changes({}, tags=["VIP"]))
    play(url, scene)


def test_tagging_the_marked_ones_is_one_act_that_the_undo_key_takes_back(url: str) -> None:
    async def scene(pilot: Pilot[None], screen: CustomersScreen) -> None:
        screen.table.action_mark()
        await pilot.pause()
        screen.table.action_mark()
        await until_shown(pilot, "2 marked")
        screen.post_message(TagCustomers())
        await until_shown(pilot, "Tag 2 customers")
        pilot.app.screen.query_one(TextLine).value = "敏感肌"
        await pilot.press("enter")
        await until_shown(pilot, "^Z takes it back")
        await until(pilot, lambda: sum("敏感肌" in row for row in lines_of(pilot.app)[3:6]) == 2)  # type: ignore[arg-type]
        await pilot.press("ctrl+z")
        await until(pilot, lambda: not any("敏感肌" in row for row in lines_of(pilot.app)[3:6]))  # type: ignore[arg-type]

    play(url, scene)


def test_editing_in_place_and_two_at_once_see_both_texts(url: str) -> None:
    async def scene(pilot: Pilot[None], screen: CustomersScreen) -> None:
        screen.table.cursor = 1
        await pilot.press("e")
        await until(pilot, lambda: bool(pilot.app.screen.query(Form)))
        form = pilot.app.screen.query_one(Form)
        with Shop.open(url, actor="Wang") as shop:
            People(shop).edit(3, Changes({"city": "宁波市", "note": "calls in the evening"}))
        form.set_value("birthday", "1990-13-01")
        form.set_value("city", "温州市")
        await pilot.press("ctrl+s")
        await until_shown(pilot, "is not a birthday")
        form.set_value("birthday", "1990-05-17")
        await pilot.press("ctrl+s")
        shown = await until_shown(pilot, "Wang changed her meanwhile")
        assert "! Wang wrote: 宁波市" in shown
        assert form.values["note"] == "calls in the evening"
        form.set_value("name", "李娜娜")
        await pilot.press("ctrl+s")
        await until_shown(pilot, "Saved 李娜")
        await until(pilot, lambda: names(screen)[1] == "李娜娜")
        assert screen.table.cursor == 1

    play(url, scene)
    with Shop.open(url) as shop:
        card, _page = People(shop).show(3)
    assert (card.city, card.note, card.birthday) == ("温州市", "calls in the evening", "1990-05-17")


def test_adding_somebody_shows_who_may_be_the_same_before(url: str) -> None:
    async def scene(pilot: Pilot[None], screen: CustomersScreen) -> None:
        screen.post_message(NewCustomer())
        await until(pilot, lambda: bool(pilot.app.screen.query(Form)))
        pilot.app.screen.query_one(Form).set_value("name", "李娜")
        await pilot.press("ctrl+s")
        await until_shown(pilot, "somebody else: add her")
        assert screen.table.source.count == 3
        await pilot.press("down", "enter")
        await until_shown(pilot, "Added 李娜")
        await until(pilot, lambda: screen.table.source.count == 4)

    play(url, scene)


def test_a_wide_screen_shows_her_beside_the_list_and_speaks_chinese(url: str) -> None:
    async def scene(pilot: Pilot[None], screen: CustomersScreen) -> None:
        await until_shown(pilot, "[买过一次] Bo")
        screen.table.cursor = 2
        await until_shown(pilot, "[老顾客] 张小明")
        assert "384 元" in text_of(pilot.app)  # type: ignore[arg-type]

    play(url, scene, size=(140, 24), lang="zh")


def test_an_empty_shop_says_what_to_do(sqlite_url: str) -> None:
    async def run() -> None:
        async with running(sqlite_url) as pilot:
            await pilot.app.action_go("customers")  # type: ignore[attr-defined]
            await until_shown(pilot, "Import your orders (F7)")

    asyncio.run(run())
