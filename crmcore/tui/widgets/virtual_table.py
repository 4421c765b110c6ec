"""`VirtualTable`: a table of three or of a million rows, whose pages are fetched as they are looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from crmcore import wide
from crmcore.errors import CrmError
from crmcore.tui.widgets.table_columns import GUTTER, Column, Place, fit, line
from crmcore.tui.widgets.table_rows import PAGE, ListSource, Pages, Row, Source

if TYPE_CHECKING:
    from crmcore.tui.app import CrmApp

__all__ = ["Column", "ListSource", "Row", "Source", "VirtualTable"]

_TONES = ("muted", "warning", "error", "good", "heading")


class VirtualTable(ScrollView, can_focus=True):
    r"""A table.

    ```python
    def content(self):
        yield VirtualTable(
            Column(_("Name"), 12, share=2, sort="name"),
            Column(_("Orders"), 7, right=True, sort="orders", descending=True, drop=1),
            id="customers",
        )

    def refresh_content(self):                       # few rows: a list
        self.query_one(VirtualTable).show(ListSource([Row(one.id, (one.name, "3")) for one in ...]))
        # many: your own Source(count, page(first, count)); page() is called in a thread
        # nothing: table.show(ListSource([]), empty=_("No customers yet.\nImport your orders: F7"))

    @on(VirtualTable.RowChosen, "#customers")        # Enter or a double click
    def open(self, event): self.crm.show_customer(event.row.key)

    @on(VirtualTable.SortAsked)                      # a click on a header: fetch, then table.sorted_by(…)
    ```

    `show(source, keep=True)` after a change keeps the cursor on its row. `current` is the row under the
    cursor, `marked` the keys marked by Space (with `markable=True`). The cursor's row has `>` and a mark is
    `*`, not only a colour. `stale=True` dims what is shown while something newer is on its way. Its keys are
    Up, Down, PgUp, PgDn, Home, End, g, G, Enter, and Space where rows can be marked.
    """

    COMPONENT_CLASSES = {
        "table--header",
        "table--cursor",
        "table--marked",
        *(f"table--{tone}" for tone in _TONES),
    }
    DEFAULT_CSS = """
    VirtualTable {
        height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1; background: $background;
        & > .table--header { text-style: bold; color: $foreground; background: $panel; }
        & > .table--cursor { background: $primary 30%; }
        &:focus > .table--cursor { background: $block-cursor-background; color: $block-cursor-foreground;
            text-style: bold; }
        & > .table--marked { text-style: bold; color: $text-accent; }
        & > .table--muted { color: $foreground 65%; }
        & > .table--warning { color: $text-warning; }
        & > .table--error { color: $text-error; }
        & > .table--good { color: $text-success; }
        & > .table--heading { text-style: bold; }
    }
    """
    ALLOW_SELECT = False
    BINDINGS = [
        ("up", "move(-1)", ""),
        ("down", "move(1)", ""),
        ("pageup", "page(-1)", ""),
        ("pagedown", "page(1)", ""),
        ("home,g", "first", ""),
        ("end,G", "last", ""),
        ("enter", "choose", ""),
        ("space", "mark", ""),
    ]

    cursor: reactive[int] = reactive(0, repaint=False)
    stale: reactive[bool] = reactive(False)

    class Told(Message):
        """What a table says; `table` said it."""

        def __init__(self, table: VirtualTable) -> None:
            super().__init__()
            self.table = table

        @property
        def control(self) -> VirtualTable:
            """The table, for `@on(…, "#id")`."""
            return self.table

    class RowChosen(Told):
        """Enter, or a double click, on a row."""

        def __init__(self, table: VirtualTable, row: Row) -> None:
            super().__init__(table)
            self.row = row

    class RowMoved(Told):
        """The cursor stands on another row; None where there is none, or its page is still on its way."""

        def __init__(self, table: VirtualTable, row: Row | None) -> None:
            super().__init__(table)
            self.row = row

    class SortAsked(Told):
        """A click on a header: sort by this name, that way round."""

        def __init__(self, table: VirtualTable, name: str, descending: bool) -> None:
            super().__init__(table)
            self.name, self.descending = name, descending

    class MarksChanged(Told):
        """Other rows are marked."""

    def __init__(self, *columns: Column, markable: bool = False, **more: str | None) -> None:
        super().__init__(**more)  # type: ignore[arg-type]
        self.columns: Sequence[Column] = columns
        self.markable = markable
        self.marked: dict[Hashable, None] = {}
        self._sort: tuple[str, bool] | None = None
        self._empty = ""
        self._pages = Pages(ListSource([]))
        self._places: list[Place] = []
        # The width that places and lines are made for. Not a column more: each line that has to be cut
        # stays in a cache of Rich's (16,384 of them), which made memory grow for hours.
        self._fitted = 0
        self._lines: dict[Hashable, str] = {}
        self._styles: dict[str, Style] = {}

    # --- what it shows ----------------------------------------------------------------------------------

    @property
    def source(self) -> Source:
        """Where the rows come from."""
        return self._pages.source

    @property
    def current(self) -> Row | None:
        """The row under the cursor, None where there is none or its page is still on its way."""
        return self._pages.row(self.cursor)

    def show(self, source: Source, *, keep: bool = False, empty: str = "") -> None:
        """Show other rows, from the first one on, or with the cursor where it was (`keep`).

        What was shown stays until the first page is there. `empty` is told where there are no rows.
        """
        if not isinstance(source, ListSource):
            self._run(partial(self._begin, source, keep, empty))
            return
        self.workers.cancel_group(self, "table")
        key = self.current.key if keep and self.current else None
        place = source.place_of(key) if key is not None else None
        self._take(Pages(source), self._row_in(source, keep, place), empty, top=not keep)

    def sorted_by(self, name: str | None, descending: bool = False) -> None:
        """Show the sign of order at the column of that name."""
        self._sort = None if name is None else (name, descending)
        self.refresh()

    def set_columns(self, *columns: Column) -> None:
        """Show other columns; the rows shown next have their cells."""
        self.columns = columns
        self._lay_out()

    def clear_marks(self) -> None:
        """Mark nothing."""
        self.marked.clear()
        self.refresh()
        self.post_message(self.MarksChanged(self))

    async def _begin(self, source: Source, keep: bool, empty: str) -> None:
        """Fetch what will be seen first, then change over."""
        key = self.current.key if keep and self.current else None
        place = await asyncio.to_thread(source.place_of, key) if key is not None else None
        pages, row = Pages(source), self._row_in(source, keep, place)
        if source.count:
            page = row // PAGE
            pages.keep(page, await asyncio.to_thread(source.page, page * PAGE, PAGE))
        self._take(pages, row, empty, top=not keep)
        await self._load()

    def _row_in(self, source: Source, keep: bool, place: int | None) -> int:
        row = place if place is not None else (self.cursor if keep else 0)
        return max(min(row, source.count - 1), 0)

    def _take(self, pages: Pages, row: int, empty: str, *, top: bool) -> None:
        self._pages, self._empty, self.stale = pages, empty, False
        self._lines.clear()
        self.virtual_size = Size(self.size.width, pages.source.count + 1)
        if top:
            self.scroll_to(y=0, animate=False)
        if self.cursor == row:
            self._tell_moved()
        self.cursor = row
        # The widget learns its scroll range, and whether a scrollbar takes a column, with the next layout.
        self.call_after_refresh(self._settle)
        self.refresh()

    # --- fetching ---------------------------------------------------------------------------------------

    def _run(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        # Not a coroutine: one that is superseded before it began would complain of never having been awaited.
        guarded: Any = partial(self._guarded, work)
        self.run_worker(guarded, group="table", description="table", exclusive=True, exit_on_error=False)

    async def _guarded(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        app = cast("CrmApp", self.app)
        try:
            await work()
        except CrmError as error:
            app.complain(error)
        except Exception as error:  # noqa: BLE001 - the face's edge: people get a line, the log the traceback
            app.own_fault(error)

    def _seek(self) -> None:
        """Fetch what is seen and not there; one fetch runs at a time, then looks where the view is by now."""
        busy = any(one.group == "table" and not one.is_finished for one in self.workers if one.node is self)
        if not busy and self._missing() is not None:
            self._run(self._load)

    def _missing(self) -> int | None:
        top = self.scroll_offset.y
        return self._pages.missing(top, top + max(self.size.height - 2, 0))

    async def _load(self) -> None:
        while (page := self._missing()) is not None:
            pages = self._pages
            rows = await asyncio.to_thread(pages.source.page, page * PAGE, PAGE)
            pages.keep(page, rows)
            self.refresh()
            if self.cursor // PAGE == page:
                self._tell_moved()

    # --- moving -----------------------------------------------------------------------------------------

    def validate_cursor(self, row: int) -> int:
        """A row that is there."""
        return max(min(row, self.source.count - 1), 0)

    def watch_cursor(self, old: int, new: int) -> None:
        """Paint the two rows anew, and follow."""
        self.refresh_line(old + 1)
        self.refresh_line(new + 1)
        self._follow()
        self._tell_moved()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Other rows are seen."""
        super().watch_scroll_y(old_value, new_value)
        self._seek()

    def _settle(self) -> None:
        if self._fitted != self.scrollable_content_region.width:
            self._lay_out()
        self._follow()

    def _follow(self) -> None:
        seen = max(self.size.height - 1, 1)
        top = self.scroll_offset.y
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False)
        elif self.cursor >= top + seen:
            self.scroll_to(y=self.cursor - seen + 1, animate=False)

    def _tell_moved(self) -> None:
        self.post_message(self.RowMoved(self, self.current))

    def action_move(self, rows: int) -> None:
        """Up or down."""
        self.cursor += rows

    def action_page(self, pages: int) -> None:
        """A screenful up or down."""
        self.cursor += pages * max(self.size.height - 2, 1)

    def action_first(self) -> None:
        """The first row."""
        self.cursor = 0

    def action_last(self) -> None:
        """The last row."""
        self.cursor = self.source.count - 1

    def action_choose(self) -> None:
        """What Enter does."""
        if row := self.current:
            self.post_message(self.RowChosen(self, row))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Space passes on where nothing can be marked."""
        return self.markable if action == "mark" else super().check_action(action, parameters)

    def action_mark(self) -> None:
        """Mark the row, or take its mark away, and go on to the next."""
        if row := self.current:
            self._toggle(row)
            self.cursor += 1

    def _toggle(self, row: Row) -> None:
        if row.key in self.marked:
            del self.marked[row.key]
        else:
            self.marked[row.key] = None
        self.refresh()
        self.post_message(self.MarksChanged(self))

    async def on_click(self, event: events.Click) -> None:
        """A header sorts, a row gets the cursor, the gutter marks, a double click chooses."""
        at = event.get_content_offset(self)
        if at is None:
            return
        if at.y == 0:
            self._click_header(at.x)
            return
        row = self.scroll_offset.y + at.y - 1
        if row >= self.source.count:
            return
        self.cursor = row
        if self.markable and at.x < GUTTER and self.current:
            self._toggle(self.current)
        elif event.chain == 2:
            self.action_choose()

    def _click_header(self, x: int) -> None:
        for place in self._places:
            column = self.columns[place.number]
            if place.start <= x <= place.start + place.width and column.sort:  # its gap too
                was = self._sort if self._sort and self._sort[0] == column.sort else None
                descending = not was[1] if was else column.descending
                self.post_message(self.SortAsked(self, column.sort, descending))

    # --- painting ---------------------------------------------------------------------------------------

    def on_resize(self) -> None:
        """Other columns fit."""
        self._lay_out()
        self.call_after_refresh(self._follow)
        self._seek()

    def _lay_out(self) -> None:
        self._fit()
        self.virtual_size = Size(self.size.width, self.source.count + 1)
        self.refresh()

    def _fit(self) -> None:
        self._fitted = self.scrollable_content_region.width  # without the scrollbar
        self._places = fit(self.columns, self._fitted)
        self._lines.clear()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Lines to paint; the styles are looked up once for all of them."""
        self._styles.clear()
        if self._fitted != self.scrollable_content_region.width:  # painted before the resize was told
            self._fit()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """A line of the table: the header, a row, or what is said where there are no rows."""
        width = self._fitted
        if y == 0:
            return self._strip(self._header(), "header")
        number = self.scroll_offset.y + y - 1
        if not self.source.count:
            said = self._empty.split("\n")
            return self._strip("  " + said[y - 2] if 0 <= y - 2 < len(said) else "", "muted")
        if number >= self.source.count:
            return Strip.blank(width, self._style(""))
        here = number == self.cursor
        row = self._pages.row(number)
        if row is None:
            return self._strip(("> " if here else "  ") + "…", "cursor" if here else "muted")
        marked = row.key in self.marked
        text = (">" if here else " ") + ("*" if marked else " ") + self._line(row)
        look = "cursor" if here else "marked" if marked else row.tone
        return Strip([Segment(text, self._style(look))], width)

    def _line(self, row: Row) -> str:
        if row.key not in self._lines:
            if len(self._lines) > PAGE * 8:
                self._lines.clear()
            text = line(self.columns, self._places, row.cells)
            end = self._places[-1].start + self._places[-1].width if self._places else GUTTER
            self._lines[row.key] = text + " " * (self._fitted - end)
        return self._lines[row.key]

    def _header(self) -> str:
        titles = [column.title for column in self.columns]
        for place in self._places:
            if self._sort and self.columns[place.number].sort == self._sort[0]:
                sign = "▼" if self._sort[1] else "▲"
                titles[place.number] = wide.cut(titles[place.number], place.width - 1) + sign
        return "  " + line(self.columns, self._places, titles)

    def _strip(self, text: str, look: str) -> Strip:
        width = self._fitted
        return Strip([Segment(wide.pad(wide.cut(text, width), width), self._style(look))], width)

    def _style(self, look: str) -> Style:
        if look not in self._styles:
            style = self.rich_style
            if look:
                style += self.get_component_rich_style(f"table--{look}", partial=True)
            if self.stale and look != "header":
                style += Style(dim=True)
            self._styles[look] = style
        return self._styles[look]
