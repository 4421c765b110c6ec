"""Where a table's rows come from: a list in memory, or pages that are fetched as they are looked at."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

PAGE = 64  # rows fetched at once
_KEPT = 12  # pages kept: what is seen, and some screenfuls around it


@dataclass(frozen=True)
class Row:
    """One row: what it is about (`key`, unique in the table), its cells as text, and its `tone`.

    The tone ("", "muted", "warning", "error", "good", "heading") colours the row; a word or sign in a cell
    says the same. `about` is whatever the screen wants back when the row is chosen.
    """

    key: Hashable
    cells: Sequence[str]
    tone: str = ""
    about: Any = None


class Source(ABC):
    """The rows of a table: a picture of a moment; when records have changed, show the table another one."""

    @property
    @abstractmethod
    def count(self) -> int:
        """How many rows there are; known at once."""

    @abstractmethod
    def page(self, first: int, count: int) -> Sequence[Row]:
        """The rows `first` to `first + count - 1` (fewer at the end); called in a thread."""

    def place_of(self, key: Hashable) -> int | None:
        """The number of the row with that key, None where it is not found; called in a thread."""
        del key
        return None


class ListSource(Source):
    """Rows in memory, for tables of up to some thousand rows."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.rows)

    def page(self, first: int, count: int) -> Sequence[Row]:
        """A slice."""
        return self.rows[first : first + count]

    def place_of(self, key: Hashable) -> int | None:
        """By looking through them."""
        return next((number for number, row in enumerate(self.rows) if row.key == key), None)


class Pages:
    """The pages of a source that were fetched lately."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._kept: OrderedDict[int, Sequence[Row]] = OrderedDict()

    def row(self, number: int) -> Row | None:
        """The row, None where its page is not there yet."""
        if isinstance(self.source, ListSource):
            return self.source.rows[number] if 0 <= number < self.source.count else None
        page = self._kept.get(number // PAGE)
        if page is None:
            return None
        self._kept.move_to_end(number // PAGE)
        place = number % PAGE
        return page[place] if place < len(page) else None

    def keep(self, page: int, rows: Sequence[Row]) -> None:
        """Keep a page; the one not looked at for longest goes."""
        self._kept[page] = rows
        self._kept.move_to_end(page)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)

    def missing(self, first: int, last: int) -> int | None:
        """The first page to fetch for rows `first` to `last` and their neighbours; None: all are there."""
        if isinstance(self.source, ListSource) or not self.source.count:
            return None
        top = (self.source.count - 1) // PAGE
        seen = range(max(first, 0) // PAGE, min(last // PAGE, top) + 1)
        wanted = (*seen, seen.stop, seen.start - 1)
        return next((page for page in wanted if 0 <= page <= top and page not in self._kept), None)
