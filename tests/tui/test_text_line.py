"""The line to type into: where the terminal's own cursor stands, which an input method follows."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from rich.cells import cell_len
from textual import events
from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.pilot import Pilot

from crmcore.tui.dialogs import plain
from crmcore.tui.widgets.text_line import TextLine
from tests.tui.seeing import until


class Typing(App[None]):
    CSS = "TextLine { margin: 2 0 0 3; width: 20; }"

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False):
            for number in range(8):
                yield TextLine(id=f"line{number}")


def drawn(app: App[None], line: TextLine) -> tuple[int, int] | None:
    """The cell that is drawn as the cursor."""
    style = line.get_component_rich_style("input--cursor")
    for y, strip in enumerate(app.screen._compositor.render_strips()):
        x = 0
        for segment in strip:
            at = line.content_region
            if (
                segment.style
                and segment.style.bgcolor == style.bgcolor
                and y == at.y
                and at.x <= x < at.right
            ):
                return x, y
            x += cell_len(segment.text)
    return None


def play(scene: Callable[[Pilot[None], Typing], Awaitable[None]]) -> None:
    async def run() -> None:
        app = Typing()
        async with app.run_test(size=(40, 8)) as pilot:
            await scene(pilot, app)  # type: ignore[arg-type]

    asyncio.run(run())


async def stands_right(pilot: Pilot[None], line: TextLine) -> None:
    await pilot.pause()
    await until(pilot, lambda: drawn(pilot.app, line) == tuple(pilot.app.cursor_position))


def test_the_terminals_cursor_stands_on_the_drawn_one() -> None:
    async def scene(pilot: Pilot[None], app: Typing) -> None:
        line = app.query_one("#line0", TextLine)
        line.focus()
        await stands_right(pilot, line)
        for text in ("王小明", "欧阳子轩" * 6 + "abc", "x" * 20):
            line.value = text
            for place in (len(text), len(text) // 2, 1):
                line.cursor_position = place
                await stands_right(pilot, line)

    play(scene)


def test_it_follows_a_form_that_scrolls() -> None:
    async def scene(pilot: Pilot[None], app: Typing) -> None:
        line = app.query_one("#line6", TextLine)
        line.focus()
        line.value = "晚上好"
        await stands_right(pilot, line)
        app.query_one(VerticalScroll).scroll_relative(y=1, animate=False)
        await stands_right(pilot, line)

    play(scene)


def test_an_accent_typed_apart_is_one_character() -> None:
    async def scene(pilot: Pilot[None], app: Typing) -> None:
        line = app.query_one("#line0", TextLine)
        line.value = "Ame\u0301lie"
        await pilot.pause()
        assert line.value == "Amélie"

    play(scene)


def test_what_steers_a_terminal_is_neither_kept_nor_shown() -> None:
    async def scene(pilot: Pilot[None], app: Typing) -> None:
        line = app.query_one("#line0", TextLine)
        line.value = "a\x1b[31mb\x9b2J\x07"
        assert line.value == "a[31mb2J"

    play(scene)
    assert plain("one\x1b[2J\ntwo [/b]").plain == "one␛[2J\ntwo [/b]"


def test_keys_act_in_the_order_in_which_they_came() -> None:
    async def scene(pilot: Pilot[None], app: Typing) -> None:
        line = app.query_one("#line0", TextLine)
        line.focus()
        await pilot.pause()
        typed = ("a", "b", "backspace", "c", "ctrl+u", "d", "home", "e", "delete", "f")
        for key in typed:  # as fast as a terminal hands them on, nothing waited for between them
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await until(pilot, lambda: "f" in line.value)
        await pilot.pause()
        assert line.value == "ef"

    play(scene)


def test_a_long_text_that_stands_in_the_line_at_first_shows_its_end() -> None:
    async def scene(pilot: Pilot[None], app: Typing) -> None:
        line = TextLine("/home/mei/shops/of/old/exports/rejects-12.csv")
        await app.query_one(VerticalScroll).mount(line, before=0)
        line.focus()
        await stands_right(pilot, line)
        assert "".join(one.text for one in line.render_line(0)).rstrip().endswith("rejects-12.csv")

    play(scene)
