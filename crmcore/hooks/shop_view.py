"""What an action sees of the shop: a few questions and one way to write, asked across the process border.

The plugin holds a `ShopView` in its worker process; the shop answers through whatever implements `ShopAccess`
in ours. So a plugin never holds the database, and each write is one short transaction of the core's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

PAGE = 500
# The questions a worker may ask, and what each is asked with; everything else is refused.
QUESTIONS: dict[str, tuple[tuple[type, ...], ...]] = {
    "about": (),
    "segments": (),
    "count": ((str,),),
    "members": ((str,), (int,), (int,)),
    "facts": ((int,),),
    "log": ((int,), (str,), (str,), (date, type(None))),
}


@dataclass(frozen=True)
class Member:
    """A customer in a segment: the id that every other call takes, and the name to show."""

    id: int
    name: str


@dataclass(frozen=True)
class About:
    """The shop's frame: its calendar day, and what money, times and texts are in."""

    today: date
    currency: str
    time_zone: str
    language: str


def fits(name: str, args: tuple[Any, ...]) -> bool:
    """Whether that is a question, asked with the right arguments: they come from plugin code."""
    kinds = QUESTIONS.get(name)
    return (
        kinds is not None
        and len(kinds) == len(args)
        and all(isinstance(value, kind) for value, kind in zip(args, kinds, strict=True))
    )


class ShopAccess(Protocol):
    """The shop's side. Every method may raise `CrmError`, which the plugin receives as such."""

    def about(self) -> About:
        """The shop's day, currency, time zone and language."""
        ...

    def segments(self) -> list[str]:
        """The names of the segments that there are."""
        ...

    def count(self, segment: str) -> int:
        """How many customers are in the segment today."""
        ...

    def members(self, segment: str, after: int, limit: int) -> list[Member]:
        """The segment's customers with an id above `after`, by id, at most `limit`."""
        ...

    def facts(self, customer_id: int) -> dict[str, object]:
        """Her facts by name; absent ones are missing. Money in major units, instants as datetime."""
        ...

    def log(self, customer_id: int, kind: str, text: str, due: datetime | date | None) -> int:
        """Write an interaction onto the customer's timeline; its id."""
        ...


class ShopView:
    """The shop as an action sees it. Every call may raise `CrmError` (no such segment, no such customer)."""

    def __init__(self, ask: Callable[[str, tuple[Any, ...]], Any]) -> None:
        self._ask = ask
        self._about: About | None = None

    @property
    def about(self) -> About:
        """The shop's calendar day (`today`), currency, time zone and language."""
        if self._about is None:
            self._about = self._ask("about", ())
        return self._about

    @property
    def today(self) -> date:
        """The shop's calendar day."""
        return self.about.today

    def segments(self) -> list[str]:
        """The names of the segments that there are."""
        return list(self._ask("segments", ()))

    def count(self, segment: str) -> int:
        """How many customers are in the segment today."""
        return int(self._ask("count", (segment,)))

    def customers(self, segment: str) -> Iterator[Member]:
        """The customers in the segment, by id; fetched page by page, so a big segment takes no memory."""
        after = 0
        while page := self._ask("members", (segment, after, PAGE)):
            yield from page
            after = page[-1].id

    def facts(self, customer_id: int) -> dict[str, object]:
        """Her facts by name; absent ones are missing. Money in major units, instants as datetime."""
        return dict(self._ask("facts", (customer_id,)))

    def log(self, customer_id: int, kind: str, text: str, *, due: datetime | date | None = None) -> int:
        """Write an interaction of that kind onto the customer's timeline; its id."""
        return int(self._ask("log", (customer_id, kind, text, due)))
