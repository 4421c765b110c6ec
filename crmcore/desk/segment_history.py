"""Who came into a kept segment and who left it, in words; and having the shop keep that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crmcore.i18n import gettext as _
from crmcore.i18n import joined, mark
from crmcore.segments.people import named
from crmcore.segments.register_history import days, moves
from crmcore.shop import Shop

_CAUSES = {
    "change": mark("she was changed"),
    "day": mark("a day passed"),
    "others": mark("the others changed"),
    "rule": mark("the rule changed"),
}
_DAYS, _MOVES = 30, 500


@dataclass(frozen=True)
class MoveLine:
    """Somebody who came (`entered`) or left: when, and why in words."""

    customer_id: int
    name: str
    day: str
    entered: bool
    because: str


@dataclass(frozen=True)
class History:
    """How a kept segment grew: since when, how many at the end of each day (oldest first), who moved."""

    since: str
    members: tuple[int, ...]
    moves: tuple[MoveLine, ...]


def is_kept(shop: Shop, name: str) -> bool:
    """Whether the shop keeps who comes and leaves."""
    return any(one.name == name for one in shop.register.kept())


def keep(shop: Shop, name: str) -> None:
    """Keep it from today on; raises `NotFoundError`, `RuleError`."""
    shop.permit("segment.keep")
    shop.register.keep(name)


def drop(shop: Shop, name: str) -> None:
    """Keep it no longer; what happened stays written."""
    shop.permit("segment.keep")
    shop.register.drop(name)


def history(shop: Shop, name: str) -> History:
    """The newest moves and the days; raises `NotFoundError` where it is not kept."""
    kept = shop.register.get(name)
    titles = {field.name: field.title for field in shop.catalogue}
    with shop.database.read() as connection:
        found = moves(connection, name, limit=_MOVES)
        counts = [one.members for one in days(connection, kept, _DAYS)]
        names = {one.id: one.name for one in named(connection, [move.customer_id for move in found])}
    lines = []
    for one in found:
        because = f"{cause_words(one.cause)}  {fact_words(one.facts, titles)}".rstrip()
        called = names.get(one.customer_id) or f"#{one.customer_id}"
        lines.append(MoveLine(one.customer_id, called, one.day.isoformat(), one.entered, because))
    return History(kept.began.isoformat(), tuple(reversed(counts)), tuple(lines))


def cause_words(cause: str) -> str:
    """Why somebody came or left, in words; one from another time as it is written."""
    return _(_CAUSES[cause]) if cause in _CAUSES else cause


def fact_words(facts: Mapping[str, object], titles: Mapping[str, str]) -> str:
    """What was true of her then, by the titles of the fields."""
    return joined(f"{titles.get(field, field)} {value}" for field, value in facts.items())
