"""The dashboard: tiles side by side, taken off, moved, put there from a report; its records' process ends."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from textual.content import Content

from crmcore.analytics.tiles import Shown, Tile
from crmcore.shop import Shop
from crmcore.tui.screens.dashboard import DashboardScreen
from crmcore.tui.widgets.tile_lines import tile_lines, tiles_beside
from tests.store import dossier
from tests.tui.seeing import lines_of, running, until, until_shown

DAY = 86_400


@pytest.mark.parametrize(("width", "beside"), [(20, 1), (77, 2), (117, 3), (300, 4)])
def test_tiles_stand_beside_each_other_as_the_width_takes(width: int, beside: int) -> None:
    assert tiles_beside(width) == beside
    tiles = [Shown(Tile("sales"), f"标题 {n}", "9,900", ("一行",)) for n in range(3)]
    lines = tile_lines([*tiles, Shown(Tile("x"), "x", problem="no such report")], 1, width)
    assert all(isinstance(one, Content) and one.cell_length <= width for one in lines)
    text = "\n".join(one.plain for one in lines)
    assert "> 标题 1" in text
    assert "! no such report"[: width - 6] in text


def test_tiles_are_chosen_by_the_shop(sqlite_url: str) -> None:
    with Shop.open(sqlite_url, actor="Ann") as shop:
        at = shop.clock().now - DAY
        with shop.write("made") as write:
            who = dossier.customer(write, "王芳")
            dossier.order(write, who, "1", placed_at=at, paid_at=at, net_total=9_900)
            write.touch([who])
        before, before_it = len(shop.dashboards.get()), shop.clock().today - timedelta(days=9)

    def kept() -> list[Tile]:
        with Shop.open(sqlite_url) as shop:
            return shop.dashboards.get()

    async def story() -> None:
        async with running(sqlite_url, size=(100, 40)) as pilot:
            await pilot.press("f8", "d")
            await until_shown(pilot, "as of now")
            board = pilot.app.screen
            assert isinstance(board, DashboardScreen)
            assert any(line.startswith(" > Sales: Paid") for line in lines_of(pilot.app))  # type: ignore[arg-type]
            await pilot.press("right", "m")
            await until(pilot, lambda: kept()[0].column == "orders")
            await until_shown(pilot, "> Sales: Orders")
            await until_shown(pilot, "as of now")
            await pilot.press("delete")
            await until(pilot, lambda: len(kept()) == before - 1)
            await until_shown(pilot, "> Sales: Paid")
            await until_shown(pilot, "as of now")
            await pilot.press("enter")
            await until_shown(pilot, "An order counts when")
            await pilot.press("d")
            await until_shown(pilot, "What shall stand on the dashboard?")
            await pilot.press("enter")
            await until(pilot, lambda: len(kept()) == before)
            await pilot.press("escape")
            await until_shown(pilot, "as of now")
            # Of a day before the only order.
            await pilot.press("a")
            await until_shown(pilot, "As it was at the end of which day?")
            await pilot.press(*str(before_it), "enter")
            await until_shown(pilot, f"as of {before_it}")
            assert not any("99.00" in line for line in lines_of(pilot.app))  # type: ignore[arg-type]
            await pilot.press("escape")
            await until_shown(pilot, "What it answers")

    asyncio.run(story())
