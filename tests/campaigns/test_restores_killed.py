"""kill -9 at any moment of a restore: the shop is the one it was or the restored one, whole.

Whoever was erased is in neither, and what was going out goes on in the first one only.
"""

from __future__ import annotations

import os
import shutil
import time
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest
import sqlalchemy as sa

from crmcore import moving, restoring
from crmcore.people import People
from crmcore.shop import Shop
from crmcore.store import backup as backups
from crmcore.store.checks import problems
from crmcore.store.schema import customers
from tests.campaigns.conftest import World
from tests.campaigns.test_restores import HER_PHONE, add, everything
from tests.stress.children import die_at, moments, sign, spawn
from tests.waiting import PATIENCE

pytestmark = [pytest.mark.skipif(os.name == "nt", reason="SIGKILL is of POSIX"), pytest.mark.stress]
PEOPLE, KILLS = 400, 20


def restore(folder: Path, file: Path, begins: Event) -> None:
    """What the child does."""
    begins.set()
    restoring.restore(str(folder), file)


def begun(folder: Path, file: Path) -> BaseProcess:
    """A child that has everything imported and begins now."""
    begins = sign()
    child = spawn(restore, folder, file, begins)
    assert begins.wait(PATIENCE)
    return child


def state(shop: Shop) -> tuple[str, str]:
    """Which shop it is, and what its campaign does."""
    with shop.database.read() as connection:
        names = set(connection.scalars(sa.select(customers.c.name)))
    since = [f"Since{number}" in names for number in range(PEOPLE)]
    assert all(since) or not any(since)
    assert [f"Before{number}" in names for number in range(PEOPLE)] == [True] * PEOPLE
    return "old" if since[0] else "restored", shop.campaigns.get("spring").row.state


def test_a_restore(world: World, tmp_path: Path) -> None:
    her = add(world, "Hanmeimei", HER_PHONE)
    for number in range(PEOPLE):
        world.person(f"Before{number}")
    world.campaigns.send(world.campaign(purpose="service", repeat="daily"))
    backup = tmp_path / "b.db"
    moving.backup(world.shop, backup)
    for number in range(PEOPLE):
        world.person(f"Since{number}")
    People(world.shop).forget(her)
    folder = world.shop.place.folder
    assert folder is not None
    world.shop.close()

    def another(name: str) -> Path:
        return shutil.copytree(folder, tmp_path / name)

    started = time.monotonic()
    begun(another("whole"), backup).join()
    seconds = time.monotonic() - started
    seen = set()
    for turn, at in enumerate([*moments(7, KILLS, over=seconds), 3 * seconds]):
        place = another(f"turn-{turn}")
        die_at(begun(place, backup), at)
        with Shop.open(place, actor="test") as shop:
            now = state(shop)
            assert now in (("old", "running"), ("restored", "paused"))
            seen.add(now)
            assert problems(shop.facts) == []
            kept = everything(shop)
            assert "Hanmeimei" not in kept
            assert HER_PHONE not in kept
        assert backups.damage(place / "shop.db") is None
        restoring.restore(str(place), backup)  # as if nothing had been
        with Shop.open(place, actor="test") as shop:
            assert state(shop) == ("restored", "paused")
            assert "Hanmeimei" not in everything(shop)
            assert People(shop).find(HER_PHONE) == []
        assert list((place / "backups").glob("restore-*")) == []
        assert list((place / "backups").glob(".*")) == []
    assert len(seen) == 2, "every kill came too early or too late"
