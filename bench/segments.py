"""What segments cost in a big shop: `python -m bench --only segments --customers 1000000 --orders 1500000`.

It works on copies of what `bench.filled` made: `filled` and `filled-10th` in the bench's folder. Previews stand beside the query that somebody would write by hand for the same
question; keeping members beside the number of customers that were changed, beside a shop of a tenth, and beside
asking everybody anew. CPU counts this process, which does all of it; of imports it counts theirs.
"""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from bench.figures import Figure, Setting
from bench.files import order_file
from bench.filled import SMALLER, filled
from bench.measure import crm, median
from crmcore.records.clock import Clock, day_end
from crmcore.rules.yaml import load_rule
from crmcore.segments.preview import Previews
from crmcore.segments.register import Register
from crmcore.shop import Shop
from crmcore.store import schema

_AGAIN = 5
_CHANGED = 1_000
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
        "SELECT count(*) FROM cards WHERE city = '温州市'",
    ),
    "lines of a category since 2025": (
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


@dataclass(frozen=True)
class _Took:
    """Milliseconds of wall time and of CPU time."""

    wall: float
    cpu: float


def _took(work: Callable[[], object]) -> _Took:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return _Took((time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000)


def _middle(taken: list[_Took]) -> _Took:
    return _Took(median([one.wall for one in taken]), median([one.cpu for one in taken]))


def segments(setting: Setting) -> Iterator[Figure]:
    """Previews, kept segments after changes and after days, an import while they are kept."""
    with tempfile.TemporaryDirectory(prefix="crm-bench-", dir=setting.folder) as own:
        shop, small = Path(own) / "shop", Path(own) / "small"
        shutil.copytree(filled(setting), shop)
        shutil.copytree(filled(setting, SMALLER), small)
        yield from _counted(shop)
        yield from _previews(shop)
        yield from _kept(shop, small, setting.customers // SMALLER)
        yield from _imported(small)


def _counted(folder: Path) -> Iterator[Figure]:
    """Counting a segment and showing its first page."""
    with Shop.open(folder) as shop:
        for name in ("lapsed_90", "three_or_more", "aov_100_300", "refunded_in_full"):
            for what, work in (
                ("count", partial(shop.segments.count, name)),
                ("first page", partial(shop.segments.members, name, limit=50)),
            ):
                took = _middle([_took(work) for _ in range(_AGAIN)])
                yield Figure(f"segment {name}: {what}", took.wall, "ms", aim="300 ms", cpu=took.cpu)


def _previews(folder: Path) -> Iterator[Figure]:
    """Each look and each query by hand in turn, so that both meet the machine in the same mood."""
    with Shop.open(folder) as shop, shop.database.read() as connection:
        previews = Previews(shop.segments)
        for name, (text, by_hand) in _RULES.items():
            rule = load_rule(f"name: draft\nwhere: {text}")
            look, ask = partial(previews.look, rule), partial(_asked, connection, by_hand)
            yield Figure(f"preview, the first time: {name}", (first := _took(look)).wall, "ms", cpu=first.cpu)
            pairs = [(_took(look), _took(ask)) for _ in range(_AGAIN)]
            found, hand = _middle([one for one, _hand in pairs]), _middle([one for _look, one in pairs])
            shown = look()
            kind = f"{shown.count:,}" if shown.exact else f"{shown.count:,} ± {shown.margin:,}"
            yield Figure(
                f"preview: {name} ({kind})", found.wall, "ms", hand.wall, "by hand", 0, "300 ms", found.cpu, hand.cpu
            )  # fmt: skip


def _asked(connection: sa.Connection, query: str) -> object:
    return connection.exec_driver_sql(query).fetchone()


def _kept(folder: Path, smaller: Path, most: int) -> Iterator[Figure]:
    """All segments kept: beginning, after changes of fewer than `most` customers, after days."""
    with Shop.open(folder) as shop, Shop.open(smaller) as small:
        both = {one.name for one in small.segments.all()}
        names = [one.name for one in shop.segments.all() if not one.error and one.name in both]
        begun = _took(partial(_keep, shop, names))
        anew = _took(lambda: [shop.segments.ids(name) for name in names])
        yield _figure(f"keep {len(names)} segments from now on", begun, anew, "everybody asked")
        _keep(small, names)
        yield _figure("catch up, nobody changed", _took(shop.register.catch_up))
        for number in (one for one in (_CHANGED // 10, _CHANGED, _CHANGED * 10) if one < most):
            there, here = _after(small, number), _after(shop, number)
            what = f"all {len(names)} segments after {number:,} changed customers"
            yield _figure(what, here, there, f"in a shop of a {SMALLER}th", "1×")
            if number == _CHANGED:
                yield _figure("the same, beside asking everybody", here, anew, "everybody asked")
            share = _Took(here.wall / number, here.cpu / number)
            yield _figure("a changed customer's share of it", share)
        for days in (1, 3):
            later = shop.segments.clock(None).today + timedelta(days=days)
            asked: list[int] = []
            passed = _on_day(shop, later)
            took = _took(lambda passed=passed, asked=asked: asked.append(passed.catch_up().asked))  # type: ignore[misc]
            yield _figure(f"all segments, {days} days on ({asked[0]:,} asked)", took, anew, "everybody asked")


def _keep(shop: Shop, names: list[str]) -> None:
    for name in names:
        shop.register.keep(name)


def _after(shop: Shop, number: int) -> _Took:
    _change(shop, number)
    return _took(shop.register.catch_up)


def _figure(
    what: str, took: _Took, beside: _Took | None = None, reference: str = "", aim: str = ""
) -> Figure:
    other = beside or _Took(0, 0)
    return Figure(what, took.wall, "ms", other.wall, reference, 0, aim, took.cpu, other.cpu)


def _on_day(shop: Shop, today: date) -> Register:
    """The shop's register as it will stand on that day."""
    zone = shop.settings.time_zone
    clock = Clock(zone, day_end(today, zone))
    return replace(shop.register, segments=replace(shop.segments, clock=clock.on))


def _change(shop: Shop, number: int) -> None:
    """Customers get an order each, as an import would give it to them."""
    with shop.database.read() as connection:
        highest = int(connection.exec_driver_sql("SELECT max(id) FROM customers").scalar_one())
    who = random.Random(number).sample(range(1, highest), number)
    # Half of them placed it 89 days ago: as days pass they cross the first edge of lapse.
    now, quarter = int(time.time()), 89 * 86_400
    with shop.write("bench") as write:
        rows = [
            {
                "customer_id": one, "source": "bench", "number": f"{number}-{now}-{one}", "currency": "CNY",
                "status": "completed", "placed_at": now - place % 2 * quarter, "paid_at": now, "ordered_total": 50_000,
                "net_total": 50_000, "paid_total": 50_000, "created_by": write.change_id,
            }
            for place, one in enumerate(who)
        ]  # fmt: skip
        write.connection.execute(schema.orders.insert(), rows)
        write.touch(who)


def _imported(folder: Path) -> Iterator[Figure]:
    """Two files alike, with all segments kept and with none; then who came and left is worked out."""
    orders = 10_000
    costs = []
    for turn, kept in enumerate((True, False)):
        if not kept:
            with Shop.open(folder) as shop:
                for one in shop.register.kept():
                    shop.register.drop(one.name)
        file = order_file(folder / f"{turn}.csv", orders, orders // 2, first_order=turn * orders, seed=turn)
        costs.append(crm("--shop", str(folder), "import", str(file)))
        if kept:
            with Shop.open(folder) as shop:
                after = _took(shop.register.catch_up)
    held, free = costs
    yield Figure(
        f"import of {orders:,} orders with all segments kept", held.seconds, "s", free.seconds, "none kept",
        held.memory, "", held.cpu, free.cpu,
    )  # fmt: skip
    yield _figure(f"all segments after it ({orders // 2:,} new customers)", after)
