"""What is usual in a shop: figures worked out over all its customers, handed to facts and advice read-only.

One customer's history does not tell how long a cream lasts when she bought it once; everybody's does. A
`Norm` says how such figures are worked out, and a `NormTable` holds them: kept with the day they were made.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from crmcore.errors import CrmError
from crmcore.hooks.facts import check_name
from crmcore.hooks.reports import TABLES
from crmcore.i18n import gettext as _
from crmcore.i18n import joined

# Beside the tables of reports: each customer's facts, one row a customer.
FACTS_TABLE = "facts"
# The norm that every plugin may name without bringing it: the shop's calendar. A row an occasion by its name,
# with `zh`, `en`, `kind` (platform, festival, season, own, off) and, under each year, its main day. Facts
# that name it are worked out again for everybody when it says something else.
CALENDAR = "calendar"
Figure = int | float | str
Row = Mapping[str, Figure]
# What a norm may hold: it goes to the worker with every batch of customers.
MOST_ROWS, MOST_FIGURES, LONGEST = 20_000, 20, 200


@dataclass(frozen=True)
class Norm:
    """What is usual over all customers, by key: `Norm("gaps", gaps, needs=["lines"])`.

    `function(data)` gets a `ReportData` with the tables it `needs` (those of reports, and `facts`: a row of
    facts for each customer with `customer_id`) and returns a dict: key -> {figure: number or text}. It runs
    in the analytics process; it is worked out anew after `days` days, when the shop has grown by a fifth, or
    when the plugin's code or settings changed. Facts, advice and panels that name it in `norms=[…]` are
    called with a parameter of its name: the `NormTable`, empty until it was worked out.

    A row whose numbers all stay within `tolerance` (a share) of what they were stays as it is, so that facts
    do not flicker; figures in `aside` may change freely. For rows that moved, the customers that `who`
    selects are worked out again: a SELECT of `customer_id` in which `$keys` is the list of these keys
    (`… WHERE list_contains($keys, sku)`); without it everybody is.
    """

    name: str
    function: Callable[..., Mapping[str, Row]]
    needs: Sequence[str] = ("lines",)
    who: str = ""
    days: int = 7
    tolerance: float = 0.1
    aside: Sequence[str] = ()
    zh: str = ""
    en: str = ""

    def __post_init__(self) -> None:
        check_name(self.name)
        if not callable(self.function):
            raise CrmError(_("norm {name}: its function is none").format(name=self.name))
        if unknown := [one for one in self.needs if one not in (*TABLES, FACTS_TABLE)]:
            raise CrmError(
                _("norm {name} needs {table!r}; there are: {known}").format(
                    name=self.name, table=unknown[0], known=joined((*TABLES, FACTS_TABLE))
                )
            )
        if self.days < 1 or not 0 <= self.tolerance < 1:
            raise CrmError(
                _("norm {name}: days is 1 or more, tolerance a share below 1").format(name=self.name)
            )


@dataclass(frozen=True)
class NormTable(Mapping[str, Row]):
    """The figures of a norm by key, read-only; `on` is the day they were worked out, None: not yet.

    `NormTable({"SKU1": {"gap": 30}})` makes one for tests.
    """

    rows: Mapping[str, Row] = field(default_factory=dict)
    on: date | None = None

    def __getitem__(self, key: str) -> Row:
        return self.rows[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def _days(self) -> list[tuple[date, str]]:
        """The main days of a calendar, in order."""
        years = [
            (text, name) for name, row in self.rows.items() for key, text in row.items() if key.isdecimal()
        ]
        return sorted((date.fromisoformat(str(text)), name) for text, name in years)

    def near(self, day: date, before: int, after: int) -> list[str]:
        """The names of a calendar's occasions from `after` days before `day` to `before` days after it.

        The nearest comes first.
        """
        start = bisect_left(self._days, (day - timedelta(days=after), ""))
        found = []
        for main, name in self._days[start:]:
            if (away := (main - day).days) > before:
                break
            found.append((abs(away), name))
        return [name for _away, name in sorted(found)]

    def first(self, *keys: str | None) -> Row | None:
        """The row of the first of these keys that there is."""
        return next((self.rows[key] for key in keys if key is not None and key in self.rows), None)


def occasions_near(
    calendar: NormTable, day: date, *, before: int = 0, after: int = 0, kinds: Collection[str] = ()
) -> list[str]:
    """The names of the occasions whose main day comes within `before` days of `day`, or was `after` days ago.

    The nearest comes first. `kinds`: of these kinds alone. `calendar` is the table of the norm `CALENDAR`.
    """
    near = calendar.near(day, before, after)
    return [name for name in near if calendar[name].get("kind") in kinds] if kinds else near


def tables_for(names: Sequence[str], tables: Mapping[str, NormTable] | None) -> dict[str, NormTable]:
    """The tables that something names, as its keyword arguments; one that is not there is empty."""
    return {name: (tables or {}).get(name, NormTable()) for name in names}


def checked_rows(found: object) -> dict[str, dict[str, Figure]]:
    """What a norm's function returned, as plain values; raises `CrmError` for anything else than rows.

    Figures that are None are left out; rows without a key, or left without a figure, too.
    """
    if not isinstance(found, Mapping):
        raise CrmError(_("it returned {got}; a dict of dicts is expected").format(got=type(found).__name__))
    rows: dict[str, dict[str, Figure]] = {}
    for key, row in found.items():
        if not isinstance(row, Mapping):
            raise CrmError(_("it returned {got}; a dict of dicts is expected").format(got=type(row).__name__))
        figures = {str(name): _figure(value) for name, value in row.items() if value is not None}
        if len(figures) > MOST_FIGURES:
            raise CrmError(_("a row of a norm has at most {most} figures").format(most=MOST_FIGURES))
        if isinstance(key, str) and key and figures:
            rows[key[:LONGEST]] = figures
    if len(rows) > MOST_ROWS:
        raise CrmError(
            _("it returned {count} rows; a norm has at most {most}: leave out the rare ones").format(
                count=len(rows), most=MOST_ROWS
            )
        )
    return rows


def _figure(value: object) -> Figure:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise CrmError(
            _("a norm holds numbers and texts; it returned {got}").format(got=type(value).__name__)
        )
    if isinstance(value, str):
        return str(value)[:LONGEST]
    if not math.isfinite(value):
        raise CrmError(_("it returned a number that is none (infinite or NaN)"))
    return int(value) if isinstance(value, int) else float(value)


def settled(
    old: Mapping[str, Row], new: Mapping[str, Row], tolerance: float, aside: Collection[str] = ()
) -> tuple[dict[str, Row], list[str]]:
    """The rows to keep, and the keys of those that moved, came or went.

    Figures in `aside` are not looked at.
    """
    kept: dict[str, Row] = {}
    moved = [key for key in old if key not in new]
    for key, row in new.items():
        before = old.get(key)
        if before is not None and _near(before, row, tolerance, aside):
            kept[key] = {name: row[name] if name in aside else before[name] for name in row}
        else:
            kept[key] = row
            moved.append(key)
    return kept, moved


def _near(old: Row, new: Row, tolerance: float, aside: Collection[str]) -> bool:
    looked_at = [name for name in new if name not in aside]
    return old.keys() == new.keys() and all(_same(old[name], new[name], tolerance) for name in looked_at)


def _same(old: Figure, new: Figure, tolerance: float) -> bool:
    if isinstance(old, str) or isinstance(new, str):
        return old == new
    return abs(new - old) <= tolerance * abs(old)
