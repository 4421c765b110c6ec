"""The area of imports: files picked, planned, brought in, stopped, gone on with, taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path

from textual import events
from textual.pilot import Pilot

from crmcore.shop import Shop
from crmcore.tui.screens.import_pick import PathLine
from crmcore.tui.widgets.text_line import TextLine
from tests.importing.held import after_the_first_chunk
from tests.importing.shops import mapping, table
from tests.tui.seeing import running, text_of, until, until_shown

FIELDS = ["order_ref", "buyer_ref", "placed_at", "paid_at", "order_total"]


def orders_file(folder: Path, *, bad: int = 0, count: int = 3) -> Path:
    """`orders.csv` with its mapping beside it; the first `bad` rows have no day."""
    mapping(folder, "orders", record="order", columns=FIELDS)
    rows = [
        {
            "order_ref": f"A{i}", "buyer_ref": f"b{i}", "placed_at": "no day" if i < bad else "2025-01-05",
            "paid_at": "2025-01-05", "order_total": 5,
        }
        for i in range(count)
    ]  # fmt: skip
    return table(folder, rows, "orders.csv")


def play(shop: str, steps: Callable[[Pilot[None]], Coroutine[None, None, None]], **more: object) -> None:
    async def run() -> None:
        async with running(shop, **more) as pilot:  # type: ignore[arg-type]
            await pilot.press("f7")
            await steps(pilot)

    asyncio.run(run())


async def drop(pilot: Pilot[None], text: str) -> None:
    """What a terminal sends when files are dropped onto it."""
    pilot.app.screen.post_message(events.Paste(text))
    await pilot.pause()


def test_dropped_files_are_planned_brought_in_told_of_and_taken_back(sqlite_url: str, tmp_path: Path) -> None:
    file = orders_file(tmp_path, bad=1, count=4)

    async def steps(pilot: Pilot[None]) -> None:
        await until_shown(pilot, "Nothing was imported yet")
        await drop(pilot, f"'{file}' ")
        shown = await until_shown(pilot, "would be set aside")
        assert "orders.yaml" in shown
        assert "not a date" in shown
        await pilot.press("enter")
        shown = await until_shown(pilot, "3 customers who have bought, 3 not seen for 90 days")
        assert "1 row was set aside" in shown
        await pilot.press("u")
        await until_shown(pilot, "Take back import 1 (orders.csv)?")
        await pilot.press("y")
        shown = await until_shown(pilot, "Taken back:")
        assert "undone" in shown

    play(sqlite_url, steps)
    with Shop.open(sqlite_url) as shop:
        assert [one.state for one in shop.imports.all()] == ["undone"]


def test_an_unknown_file_says_what_can_be_done_and_takes_a_mapping(sqlite_url: str, tmp_path: Path) -> None:
    file = orders_file(tmp_path)
    said = (tmp_path / "orders.yaml").rename(tmp_path / "mine.yaml")

    async def steps(pilot: Pilot[None]) -> None:
        await drop(pilot, str(file))
        await until_shown(pilot, "a says what it is")
        assert "Import now" not in text_of(pilot.app)  # type: ignore[arg-type]
        await pilot.press("m")
        await until_shown(pilot, "Which mapping file")
        pilot.app.screen.query_one(TextLine).value = str(said)
        await pilot.press("enter")
        await until_shown(pilot, "mine.yaml")
        assert "Import now" in text_of(pilot.app)  # type: ignore[arg-type]

    play(sqlite_url, steps)


def test_picking_in_a_folder_completes_paths_and_marks_files(sqlite_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    orders_file(folder)

    async def steps(pilot: Pilot[None]) -> None:
        await pilot.press("i")
        await until_shown(pilot, "Which files?")
        line = pilot.app.screen.query_one(PathLine)
        line.value = f"{tmp_path}/fil"
        line.cursor_position = len(line.value)
        await pilot.press("tab")
        assert line.value == f"{tmp_path}/files/"
        await until_shown(pilot, "orders.csv")
        await pilot.press("down")  # into the list, where the cursor is on what was looked for
        assert "↵ Open" in await until_shown(pilot, "Tab Type a path")
        await pilot.press("tab", "down", "up", "up", "down", "g")  # and out of it: Tab, Up, and by typing on
        assert line.value == f"{tmp_path}/files/g"
        await pilot.press("backspace")
        await until_shown(pilot, "orders.csv")
        await pilot.press("down", "space")
        await until_shown(pilot, "1 file picked: orders.csv")
        await pilot.press("enter")  # the cursor has gone on to the next file: that one is not picked
        shown = await until_shown(pilot, "What it is")
        assert "orders.yaml" not in shown.replace("(orders.yaml)", "")
        await pilot.press("escape")
        await until_shown(pilot, "1 file picked: orders.csv")
        pilot.app.screen.query_one(PathLine).value = f"{folder}/ord"  # filters the list, names nothing
        await pilot.press("ctrl+g")
        await until_shown(pilot, "What it is")
        await pilot.press("escape")
        await until_shown(pilot, "1 file picked: orders.csv")
        await pilot.press("escape")
        await until_shown(pilot, "Nothing was imported yet")

    play(sqlite_url, steps)


def test_an_import_that_is_stopped_goes_on_though_its_file_was_moved(
    postgresql_url: str, tmp_path: Path
) -> None:
    file = orders_file(tmp_path, count=4_500)

    async def steps(pilot: Pilot[None]) -> None:
        with Shop.open(postgresql_url) as other:
            with other.write("hold the plan"):  # so that it is not there yet
                await drop(pilot, str(file))
                await until_shown(pilot, "working out what would change")
                await pilot.press("enter")
                await until_shown(pilot, "Import without it?")
            with after_the_first_chunk(postgresql_url):
                await pilot.press("y")
                await until(pilot, lambda: [one.chunks_done for one in other.imports.all()] == [1])
                await until_shown(pilot, "importing")
                await pilot.press("ctrl+q")
                await until_shown(pilot, "Leaving stops it")
                await pilot.press("escape")
                await pilot.press("x")
                await until_shown(pilot, "interrupted")
        moved = file.rename(tmp_path / "moved.csv")
        await pilot.press("r")
        await until_shown(pilot, "Where is it now?")
        pilot.app.screen.query_one(TextLine).value = str(moved)
        await pilot.press("enter")
        await until_shown(pilot, "4,500 customers who have bought")

    play(postgresql_url, steps)
    with Shop.open(postgresql_url) as shop:
        (row,) = shop.imports.all()
        assert (row.state, row.counts.new) == ("done", 4_500)


def test_rows_set_aside_are_shown_and_written_into_a_file(sqlite_url: str, tmp_path: Path) -> None:
    file = orders_file(tmp_path, bad=2)
    with Shop.open(sqlite_url, actor="clerk") as shop:
        shop.imports.run([file], mapping=tmp_path / "orders.yaml")

    async def steps(pilot: Pilot[None]) -> None:
        await until_shown(pilot, "orders.csv")
        await pilot.press("enter")
        shown = await until_shown(pilot, "2 rows set aside")
        assert "3 = 1 new + 0 changed + 0 same + 2 set aside" in shown
        await pilot.press("e")
        await until_shown(pilot, "Where to write")
        await pilot.press("enter")
        await until(pilot, lambda: (Path.cwd() / "rejects-1.csv").is_file())

    play(sqlite_url, steps)
    assert "no day" in (Path.cwd() / "rejects-1.csv").read_text("utf-8-sig")
