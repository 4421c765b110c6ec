"""The customers' table: its columns, and its rows out of the list's pages."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from crmcore.desk import brief_words as words
from crmcore.desk.listing import Line, Listing, Lists
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, language
from crmcore.records.clock import day_of
from crmcore.records.money import to_major
from crmcore.tui.widgets.virtual_table import Column, Row, Source


def columns(currency: str) -> tuple[Column, ...]:
    """The columns, in the order of `CustomerRows._row`."""
    unit = "元" if currency == "CNY" and language() == "zh" else currency
    return (
        Column(_("Full name"), 10, share=3, sort="name"),
        Column(_("Handle"), 13, share=2),
        Column(_("Orders"), 7, right=True, sort="orders", descending=True),
        Column(_("Spent {unit}").format(unit=unit), 11, right=True, sort="spent", descending=True),
        Column(_("Last order"), 11, right=True, sort="last_order", descending=True),
        Column(_("Place"), 8, share=1, drop=2),
        Column(_("Tags"), 8, share=3, drop=1),
        Column(_("Average"), 10, right=True, sort="average", descending=True, drop=4),
        Column(_("First seen"), 11, right=True, sort="first_seen", descending=True, drop=5),
        Column(_("Platforms"), 14, drop=6),
    )


class CustomerRows(Source):
    """The rows of a list of customers."""

    def __init__(self, lists: Lists, listing: Listing) -> None:
        self.listing = listing
        self._lists = lists
        settings = lists.shop.settings
        self._currency, self._zone = settings.currency, settings.time_zone

    @property
    def count(self) -> int:
        """How many there are."""
        return self.listing.count

    def page(self, first: int, count: int) -> Sequence[Row]:
        """These rows, from the database; of those whose ids are still being fetched, a sign."""
        rows = [self._row(one) for one in self._lists.lines(self.listing.ids[first : first + count])]
        missing = range(first + len(rows), min(first + count, self.count))
        return rows + [Row(-number, ("…",), "muted") for number in missing]

    def place_of(self, key: Hashable) -> int | None:
        """By the ids."""
        return self.listing.place_of(key) if isinstance(key, int) else None

    def _row(self, one: Line) -> Row:
        if one.gone:
            return Row(one.id, (f"#{one.id} " + _("(no longer here)"),), "muted", one)
        cells = (
            one.name or ("-" if one.nickname else f"#{one.id}"),
            one.nickname or "",
            f"{one.orders:,}" if one.orders else "-",
            self._amount(one.total_spent or None),
            self._day(one.last_order_at),
            one.place,
            joined(one.tags),
            self._amount(one.average),
            self._day(one.first_seen_at),
            "+".join(map(words.platform, one.platforms)),
        )
        return Row(one.id, cells, "", one)

    def _amount(self, minor: int | None) -> str:
        return "-" if minor is None else f"{to_major(minor, self._currency):,}"

    def _day(self, at: int | None) -> str:
        return "-" if at is None else f"{day_of(at, self._zone):%Y-%m-%d}"
