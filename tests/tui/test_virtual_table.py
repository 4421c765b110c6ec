"""The table: what its lines look like, and how it moves over more rows than it holds."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from textual.app import App, ComposeResult
from textual.pilot import Pilot

from crmcore import wide
from crmcore.errors import CrmError
from crmcore.tui.widgets.table_columns import fit, line
from crmcore.tui.widgets.virtual_table import Column, ListSource, Row, Source, VirtualTable
from tests.tui.seeing import lines_of, until

COLUMNS = (
    Column("姓名", 8, share=1, sort="name"),
    Column("单数", 6, right=True, sort="orders", descending=True),
    Column("地区", 10, drop=1),
    Column("备注", 20, share=1, drop=2),
)


def laid(width: int, *cells: str) -> str:
    return line(COLUMNS, fit(COLUMNS, width), cells)


def test_chinese_cells_stand_in_their_columns_and_are_cut_with_a_sign() -> None:
    text = laid(50, "欧阳小明很长的名字", "12", "浙江杭州", "喜欢清爽型")
    assert wide.width(text) == 48  # two more are the gutter
    assert text.startswith("欧阳小… ")
    assert "    12 浙江杭州  " in text


def test_a_file_name_is_cut_in_its_middle_so_that_two_of_a_day_are_told_apart() -> None:
    names = [f"ExportOrder{what}List202611272359.xlsx" for what in ("", "Detail")]
    column = (Column("文件", 26, middle=True),)
    cells = [line(column, fit(column, 28), (name,)).strip() for name in names]
    assert cells == ["ExportOrderLi…1272359.xlsx", "ExportOrderDe…1272359.xlsx"]
    assert all(wide.width(wide.cut_middle("订单导出明细表.xlsx", room)) <= room for room in range(1, 25))


def test_columns_are_left_out_where_they_do_not_fit() -> None:
    assert [one.number for one in fit(COLUMNS, 80)] == [0, 1, 2, 3]
    assert [one.number for one in fit(COLUMNS, 40)] == [0, 1, 2]
    assert [one.number for one in fit(COLUMNS, 24)] == [0, 1]
    assert wide.width(laid(10, "欧阳小明", "12")) <= 8


def test_a_cell_cannot_steer_the_terminal() -> None:
    assert "\x1b" not in laid(80, "\x1b[2Jx", "1\n2")


class Numbers(Source):
    """So many rows, each fetched page noted; `gate` holds the fetching back."""

    def __init__(self, count: int) -> None:
        self._count = count
        self.fetched: list[int] = []
        self.gate = threading.Event()
        self.gate.set()
        self.error: Exception | None = None

    @property
    def count(self) -> int:
        return self._count

    def page(self, first: int, count: int) -> Sequence[Row]:
        assert self.gate.wait(60)
        if self.error:
            raise self.error
        self.fetched.append(first)
        return [Row(n, (f"客户{n}", str(n))) for n in range(first, min(first + count, self._count))]

    def place_of(self, key: object) -> int | None:
        return key if isinstance(key, int) and key < self._count else None


class Shown(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[Any] = []
        self.complaints: list[CrmError] = []

    def compose(self) -> ComposeResult:
        yield VirtualTable(*COLUMNS, markable=True)

    def on_virtual_table_row_chosen(self, event: VirtualTable.RowChosen) -> None:
        self.said.append(("chosen", event.row.key))

    def on_virtual_table_sort_asked(self, event: VirtualTable.SortAsked) -> None:
        self.said.append(("sort", event.name, event.descending))
        event.table.sorted_by(event.name, event.descending)

    def complain(self, error: CrmError) -> None:
        self.complaints.append(error)


def play(scene: Callable[[Pilot[None], VirtualTable, Callable[[], list[str]]], Awaitable[None]]) -> Shown:
    async def run() -> Shown:
        app = Shown()
        async with app.run_test(size=(40, 8)) as pilot:
            await scene(pilot, app.query_one(VirtualTable), lambda: lines_of(app))  # type: ignore[arg-type]
        return app

    return asyncio.run(run())


def test_a_million_rows_fetch_only_what_is_looked_at() -> None:
    source = Numbers(1_000_000)

    async def scene(pilot: Pilot[None], table: VirtualTable, seen: Callable[[], list[str]]) -> None:
        table.show(source)
        await until(pilot, lambda: seen()[1].startswith("> 客户0 "))
        table.action_last()
        await until(pilot, lambda: seen()[7].startswith("> 客户999999"))
        table.action_page(-1)
        await until(pilot, lambda: seen()[1].startswith("> 客户999993"))
        table.scroll_to(y=500_000, animate=False)
        await until(pilot, lambda: seen()[1].startswith("  客户500000"))
        assert len(source.fetched) < 12

    play(scene)


def test_rows_on_their_way_are_dots_and_a_newer_picture_replaces_them_in_place() -> None:
    source, newer = Numbers(1000), Numbers(500)

    async def scene(pilot: Pilot[None], table: VirtualTable, seen: Callable[[], list[str]]) -> None:
        table.show(source)
        await until(pilot, lambda: "客户0" in seen()[1])
        source.gate.clear()
        table.cursor = 400
        await until(pilot, lambda: seen()[7].startswith("> …"))
        source.gate.set()
        await until(pilot, lambda: seen()[7].startswith("> 客户400"))
        newer.gate.clear()
        table.show(newer, keep=True)
        await pilot.pause()
        assert seen()[7].startswith("> 客户400")  # the old picture stays until the new one is there
        newer.gate.set()
        await until(pilot, lambda: table.source is newer)
        assert seen()[7].startswith("> 客户400")

    play(scene)


def test_marks_sort_signs_and_choosing_by_key_and_by_mouse() -> None:
    rows = [Row(n, (f"客户{n}", str(n), "杭州")) for n in range(20)]

    async def scene(pilot: Pilot[None], table: VirtualTable, seen: Callable[[], list[str]]) -> None:
        table.show(ListSource(rows))
        table.focus()
        await pilot.press("space", "enter")
        await pilot.click(table, offset=(5, 4), times=2)
        await pilot.click(table, offset=(0, 5))
        await pilot.click(table, offset=(26, 0))
        await pilot.click(table, offset=(26, 0))
        await until(pilot, lambda: "单数▲" in seen()[0])
        assert seen()[1].startswith(" *客户0")
        assert seen()[5].startswith(">*客户4")
        assert list(table.marked) == [0, 4]

    app = play(scene)
    assert [one for one in app.said if one[0] == "chosen"] == [("chosen", 1), ("chosen", 3)]
    assert [one for one in app.said if one[0] == "sort"] == [
        ("sort", "orders", True),
        ("sort", "orders", False),
    ]


def test_no_rows_say_why_and_a_failing_source_is_told() -> None:
    source = Numbers(10)
    source.error = CrmError("the database is gone")

    async def scene(pilot: Pilot[None], table: VirtualTable, seen: Callable[[], list[str]]) -> None:
        table.show(ListSource([]), empty="还没有客户。\n按 F7 导入订单。")
        await until(pilot, lambda: "还没有客户。" in seen()[2])
        assert "按 F7 导入订单。" in seen()[3]
        table.show(source)
        await until(pilot, lambda: bool(pilot.app.complaints))  # type: ignore[attr-defined]
        assert "还没有客户。" in seen()[2]

    play(scene)


def test_lines_are_as_wide_as_the_table_with_and_without_a_scrollbar_and_few_pages_are_kept() -> None:
    """A column too many is cut off each line as it is painted; Rich keeps what it has cut, by the thousand."""

    async def scene(pilot: Pilot[None], table: VirtualTable, seen: Callable[[], list[str]]) -> None:
        def fits() -> bool:
            widths = {table.render_line(y).cell_length for y in range(8)}
            return widths == {table.scrollable_content_region.width}

        table.show(Numbers(3))
        await until(pilot, lambda: "客户2" in seen()[3] and fits())
        table.show(Numbers(100_000))
        await until(pilot, lambda: "客户6" in seen()[7] and fits())
        assert table.scrollable_content_region.width == 39
        for _ in range(40):
            table.cursor += 640
            await until(pilot, lambda: table.current is not None)
        assert len(table._pages._kept) <= 12

    play(scene)
