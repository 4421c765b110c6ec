from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from crmcore.errors import CrmError, DatabaseError
from crmcore.store.changes import insert, update
from crmcore.store.database import Database
from crmcore.store.migrations import MIGRATIONS, NEWEST, check_version, migrate, telling
from crmcore.store.place import check_place, network_drive
from crmcore.store.schema import metadata
from crmcore.store.settings import ShopSettings, read_settings, set_meta, write_settings
from tests.conftest import SETTINGS


def test_a_shop_has_every_table_and_its_settings(database: Database) -> None:
    with database.read() as connection:
        check_version(connection)
        assert set(metadata.tables) <= set(sa.inspect(connection).get_table_names())
        assert read_settings(connection) == SETTINGS


def test_migrating_again_does_nothing(database: Database) -> None:
    assert migrate(database) == []


def test_an_older_shop_gets_what_a_new_one_has(database: Database) -> None:
    def indexes() -> dict[str, str]:
        query = (
            "SELECT name, replace(sql, 'main.', '') FROM sqlite_master WHERE type = 'index' AND sql > ''"
            if database.is_sqlite
            else "SELECT indexname, indexdef FROM pg_indexes"
        )
        with database.read() as connection:
            return {row[0]: row[1] for row in connection.exec_driver_sql(query)}

    made_new = indexes()
    names = ("interactions_state", "orders_unpaid", "customers_birthday", "changes_running")
    with database.write("x", actor="test") as write:
        set_meta(write.connection, "schema_version", "1")
        for name in names:
            write.connection.exec_driver_sql(f"DROP INDEX {name}")
        write.connection.exec_driver_sql("ALTER TABLE senders DROP COLUMN lines")
    told: list[tuple[int, int]] = []
    with telling(lambda *how_far: told.append(how_far)):
        steps = len(migrate(database))
        assert told == [(done, steps) for done in range(steps + 1)]
        assert migrate(database) == []
    assert len(told) == steps + 1 > 3
    with database.read() as connection:
        assert "lines" in {one["name"] for one in sa.inspect(connection).get_columns("senders")}
    assert set(names) <= set(made_new)
    assert indexes() == made_new


def test_a_shop_of_schema_6_learns_since_when_its_states_hold(database: Database) -> None:
    dropped = {
        "customers": ["contact_by"], "cards": ["contact_by"], "interactions": ["state_at"], "plans": ["turn"],
        "plan_people": ["wish", "problem"], "sends": ["held_by"],
    }  # fmt: skip
    sent = {"customer_id": 1, "person": 1, "at": 5, "campaign_id": 1, "channel": 1, "reference": "x"}
    with database.write("older", actor="test") as write:
        write.connection.execute(metadata.tables["customers"].insert().values(id=1, created_by=1))
        complaint = {"customer_id": 1, "kind": "complaint", "at": 5, "text": "torn"}
        kept = insert(write, metadata.tables["interactions"], {**complaint, "state": "open"})
        for step, state in ((0, 8), (1, 3)):  # an item of work that somebody holds, a message with its number
            write.connection.execute(metadata.tables["sends"].insert().values(**sent, step=step, state=state))
    with database.write("settled", actor="test") as write:
        update(write, metadata.tables["interactions"], kept, {"state": "settled"})
        for table, columns in dropped.items():
            for column in columns:
                write.connection.exec_driver_sql(f"ALTER TABLE {table} DROP COLUMN {column}")
        set_meta(write.connection, "schema_version", "6")
    assert migrate(database)
    with database.read() as connection:
        found = connection.execute(sa.text("SELECT state_at FROM interactions")).scalar_one()
        acts = list(connection.execute(sa.text("SELECT at FROM changes ORDER BY id")).scalars())
        assert found == acts[-1] > 5
        held = connection.execute(sa.text("SELECT held_by, reference FROM sends ORDER BY step"))
        assert [tuple(row) for row in held] == [("x", None), (None, "x")]


def test_a_newer_shop_is_refused(database: Database) -> None:
    with database.write("x", actor="test") as write:
        set_meta(write.connection, "schema_version", str(NEWEST + 1))
    with pytest.raises(DatabaseError, match="newer crmcore"):
        migrate(database)
    with pytest.raises(DatabaseError, match="newer crmcore"), database.read() as connection:
        check_version(connection)


def test_a_new_file_becomes_a_shop_and_can_be_opened_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    database = Database(url)
    assert migrate(database) == list(MIGRATIONS)
    database.dispose()
    again = Database(url)
    assert migrate(again) == []
    again.dispose()


def test_a_database_without_shop_says_how_to_make_one(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new.db'}")
    with pytest.raises(DatabaseError, match="crm init"), database.read() as connection:
        check_version(connection)
    database.dispose()


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("order,buyer\n" * 50)
    with pytest.raises(DatabaseError, match=r"orders\.csv is not a database.*crm import"):
        Database(f"sqlite:///{path}")
    assert path.read_text() == "order,buyer\n" * 50


def test_another_programs_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "books.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE orders (x)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(DatabaseError, match="another program"):
        Database(f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_another_programs_postgresql_database_is_refused(
    empty_postgresql_url: str, open_database: Callable[[str], Database]
) -> None:
    database = open_database(empty_postgresql_url)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE orders (x integer)")
    with pytest.raises(DatabaseError, match="another program"):
        migrate(database)


def test_a_folder_and_a_missing_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="is a folder"):
        check_place(tmp_path)
    with pytest.raises(DatabaseError, match="there is no folder"):
        check_place(tmp_path / "nowhere" / "shop.db")


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "smb3", "fuse.sshfs", "9p"])
def test_a_network_drive_is_known_by_its_mount(tmp_path: Path, kind: str) -> None:
    share = tmp_path / "our share"
    share.mkdir()
    mounts = tmp_path / "mounts"
    point = str(share).replace(" ", "\\040")
    mounts.write_text(f"/dev/sda1 / ext4 rw 0 0\nserver:/x {point} {kind} rw 0 0\n")
    assert network_drive(share / "shop.db", mounts) == kind
    assert network_drive(tmp_path / "our shares.db", mounts) is None


def test_a_local_disk_mounted_over_a_network_drive_is_local(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"server:/ / nfs rw 0 0\n/dev/sdb {tmp_path} ext4 rw 0 0\n")
    assert network_drive(tmp_path / "shop.db", mounts) is None


def test_a_unc_path_is_a_network_drive(tmp_path: Path) -> None:
    share = Path(r"\\server\share\shop.db")
    assert network_drive(share, tmp_path / "none") == "UNC"
    with pytest.raises(DatabaseError, match=r"network drive.*or use PostgreSQL"):
        check_place(share)


def test_settings_that_do_not_exist_are_refused(sqlite_database: Database) -> None:
    for wrong, message in [
        (ShopSettings("yuan", "Asia/Shanghai", "zh"), "not a currency"),
        (ShopSettings("CNY", "Mars/Olympus", "zh"), "unknown time zone"),
        (ShopSettings("CNY", "Asia/Shanghai", "fr"), "unknown language"),
    ]:
        with pytest.raises(CrmError, match=message), sqlite_database.write("x", actor="test") as write:
            write_settings(write, wrong)
    with sqlite_database.read() as connection:
        assert read_settings(connection) == SETTINGS
