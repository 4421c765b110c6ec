"""Whether a campaign did anything: the shares of two groups, their difference, and how sure that is.

Intervals at 95 %: of one share Wilson's score interval (Wilson 1927, JASA 22:209), of a difference of two the
hybrid score interval made of these (Newcombe 1998, Statistics in Medicine 17:873, method 10). Both hold for
small groups and for shares of 0 and 1, where the usual formula does not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

Z95 = 1.959963984540054
# With fewer in a group no interval says anything that a shop could act on.
LEAST = 30


@dataclass(frozen=True)
class Lift:
    """Buyers among those who got it and among those who were left out; shares and limits from 0 to 1."""

    reached: int
    reached_buyers: int
    control: int
    control_buyers: int
    difference: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """more, less, or unclear: the groups are too small to tell, or it made no difference."""
        if min(self.reached, self.control) < LEAST:
            return "unclear"
        if self.low > 0:
            return "more"
        return "less" if self.high < 0 else "unclear"

    @property
    def share(self) -> float:
        """The share of buyers among those who got it."""
        return self.reached_buyers / self.reached if self.reached else 0.0

    @property
    def control_share(self) -> float:
        """The share of buyers among those who were left out."""
        return self.control_buyers / self.control if self.control else 0.0

    @property
    def extra_buyers(self) -> float:
        """How many buyers there would not have been without it, as far as anybody can tell."""
        return self.difference * self.reached


def wilson(hits: int, size: int, z: float = Z95) -> tuple[float, float]:
    """The interval of a share of `hits` among `size`; all of 0 … 1 where there is nobody."""
    if size == 0:
        return 0.0, 1.0
    share = hits / size
    middle = share + z * z / (2 * size)
    half = z * math.sqrt(share * (1 - share) / size + z * z / (4 * size * size))
    whole = 1 + z * z / size
    # Exactly 0 and 1 where the share is: rounding must not leave the share outside of its interval.
    low = 0.0 if hits == 0 else (middle - half) / whole
    high = 1.0 if hits == size else (middle + half) / whole
    return max(0.0, low), min(1.0, high)


def lift(reached: int, reached_buyers: int, control: int, control_buyers: int) -> Lift:
    """The difference of the two shares with its interval."""
    if not reached or not control:
        return Lift(reached, reached_buyers, control, control_buyers, 0.0, -1.0, 1.0)
    one, other = reached_buyers / reached, control_buyers / control
    low1, high1 = wilson(reached_buyers, reached)
    low2, high2 = wilson(control_buyers, control)
    difference = one - other
    low = difference - math.sqrt((one - low1) ** 2 + (high2 - other) ** 2)
    high = difference + math.sqrt((high1 - one) ** 2 + (other - low2) ** 2)
    return Lift(reached, reached_buyers, control, control_buyers, difference, max(-1.0, low), min(1.0, high))
