"""Shops for the tests of the main road: on SQLite and PostgreSQL, or on SQLite alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crmcore.shop import Shop
from tests.importing.shops import opened


@pytest.fixture(autouse=True)
def _own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Logs of shops without a folder go nowhere else."""
    for name in ("HOME", "XDG_STATE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path))


@pytest.fixture(params=["sqlite", "postgresql"])
def shop(request: pytest.FixtureRequest, _own_home: None) -> Iterator[Shop]:
    """An empty shop (CNY, Asia/Shanghai), once on SQLite and once on PostgreSQL."""
    with opened(request.getfixturevalue(f"{request.param}_url")) as found:
        yield found


@pytest.fixture
def sqlite_shop(sqlite_url: str, _own_home: None) -> Iterator[Shop]:
    """An empty shop on SQLite, where the kind of database does not matter."""
    with opened(sqlite_url) as found:
        yield found


@pytest.fixture
def other_shop(sqlite_template: Path, tmp_path: Path) -> Iterator[Shop]:
    """A second empty shop."""
    copy = tmp_path / "other.db"
    copy.write_bytes(sqlite_template.read_bytes())
    with opened(f"sqlite:///{copy}") as found:
        yield found
