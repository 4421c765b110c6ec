"""The customers that a lookup found: certain ones first, then those that only may be meant."""

from __future__ import annotations

from datetime import datetime

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from crmcore import wide
from crmcore.desk.lookup import Lookup, Match
from crmcore.i18n import gettext as _
from crmcore.i18n import ngettext
from crmcore.records.clock import zone
from crmcore.tui.widgets.card_parts import line

_CALLED, _PLACE, _ORDERS, _LAST = 16, 10, 9, 10


class Results(OptionList):
    """A line for each; Enter or a click opens it."""

    DEFAULT_CSS = """
    Results { height: 1fr; border: none; padding: 0; background: $background; scrollbar-size-vertical: 1; }
    Results:focus { border: none; }
    """

    class Opened(Message):
        """One of them is to be shown."""

        def __init__(self, customer_id: int) -> None:
            super().__init__()
            self.customer_id = customer_id

    def __init__(self, **more: str) -> None:
        super().__init__(**more, markup=False)  # type: ignore[arg-type]
        self._lookup = Lookup("")
        self._time_zone = "UTC"
        self._marked: int | None = None
        self._width = 0

    def show(self, lookup: Lookup, time_zone: str) -> None:
        """Show what was found, the first one highlighted."""
        self._lookup, self._time_zone = lookup, time_zone
        self._fill(0 if lookup.matches else None)

    def _fill(self, highlighted: int | None) -> None:
        """Lines are dear to draw: each is made once, the one that Enter opens with its sign."""
        self._width = width = self._room
        self.clear_options()
        self._marked = highlighted
        self.add_options(
            Option(self._line(one, width, marked=place == highlighted), id=str(one.customer_id))
            for place, one in enumerate(self._lookup.matches)
        )
        self.highlighted = highlighted

    @property
    def _room(self) -> int:
        return max(self.screen.size.width - 1, 40)

    def on_resize(self, _event: events.Resize) -> None:
        """Other columns fit where the width is another; being shown is no reason to draw it all again."""
        if self._room != self._width:
            self._fill(self.highlighted)

    def watch_highlighted(self, highlighted: int | None) -> None:
        """The line that Enter opens has a sign of its own, not only another colour."""
        super().watch_highlighted(highlighted)
        if highlighted is None or highlighted == self._marked:
            return
        matches = self._lookup.matches
        for place in (self._marked, highlighted):
            if place is not None and place < len(matches):
                marked = place == highlighted
                self.replace_option_prompt_at_index(
                    place, self._line(matches[place], self._room, marked=marked)
                )
        self._marked = highlighted

    @property
    def chosen(self) -> int | None:
        """The customer that is highlighted."""
        matches = self._lookup.matches
        place = self.highlighted
        return matches[place].customer_id if place is not None and place < len(matches) else None

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter or a click."""
        event.stop()
        self.post_message(self.Opened(int(str(event.option.id))))

    def _line(self, match: Match, width: int, *, marked: bool = False) -> Content:
        sign = ("  ", "") if match.certain else ("? ", "bold $text-warning")
        pointer = (">" if marked else " ", "bold")
        orders = ngettext("{count} order", "{count} orders", match.orders).format(count=match.orders)
        last = "-"
        if match.last_order_at is not None:
            last = f"{datetime.fromtimestamp(match.last_order_at, zone(self._time_zone)):%Y-%m-%d}"
        why = match.why if match.certain else _("may be: {shown}").format(shown=match.shown)
        return line(
            [
                pointer,
                sign,
                (_column(match.called, _CALLED), "bold"),
                (_column(match.name if match.nickname and match.name else "", 8), ""),
                (_column(match.place, _PLACE), ""),
                (_column(orders, _ORDERS), "$text-muted"),
                (_column(last, _LAST), "$text-muted"),
                (why, "$text-muted" if match.certain else "$text-warning"),
            ],
            width,
        )


def _column(text: str, columns: int) -> str:
    return wide.pad(wide.cut(wide.clean(text), columns), columns) + " "
