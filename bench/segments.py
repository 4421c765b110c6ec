"""What segments cost in a big shop: `python -m bench.segments FOLDER`, a shop that `bench.filled` made.

Previews stand beside the query that somebody would write by hand for the same question, in the same run; keeping
members beside the number of customers that were changed. The shop is changed by it: take a copy.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

from bench.measure import median
from crmcore.records.clock import Clock, day_end
from crmcore.rules.yaml import load_rule
from crmcore.segments.preview import Previews
from crmcore.shop import Shop
from crmcore.store import schema

_AGAIN = 5
# Rules as they are typed, and what asks the same by hand.
_RULES = {
    "orders and spending": (
        "{all: [{orders: {gte: 2}}, {total_spent: {gte: 1000}}]}",
        "SELECT count(*) FROM cards WHERE orders >= 2 AND total_spent >= 100000",
    ),
    "a category": (
        "{categories: {has: 护肤}}",
        "SELECT count(*) FROM cards WHERE instr(categories, char(31) || '护肤' || char(31)) > 0",
    ),
    "tier of the city": (
        "{city_tier: {eq: 2}}",
        "SELECT count(*) FROM cards WHERE city IN ('青岛市', '温州市')",
    ),
    "lines of a category in a year": (
        "{lines: {any: [{category: {eq: 护肤}}, {at: {gte: 2025-01-01}}]}}",
        (
            "SELECT count(DISTINCT o.customer_id) FROM orders o JOIN order_lines l ON l.order_id = o.id "
            "WHERE o.paid_at IS NOT NULL AND o.net_total > 0 AND l.category = '护肤' "
            "AND coalesce(o.placed_at, o.paid_at) >= 1735660800"
        ),
    ),
    "bought during Double 11 of a year": (
        "{orders: {any: [{bought: {eq: true}}, {during: {eq: double_11 2024}}]}}",
        (
            "SELECT count(DISTINCT customer_id) FROM orders WHERE paid_at IS NOT NULL AND net_total > 0 "
            "AND coalesce(placed_at, paid_at) BETWEEN 1729440000 AND 1731340799"
        ),
    ),
    "key customers": ("{segment: key_customers}", "SELECT sum(total_spent) FROM cards WHERE total_spent > 0"),
}


def _took(work: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds of wall time and of CPU time."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return (time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000


def _previews(shop: Shop) -> Iterator[str]:
    previews = Previews(shop.segments)
    for name, (text, by_hand) in _RULES.items():
        rule = load_rule(f"name: draft\nwhere: {text}")
        first = _took(lambda: previews.look(rule))  # noqa: B023
        again = [_took(lambda: previews.look(rule)) for _ in range(_AGAIN)]  # noqa: B023
        found = previews.look(rule)
        with shop.database.read() as connection:
            ask = partial(connection.exec_driver_sql, by_hand)
            hand = [_took(lambda: ask().scalar()) for _ in range(_AGAIN)]  # noqa: B023
        wall, cpu, by_hand_cpu = (
            median([t[0] for t in again]),
            median([t[1] for t in again]),
            median([t[1] for t in hand]),
        )
        kind = "exact" if found.exact else f"± {found.margin:,}"
        yield f"| preview: {name} | {first[0]:.0f} | {wall:.0f} | {cpu:.0f} | {by_hand_cpu:.0f} | {kind}, {found.count:,} |"


def _change(shop: Shop, number: int, seed: int) -> None:
    """Customers get an order each, as an import would give it to them."""
    chance = random.Random(seed)
    with shop.database.read() as connection:
        highest = int(connection.exec_driver_sql("SELECT max(id) FROM customers").scalar_one())
    who = chance.sample(range(1, highest), number)
    now = int(time.time())
    with shop.write("bench") as write:
        rows = [
            {
                "customer_id": one, "source": "bench", "number": f"{seed}-{now}-{one}", "currency": "CNY",
                "status": "completed", "placed_at": now, "paid_at": now, "ordered_total": 50_000,
                "net_total": 50_000, "paid_total": 50_000, "created_by": write.change_id,
            }
            for one in who
        ]  # fmt: skip
        write.connection.execute(schema.orders.insert(), rows)
        write.touch(who)


def _memberships(shop: Shop) -> Iterator[str]:
    names = [one.name for one in shop.segments.all() if not one.error]
    begun = [_took(lambda: shop.register.keep(name)) for name in names]  # noqa: B023
    wall, cpu = (sum(t[place] for t in begun) for place in (0, 1))
    yield f"| keep {len(names)} segments from now on | | {wall:.0f} | {cpu:.0f} | | |"
    yield f"| catch up, nobody changed | | {_row(lambda: shop.register.catch_up())} | | |"
    for number in (100, 1_000, 10_000):
        _change(shop, number, number)
        moved: list[int] = []
        cost = _row(lambda moved=moved: moved.append(shop.register.catch_up().moves))  # type: ignore[misc]
        what = f"all {len(names)} segments after {number:,} changed customers"
        yield f"| {what} | | {cost} | | {moved[0]:,} moves |"
    later = shop.segments.clock(None).today + timedelta(days=3)
    segments = replace(shop.segments, clock=lambda day: _on(shop, later, day))
    passed = replace(shop.register, segments=segments)
    asked: list[int] = []
    cost = _row(lambda: asked.append(passed.catch_up().asked))
    yield f"| all {len(names)} segments, three days later | | {cost} | | {asked[0]:,} asked |"
    for name in names:
        whole = _took(lambda: shop.segments.ids(name))  # noqa: B023
        yield f"| for comparison: everybody in {name} | | {whole[0]:.0f} | {whole[1]:.0f} | | |"


def _on(shop: Shop, today: date, day: date | None) -> Clock:
    """The shop's clock as it will stand on that day."""
    zone = shop.settings.time_zone
    return Clock(zone, day_end(today, zone)).on(day)


def _row(work: Callable[[], object]) -> str:
    wall, cpu = _took(work)
    return f"{wall:.0f} | {cpu:.0f}"


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(prog="python -m bench.segments")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--previews", action="store_true", help="previews alone: nothing is changed")
    chosen = parser.parse_args()
    with Shop.open(chosen.folder) as shop:
        print("| what | first ms | median ms | CPU ms | by hand CPU ms | |\n|---|---|---|---|---|---|")
        for row in _previews(shop):
            print(row, flush=True)
        if not chosen.previews:
            for row in _memberships(shop):
                print(row, flush=True)


if __name__ == "__main__":
    main()
