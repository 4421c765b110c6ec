"""The demo's files of one day, written once for a module."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from crmcore.demo.files import DemoFile, make_files
from crmcore.demo.world import World, make_world

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="session")
def today() -> date:
    return TODAY


@pytest.fixture(scope="session")
def world() -> World:
    return make_world(TODAY)


@pytest.fixture(scope="session")
def demo_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, DemoFile]:
    """The files by `batch/kind`, such as `taobao_2018/items`."""
    folder: Path = tmp_path_factory.mktemp("demo")
    return {f"{file.batch}/{file.kind}": file for file in make_files(folder, TODAY)}
