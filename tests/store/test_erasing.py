"""Erasing a person on both databases: nothing tells who she was, everything counts as before."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import Pool

from crmcore.errors import CrmError, NotFoundError
from crmcore.records.identity import email_identity, phone_identity
from crmcore.records.interaction import CORE_KINDS
from crmcore.store import changes, consents, customers, erasing, interactions, merging, schema, search, tags
from crmcore.store.database import Database
from crmcore.store.dossier import dossier
from crmcore.store.facts import Facts
from crmcore.store.migrations import migrate
from crmcore.store.settings import set_meta
from crmcore.store.stats import count
from crmcore.store.undo import undo

KINDS = {kind.name: kind for kind in CORE_KINDS}
SECRETS = (
    "Hanmeimei",
    "13800138000",
    "han@example.com",
    "allergic to nuts",
    "Elm Street",
    "tea lover",
    "gift for",
)


@pytest.fixture
def shop(database: Database) -> Database:
    facts = Facts(database, "CNY", "Asia/Shanghai")
    facts.install()
    database.refreshers += [facts.refresh, search.refresh]
    return database


def _fill(shop: Database) -> None:
    """Two people; the first with an order, a message, a tag taken off again, and a record merged into her."""
    known_as = [phone_identity("13800138000"), email_identity("han@example.com")]
    with shop.write("add", actor="Ann") as write:
        customers.add(write, {"name": "Hanmeimei", "address": "1 Elm Street"}, known_as, ["tea lover"], at=1)
        customers.add(write, {"name": "Hanmeimei W.", "note": "allergic to nuts"}, at=2)
        customers.add(write, {"name": "Somebody Else"}, [phone_identity("13900139000")], at=3)
        order = {
            "source": "s",
            "number": "1",
            "currency": "CNY",
            "status": "paid",
            "paid_at": 9,
            "net_total": 100,
        }
        values = {**order, "customer_id": 1, "address": "1 Elm Street", "note": "gift for a friend"}
        changes.insert(write, schema.orders, values)
        line = {"order_id": 1, "position": 1, "title": "tea", "quantity": 1, "total": 100}
        write.connection.execute(sa.insert(schema.order_lines).values(**line, created_by=write.change_id))
        interactions.log(write, KINDS, 1, "complaint", "allergic to nuts, Elm Street", at=10)
        said = {"channel": "sms", "purpose": "promotion", "at": 11, "source": "staff"}
        consents.record(write, 1, **said, state="denied", reason="Hanmeimei said no")
    with shop.write("edit", actor="Ann") as write:
        customers.edit(write, 1, {"address": "2 Elm Street"})
        tags.remove_tag(write, [1], "tea lover")
        interactions.move(write, KINDS, 1, "settled", at=2_000)
        changes.update(write, schema.orders, 1, {"note": "gift for her mother"})
        reject = {"import_id": 1, "file": "x.csv", "line": 2, "reason": "'13800138000' is bad"}
        row = json.dumps({"phone": "13800138000"})
        write.connection.execute(sa.insert(schema.import_rejects).values(**reject, row=row))
    with shop.write("merge", actor="Ann", kind="merge") as write:
        merging.merge(write, 1, 2)


def _everything(connection: sa.Connection) -> str:
    tables = [table for table in schema.metadata.sorted_tables if table is not schema.changes]
    rows = [tuple(row) for table in tables for row in connection.execute(sa.select(table))]
    return str(rows)


def test_nothing_tells_who_she_was_and_everything_counts_as_before(shop: Database) -> None:
    _fill(shop)
    with shop.read() as connection:
        before = count(connection, "CNY")
        held = json.dumps(dossier(connection, 2))
        assert all(secret in held for secret in SECRETS)
        assert "13900139000" not in held
    with shop.write("erase", actor="Ann", kind="erase") as write:
        receipt = erasing.erase(write, 2)
    erasing.sweep(shop)
    assert receipt.customer == 1
    assert receipt.erased["customers"] == 2
    assert receipt.erased["import_rejects"] == 1
    with shop.read() as connection:
        kept = _everything(connection)
        assert [secret for secret in SECRETS if secret in kept] == []
        assert "Somebody Else" in kept
        assert count(connection, "CNY") == before
        assert customers.show(connection, 1).facts["orders"] == 1
        assert consents.state_of(connection, [1], "sms", "promotion") == {1: "denied"}
        assert search.find(connection, "13800138000") == []
        assert [hit.customer_id for hit in search.find(connection, "13900139000")] == [3]


def test_an_older_shop_learns_whom_it_erased(shop: Database) -> None:
    _fill(shop)
    with shop.write("erase", actor="Ann", kind="erase") as write:
        erasing.erase(write, 1)
        known = erasing.known(write.connection)
        schema.erasures.drop(write.connection)
        set_meta(write.connection, "schema_version", "8")
    assert {(one.table_name, one.row_id) for one in known} >= {("customers", 1), ("customers", 2)}
    assert migrate(shop)
    with shop.read() as connection:
        assert erasing.known(connection) == known


def test_an_earlier_state_of_a_complaint_is_still_known(shop: Database) -> None:
    _fill(shop)
    with shop.write("erase", actor="Ann", kind="erase") as write:
        erasing.erase(write, 1)
    with shop.read() as connection:
        former = changes.history_of(connection, "interactions", 1)
    assert [one.old["state"] for one in former if "state" in one.old] == ["open"]


def test_an_erasure_cannot_be_taken_back(shop: Database) -> None:
    _fill(shop)
    with shop.write("erase", actor="Ann", kind="erase") as write:
        receipt = erasing.erase(write, 1)
    with (
        pytest.raises(CrmError, match="cannot be undone"),
        shop.write("undo", actor="Ann", kind="undo") as write,
    ):
        undo(write, receipt.change_id)


def test_nobody_is_refused(shop: Database) -> None:
    with pytest.raises(NotFoundError), shop.write("erase", actor="Ann", kind="erase") as write:
        erasing.erase(write, 99)


@pytest.fixture
def forgetful_sqlite() -> Iterator[None]:
    """A build of SQLite that leaves what is deleted where it was, as on Windows and macOS."""

    def build_default(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA secure_delete = OFF")

    event.listen(Pool, "connect", build_default)  # before the listeners of any engine
    yield
    event.remove(Pool, "connect", build_default)


@pytest.mark.usefixtures("forgetful_sqlite")
def test_no_byte_of_the_file_says_what_was_deleted_before_she_was_erased(
    sqlite_url: str, open_database: Callable[[str], Database]
) -> None:
    """Pages that edits and the search index let go of are in nobody's reach any more when she is erased."""
    shop = open_database(sqlite_url)
    shop.refreshers.append(search.refresh)
    _fill(shop)
    for number in range(40):  # the search index puts its pieces together; notes take pages and leave them
        with shop.write("edit", actor="Ann") as write:
            note = "allergic to nuts " * (50 * (number % 2))
            customers.edit(write, 1, {"name": f"Hanmeimei {number}", "note": note or None})
    with shop.write("erase", actor="Ann", kind="erase") as write:
        erasing.erase(write, 1)
    erasing.sweep(shop)
    for path in (Path(str(shop.url.database)), Path(f"{shop.url.database}-wal")):
        held = path.read_bytes().lower()
        assert [secret for secret in SECRETS if secret.lower().encode() in held] == []
        assert path.suffix == ".db-wal" or b"somebody else" in held
