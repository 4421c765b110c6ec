"""Family `screens`: pages and tiles of a plugin's own in the terminal UI, as data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crmcore.errors import CrmError
from crmcore.hooks.advice import checked_words, refuse_no_function, wrong_type
from crmcore.hooks.markers import hookspec
from crmcore.i18n import Words
from crmcore.i18n import gettext as _

if TYPE_CHECKING:
    from crmcore.hooks.shop_view import ShopView

MOST_LINES, MOST_ROWS = 100, 10_000


@dataclass(frozen=True)
class Page:
    """What a screen shows: lines of text, then a table.

    A text is one for both languages, or `{"zh": "…", "en": "…"}`. `rows` hold a value a column (text, number,
    day or None). `customers` has the id of a customer for each row: Enter on the row opens her card.
    """

    lines: Sequence[Words] = ()
    columns: Sequence[Words] = ()
    rows: Sequence[Sequence[object]] = ()
    customers: Sequence[int | None] = ()


@dataclass(frozen=True)
class Screen:
    """A screen of the plugin's own, found in the command palette by its title.

    `function(shop)` gets a `ShopView` and returns a `Page`. It runs in a worker process each time the
    screen is shown, and is ended when it is silent for ten seconds.
    """

    name: str
    function: Callable[..., Any]
    zh: str = ""
    en: str = ""

    def __post_init__(self) -> None:
        refuse_no_function(self.name, self.function)

    def shown(self, shop: ShopView) -> Page:
        """What the function returns, checked; raises `CrmError` for anything else than a `Page`."""
        found = self.function(shop)
        if not isinstance(found, Page):
            raise CrmError(wrong_type(found, "Page"))
        columns = [checked_words(one) for one in found.columns]
        rows = [tuple(_cell(one) for one in row) for row in found.rows[:MOST_ROWS]]
        if any(len(row) != len(columns) for row in rows):
            raise CrmError(_("a row has another number of values than there are columns"))
        if found.customers and len(found.customers) != len(found.rows):
            raise CrmError(_("there must be one customer for each row, or none at all"))
        lines = [checked_words(one) for one in found.lines[:MOST_LINES]]
        return Page(lines, columns, rows, [_customer(one) for one in found.customers[:MOST_ROWS]])


@dataclass(frozen=True)
class Tile:
    """One figure among those of the shop (the area Reports, first line).

    `function(shop)` returns it as text, in one language or in both, or None: then there is no tile. It runs
    as that of `Screen` does.
    """

    name: str
    function: Callable[..., Any]
    zh: str = ""
    en: str = ""

    def __post_init__(self) -> None:
        refuse_no_function(self.name, self.function)

    def shown(self, shop: ShopView) -> Words | None:
        """What the function returns, checked; raises `CrmError` for anything else than text."""
        found = self.function(shop)
        return None if found is None else checked_words(found)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    if isinstance(value, str | float | Decimal | date):
        return str(value)
    raise CrmError(wrong_type(value, "str"))


def _customer(value: object) -> int | None:
    if value is None or type(value) is int:
        return value
    raise CrmError(wrong_type(value, "int"))


@hookspec
def crm_screens(settings: Any) -> list[Screen] | None:
    """Screens of a plugin's own in the terminal UI.

    When: once after the shop was opened in the terminal. The functions run each time their screen is shown.

    Gets: `settings`, the plugin's own `Settings` with the shop's values, None where the module defines none.
    Leave the parameter out when you do not need it.

    Returns: a list of `Screen`; each is found in the command palette. Names are the plugin's own.

    None: the plugin has no screens for this shop; same as an empty list.

    When it raises: the plugin's screens are left out, those of all other plugins stand. Where a function
    raises or hangs, its screen says so.

        def newcomers(shop):
            people = list(shop.customers("new_customers"))
            return Page(columns=["Name"], rows=[[p.name] for p in people], customers=[p.id for p in people])

        @hookimpl
        def crm_screens():
            return [Screen("newcomers", newcomers, zh="新客", en="Newcomers")]
    """


@hookspec
def crm_tiles(settings: Any) -> list[Tile] | None:
    """Figures of a plugin's own among those of the shop.

    When: once after the shop was opened in the terminal. The functions run each time the figures are shown.

    Gets: `settings`, the plugin's own `Settings` with the shop's values, None where the module defines none.
    Leave the parameter out when you do not need it.

    Returns: a list of `Tile`, shown in this order. Names are the plugin's own.

    None: the plugin has no tiles for this shop; same as an empty list.

    When it raises: the plugin's tiles are left out, those of all other plugins stand. In the tile of a
    function that raises or hangs stands what went wrong.

        def asleep(shop):
            return f"{shop.count('lapsed_365'):,}"

        @hookimpl
        def crm_tiles():
            return [Tile("asleep", asleep, zh="一年没来", en="Asleep for a year")]
    """
