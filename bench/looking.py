"""What looking at a big shop costs: `python -m bench.looking FOLDER`, of a shop that `bench.filled` made.

Each figure is said as wall time and as CPU time, for other work on the machine stretches the former.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from bench.filled import person
from bench.measure import median, percentile
from crmcore.people import People
from crmcore.shop import Shop

_AGAIN = 40  # people that are looked up, each in every way
_SEGMENTS = ("three_or_more", "aov_100_300", "lapsed_90", "complaint_open", "key_customers")


def texts(who: int) -> dict[str, str]:
    """What somebody may type to find the customer, by the kind of it."""
    name, nick, phone, email = person(who)
    hidden = person(who - who % 10)[2]  # of a customer whose phone a platform hid in part
    return {
        "nickname": nick,
        "part of a nickname": nick[1:5],
        "full name": name,
        "two Chinese characters": name[-2:],
        "one Chinese character": name[-1],
        "phone": phone,
        "last four digits": phone[-4:],
        "digits inside a phone": phone[3:9],
        "phone that is hidden in part": hidden,
        "e-mail": email,
        "beginning of an e-mail": email[:5],
        "order number": str(300_000_000_000_000_000 + who * 977),
        "street and number": f"{who % 997}号{who % 29}幢",
        "pinyin initials": "wyh",
        "name and city": f"{name} 杭州",
        "nobody": "zzqqy",
    }


def measured(work: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds of wall time and of CPU time."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return (time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000


def _row(what: str, took: list[tuple[float, float]]) -> str:
    wall, cpu = [one[0] for one in took], [one[1] for one in took]
    return f"| {what} | {median(wall):.1f} | {percentile(wall, 0.95):.1f} | {median(cpu):.1f} |"


def _lookups(shop: Shop, whos: list[int]) -> Iterator[str]:
    people = People(shop)
    people.find("warm up")
    kinds: dict[str, list[tuple[float, float]]] = {}
    for who in whos:
        for kind, text in texts(who).items():
            kinds.setdefault(kind, []).append(measured(lambda text=text: people.find(text)))  # type: ignore[misc]
    yield _row("**any look-up**", [one for took in kinds.values() for one in took])
    yield from (_row(kind, took) for kind, took in kinds.items())


def _cards(shop: Shop, whos: list[int]) -> Iterator[str]:
    people = People(shop)
    people.show(1)
    yield _row("card with timeline", [measured(lambda who=who: people.show(who)) for who in whos])  # type: ignore[misc]
    yield _row("the same, one who buys often", [measured(lambda: people.show(1)) for _ in whos])


def _segments(shop: Shop) -> Iterator[str]:
    for name in _SEGMENTS:
        yield _row(f"count of {name}", [measured(lambda: shop.segments.count(name)) for _ in range(5)])  # noqa: B023
    day = date(2024, 6, 1)
    for name in _SEGMENTS:
        yield _row(f"count of {name} as of a day", [measured(lambda: shop.segments.count(name, day))])  # noqa: B023


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(prog="python -m bench.looking")
    parser.add_argument("folder", type=Path)
    chosen = parser.parse_args()
    with Shop.open(chosen.folder) as shop:
        with shop.database.read() as connection:
            highest = int(connection.exec_driver_sql("SELECT max(id) FROM customers").scalar_one())
        chance = random.Random(7)
        whos = [chance.randrange(1, highest) for _ in range(_AGAIN)]
        print("| what | median ms | 95 of 100 | median CPU ms |\n|---|---|---|---|")
        for some in (_lookups(shop, whos), _cards(shop, whos), _segments(shop)):
            for row in some:
                print(row, flush=True)


if __name__ == "__main__":
    main()
