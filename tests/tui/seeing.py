"""What stands on the screen of a running app, as text."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from textual._context import visible_screen_stack
from textual.pilot import Pilot

from crmcore.i18n import speaking
from crmcore.shop import Shop
from crmcore.tui.app import CrmApp
from tests.tui import toasts

PATIENCE = 120.0  # processes are started, on machines that have other work


def lines_of(app: CrmApp) -> list[str]:
    """The rows of the screen."""
    toasts.look(app)
    # A dialog that is drawn for the first time draws what lies under it, if it is told: else it stays blank.
    told = visible_screen_stack.set(app._background_screens)
    strips = app.screen._compositor.render_strips()
    visible_screen_stack.reset(told)
    return ["".join(segment.text for segment in strip).rstrip() for strip in strips]


def text_of(app: CrmApp) -> str:
    """The whole screen."""
    return "\n".join(lines_of(app))


async def until(pilot: Pilot[None], holds: Callable[[], bool]) -> None:
    """Wait for something; fails with the screen when it does not come."""
    deadline, nap = time.monotonic() + PATIENCE, 0.01
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError("it did not come:\n" + text_of(pilot.app))  # type: ignore[arg-type]
        await asyncio.sleep(nap)
        nap = min(nap * 1.4, 0.04)  # looking at the screen costs more than what is waited for
    await pilot.pause()


async def until_shown(pilot: Pilot[None], text: str) -> str:
    """Wait until the text stands on the screen; returns the screen."""
    await until(pilot, lambda: text in text_of(pilot.app))  # type: ignore[arg-type]
    return text_of(pilot.app)  # type: ignore[arg-type]


async def until_shown_below(pilot: Pilot[None], text: str) -> str:
    """Like `until_shown`, for a text that toasts lie over: they are clicked away, as somebody does who is in a hurry."""

    def shown() -> bool:
        if text in text_of(pilot.app):  # type: ignore[arg-type]
            return True
        pilot.app.clear_notifications()
        return False

    await until(pilot, shown)
    return text_of(pilot.app)  # type: ignore[arg-type]


@asynccontextmanager
async def running(
    shop: Path | str | None, *, lang: str = "en", size: tuple[int, int] = (80, 24), actor: str = "clerk"
) -> AsyncIterator[Pilot[None]]:
    """The app over a shop (None: no shop yet), in a language, at a size, with the shop open."""
    with speaking(lang):
        app = CrmApp(None if shop is None else lambda: Shop.open(shop, actor=actor))
        async with app.run_test(size=size, notifications=True) as pilot:
            if shop is not None:
                await until(pilot, lambda: app.is_open)
            yield pilot
