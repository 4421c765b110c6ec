"""Shops that hold real plugin files, as users have them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crmcore.hooks.discovery import PluginConfig
from crmcore.hooks.manager import PluginManager
from crmcore.hooks.worker import Worker

PLUGINS = Path(__file__).parent.parent / "plugins"
BROKEN = PLUGINS / "broken"

MakeConfig = Callable[..., PluginConfig]


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeConfig:
    """A shop folder with these files of tests/plugins in it; nothing that is installed is looked at."""
    monkeypatch.delenv("CRM_PLUGINS", raising=False)

    def make(*names: str, **options: object) -> PluginConfig:
        folder = tmp_path / "plugins"
        folder.mkdir(exist_ok=True)
        for name in names:
            source = PLUGINS / f"{name}.py"
            shutil.copy(source if source.exists() else BROKEN / f"{name}.py", folder)
        return PluginConfig(tmp_path, **{"installed": False, **options})  # type: ignore[arg-type]

    return make


@pytest.fixture
def manager(config: MakeConfig) -> Callable[..., PluginManager]:
    """The plugins of such a shop, loaded."""
    return lambda *names, **options: PluginManager.load(config(*names, **options))


@pytest.fixture
def worker(config: MakeConfig) -> Iterator[Callable[..., Worker]]:
    """Workers for such a shop; ended when the test is."""
    made: list[Worker] = []

    def make(*names: str, **options: object) -> Worker:
        made.append(Worker(config(*names), **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for one in made:
        one.close()
