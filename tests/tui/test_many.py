"""The areas over a shop of no, one and a thousand customers: each comes up, says how many, and is left again."""

from __future__ import annotations

import asyncio

import pytest
from textual.pilot import Pilot

from crmcore.desk.today import SHOWN
from crmcore.shop import Shop
from crmcore.tui.widgets.virtual_table import VirtualTable
from tests.store import dossier
from tests.tui.seeing import running, until, until_shown

DAY = 86_400


def fill(url: str, count: int) -> None:
    """So many customers; each has bought once and is owed something."""
    if not count:
        return
    with Shop.open(url, actor="clerk") as shop:
        now = shop.clock().now
        with shop.write("made") as write:
            for number in range(count):
                who = dossier.customer(write, f"客户{number:04}")
                paid = {"placed_at": now - DAY, "paid_at": now - DAY, "net_total": 9_900}
                dossier.order(write, who, str(number), **paid)
                dossier.note(write, who, f"sample {number}", kind="promise", state="open", due_at=now - 60)
            write.touch(range(1, count + 1))


def rows(pilot: Pilot[None]) -> int:
    return sum(table.source.count for table in pilot.app.screen.query(VirtualTable))


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 customers"), (1, "1 customer"), (1000, "1,000 customers")]
)
def test_every_area_stands_any_number_of_records(sqlite_url: str, count: int, said: str) -> None:
    fill(sqlite_url, count)

    async def story() -> None:
        async with running(sqlite_url) as pilot:
            await pilot.press("f3")
            await until_shown(pilot, f"[Promises {count:,}]" if count else "Nothing due today.")
            await until(pilot, lambda: rows(pilot) == min(count, SHOWN))
            await pilot.press("end", "f4")
            await until_shown(pilot, f"{said}  by" if count else "No customers yet.")
            await until(pilot, lambda: rows(pilot) == count)
            await pilot.press("end", "f6")
            await until_shown(pilot, f"{said}, today")
            segments = pilot.app.screen.query_one(VirtualTable)
            await until(pilot, lambda: segments.source.place_of("once") is not None)
            segments.cursor = segments.source.place_of("once") or 0
            await pilot.press("enter")
            await until_shown(pilot, f"Bought once: {said}, today")
            await until(pilot, lambda: rows(pilot) == count)
            await pilot.press("end", "f8")
            await until(pilot, lambda: rows(pilot) > 0)
            await pilot.press("enter")
            await until_shown(pilot, "── segments" if count else "No customers yet")
            await pilot.press("f2", *"0000")
            await until_shown(pilot, "0000" if count else "Nobody is known by that")

    asyncio.run(story())
