"""What is measured. Each scenario gives figures; those that need a filled shop run after the imports."""

from __future__ import annotations

import random
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.files import order_file
from bench.measure import crm, crm_json, median, percentile, run

_AGAIN = 7


@dataclass(frozen=True)
class Setting:
    """Where the benchmark works, and how big."""

    folder: Path
    orders: int
    customers: int

    @property
    def shop(self) -> Path:
        """The shop that the imports fill."""
        return self.folder / "shop"

    @property
    def file(self) -> Path:
        """The first export file, made at its first use."""
        path = self.folder / f"ExportOrderList{self.orders}.csv"
        return path if path.exists() else order_file(path, self.orders, self.customers)


@dataclass(frozen=True)
class Figure:
    """One measured value, its reference in the same run, and what is aimed at."""

    what: str
    value: float
    unit: str = "s"
    reference: float = 0.0
    reference_name: str = ""
    memory: float = 0.0
    aim: str = ""


def _sqlite_import(setting: Setting, file: Path) -> float:
    target = setting.folder / "reference.db"
    target.unlink(missing_ok=True)
    return run(["sqlite3", str(target), ".mode csv", f".import {file} orders"]).seconds


def imports(setting: Setting) -> Iterator[Figure]:
    """Importing into an empty shop, the same file again, and as much again into the full shop."""
    shutil.rmtree(setting.shop, ignore_errors=True)
    crm("init", str(setting.shop), "--lang", "en", "--currency", "CNY", "--timezone", "Asia/Shanghai")
    more = setting.folder / f"ExportOrderList{setting.orders}more.csv"
    if not more.exists():
        order_file(more, setting.orders, setting.customers, first_order=setting.orders, seed=2)
    for what, file, aim in (
        ("import into an empty shop", setting.file, "6×, under 400 MB"),
        ("the same file again", setting.file, ""),
        ("as many orders again", more, "10×"),
    ):
        reference = _sqlite_import(setting, file)
        cost, _result = crm_json("--shop", str(setting.shop), "import", str(file))
        yield Figure(what, cost.seconds, "s", reference, "sqlite3 .import", cost.memory, aim)


def one_order(setting: Setting) -> Iterator[Figure]:
    """What one new order costs a shop that is full, in the process that holds it: the write with its facts."""
    from crmcore.shop import Shop
    from crmcore.store.changes import insert
    from crmcore.store.schema import orders

    with Shop.open(setting.shop) as shop:
        took = []
        for number in range(30):
            values = {
                "customer_id": 1 + number * (setting.customers // 40), "source": "bench", "number": f"{time.time_ns()}",
                "currency": "CNY", "status": "paid", "placed_at": 1_780_000_000, "paid_at": 1_780_000_000,
                "ordered_total": 100, "paid_total": 100, "net_total": 100,
            }  # fmt: skip
            started = time.perf_counter()
            with shop.write("bench") as write:
                insert(write, orders, values)
            took.append((time.perf_counter() - started) * 1000)
    yield Figure("one new order, facts and search included", median(took), "ms", aim="10 ms")


def lookups(setting: Setting) -> Iterator[Figure]:
    """Finding a person by name, nickname, phone, its tail, order number, pinyin, address."""
    from crmcore.shop import Shop
    from crmcore.store.search import find

    chance = random.Random(3)
    whos = [chance.randrange(setting.customers) for _ in range(40)]
    texts = [
        text
        for who in whos
        for text in (
            f"buyer_{who}", f"154{who:08d}", f"{who:08d}"[-4:], f"{300_000_000_000_000_000 + who}", "雨涵", "王子", "轩",
            f"演示路{who % 997}号", "wzx", f"b{who}@example.com",
        )
    ]  # fmt: skip
    with Shop.open(setting.shop) as shop, shop.database.read() as connection:
        took = []
        for text in texts:
            started = time.perf_counter()
            find(connection, text, 20)
            took.append((time.perf_counter() - started) * 1000)
    yield Figure("lookup, median", median(took), "ms")
    yield Figure("lookup, 95 of 100", percentile(took, 0.95), "ms", aim="20 ms")


def segments(setting: Setting) -> Iterator[Figure]:
    """Counting a segment and showing its first page."""
    from crmcore.shop import Shop

    with Shop.open(setting.shop) as shop:
        for name in ("lapsed_90", "three_or_more", "aov_100_300", "refunded_in_full"):
            if name not in {one.name for one in shop.segments.all()}:
                continue
            counted, paged = [], []
            for _ in range(5):
                started = time.perf_counter()
                shop.segments.count(name)
                counted.append((time.perf_counter() - started) * 1000)
                started = time.perf_counter()
                shop.segments.members(name, limit=50)
                paged.append((time.perf_counter() - started) * 1000)
            yield Figure(f"segment {name}: count", median(counted), "ms", aim="300 ms")
            yield Figure(f"segment {name}: first page", median(paged), "ms", aim="300 ms")


def start_up(setting: Setting) -> Iterator[Figure]:
    """Whole processes: help, and a customer found."""
    bare = [run([sys.executable, "-c", "import click"]).seconds for _ in range(_AGAIN)]
    help_ = [crm("--help").seconds for _ in range(_AGAIN)]
    yield Figure("crm --help", median(help_), "s", median(bare), "import click", aim="2×")
    if setting.shop.exists():
        found = [
            crm("--shop", str(setting.shop), "customer", "find", "buyer_7", "--json") for _ in range(_AGAIN)
        ]
        yield Figure(
            "crm customer find",
            median([one.seconds for one in found]),
            "s",
            memory=max(one.memory for one in found),
            aim="0.4 s",
        )


SCENARIOS: tuple[Callable[[Setting], Iterator[Figure]], ...] = (
    imports,
    one_order,
    lookups,
    segments,
    start_up,
)
