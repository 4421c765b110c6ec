"""Running text: Chinese lines never begin with a comma or a full stop."""

from __future__ import annotations

import asyncio

import pytest
from textual.app import App, ComposeResult

from crmcore.tui.widgets.prose import Prose

TEXT = "发出的就是看到的，否则说明为什么。你不按发送，什么都不会发出去。"


class Page(App[None]):
    def compose(self) -> ComposeResult:
        yield Prose(TEXT)


@pytest.mark.parametrize("width", [8, 17, 20, 34, 62, 64])
def test_no_line_begins_with_a_stop_and_none_is_lost(width: int) -> None:
    async def look() -> tuple[list[str], int]:
        app = Page()
        async with app.run_test(size=(width, 20)):
            prose = app.query_one(Prose)
            return prose.render().plain.split("\n"), prose.size.height

    lines, height = asyncio.run(look())
    assert "".join(lines) == TEXT
    assert not [line for line in lines if line[0] in "，。"]
    assert height == len(lines)
