"""What tests of packs share: pack folders written from texts, and shops to install them in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from crmcore.packs.pack import Pack, load_pack
from crmcore.packs.sources import Source
from crmcore.shop import Shop

MANIFEST = """\
name: tea
version: 1.0.0
title: {zh: 茶, en: Tea}
authors: [Ann]
"""
BIG = """\
big:
  title: {zh: 大客户, en: Big}
  where: {orders: {gte: 5}}
"""

Write = Callable[..., Path]


def write_pack(folder: Path, **files: str) -> Path:
    """A folder with a pack; `segments="…"` is its segments.yaml, and without `pack` it has a manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {"pack": MANIFEST, **files}.items():
        (folder / f"{name}.yaml").write_text(text, "utf-8")
    return folder


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a pack's folder and returns it."""
    return lambda **files: write_pack(tmp_path / "tea", **files)


def loaded(folder: Path) -> tuple[Source, Pack]:
    """A pack with the source it came from."""
    return Source(str(folder), folder), load_pack(folder)


@contextmanager
def opened(url: str) -> Iterator[Shop]:
    with Shop.open(url, actor="Ann") as shop:
        yield shop


@pytest.fixture(autouse=True)
def _no_plugins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Packs meet core's facts here, unless a test asks for plugins; nothing is written into a real home."""
    monkeypatch.setenv("CRM_PLUGINS", "")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.fixture
def shop(sqlite_url: str) -> Iterator[Shop]:
    """An empty shop on SQLite."""
    with opened(sqlite_url) as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def any_shop(request: pytest.FixtureRequest) -> Iterator[Shop]:
    """An empty shop, once on each kind of database."""
    with opened(request.getfixturevalue(f"{request.param}_url")) as made:
        yield made
