"""How quick "Who is this?" is: `python -m bench.card SHOP`, best on a shop made by `python -m bench.filled`.

Prints, in milliseconds: the answer to what is typed, the card's data, what stands beside it, drawing its
lines, and from asking for a card to its being painted in an app of 80x24 and one of 200x50. Reads only.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from functools import partial

import sqlalchemy as sa

from crmcore.desk.advice import core_advice
from crmcore.desk.brief import Brief, brief
from crmcore.desk.card_look import beside
from crmcore.desk.lookup import look_up
from crmcore.shop import Shop
from crmcore.store.schema import customers
from crmcore.tui.app import CrmApp
from crmcore.tui.screens.who import WhoScreen
from crmcore.tui.widgets.card import CardView
from crmcore.tui.widgets.card_lines import Card, fitting_lines

SAMPLES = 40


def main(place: str) -> None:
    """Measure and print."""
    with Shop.open(place) as shop:
        shop.facts  # noqa: B018 - built at its first use
        cards = _some_cards(shop)
        typed = [text for one in cards for text in _typed(one)]
        _print("typed -> answer", [_timed(partial(look_up, shop, text)) for text in typed])
        _print("brief", [_timed(partial(brief, shop, one.id)) for one in cards])
        _print("beside", [_timed(partial(beside, shop, one)) for one in cards])
        drawn = [Card(one, core_advice(one)) for one in cards]
        _print("lines", [_timed(partial(fitting_lines, one, 79, 20)) for one in drawn])
    for size in ((80, 24), (200, 50)):
        painted = asyncio.run(_painted(place, [one.id for one in cards], size))
        _print(f"asked -> painted {size[0]}x{size[1]}", painted)


def _some_cards(shop: Shop) -> list[Brief]:
    with shop.database.read() as connection:
        last = connection.scalar(sa.select(sa.func.max(customers.c.id))) or 1
    chance = random.Random(1)
    return [brief(shop, chance.randint(1, last)) for _number in range(SAMPLES)]


def _typed(one: Brief) -> Iterable[str]:
    shown = [identity.shown for identity in one.card.identities]
    return [text for text in (one.card.nickname, one.card.name, *shown, *(s[-4:] for s in shown)) if text]


async def _painted(place: str, ids: list[int], size: tuple[int, int]) -> list[float]:
    app = CrmApp(lambda: Shop.open(place))
    found = []
    async with app.run_test(size=size):
        while not app.is_open:
            await asyncio.sleep(0.05)
        screen, done = app.screen, asyncio.Event()
        assert isinstance(screen, WhoScreen)
        view, show = screen.query_one(CardView), CardView.show_card

        def shown(self: CardView, *args: object, **more: object) -> None:
            show(self, *args, **more)  # type: ignore[arg-type]
            self.call_after_refresh(done.set)

        CardView.show_card = shown  # type: ignore[method-assign]
        try:
            for customer_id in ids:
                done.clear()
                start = time.perf_counter()
                screen.open_card(customer_id)
                await done.wait()
                found.append(time.perf_counter() - start)
                await asyncio.sleep(0.2)  # what comes after the card is no part of this
        finally:
            CardView.show_card = show  # type: ignore[method-assign]
        assert view.display
    return found


def _timed(job: Callable[[], object]) -> float:
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def _print(what: str, seconds: list[float]) -> None:
    ordered = sorted(one * 1000 for one in seconds)
    p95 = ordered[int(len(ordered) * 0.95)]
    print(f"{what:28} median {statistics.median(ordered):6.1f}  p95 {p95:6.1f}  max {ordered[-1]:6.1f}")


if __name__ == "__main__":
    main(sys.argv[1])
