"""The customers that a lookup found: certain ones first, then those that only may be meant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from crmcore import wide
from crmcore.desk.lookup import Lookup, Match
from crmcore.i18n import gettext as _
from crmcore.i18n import ngettext
from crmcore.records.clock import zone

_CALLED, _PLACE, _ORDERS, _LAST = 16, 10, 9, 10
_LOOKS = ("called", "muted", "maybe", "marked")


class Results(ScrollView, can_focus=True):
    """A line for each; Enter or a click opens it.

    Its lines are drawn as they are, without wrapping and markup: it is drawn anew with every key that is
    typed, and Textual's own list took ten times as long for that.
    """

    COMPONENT_CLASSES = {f"results--{look}" for look in _LOOKS}
    DEFAULT_CSS = """
    Results {
        height: 1fr; overflow-x: hidden; background: $background; scrollbar-size-vertical: 1;
        & > .results--called { text-style: bold; }
        & > .results--muted { color: $text-muted; }
        & > .results--maybe { color: $text-warning; }
        & > .results--marked { background: $primary 30%; }
        &:focus > .results--marked { background: $block-cursor-background; color: $block-cursor-foreground;
            text-style: bold; }
    }
    """
    ALLOW_SELECT = False
    BINDINGS = [
        ("up", "move(-1)", ""),
        ("down", "move(1)", ""),
        ("pageup", "page(-1)", ""),
        ("pagedown", "page(1)", ""),
        ("home", "first", ""),
        ("end", "last", ""),
        ("enter", "open", ""),
    ]

    highlighted: reactive[int] = reactive(0, repaint=False)

    class Opened(Message):
        """One of them is to be shown."""

        def __init__(self, customer_id: int) -> None:
            super().__init__()
            self.customer_id = customer_id

    def __init__(self, **more: str) -> None:
        super().__init__(**more)  # type: ignore[arg-type]
        self._matches: Sequence[Match] = ()
        self._time_zone = "UTC"
        self._styles: dict[str, Style] = {}

    def show(self, lookup: Lookup, time_zone: str) -> None:
        """Show what was found, the first one highlighted."""
        self._matches, self._time_zone = lookup.matches, time_zone
        size = Size(self.size.width, len(self._matches))
        if size != self.virtual_size:
            self.virtual_size = size
        self.highlighted = 0
        self.scroll_to(y=0, animate=False)
        self.refresh()

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._matches)

    @property
    def chosen(self) -> int | None:
        """The customer that is highlighted."""
        return self._matches[self.highlighted].customer_id if self._matches else None

    # --- moving ---------------------------------------------------------------------------------------------

    def validate_highlighted(self, place: int) -> int:
        """A line that is there."""
        return max(min(place, self.count - 1), 0)

    def watch_highlighted(self, old: int, new: int) -> None:
        """Paint the two lines anew, and follow."""
        self.refresh_line(old)
        self.refresh_line(new)
        self._follow()

    def _follow(self) -> None:
        seen, top = max(self.size.height, 1), self.scroll_offset.y
        if self.highlighted < top:
            self.scroll_to(y=self.highlighted, animate=False)
        elif self.highlighted >= top + seen:
            self.scroll_to(y=self.highlighted - seen + 1, animate=False)

    def on_resize(self) -> None:
        """Fewer lines may fit."""
        self.virtual_size = Size(self.size.width, self.count)
        self.call_after_refresh(self._follow)

    def action_move(self, lines: int) -> None:
        """Up or down."""
        self.highlighted += lines

    def action_page(self, pages: int) -> None:
        """A screenful up or down."""
        self.highlighted += pages * max(self.size.height - 1, 1)

    def action_first(self) -> None:
        """The first line."""
        self.highlighted = 0

    def action_last(self) -> None:
        """The last line."""
        self.highlighted = self.count - 1

    def action_open(self) -> None:
        """What Enter does."""
        if self.chosen is not None:
            self.post_message(self.Opened(self.chosen))

    def on_click(self, event: events.Click) -> None:
        """A click opens."""
        at = event.get_content_offset(self)
        if at is not None and self.scroll_offset.y + at.y < self.count:
            self.highlighted = self.scroll_offset.y + at.y
            self.action_open()

    # --- painting -------------------------------------------------------------------------------------------

    def render_lines(self, crop: Region) -> list[Strip]:
        """Lines to paint; the styles are looked up once for all of them."""
        looks = {look: self.get_component_rich_style(f"results--{look}", partial=True) for look in _LOOKS}
        self._styles = {"": self.rich_style, **looks}
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """One customer."""
        place, width = self.scroll_offset.y + y, self.scrollable_content_region.width
        plain = self._styles[""]
        if place >= self.count:
            return Strip.blank(width, plain)
        marked = place == self.highlighted
        line = plain + self._styles["marked"] if marked else plain
        segments, room = [Segment(">" if marked else " ", line + Style(bold=True))], width - 1
        for text, look in _pieces(self._matches[place], self._time_zone):
            cut = wide.cut(wide.clean(text), room)
            style = plain + self._styles[look] if look else plain
            segments.append(Segment(cut, style + self._styles["marked"] if marked else style))
            room -= wide.width(cut)
        return Strip([*segments, Segment(" " * room, line)], width)


def _pieces(match: Match, time_zone: str) -> list[tuple[str, str]]:
    """What a line tells of somebody, each with its look."""
    orders = ngettext("{count} order", "{count} orders", match.orders).format(count=match.orders)
    last = "-"
    if match.last_order_at is not None:
        last = f"{datetime.fromtimestamp(match.last_order_at, zone(time_zone)):%Y-%m-%d}"
    why = match.why if match.certain else _("may be: {shown}").format(shown=match.shown)
    return [
        ("  " if match.certain else "? ", "maybe"),
        (_column(match.called, _CALLED), "called"),
        (_column(match.name if match.nickname and match.name else "", 8), ""),
        (_column(match.place, _PLACE), ""),
        (_column(orders, _ORDERS), "muted"),
        (_column(last, _LAST), "muted"),
        (why, "muted" if match.certain else "maybe"),
    ]


def _column(text: str, columns: int) -> str:
    return wide.pad(wide.cut(wide.clean(text), columns), columns) + " "
