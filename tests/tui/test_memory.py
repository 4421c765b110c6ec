"""What was opened and closed again is gone: no screen, dialog or widget stays behind."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import os
import subprocess
import sys
from collections import Counter
from typing import cast

import pytest
from textual._styles_cache import StylesCache
from textual.dom import DOMNode
from textual.pilot import Pilot

from crmcore.shop import Shop
from crmcore.tui.app import CrmApp
from crmcore.tui.widgets.virtual_table import VirtualTable
from tests.store import dossier
from tests.tui.seeing import running, until
from tests.waiting import PATIENCE

# Area by area what is opened there, one thing over the other; Esc leads back from each.
WAYS = (
    ("f2", ("f1",)),
    ("f2", ("ctrl+p",)),
    ("f4", ("e",)),
    ("f4", ("D",)),
    ("f6", ("enter", "w")),
    ("f6", ("n",)),
    ("f7", ("i",)),
    ("f8", ("d",)),
    ("f9", ("f",)),
    ("f9", ("k", "enter")),
)


def at_rest(pilot: Pilot[None]) -> bool:
    """Whether nothing is being worked out but what waits for an answer."""
    return all(one.is_finished or one.group in ("ask", "dialog") for one in pilot.app.workers)


def all_there(pilot: Pilot[None]) -> bool:
    """Whether the tables have their rows."""
    return all(table.current or not table.source.count for table in pilot.app.screen.query(VirtualTable))


async def press(pilot: Pilot[None], key: str, screens: int) -> None:
    """Press a key and wait until so many screens lie over each other, and are filled."""
    await pilot.press(key)
    await until(pilot, lambda: len(pilot.app.screen_stack) == screens)
    await until(pilot, lambda: at_rest(pilot) and all_there(pilot))


async def round_trip(pilot: Pilot[None]) -> None:
    """Open and close everything once."""
    for area, keys in WAYS:
        await press(pilot, area, 1)
        for number, key in enumerate(keys, 2):
            await press(pilot, key, number)
        for number in range(len(keys), 0, -1):
            await press(pilot, "escape", number)


def alive() -> Counter[str]:
    """How many nodes of each sort there are, and of what keeps the lines they painted."""
    gc.collect()
    there = (one for one in gc.get_objects() if isinstance(one, DOMNode | StylesCache))
    return Counter(type(one).__name__ for one in there)


def test_screens_and_dialogs_that_were_closed_are_gone(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_PLUGINS", "purchase_frequency,sales")  # enough to have something in each area
    with Shop.open(sqlite_url) as shop, shop.write("made") as write:
        for number in range(2):
            who = dossier.customer(write, f"客户{number}")
            dossier.order(write, who, str(number), placed_at=1, paid_at=1, net_total=100)
            dossier.note(write, who, "sample", kind="promise", state="open", due_at=1)
        write.touch([1, 2])

    async def story() -> None:
        async with running(sqlite_url) as pilot:
            await round_trip(pilot)
            await press(pilot, "f2", 1)
            before = alive()
            await round_trip(pilot)
            await press(pilot, "f2", 1)
            # A thread that is just ending may hold one for a moment more; what is kept stays for good.
            await until(pilot, lambda: not alive() - before)
            assert not [one.message for one in pilot.app._notifications]

    asyncio.run(story())


def test_pages_that_sqlite_keeps_are_bounded_for_all_connections_together(sqlite_url: str) -> None:
    async def story() -> None:
        async with running(sqlite_url) as pilot:
            with cast(CrmApp, pilot.app).shop.database.read() as connection:
                bound = connection.exec_driver_sql("PRAGMA soft_heap_limit").scalar_one()
            assert 0 < bound <= 64 << 20

    asyncio.run(story())


MALLOC_TELLS = hasattr(ctypes.CDLL(None) if os.name == "posix" else None, "mallinfo2")


# In a process of its own: in one that has run a thousand tests, most blocks find room that lies free.
_BIG_READ = """
from crmcore.tui.memory import Leftovers, own

leftovers, before = Leftovers(), own()
blocks = [bytes(900) for _ in range(60_000)]  # past what Python keeps in pools of its own
pins = blocks[::1000]  # nothing at the end that free() itself could hand back
leftovers.hand_back()  # while all of it is in use
print(own() - before > 32 << 20, leftovers.worth_it())
del blocks
print(leftovers.worth_it())
leftovers.hand_back()
print(own() - before < 16 << 20, leftovers.worth_it())
"""


@pytest.mark.skipif(not MALLOC_TELLS, reason="no glibc of this decade")
def test_what_malloc_keeps_of_a_big_read_goes_back_to_the_system() -> None:
    told = subprocess.run([sys.executable, "-c", _BIG_READ], capture_output=True, text=True, timeout=PATIENCE)
    assert told.stdout.split() == ["True", "False", "True", "True", "False"], told.stderr
