"""Several programs write to one shop at once: nothing is lost, nobody is turned away, nobody waits long."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from crmcore.shop import Shop
from crmcore.store import customers, interactions, schema
from tests.importing.shops import check, opened, rows
from tests.stress.children import spawn
from tests.stress.files import records, the_mapping, write


def keep(path: Path, waits: list[float], done: int) -> None:
    path.write_text(
        json.dumps({"longest": max(waits, default=0.0), "waits": len(waits), "done": done}), "utf-8"
    )


def import_it(url: str, file: Path, mapping: Path, source: str, told: Path) -> None:
    """Import a file; the waits are those between two chunks."""
    with Shop.open(url, actor=source) as shop:
        result = shop.imports.run([file], mapping=mapping, source=source)
        keep(told, [], result[0].counts.orders_new)


def log_until(url: str, customer: int, stop: Path, told: Path) -> None:
    """Write interactions one after the other, as staff do."""
    waits, done = [], 0
    with Shop.open(url, actor="staff") as shop:
        while not stop.exists():
            asked = time.monotonic()
            with shop.write("log") as write:
                waits.append(time.monotonic() - asked)
                interactions.log(write, shop.kinds, customer, "note", f"note {done}", at=1_767_225_600 + done)
            done += 1
            time.sleep(0.01)
    keep(told, waits, done)


def note_until(url: str, stop: Path, told: Path) -> None:
    """Write documents one after the other."""
    waits, done = [], 0
    with Shop.open(url, actor="other") as shop:
        table = shop.documents.table("notes")
        while not stop.exists():
            asked = time.monotonic()
            table.insert({"number": done})
            waits.append(time.monotonic() - asked)
            done += 1
            time.sleep(0.01)
    keep(told, waits, done)


def side_by_side(url: str, folder: Path, orders: int) -> dict[str, dict[str, float]]:
    """Two imports, one logger and one writer of documents at once; returns what each of them told."""
    said = the_mapping(folder)
    files = {
        name: write(folder, f"{name}.csv", records(orders, orders // 5, newer=True, seed=seed))
        for seed, name in enumerate("ab")
    }
    with opened(url) as shop, shop.write("somebody") as made:
        somebody = customers.add(made, {"name": "somebody"}, at=1_767_225_600)
    stop = folder / "stop"
    imports = {
        name: spawn(import_it, url, file, said, f"shop:{name}", folder / f"{name}.json")
        for name, file in files.items()
    }
    others = {
        "log": spawn(log_until, url, somebody, stop, folder / "log.json"),
        "notes": spawn(note_until, url, stop, folder / "notes.json"),
    }
    for child in imports.values():
        child.join(300)
    stop.touch()
    for child in others.values():
        child.join(60)
    children = imports | others
    assert {name: child.exitcode for name, child in children.items()} == dict.fromkeys(children, 0)
    told = {name: json.loads((folder / f"{name}.json").read_text("utf-8")) for name in children}
    with opened(url) as shop:
        check(shop)
        assert len(rows(shop, "interactions", "id")) == told["log"]["done"]
        assert len(shop.documents.table("notes")) == told["notes"]["done"]
        with shop.database.read() as connection:
            query = sa.select(schema.orders.c.source, sa.func.count()).group_by(schema.orders.c.source)
            assert dict(connection.execute(query).all()) == {f"shop:{name}": orders for name in files}
    assert told["log"]["done"] > 0
    assert told["notes"]["done"] > 0
    return told


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    for name in ("HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    found: str = request.getfixturevalue(f"{request.param}_url")
    return found


def test_four_programs_at_once(url: str, tmp_path: Path) -> None:
    # How long each waits is asked in the long run: here others may hold the processor. Whoever waits a minute
    # is turned away, and its process fails.
    side_by_side(url, tmp_path, 600)


@pytest.mark.stress
def test_four_programs_at_once_for_long(url: str, tmp_path: Path) -> None:
    told = side_by_side(url, tmp_path, 40_000)
    print(told)  # noqa: T201
    assert max(one["longest"] for one in told.values()) < 1
