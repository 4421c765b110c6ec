"""What imports cost, what they make others wait, and what one new order costs."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure, Setting
from bench.measure import Cost, crm, crm_json, median, percentile, run

_SMALLER = 4
_WRITES = 30


def _sqlite_import(setting: Setting, file: Path) -> Cost:
    target = setting.folder / "reference.db"
    target.unlink(missing_ok=True)
    cost = run(["sqlite3", str(target), ".mode csv", f".import {file} orders"])
    target.unlink()
    return cost


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    crm("init", str(folder), "--lang", "en", "--currency", "CNY", "--timezone", "Asia/Shanghai")


def _import(setting: Setting, shop: Path, file: Path, what: str, aim: str) -> Figure:
    """The reference first, then the import: both meet the machine in the same mood."""
    reference = _sqlite_import(setting, file)
    cost, _result = crm_json("--shop", str(shop), "import", str(file))
    return Figure(
        what,
        cost.seconds,
        "s",
        reference.seconds,
        "sqlite3 .import",
        cost.memory,
        aim,
        cost.cpu,
        reference.cpu,
    )


def imports(setting: Setting) -> Iterator[Figure]:
    """Importing into an empty shop, the same file again, and as much again into the full shop; linearity."""
    few, people = setting.orders // _SMALLER, setting.customers // _SMALLER
    more = setting.orders_file(setting.orders, setting.customers, first_order=setting.orders)
    _empty(setting.small_shop)
    _empty(setting.shop)
    what = f"import of {few:,} orders into an empty shop"
    small = _import(setting, setting.small_shop, setting.orders_file(few, people), what, "")
    yield small
    whole = _import(setting, setting.shop, setting.file, "import into an empty shop", "6×, under 400 MB")
    yield whole
    yield Figure(
        f"an order's share of it, against the import of a {_SMALLER}th",
        whole.value / setting.orders * 1e6, "µs", small.value / few * 1e6, f"{few:,} orders", 0.0, "1×: linear",
        whole.cpu / setting.orders * 1e6, small.cpu / few * 1e6,
    )  # fmt: skip
    yield _import(setting, setting.shop, setting.file, "the same file again", "under 400 MB")
    yield _import(
        setting, setting.shop, more, "as many orders again, of known customers", "10×, under 400 MB"
    )


def waiting(setting: Setting) -> Iterator[Figure]:
    """How long somebody who writes a note waits while a file is imported."""
    from crmcore.shop import Shop

    file = setting.orders_file(setting.orders // 2, setting.customers, first_order=3 * setting.orders)
    command = ["-m", "crmcore.cli.main", "--shop", str(setting.shop), "import", str(file), "--json"]
    child = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE)
    waits, started, chunks = [], time.monotonic(), []
    with Shop.open(setting.shop) as shop:
        while child.poll() is None:
            began = time.perf_counter()
            with shop.write("bench") as write:
                waits.append((time.perf_counter() - began) * 1000)
                write.note()
            chunks.append(shop.imports.all()[0].chunks_done)
            time.sleep(0.02)
    output = child.stdout.read() if child.stdout else b""
    assert json.loads(output)["batches"][0]["rejected"] == 0
    # While the file is read nobody waits: only what lies between the first and last chunk counts.
    first = next((place for place, done in enumerate(chunks) if 0 < done < chunks[-1]), 0)
    during = waits[first:] or waits
    print(f"waited {len(during)} times in {time.monotonic() - started:.0f} s", file=sys.stderr)
    yield Figure("another writer waits, median", median(during), "ms")
    yield Figure("another writer waits, 95 of 100", percentile(during, 0.95), "ms", aim="300 ms")
    yield Figure("another writer waits, longest", max(during), "ms")


def one_order(setting: Setting) -> Iterator[Figure]:
    """What one new order costs a shop that is full, in the process that holds it: the write with its facts."""
    small = _new_order(setting.small_shop) if setting.small_shop.exists() else (0.0, 0.0)
    full = _new_order(setting.shop)
    yield Figure(
        "one new order, facts and search included", full[0], "ms", small[0], f"in a shop of a {_SMALLER}th", 0.0,
        "10 ms, 1×", full[1], small[1],
    )  # fmt: skip


def _new_order(folder: Path) -> tuple[float, float]:
    """The medians of wall and CPU time, in milliseconds, for customers spread over the whole shop."""
    from crmcore.shop import Shop
    from crmcore.store.changes import insert
    from crmcore.store.schema import customers, orders

    walls, cpus = [], []
    with Shop.open(folder) as shop:
        with shop.database.read() as connection:
            last = connection.execute(customers.select().order_by(customers.c.id.desc()).limit(1)).one().id
        for number in range(_WRITES):
            values = {
                "customer_id": 1 + number * (last // _WRITES), "source": "bench", "number": f"{time.time_ns()}",
                "currency": "CNY", "status": "paid", "placed_at": 1_780_000_000, "paid_at": 1_780_000_000,
                "ordered_total": 100, "paid_total": 100, "net_total": 100,
            }  # fmt: skip
            wall, cpu = time.perf_counter(), time.process_time()
            with shop.write("bench") as write:
                insert(write, orders, values)
            walls.append((time.perf_counter() - wall) * 1000)
            cpus.append((time.process_time() - cpu) * 1000)
    return median(walls), median(cpus)
