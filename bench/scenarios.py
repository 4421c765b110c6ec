"""What is measured. Each scenario gives figures; those that need a filled shop run after the imports."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.figures import Figure, Setting
from bench.importing import imports, one_order, waiting
from bench.measure import crm, median, percentile, run

_AGAIN = 7


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


def campaigns(setting: Setting) -> Iterator[Figure]:
    """Planning over everybody, a row of the ledger, e-mails against a bare client's loop."""
    import tempfile

    from bench import sending

    yield from sending.planning(setting.shop)
    with tempfile.TemporaryDirectory() as place:
        yield from sending.ledger(Path(place) / "ledger")
        yield from sending.emails(Path(place) / "mails")


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
    waiting,
    one_order,
    lookups,
    campaigns,
    start_up,
)
