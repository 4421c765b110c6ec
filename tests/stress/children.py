"""Work done in processes of their own, which the tests kill or let run side by side."""

from __future__ import annotations

import multiprocessing
import os
import random
import threading
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path
from typing import Any

from crmcore.importing import run
from crmcore.importing.staging import people
from crmcore.shop import Shop

# Chunks are made small, so that a short file has many moments between two commits.
SMALL_CHUNKS = 150
# How many of them an import that stands still has kept.
KEPT = 3


_CONTEXT = multiprocessing.get_context("forkserver")


def sign() -> Event:
    """What a child may set and we wait for."""
    return _CONTEXT.Event()


def barrier(parties: int) -> Barrier:
    """Whoever of so many children has started waits there for the others."""
    return _CONTEXT.Barrier(parties)


def spawn(work: Callable[..., None], *values: Any) -> BaseProcess:
    """A child that has everything imported already, with the environment of now, and shares nothing else with us.

    The server that children are forked off keeps the environment of the test that first wanted one.
    """
    _CONTEXT.set_forkserver_preload(["tests.stress.preloaded"])
    child = _CONTEXT.Process(target=_as_here, args=(dict(os.environ), work, *values), daemon=True)
    child.start()
    return child


def _as_here(environment: dict[str, str], work: Callable[..., None], *values: Any) -> None:
    os.environ.clear()
    os.environ.update(environment)
    work(*values)


def import_in_small_chunks(
    url: str, paths: list[Path], mapping: Path, wait: float = 0.0, begun: Event | None = None
) -> None:
    """Import; `wait` seconds are added after each chunk, to spread what would be over at once.

    `begun` is set when chunks are being written.
    """
    people.CHUNK_WEIGHT = SMALL_CHUNKS

    def told(_done: int, of: int, _what: str) -> None:
        if begun is not None and of:
            begun.set()
        time.sleep(wait)

    with Shop.open(url, actor="test") as shop:
        shop.imports.run(paths, mapping=mapping, progress=told)


def import_and_stand_still(url: str, paths: list[Path], mapping: Path, stands: Event) -> None:
    """Import, each chunk by itself, until `KEPT` are kept; then `stands` is set, and nothing moves any more."""
    people.CHUNK_WEIGHT, run.HELD = SMALL_CHUNKS, 0.0

    def told(done: int, _of: int, _what: str) -> None:
        if done == KEPT:
            stands.set()
            threading.Event().wait()  # until it is killed

    with Shop.open(url, actor="test") as shop:
        shop.imports.run(paths, mapping=mapping, progress=told)


def resume_in_small_chunks(url: str, import_id: int) -> None:
    """Go on with an import."""
    people.CHUNK_WEIGHT = SMALL_CHUNKS
    with Shop.open(url, actor="test") as shop:
        shop.imports.resume(import_id)


def freshen(folder: Path) -> None:
    """Work out what plugins' facts miss."""
    with Shop.open(folder, actor="test") as shop:
        shop.freshen(120)


def die_at(child: BaseProcess, seconds: float) -> bool:
    """Kill the child after so long; whether it was still at work."""
    child.join(seconds)
    alive = child.is_alive()
    child.kill()
    child.join()
    return alive


def moments(seed: int, count: int, over: float) -> list[float]:
    """So many moments spread at random over a time, one in each equal part of it."""
    chance = random.Random(seed)
    return [(i + chance.random()) * over / count for i in range(count)]
