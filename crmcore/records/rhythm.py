"""How long until she buys it again: her own gaps and everybody's, weighed together, with their uncertainty.

Gaps between purchases are skewed: twice as long is as likely as half as long. So everything is worked out on
logarithms, as is usual for durations. Her own gaps are drawn towards those of everybody (empirical Bayes with
a conjugate normal prior): what is usual counts as `trust` gaps of hers, so that one gap of her own says
little and five say nearly all.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# From the middle to a quartile of the normal distribution, in standard deviations.
_QUARTILE = 0.6745
# Where nothing is known of how gaps vary: the middle half lies within about a quarter of the middle.
_SPREAD = 0.35
_NARROWEST, _WIDEST = 0.08, 1.0
_RECENT = 8  # older gaps of hers say little about how she does now


@dataclass(frozen=True)
class Rhythm:
    """Days from one purchase to the next: the middle, and the quarter before (`low`) and after (`high`).

    Half of such gaps lie between `low` and `high`. `own` is how many gaps of her own it rests on, `others`
    how many of everybody's.
    """

    days: float
    low: float
    high: float
    own: int
    others: int


def rhythm(
    own: Sequence[float], usual: Mapping[str, int | float | str] | None, trust: float = 2.0
) -> Rhythm | None:
    """The rhythm that her gaps in days (the newest last) and the usual ones tell; None without either.

    `usual` is a row of `repeat_gaps`: `gap` (median), `low` and `high` (quartiles), `count`.
    """
    logs = [math.log(gap) for gap in own[-_RECENT:] if gap > 0]
    middle, spread, count = _usual(usual)
    if middle is None and not logs:
        return None
    weight = trust if middle is not None else 0.0
    mean = sum(logs) / len(logs) if logs else 0.0
    centre = (weight * (middle or 0.0) + sum(logs)) / (weight + len(logs))
    off = sum((one - mean) ** 2 for one in logs)
    # Without everybody's the usual spread stands in, as strong as it would.
    variance = (trust * spread**2 + off) / (trust + max(len(logs) - 1, 0))
    around = min(max(math.sqrt(variance * (1 + 1 / (weight + len(logs)))), _NARROWEST), _WIDEST)
    reach = math.exp(_QUARTILE * around)
    days = math.exp(centre)
    return Rhythm(days, days / reach, days * reach, len(logs), count)


def _usual(row: Mapping[str, int | float | str] | None) -> tuple[float | None, float, int]:
    """The logarithm of the usual gap, how the logarithms spread, and how many gaps it rests on."""
    gap, low, high, count = ((row or {}).get(name) for name in ("gap", "low", "high", "count"))
    if not isinstance(gap, int | float) or gap <= 0:
        return None, _SPREAD, 0
    spread = _SPREAD
    if isinstance(low, int | float) and isinstance(high, int | float) and 0 < low < high:
        spread = math.log(high / low) / (2 * _QUARTILE)
    return math.log(gap), min(max(spread, _NARROWEST), _WIDEST), count if isinstance(count, int) else 0
