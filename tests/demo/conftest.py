"""The demo's files of one day, and a whole demo of today, each made once for a run."""

from __future__ import annotations

import os
import time
from datetime import date
from pathlib import Path

import pytest

from crmcore.demo import making
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


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo of the real today, made by one of the run's processes for all; nobody writes into it."""
    root = tmp_path_factory.getbasetemp()
    shared = (root.parent if "PYTEST_XDIST_WORKER" in os.environ else root) / "shared-demo"
    folder = shared / "demo"
    try:
        shared.mkdir()
    except FileExistsError:
        deadline = time.monotonic() + 300
        while not ((state := making.state_of(folder)) and state.done):
            assert time.monotonic() < deadline, "the process that makes the demo has not come to an end"
            time.sleep(0.2)
    else:
        making.open_demo(folder, lambda _what: None).close()
    return folder
