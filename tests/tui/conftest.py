"""Nothing of these tests is read from or written to the developer's home."""

from __future__ import annotations

from pathlib import Path

import pytest


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
