"""What must not come back with a backup: who was erased since, what was going out then."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from crmcore import moving, restoring
from crmcore.campaigns import refusals
from crmcore.errors import CrmError
from crmcore.people import Changes, People
from crmcore.shop import Shop
from crmcore.store import backup as backups
from crmcore.store.database import Database
from crmcore.store.schema import changes, metadata
from tests.campaigns.conftest import World

HER_PHONE, HIS_PHONE = "13912345678", "13712345678"


def add(world: World, name: str, *phones: str) -> int:
    return People(world.shop).add(Changes({"name": name}, phones=phones))[0]


def everything(shop: Shop) -> str:
    with shop.database.read() as connection:
        tables = metadata.sorted_tables
        return str([tuple(row) for table in tables for row in connection.execute(sa.select(table))])


def found(world: World, text: str) -> list[int]:
    return [hit.customer_id for hit in People(world.shop).find(text)]


@pytest.mark.parametrize("kind", ["world", "postgresql_world"])
def test_who_was_erased_after_a_backup_is_erased_in_what_it_restores(
    request: pytest.FixtureRequest, kind: str, tmp_path: Path
) -> None:
    world: World = request.getfixturevalue(kind)
    folder = str(world.shop.place.folder)
    stays = add(world, "Somebody Else", HIS_PHONE)
    moving.backup(world.shop, tmp_path / "before-her.db")
    her = add(world, "Hanmeimei", HER_PHONE)
    with world.shop.write("long ago") as write:
        write.connection.execute(sa.update(changes).values(at=changes.c.at - 1_000))
    moving.backup(world.shop, tmp_path / "with-her.db")
    People(world.shop).forget(her)
    done = restoring.restore(folder, tmp_path / "with-her.db")
    assert (done.erased, done.unknown_since) == ((her,), None)
    assert found(world, HIS_PHONE) == [stays]
    assert found(world, HER_PHONE) == found(world, "Hanmeimei") == []
    kept = everything(world.shop)
    assert "Hanmeimei" not in kept
    assert HER_PHONE not in kept
    # A backup from before her knows nobody to erase, and whoever gets her number then is somebody else.
    assert restoring.restore(folder, tmp_path / "before-her.db").erased == ()
    assert add(world, "Lilei", "13612345678") == her
    moving.backup(world.shop, tmp_path / "with-him.db")
    assert restoring.restore(folder, tmp_path / "with-him.db").erased == ()
    assert found(world, "Lilei") == [her]
    assert restoring.restore(folder, tmp_path / "with-her.db").erased == (her,)
    assert "Hanmeimei" not in everything(world.shop)


def test_who_was_parted_from_her_before_she_was_erased_stays(world: World, tmp_path: Path) -> None:
    """Joined with her when the backup was made: one by a merge, one by an address, she herself with another."""
    people = People(world.shop)
    her = add(world, "Hanmeimei", HER_PHONE, "13512345678")
    joined = add(world, "Lilei", HIS_PHONE)
    people.merge(her, joined)
    keeps, also_erased = add(world, "Lucy", "13312345678"), add(world, "Polly", "13212345678")
    people.merge(keeps, also_erased)
    strays_of = add(world, "Jim", "13112345678", "13012345678")
    moving.backup(world.shop, tmp_path / "b.db")
    numbers = {one.value: one.id for one in people.show(her)[0].identities}
    people.split(joined)
    apart, _left = people.split(her, [numbers["+8613512345678"]])
    people.split(also_erased)
    jims = {one.value: one.id for one in people.show(strays_of)[0].identities}
    stray, _left = people.split(strays_of, [jims["+8613012345678"]])
    for one in (her, also_erased, stray):
        people.forget(one)
    restoring.restore(str(world.shop.place.folder), tmp_path / "b.db")
    gone = ("Hanmeimei", HER_PHONE, "Polly", "13212345678", "13012345678")
    kept = everything(world.shop)
    assert [text for text in gone if text in kept] == []
    for number, owner in ((HIS_PHONE, joined), ("13312345678", keeps), ("13112345678", strays_of)):
        assert found(world, number) == [owner]
    assert len(found(world, "13512345678")) == 1
    assert apart


@pytest.mark.parametrize("kind", ["world", "postgresql_world"])
def test_whoever_is_erased_while_a_backup_is_made_ready_does_not_come_back(
    request: pytest.FixtureRequest, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world: World = request.getfixturevalue(kind)
    her = add(world, "Hanmeimei", HER_PHONE)
    moving.backup(world.shop, tmp_path / "b.db")
    ready = restoring._hold_campaigns

    def meanwhile(database: Database) -> None:
        ready(database)
        People(world.shop).forget(her)

    with monkeypatch.context() as other:
        other.setattr(restoring, "_hold_campaigns", meanwhile)
        with pytest.raises(CrmError, match="nothing was changed"):
            restoring.restore(str(world.shop.place.folder), tmp_path / "b.db")
    assert found(world, HER_PHONE) == []
    assert restoring.restore(str(world.shop.place.folder), tmp_path / "b.db").erased == (her,)


def test_nobody_writes_between_the_last_look_and_the_copy(world: World, tmp_path: Path) -> None:
    moving.backup(world.shop, tmp_path / "b.db")
    looked = []

    def agreed(_connection: sa.Connection) -> None:
        file, locked = (
            world.shop.database.url.database,
            pytest.raises(sqlite3.OperationalError, match="locked"),
        )
        with closing(sqlite3.connect(str(file), timeout=0)) as other, locked:
            other.execute("BEGIN IMMEDIATE")
        looked.append(1)

    backups.restore(world.shop.database, tmp_path / "b.db", lambda _database: None, None, agreed)
    assert looked == [1]


@pytest.mark.parametrize("killed_at", ["restore", "take"])
def test_a_killed_restore_brings_nobody_back_and_leaves_nothing_going(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed_at: str
) -> None:
    """Killed before the backup takes the shop's place, and right after."""
    her, other = add(world, "Hanmeimei", HER_PHONE), world.person("Lucy")
    name = world.campaign(purpose="service", repeat="daily")
    world.campaigns.send(name)
    assert world.campaigns.get(name).row.state == "running"
    moving.backup(world.shop, tmp_path / "b.db")
    People(world.shop).forget(her)
    where = restoring.backups if killed_at == "restore" else refusals
    with monkeypatch.context() as killed:
        killed.setattr(where, killed_at, lambda *_args: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            restoring.restore(str(world.shop.place.folder), tmp_path / "b.db")
    assert found(world, HER_PHONE) == []
    assert "Hanmeimei" not in everything(world.shop)
    assert world.campaigns.get(name).row.state == ("running" if killed_at == "restore" else "paused")
    assert other
