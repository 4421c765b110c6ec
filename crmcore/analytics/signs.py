"""Signs of life: reading a big shop is core's own work and must not pass for a report that hangs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait

SECONDS = 1.0  # between two signs
# Seconds of CPU that count as work: DuckDB tells no progress of a table of SQLite's, and what hangs computes
# nothing.
_WORK = 0.005


def while_at_work(job: Callable[[], object]) -> Iterator[None]:
    """Do a job in a thread; yields about each second in which it has computed. Raises what `job` raises."""
    with ThreadPoolExecutor(1) as pool:
        doing, spent = pool.submit(job), _spent()
        while not wait([doing], SECONDS).done:
            if (now := _spent()) - spent >= _WORK:
                spent = now
                yield
        doing.result()


def _spent() -> float:
    """Seconds of CPU that all threads but this one have taken: it computes while it looks."""
    return time.process_time() - time.thread_time()
