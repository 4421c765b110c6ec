"""Waiting for what other processes and threads do: for as long as a busy machine may need, and no longer than it takes."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE = 120.0


def until(holds: Callable[[], object], what: str = "it did not come") -> None:
    """Wait until `holds` says so; fails with `what` when it never does."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)
