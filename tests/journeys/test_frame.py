"""Journeys in a real terminal: coming in, looking around, leaving."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.terminal import crm, needs_tmux

pytestmark = needs_tmux


@pytest.mark.parametrize(("lang", "who", "help_"), [("en", "Who?", "Help"), ("zh", "是谁", "帮助")])
def test_come_in_look_around_and_leave(sqlite_url: str, lang: str, who: str, help_: str) -> None:
    with crm(sqlite_url, lang=lang) as terminal:
        terminal.see(f"[F2 {who}", help_)
        terminal.press("F4")
        terminal.see("[F4 ")
        terminal.press("F1")
        terminal.see("^Q")
        terminal.press("Escape")
        terminal.see_no_more("^Q")
        terminal.press("C-q")
        terminal.see("LEFT 0")


def test_a_shop_that_is_not_there_is_told_and_the_ways_on_are_offered(tmp_path: Path) -> None:
    with crm(tmp_path / "nowhere", lang="en") as terminal:
        terminal.see("there is no shop in")
