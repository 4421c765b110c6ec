"""Reports over a big shop, beside DuckDB asked by hand in the same run; and a tile after one new order.

CPU seconds, for other work on the machine stretches the clock. "Kept" is what a report costs where its
records stay (tiles), with one new order each time; "alone" includes getting at the shop's records, from the
reading copies; "first after much has changed" makes them; "without copies"
reads the shop's file.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from bench.figures import Figure, Setting
from bench.filled import filled
from bench.measure import median
from bench.native import measured

if TYPE_CHECKING:
    from crmcore.shop import Shop

_SPAN = {"start": "2024-11-01", "end": "2025-10-31"}  # within the days that `bench.filled` fills
_TYPED = {"repurchase": _SPAN, "cohorts": {"cohorts": "60"}, "rfm": {}, "products": _SPAN}


def _without_copies(folder: Path) -> None:
    copies = folder / "shop.db-columns"
    shutil.rmtree(copies, ignore_errors=True)
    copies.touch()  # a file where the folder would be: none can be made


def _with_new_copies(folder: Path) -> None:
    copies = folder / "shop.db-columns"
    if copies.is_file():
        copies.unlink()
    shutil.rmtree(copies, ignore_errors=True)


_WAYS: tuple[tuple[str, Callable[[Path], object], str], ...] = (
    ("without copies", _without_copies, "under 1 GB"),
    ("first after much has changed, which makes the copies", _with_new_copies, "under 1 GB"),
    ("alone", lambda _folder: None, "3×, under 1 GB"),
)


def reports(setting: Setting) -> Iterator[Figure]:
    """Repurchase, cohorts, RFM, association, alone and read once; then a tile's refresh."""
    from crmcore.shop import Shop

    folder = filled(setting)
    with tempfile.TemporaryDirectory(prefix="crm-bench-") as own:
        by_hand = measured(folder / "shop.db", Path(own), _SPAN)
    with Shop.open(folder) as shop:
        for name, typed in _TYPED.items():
            for how, ready, aim in _WAYS:
                shop.worker.close()
                shop.__dict__.pop("worker")
                shop.reports.run("market")  # starts the process
                taken = []
                for _turn in range(3):
                    ready(folder)
                    before = _cpu()
                    shop.reports.run(name, typed)
                    taken.append(_cpu() - before)
                yield Figure(
                    f"report {name}, {how}", median(taken), "s CPU", by_hand[name], "by hand", _peak(), aim
                )
            with shop.reports.live([(name, typed)]) as live:
                live.refresh()
                taken = []
                for _turn in range(5):
                    _sell(shop)
                    taken.append(_round(live))
                yield Figure(
                    f"report {name}, kept, after one new order",
                    median(taken),
                    "s CPU",
                    by_hand[name],
                    "by hand",
                    _peak(),
                    "3×",
                )
        yield from _tile(shop)


def _sell(shop: Shop) -> None:
    """One order of one line."""
    from crmcore.store import schema
    from crmcore.store.changes import insert

    at = 1_761_000_000
    order = {
        "customer_id": 5, "source": "tile", "currency": "CNY", "status": "paid", "placed_at": at, "paid_at": at,
        "ordered_total": 700, "paid_total": 700, "net_total": 700, "number": str(time.time_ns()),
    }  # fmt: skip
    with shop.write("one order") as write:
        number = insert(write, schema.orders, order)
        line = {"order_id": number, "position": 1, "sku": "S7", "quantity": 1, "total": 700}
        insert(write, schema.order_lines, line)


def _tile(shop: Shop) -> Iterator[Figure]:
    with shop.reports.live([("sales", {"by": "day", "end": "2025-10-31"})]) as live:
        live.refresh()
        clock, cpu = [], []
        for _turn in range(7):
            _sell(shop)
            started, before = time.perf_counter(), _cpu()
            live.refresh()
            clock.append(time.perf_counter() - started)
            cpu.append(_cpu() - before)
        yield Figure("tile after one new order", median(cpu), "s CPU", memory=_peak(), aim="1 s")
        yield Figure("tile after one new order, by the clock", median(clock), "s", aim="1 s")


def _round(live: object) -> float:
    before = _cpu()
    live.refresh()  # type: ignore[attr-defined]
    return _cpu() - before


def _workers() -> list[psutil.Process]:
    return [one for one in psutil.Process().children() if "worker_main" in " ".join(one.cmdline())]


def _cpu() -> float:
    return sum(sum(one.cpu_times()[:2]) for one in _workers())


def _peak() -> float:
    """The most memory (MB) that the workers' processes have had, where the system tells."""
    peak = 0.0
    for one in _workers():
        status = Path(f"/proc/{one.pid}/status")
        if status.exists():
            told = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
            peak = max(peak, int(told.split()[1]) / 1024)
    return peak
