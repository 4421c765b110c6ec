"""The application around the areas."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from textual.css.stylesheet import Stylesheet

from crmcore.i18n import speaking
from crmcore.shop import Shop
from crmcore.store import facts
from crmcore.store.settings import set_meta
from crmcore.tui import app as app_module
from crmcore.tui import bringing_up
from crmcore.tui.screens.help import HelpScreen
from crmcore.tui.screens.pack_commands import LeavePacks
from tests.store import dossier
from tests.tui.seeing import running, text_of, until, until_shown


def test_every_area_has_its_key_and_stands_in_brackets(sqlite_url: str) -> None:
    async def play() -> None:
        async with running(sqlite_url) as pilot:
            for key, name in (
                ("f3", "Today"),
                ("f4", "Customers"),
                ("f6", "Segments"),
                ("f2", "Who?"),
            ):
                await pilot.press(key)
                await until_shown(pilot, f"[{key.upper()} {name}]")

    asyncio.run(play())


def test_areas_have_the_colours_that_were_chosen_before_and_after_they_were_opened(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[str] = []

    class Counting(Stylesheet):
        def reparse(self) -> None:
            parsed.append("again")
            super().reparse()

    async def play() -> None:
        async with running(sqlite_url) as pilot:
            app = pilot.app

            async def colour(key: str) -> object:
                await pilot.press(key)
                await pilot.pause()
                return app.screen.styles.background

            dark = await colour("f3")
            parsed.clear()
            assert await colour("f4") == dark
            assert not parsed  # opening an area parses nothing but its own styles
            app.change_theme()  # type: ignore[attr-defined]
            await pilot.pause()
            light = app.screen.styles.background
            assert light != dark
            assert [await colour(key) for key in ("f2", "f3", "f6", "f4")] == [light] * 4

    monkeypatch.setattr("textual.app.Stylesheet", Counting)
    asyncio.run(play())


def test_help_lists_the_keys_of_the_screen(sqlite_url: str) -> None:
    async def play() -> None:
        async with running(sqlite_url) as pilot:
            await pilot.press("f3")
            await pilot.press("f1")
            shown = await until_shown(pilot, "Every key of this screen")
            assert "^Q" in shown
            await pilot.press("escape")
            await pilot.pause()
            assert "Every key of this screen" not in text_of(pilot.app)

    asyncio.run(play())


def test_who_asks_for_another_area_right_after_leaving_a_screen_gets_there(sqlite_url: str) -> None:
    async def story() -> None:
        async with running(sqlite_url) as pilot:
            app = pilot.app
            await pilot.press("f9")
            await until_shown(pilot, "[F9 Plugins]")
            await pilot.press("k")
            await until(pilot, lambda: len(app.screen_stack) == 2)
            over = app.screen
            await pilot.press("f2")
            await until(pilot, lambda: app.current_mode == "who")
            over.post_message(LeavePacks())  # the key was pressed before F2, and is heard of after it
            over.post_message(LeavePacks())
            await until_shown(pilot, "[F2 Who?]")
            assert len(app.screen_stack) == 1
            await pilot.press("f9")
            await until(pilot, lambda: over not in app.screen_stack)
            assert len(app.screen_stack) == 1

    asyncio.run(story())


def test_a_dialog_that_is_closed_twice_closes_nothing_but_itself(sqlite_url: str) -> None:
    async def story() -> None:
        async with running(sqlite_url) as pilot:
            await pilot.press("f1")
            await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
            dialog = pilot.app.screen
            dialog.dismiss()
            dialog.dismiss()  # Esc pressed twice at once: the second was on its way to the dialog
            await until_shown(pilot, "[F2 Who?]")
            assert len(pilot.app.screen_stack) == 1

    asyncio.run(story())


def test_a_shop_that_cannot_be_opened_is_told_and_the_ways_on_are_offered(tmp_path: object) -> None:
    async def play() -> None:
        from crmcore.i18n import speaking
        from crmcore.shop import Shop
        from crmcore.tui.app import CrmApp

        with speaking("en"):
            app = CrmApp(lambda: Shop.open(str(tmp_path)))
            async with app.run_test(size=(80, 24), notifications=True) as pilot:
                await until_shown(pilot, "there is no shop in")

    asyncio.run(play())


def test_what_an_upgrade_takes_says_how_far_it_is_until_the_shop_is_open(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Shop.open(sqlite_url) as shop:
        with shop.write("made") as write:
            write.touch([dossier.customer(write, name) for name in ("王芳", "李雷")])
        with shop.write("of an older version") as write:
            set_meta(write.connection, "facts_signature", "another")
            set_meta(write.connection, "schema_version", "8")
    first, gate = threading.Event(), threading.Event()

    def holding(tell: Callable[..., None], until_: threading.Event) -> Callable[..., None]:
        def held(*told: Any) -> None:
            tell(*told)
            assert until_.wait(60)

        return held

    monkeypatch.setattr(bringing_up, "_MANY", 1)
    monkeypatch.setattr(bringing_up, "_SOON", 0.001)
    monkeypatch.setattr(facts, "CHUNK", 1)
    for name, until_ in (("tell_step", first), ("tell_figures", gate)):
        held = holding(getattr(bringing_up.BringingUp, name), until_)
        monkeypatch.setattr(bringing_up.BringingUp, name, held)

    async def play() -> None:
        with speaking("en"):
            app = app_module.CrmApp(lambda: Shop.open(sqlite_url))
            async with app.run_test(size=(80, 24), notifications=True) as pilot:
                await until_shown(pilot, "The shop's database is brought up to date")
                assert "working… 1/2" in text_of(app)
                first.set()
                shown = await until_shown(pilot, "working… 50%")
                assert "New figures of 2 customers" in shown
                gate.set()
                await until(pilot, lambda: app.is_open and "working" not in text_of(app))

    try:
        asyncio.run(play())
    finally:
        first.set()
        gate.set()


def test_a_command_never_passes_for_an_event_of_textual() -> None:
    from textual import events

    from crmcore.tui.commands import Command

    class Leave(Command):
        pass

    assert Leave.handler_name != events.Leave.handler_name
