"""The demo, made once for all journeys; each plays in a copy of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.demo.conftest import demo_folder  # noqa: F401 - a fixture


@pytest.fixture
def demo(demo_folder: Path, tmp_path: Path) -> Path:  # noqa: F811
    """A demo shop to work in."""
    folder = tmp_path / "demo"
    shutil.copytree(demo_folder, folder)
    return folder
