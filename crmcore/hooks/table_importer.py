"""`TableImporter`: what a table from some platform means, told by class attributes.

A subclass says which of the file's columns are which of ours; reading, cleaning, staging and applying are the
core's work. The attributes are the keys of a mapping file, so that a mapping can grow into a plugin.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from crmcore.hooks.import_fields import FIELDS, ImportField, field_type, fields_of

__all__ = [
    "FIELDS",
    "MAX_BATCH",
    "Batch",
    "ComputedColumn",
    "ImportField",
    "Sample",
    "SheetSample",
    "TableImporter",
    "column",
    "field_type",
    "fields_of",
    "overrides",
]

# The most rows a `Batch` may hold.
MAX_BATCH = 50_000


@dataclass(frozen=True)
class SheetSample:
    """The first rows of one sheet; a text file is one sheet without a name. Cells are cleaned text."""

    name: str | None
    rows: list[list[str]]


@dataclass(frozen=True)
class Sample:
    """The start of a file (its first 64 KB), for telling what it is.

    `kind` is csv, xlsx, xls or html; `encoding` and `delimiter` are set for text only (delimiter " " means
    runs of blanks).
    """

    path: Path
    kind: str
    encoding: str | None
    delimiter: str | None
    sheets: list[SheetSample]

    @property
    def rows(self) -> list[list[str]]:
        """The first rows of the first sheet, title and header lines included."""
        return self.sheets[0].rows if self.sheets else []


@dataclass(frozen=True)
class Batch:
    """Some rows of a table, column by column: `{"订单编号": ["1", None, …], …}`, at most 50,000 rows.

    All columns have the same length. `first_line` is the line in the file where the first row stands.
    """

    columns: dict[str, list[str | None]]
    first_line: int
    sheet: str | None = None


@dataclass(frozen=True)
class ComputedColumn:
    """A method marked with `@column`, and what it fills from what.

    `fields` are ours; `theirs` the file's columns it is computed from, each a tuple of names over the years.
    `plain`: see `column`; () when it is asked about every value.
    """

    method: str
    fields: tuple[str, ...]
    theirs: tuple[tuple[str, ...], ...]
    plain: tuple[str | None, ...] = ()


Method = TypeVar("Method", bound=Callable[..., Any])


def column(
    *theirs: str | Sequence[str], fills: str | Sequence[str] = (), plain: Sequence[str | None] = ()
) -> Callable[[Method], Method]:
    r"""Mark a method that works out one of our fields from the file's column `theirs`.

    It is called once for every distinct value, never once a row, and never for an empty one; its name is the
    field it fills. With several columns it is called once for every distinct combination (an empty or missing
    cell is "", never all of them). A list in the place of a name: names over the years, the first that the
    file has is taken. `fills` names the fields when it is not the method's name; several are returned as a
    dict.
    What it returns wins over the field's entry in `columns`; None leaves that entry's value.

        @column("收货地址", fills=["province", "city"])
        def place(self, address: str) -> dict[str, str | None]: ...

    A long file is read several times as fast where it need not be asked: `plain` is a pattern for each of the
    columns (None: whatever the cell says; "": an empty cell). Where all of them match the whole cell, their
    named groups are the fields, and a group that holds nothing leaves the entry's value. The method must say
    the same. The patterns are RE2's: no look-around, no back-references; \s, \d and \w are ASCII.
    """

    def mark(method: Method) -> Method:
        names = (fills,) if isinstance(fills, str) else tuple(fills)
        sources = tuple((one,) if isinstance(one, str) else tuple(one) for one in theirs)
        computed = ComputedColumn(method.__name__, names or (method.__name__,), sources, tuple(plain))
        method.__crm_column__ = computed  # type: ignore[attr-defined]
        return method

    return mark


def _slug(class_name: str) -> str:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", class_name)
    return spaced.strip("_").lower()


class TableImporter:
    """An importer for tables of one layout. Subclass it, set the attributes, return an instance of it.

    Required: `platform`, `record`, `columns`; everything else has a default that fits most files.
    """

    # Name on the command line (`--as`); by default made from the class name: TaobaoOrders -> taobao_orders.
    name: str = ""
    # Namespace of order numbers and buyer ids: taobao, shopify, uci …
    platform: str = ""
    # What a row is: order, order_line, customer, interaction.
    record: str = ""
    # {"zh": …, "en": …} for people.
    title: Mapping[str, str] = {}
    # A header that holds all of these is ours; or a list of such lists, any of which will do.
    recognise: Sequence[str] | Sequence[Sequence[str]] = ()
    # A header that holds any of these is not ours.
    refuse: Sequence[str] = ()
    # ISO code of the money, None: the shop's. A `currency` column wins, row by row.
    currency: str | None = None
    # IANA name of the zone the times are written in, None: the shop's. An offset in the cell wins.
    time_zone: str | None = None
    # strptime form(s) of dates, None: the usual ones are recognised.
    date_format: str | Sequence[str] | None = None
    # Encoding and delimiter, None: found out by looking. Delimiter " " means runs of blanks.
    encoding: str | None = None
    delimiter: str | None = None
    # Line of the header (1 is the first), or the list of names where the file has none; None: found.
    header: int | Sequence[str] | None = None
    # Name(s) of the sheet(s) to read, None: every sheet that has our columns.
    sheet: str | Sequence[str] | None = None
    # The platform's words -> unpaid, paid, shipped, completed, closed, refunded (paid, all of it back).
    statuses: Mapping[str, str] = {}
    # Where an order has several rows, its amounts stand: repeated | first_line | per_line (add up).
    order_amounts: str = "repeated"
    # Is `paid_total` before refunds (gross) or after (net)? auto: net where paid + refunded == order_total,
    # else gross.
    paid_amount: str = "auto"
    # Our fields that identify a row where there is no order number.
    key: Sequence[str] = ()
    # ours: theirs, or a list of names over the years.
    columns: Mapping[str, str | Sequence[str]] = {}
    # Product codes that are no goods (postage, discounts): kept as lines, not as products.
    not_goods: Sequence[str] = ()
    # The decimal sign of amounts.
    decimal: str = "."
    # Words (or regular expressions) that the first cell of lines begins with that are no data: sums, footers.
    skip_rows: Sequence[str] = ()
    # "orders": the file lists the items of orders that stand in another file, joined by order_ref.
    join: str | None = None
    # The kind of every interaction in the file, where no column tells it.
    kind: str | None = None

    def __init_subclass__(cls, **options: Any) -> None:
        """Give the class its name where it has none."""
        super().__init_subclass__(**options)
        if not cls.__dict__.get("name"):
            cls.name = _slug(cls.__name__)

    def sniff(self, sample: Sample) -> float | None:  # noqa: ARG002 - for subclasses
        """How sure it is that this is our file, 0 to 1; None leaves it to `recognise` and `refuse`."""
        return None

    def read(self, path: Path) -> Iterator[Batch]:
        """Read the file ourselves, for layouts the core cannot read; it is not called unless overridden."""
        raise NotImplementedError(path)

    def computed(self) -> list[ComputedColumn]:
        """The methods marked with `@column`, by name."""
        found = (
            getattr(getattr(type(self), name), "__crm_column__", None) for name in sorted(dir(type(self)))
        )
        return [one for one in found if isinstance(one, ComputedColumn)]

    def names_of(self, ours: str) -> tuple[str, ...]:
        """The file's names for one of our fields in `columns`, newest or best first; () when it has none."""
        theirs = self.columns.get(ours, ())
        return (theirs,) if isinstance(theirs, str) else tuple(theirs)

    def known_names(self) -> set[str]:
        """Every name of the file's columns that the importer knows."""
        names = {name for ours in self.columns for name in self.names_of(ours)}
        names |= {name for one in self.computed() for source in one.theirs for name in source}
        names |= {name for group in self.signatures() for name in group}
        return names | set(self.refuse)

    def signatures(self) -> list[tuple[str, ...]]:
        """`recognise` as a list of alternatives, each a tuple of names that must all be there."""
        if not self.recognise:
            return []
        if isinstance(self.recognise[0], str):
            return [tuple(str(name) for name in self.recognise)]
        return [tuple(group) for group in self.recognise]


def overrides(importer: TableImporter, method: str) -> bool:
    """Whether the importer brings its own `sniff` or `read`."""
    return getattr(type(importer), method) is not getattr(TableImporter, method)
