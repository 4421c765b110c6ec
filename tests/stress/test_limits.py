"""Disks that fill up, files that are too long for memory, and files that are none."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from crmcore.errors import CrmError, FileError
from crmcore.importing.staging import people
from tests.importing.shops import check, mapping, opened, rows
from tests.stress.children import SMALL_CHUNKS
from tests.stress.files import records, the_mapping, write

# A whole import stays below this, in bytes.
MEMORY = 400_000_000


@pytest.fixture(autouse=True)
def _own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))


# --- full disks -----------------------------------------------------------------------------------------------


@pytest.fixture
def full_after() -> Iterator[Any]:
    """Lets every database opened from now on grow to so many pages only; `free` lifts the limit again."""
    limit: list[int] = []

    def restrict(connection: Any, _record: object) -> None:
        for pages in limit:
            connection.execute(f"PRAGMA max_page_count = {pages}")

    sa.event.listen(sa.Engine, "connect", restrict)
    yield limit
    sa.event.remove(sa.Engine, "connect", restrict)


def test_a_disk_that_fills_up_is_told_and_leaves_a_valid_shop(
    sqlite_url: str, tmp_path: Path, full_after: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "CHUNK_WEIGHT", SMALL_CHUNKS)
    said = the_mapping(tmp_path)
    found = records(1_500, 300, newer=True)
    file = write(tmp_path, "long.csv", found)
    with opened(sqlite_url) as shop:
        with shop.database.read() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        full_after.append(pages + 60)
        with pytest.raises(CrmError, match="disk is full"):
            shop.imports.run([file], mapping=said)
        full_after.clear()
        check(shop)
        row = shop.imports.all()[0]
        assert 0 < row.chunks_done < row.chunks
        held = len(rows(shop, "orders", "id"))
        assert 0 < held < 1_500
        assert row.state == "interrupted"
        assert "disk is full" in (row.message or "")
        assert shop.imports.resume(row.id).counts.read == len(found)
        assert len(rows(shop, "orders", "id")) == 1_500
        check(shop)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of 24 MB of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip(
            "no disk can be mounted here (it takes root): full disks are tested by a limit of pages alone"
        )
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.skipif(os.name == "nt" or sys.platform == "darwin", reason="tmpfs is of Linux")
def test_a_real_full_disk_under_the_shop(
    small_disk: Path, sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "CHUNK_WEIGHT", 1_000)
    (small_disk / "shop.db").write_bytes(sqlite_template.read_bytes())
    file = write(tmp_path, "long.csv", records(20_000, 4_000, newer=True))
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"\0" * 20_000_000)
    with opened(f"sqlite:///{small_disk / 'shop.db'}") as shop:
        with pytest.raises(CrmError, match="disk is full"):
            shop.imports.run([file], mapping=the_mapping(tmp_path))
        ballast.unlink()
        check(shop)
    with opened(f"sqlite:///{small_disk / 'shop.db'}") as shop:
        check(shop)
        assert len(rows(shop, "orders", "id")) < 20_000


@pytest.mark.skipif(os.name == "nt" or sys.platform == "darwin", reason="tmpfs is of Linux")
def test_a_full_disk_for_temporary_files_writes_nothing(
    small_disk: Path, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (small_disk / "ballast").write_bytes(b"\0" * 22_500_000)
    monkeypatch.setattr(tempfile, "tempdir", str(small_disk))
    file = write(tmp_path, "long.csv", records(30_000, 6_000, newer=True))
    with opened(sqlite_url) as shop:
        with pytest.raises(CrmError, match=r"full|no room"):
            shop.imports.run([file], mapping=the_mapping(tmp_path))
        assert rows(shop, "orders", "id") == []
        check(shop)
    assert [one.name for one in small_disk.iterdir()] == ["ballast"]


# --- long files -----------------------------------------------------------------------------------------------

_MEASURE = """\
import json, resource, sys, time
from pathlib import Path
from crmcore.errors import CrmError
from crmcore.shop import Shop
url, mapping, *files = sys.argv[1:]
started, counts, said = time.monotonic(), None, None
with Shop.open(url, actor="test") as shop:
    try:
        counts = shop.imports.run([Path(one) for one in files], mapping=Path(mapping))[0].counts.as_json()
    except CrmError as error:
        said = str(error)
# What the kernel calls the largest resident size starts with the parent's: this process's own is VmHWM.
status = Path("/proc/self/status")
if status.exists():
    memory = int(next(one for one in status.read_text().splitlines() if one.startswith("VmHWM")).split()[1]) * 1024
else:
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(json.dumps({"counts": counts, "said": said, "memory": memory, "seconds": time.monotonic() - started}))
"""


def measured(url: str, said: Path, file: Path) -> dict[str, Any]:
    """Import in a process of its own: its counts or message, its largest memory in bytes, its seconds."""
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, url, str(said), str(file)],
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def long_file(path: Path, size: int, note: int, people: int = 0) -> int:
    """A file of about `size` bytes, an order a line, with notes of that length; returns its rows.

    `people`: how many there are to choose a buyer from; without it, one for every 2 KB.
    """
    chance = random.Random(1)
    filler = "".join(chance.choices("的一是在不了有和人这中大为上个国我以要他", k=note // 3))
    rows = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("order_ref,buyer_ref,phone,name,placed_at,order_total,note\n")
        while file.tell() < size:
            some = []
            for _i in range(1_000):
                buyer = chance.randrange(people or 1 + size // 2_000)
                some.append(
                    f"N{rows},b{buyer},138{buyer:08d},名{buyer},2026-01-{rows % 28 + 1:02d} 10:00:00,{rows % 900}.50,{rows} {filler}\n"
                )
                rows += 1
            file.writelines(some)
    return rows


def wide_mapping(folder: Path) -> Path:
    columns = ["order_ref", "buyer_ref", "phone", "name", "placed_at", "order_total", "note"]
    return mapping(folder, "long", record="order", columns=columns, currency="CNY")


pytestmark = pytest.mark.skipif(os.name == "nt", reason="memory is measured by POSIX means")


def test_fifty_megabytes_in_flat_memory(sqlite_url: str, tmp_path: Path) -> None:
    file = tmp_path / "long.csv"
    number = long_file(file, 50_000_000, 2_000)
    found = measured(sqlite_url, wide_mapping(tmp_path), file)
    assert found["counts"]["new"] == number
    assert found["memory"] < MEMORY, found


@pytest.mark.stress
@pytest.mark.parametrize("note", [2_000, 120])
def test_two_gigabytes_in_flat_memory(sqlite_url: str, tmp_path: Path, note: int) -> None:
    file = tmp_path / "long.csv"
    number = long_file(file, 2_000_000_000 if note == 2_000 else 500_000_000, note)
    found = measured(sqlite_url, wide_mapping(tmp_path), file)
    print(note, number, found)  # noqa: T201
    assert found["counts"]["new"] == number
    assert found["memory"] < MEMORY, found


@pytest.mark.stress
def test_as_many_customers_as_orders_in_flat_memory(sqlite_url: str, tmp_path: Path) -> None:
    file = tmp_path / "long.csv"
    number = long_file(file, 80_000_000, 12, people=10_000_000)
    found = measured(sqlite_url, wide_mapping(tmp_path), file)
    assert found["counts"]["new"] == number > 900_000
    assert found["counts"]["customers_new"] > 0.9 * number
    assert found["memory"] < MEMORY, found


@pytest.mark.parametrize("size", [3_000_000, pytest.param(2_000_000_000, marks=pytest.mark.stress)])
def test_random_bytes_are_refused_in_flat_memory(sqlite_url: str, tmp_path: Path, size: int) -> None:
    file = tmp_path / "random.csv"
    chance = random.Random(3)
    with file.open("wb") as out:
        for _i in range(size // 1_000_000):
            out.write(chance.randbytes(1_000_000))
    found = measured(sqlite_url, wide_mapping(tmp_path), file)
    assert found["said"]
    assert "random.csv" in found["said"]
    assert found["memory"] < MEMORY, found
    with opened(sqlite_url) as shop:
        assert rows(shop, "imports", "id") == []


@pytest.mark.parametrize("number", [20_000, pytest.param(200_000, marks=pytest.mark.stress)])
def test_a_file_of_bad_rows_alone_in_flat_memory(sqlite_url: str, tmp_path: Path, number: int) -> None:
    file = tmp_path / "bad.csv"
    with file.open("w", encoding="utf-8") as out:
        out.write("order_ref,buyer_ref,phone,name,placed_at,order_total,note\n")
        for i in range(number):
            out.write(
                f"N{i},b{i},138{i:08d},名{i},yesterday,{i}.50,a note of some length that goes with it\n"
            )
    found = measured(sqlite_url, wide_mapping(tmp_path), file)
    assert found["counts"]["rejected"] == number
    assert found["memory"] < MEMORY, found


def test_nothing_but_a_header_and_nothing_at_all(sqlite_url: str, tmp_path: Path) -> None:
    said = wide_mapping(tmp_path)
    header, empty = tmp_path / "header.csv", tmp_path / "empty.csv"
    header.write_text("order_ref,buyer_ref,phone,name,placed_at,order_total,note\n", "utf-8")
    empty.touch()
    with opened(sqlite_url) as shop:
        with pytest.raises(FileError, match=r"empty\.csv.*empty"):
            shop.imports.run([empty], mapping=said)
        assert rows(shop, "imports", "id") == []
        (result,) = shop.imports.run([header], mapping=said)
        assert set(result.counts.as_json().values()) == {0}
        assert rows(shop, "imports", "state") == ["done"]
        shop.imports.undo(result.id or 0)
