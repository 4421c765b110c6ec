"""kill -9 at any moment of an import: every commit is a valid shop, and going on ends as if nothing had been."""

from __future__ import annotations

import os
import shutil
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import pytest

from crmcore.errors import CrmError
from crmcore.importing.staging import people
from crmcore.shop import Shop
from tests.importing.shops import check, dump, opened, rows
from tests.stress.children import (
    KEPT,
    SMALL_CHUNKS,
    die_at,
    import_and_stand_still,
    import_in_small_chunks,
    moments,
    resume_in_small_chunks,
    sign,
    spawn,
)
from tests.stress.files import records, the_mapping, write
from tests.waiting import PATIENCE

pytestmark = pytest.mark.skipif(os.name == "nt", reason="SIGKILL is of POSIX")


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(people, "CHUNK_WEIGHT", SMALL_CHUNKS)
    for name in ("HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))


@dataclass(frozen=True)
class Work:
    """A shop that holds an older export, a newer one to import, and what must come of it."""

    base: Path
    older: list[dict[str, object]]
    newer: list[dict[str, object]]
    file: Path
    mapping: Path
    unbroken: dict[str, list[dict[str, Any]]]
    seconds: float
    chunks: int


@pytest.fixture(scope="module")
def work(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    """Made once; nobody writes into it."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        folder = tmp_path_factory.mktemp("kills")
        monkeypatch.setattr(people, "CHUNK_WEIGHT", SMALL_CHUNKS)
        for name in ("HOME", "XDG_STATE_HOME"):
            monkeypatch.setenv(name, str(folder))
        yield make_work(sqlite_template, folder)


def make_work(sqlite_template: Path, folder: Path) -> Work:
    older, newer = records(500, 220, newer=False), records(1_300, 220, newer=True)
    said = the_mapping(folder)
    base = folder / "base.db"
    shutil.copyfile(sqlite_template, base)
    with opened(f"sqlite:///{base}") as shop:
        shop.imports.run([write(folder, "older.csv", older)], mapping=said)
    file = write(folder, "newer.csv", newer)
    whole = folder / "whole.db"
    shutil.copyfile(base, whole)
    started = time.monotonic()
    child = spawn(import_in_small_chunks, f"sqlite:///{whole}", [file], said)
    child.join()
    seconds = time.monotonic() - started
    with opened(f"sqlite:///{whole}") as shop:
        check(shop)
        assert shop.imports.all()[0].state == "done"
        chunks = shop.imports.all()[0].chunks
        assert chunks > 8
        unbroken = dump(shop)
    return Work(base, older, newer, file, said, unbroken, seconds, chunks)


def whole_customers(shop: Shop, work: Work) -> None:
    """Each customer has all her orders of the new file, each as it stands there, or none of them."""
    expected: dict[str, dict[str, str]] = defaultdict(dict)
    for row in work.newer:
        if str(row.get("buyer_ref", "")).startswith("buyer"):
            expected[str(row["buyer_ref"])][str(row["order_ref"])] = str(row["status"])
    old = {str(row["order_ref"]): str(row["status"]) for row in work.older}
    owner = dict(rows(shop, "identities", "value", "customer_id"))
    word = {"completed": "done", "paid": "paid", "unpaid": "new"}
    held: dict[int, dict[str, str]] = defaultdict(dict)
    for customer, number, status in rows(shop, "orders", "customer_id", "number", "status"):
        held[customer][number] = word[status]
    for buyer, hers in expected.items():
        before = {number: old[number] for number in hers if number in old}
        assert held.get(owner.get(buyer, 0), {}) in (hers, before), buyer


def after_a_kill(url: str, work: Work, *, again: float | None = None) -> str:
    """Look at the shop that the kill left, go on, and look again; returns how far the import had got."""
    with opened(url) as shop:
        check(shop)
        whole_customers(shop, work)
        (*last, _older) = shop.imports.all()
        state = last[0].state if last else "not begun"
        if again is not None and state == "interrupted":
            die_at(spawn(resume_in_small_chunks, url, last[0].id), again)
            check(shop)
            whole_customers(shop, work)
        if not last:
            shop.imports.run([work.file], mapping=work.mapping)
        elif shop.imports.show(last[0].id).state == "interrupted":
            shop.imports.resume(last[0].id)
        assert shop.imports.all()[0].state == "done"
        found = dump(shop)
    for name, expected in work.unbroken.items():
        assert found[name] == expected, name
    return state


def kill_at(
    folder: Path,
    work: Work,
    seconds: float,
    *,
    again: float | None = None,
    wait: float = 0.0,
    begun: Event | None = None,
) -> str:
    """Kill an import after so long, counted from its first chunk where there is a sign of that."""
    path = folder / f"killed{seconds:.4f}.db"
    shutil.copyfile(work.base, path)
    url = f"sqlite:///{path}"
    child = spawn(import_in_small_chunks, url, [work.file], work.mapping, wait, begun)
    if begun is not None:
        assert begun.wait(PATIENCE)
    die_at(child, seconds)
    state = after_a_kill(url, work, again=again)
    path.unlink()
    return state


def standing_still(url: str, file: Path, mapping: Path) -> BaseProcess:
    """A child in the middle of an import of a file, which goes no further: see `import_and_stand_still`."""
    stands = sign()
    child = spawn(import_and_stand_still, url, [file], mapping, stands)
    assert stands.wait(PATIENCE)
    return child


def test_two_kills(work: Work, tmp_path: Path) -> None:
    states = [kill_at(tmp_path, work, moment) for moment in moments(1, 2, work.seconds)]
    assert set(states) <= {"not begun", "interrupted", "done"}


@pytest.mark.stress
def test_a_hundred_kills_and_some_twice(work: Work, tmp_path: Path) -> None:
    # Half of them at any time at all; how long an import takes swings with the machine, so the others
    # fall between its commits, which are spread: most of its own time is over before the first.
    wait = work.seconds / work.chunks
    states = []
    for index, moment in enumerate(moments(2, 100, work.seconds)):
        again = work.seconds / 3 if index % 4 == 0 else None
        begun = sign() if index % 2 else None
        seconds = moment / 3 if begun else moment
        states.append(kill_at(tmp_path, work, seconds, again=again, wait=wait, begun=begun))
    print({one: states.count(one) for one in set(states)})  # noqa: T201
    assert states.count("interrupted") >= 10


def test_a_kill_on_postgresql(postgresql_url: str, tmp_path: Path) -> None:
    newer, said = records(700, 120, newer=True), the_mapping(tmp_path)
    file = write(tmp_path, "newer.csv", newer)
    child = standing_still(postgresql_url, file, said)
    with opened(postgresql_url) as shop:
        assert shop.imports.all()[0].state == "running"
        child.kill()
        child.join()
        work = Work(tmp_path, [], newer, file, said, {}, 0, 0)
        row = shop.imports.all()[0]
        assert row.state == "interrupted"
        assert KEPT == row.chunks_done < row.chunks
        check(shop)
        whole_customers(shop, work)
        result = shop.imports.resume(row.id)
        check(shop)
        whole_customers(shop, work)
        assert result.counts.new == result.counts.read == len(newer)
        assert len(rows(shop, "orders", "id")) == 700
        assert len(rows(shop, "order_lines", "id")) == len(newer)


@pytest.fixture
def interrupted(work: Work, tmp_path: Path) -> Iterator[tuple[Shop, int]]:
    """A shop with an import of `newer.csv` that was killed in the middle."""
    path = tmp_path / "interrupted.db"
    shutil.copyfile(work.base, path)
    url = f"sqlite:///{path}"
    file = tmp_path / "newer.csv"
    shutil.copyfile(work.file, file)
    child = standing_still(url, file, work.mapping)
    with opened(url) as shop:
        child.kill()
        child.join()
        yield shop, shop.imports.all()[0].id


def test_an_interrupted_import_is_undone_as_a_whole(interrupted: tuple[Shop, int], work: Work) -> None:
    shop, import_id = interrupted
    with opened(f"sqlite:///{work.base}") as before:
        expected = dump(before)
    shop.imports.undo(import_id)
    found = dump(shop)
    for name in ("orders", "order_lines", "identities", "cards", "products", "candidates", "search_texts"):
        strip = {"changed_by"}
        assert [{k: v for k, v in row.items() if k not in strip} for row in found[name]] == [
            {k: v for k, v in row.items() if k not in strip} for row in expected[name]
        ], name
    check(shop)
    with pytest.raises(CrmError, match="undone"):
        shop.imports.resume(import_id)


def test_resume_wants_the_same_files(interrupted: tuple[Shop, int], work: Work, tmp_path: Path) -> None:
    (shop, import_id), file = interrupted, tmp_path / "newer.csv"
    with pytest.raises(CrmError, match=r"2 files|1 files"):
        shop.imports.resume(import_id, [file, file])
    text = file.read_bytes()
    moved = tmp_path / "moved.csv"
    file.rename(moved)
    with pytest.raises(CrmError, match="not there any more"):
        shop.imports.resume(import_id)
    moved.write_bytes(text + b"\n")
    with pytest.raises(CrmError, match="has changed since"):
        shop.imports.resume(import_id, [moved])
    moved.write_bytes(text)
    assert shop.imports.resume(import_id, [moved]).counts.read == len(work.newer)
    assert shop.imports.show(import_id).state == "done"
    with pytest.raises(CrmError, match="nothing to resume"):
        shop.imports.resume(import_id)
