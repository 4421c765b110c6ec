"""Nothing of these tests is read from or written to the developer's home."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual import app as textual_app
from textual import pilot as textual_pilot
from textual._context import active_app
from textual._wait import wait_for_idle
from textual.css import stylesheet

from tests.tui import toasts


@pytest.fixture(scope="session", autouse=True)
def _styles_are_read_once() -> Iterator[None]:
    """The app of each test reads the same style sheets, which is a tenth of its work: what came of them is kept."""
    parse, kept = stylesheet.parse, {}

    def once(scope: str, css: str, *rest: Any, variable_tokens: Any = None, **more: Any) -> list[Any]:
        colours = tuple(
            (name, *(one.value for one in tokens)) for name, tokens in (variable_tokens or {}).items()
        )
        key = (scope, css, *rest, colours, *sorted(more.items()))
        if key not in kept:
            kept[key] = list(parse(scope, css, *rest, variable_tokens=variable_tokens, **more))
        return kept[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stylesheet, "parse", once)
        yield


async def _at_rest(min_sleep: float = 0, max_sleep: float = 1) -> None:
    """Wait until the app has nothing left to do, and has painted what changed.

    textual's own way sleeps for 20 ms after each key until a sleep cost no CPU: half of what a test of a screen takes.
    The loop knows it at once, and knows it however busy the machine is. Only while something is worked out beside it, it sleeps.
    """
    loop = asyncio.get_running_loop()
    deadline, still = loop.time() + max_sleep, 0
    while still < 2 and loop.time() < deadline:
        await asyncio.sleep(0)
        app = active_app.get()
        if any(not one.is_finished and one.group not in ("ask", "dialog") for one in app.workers):
            await wait_for_idle(min_sleep, deadline - loop.time())
            return
        if app._screen_stack and app.screen._update_timer._active.is_set():
            await asyncio.sleep(0.002)  # it paints sixty times a second
            continue
        still = 0 if loop._ready else still + 1  # type: ignore[attr-defined]


@pytest.fixture(scope="session", autouse=True)
def _no_idle_waiting() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for module in (textual_app, textual_pilot):
            patch.setattr(module, "wait_for_idle", _at_rest)
        yield


@pytest.fixture(scope="session", autouse=True)
def _toasts_stay() -> Iterator[None]:
    with toasts.that_stay():
        yield


@pytest.fixture(autouse=True)
def _own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    for name in (
        "HOME", "USERPROFILE", "LOCALAPPDATA", "APPDATA", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME",
        "XDG_CACHE_HOME",
    ):  # fmt: skip
        monkeypatch.setenv(name, str(home))
    monkeypatch.chdir(home)
    return home
