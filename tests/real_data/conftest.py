"""Real files: those in tests/data always, the others where the shared data lie beside the checkout."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from crmcore.shop import Shop
from crmcore.store.settings import ShopSettings

_CHECKOUT = Path(__file__).parents[2]
DATA = _CHECKOUT / "tests" / "data"


def shared(name: str) -> Path:
    """A file of the shared data; without it the test is skipped, and says what is missing."""
    folder = Path(os.environ.get("CRM_SHARED_DATA") or _CHECKOUT.parent / "shared" / "data")
    path = folder / name
    if not path.is_file():
        pytest.skip(
            f"REAL DATA NOT TESTED: {path} is missing (set CRM_SHARED_DATA to the folder of the shared data)"
        )
    return path


@pytest.fixture
def make_shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Shop]:
    """Makes a shop of that currency and time zone."""
    for name in ("HOME", "XDG_STATE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path))

    def make(currency: str, zone: str) -> Shop:
        return Shop.create(tmp_path / "shop", ShopSettings(currency, zone, "en"), actor="test")

    return make
