"""A shop in a folder, and a home of its own for what is logged."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from crmcore.config import FOLDERS, write_shop_file
from tests.conftest import SETTINGS


@pytest.fixture(autouse=True)
def _own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))


@pytest.fixture
def shop_folder(tmp_path: Path, sqlite_template: Path) -> Path:
    """An empty shop's folder."""
    folder = tmp_path / "shop"
    for name in FOLDERS:
        (folder / name).mkdir(parents=True)
    shutil.copyfile(sqlite_template, folder / "shop.db")
    write_shop_file(folder, "shop.db", SETTINGS)
    return folder
