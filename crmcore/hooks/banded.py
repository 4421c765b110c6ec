"""Segments that cut a fact into bands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from crmcore.hooks.facts import SegmentRule
from crmcore.rules.where import Rule, param, where

# Name, Chinese and English title of the segment from `low` on and below `high` (None: open on that side).
Called = Callable[[int | None, int | None], tuple[str, str, str] | None]


def banded(fact: str, edges: Sequence[int], called: Called) -> list[SegmentRule]:
    """A segment for each band of a fact, half-open: a value that is an edge belongs to the band it begins.

    `called` says how the one from `low` on and below `high` is called (None: open on that side), or None
    where there is to be no such segment. Who has no value is in none. The bounds are the parameters `from`
    and `below`.
    """
    found = []
    for low, high in pairwise((None, *edges, None)):
        if words := called(low, high):
            name, zh, en = words
            bounds = {"from": low, "below": high}
            params = {key: edge for key, edge in bounds.items() if edge is not None}
            found.append(SegmentRule(name, _within(fact, low, high), zh=zh, en=en, params=params))
    return found


def _within(fact: str, low: int | None, high: int | None) -> Rule:
    value = where(fact)
    if low is None:
        return value < param("below")
    return value >= param("from") if high is None else value.between(param("from"), param("below"))
