"""How fast an import goes and how long it still takes, from what it tells on its way."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """`share` done, 0 to 1, rows a second, seconds left; None while nobody knows."""

    what: str
    share: float | None = None
    rows_a_second: float | None = None
    seconds_left: float | None = None


class PaceMaker:
    """Works out the pace. `rows`: how many rows there are in all, where a plan has counted them."""

    def __init__(self, rows: int | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._rows, self._clock = rows, clock
        self._what: str | None = None
        self._since, self._first = 0.0, 0

    def told(self, done: int, total: int, what: str) -> Pace:
        """The pace at this moment. Each stage (`what`) is timed by itself."""
        now = self._clock()
        if what != self._what:
            self._what, self._since, self._first = what, now, done
        if not total:
            return Pace(what)
        elapsed, moved = now - self._since, done - self._first
        if elapsed < 1.0 or moved <= 0:  # too early to say
            return Pace(what, done / total)
        rows = self._rows * moved / total / elapsed if self._rows else None
        return Pace(what, done / total, rows, (total - done) * elapsed / moved)
