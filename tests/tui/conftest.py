"""Nothing of these tests is read from or written to the developer's home."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.css import stylesheet


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
