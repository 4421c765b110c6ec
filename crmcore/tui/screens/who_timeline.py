"""Everything that happened between the shop and a customer, in a sheet that loads as one goes down."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual.content import Content

from crmcore.desk.brief import Brief
from crmcore.desk.card_look import more_events
from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.records.customer import TimelineEntry
from crmcore.tui.screens.who_dialogs import Sheet
from crmcore.tui.widgets.card import Lines
from crmcore.tui.widgets.card_beside import event_lines

if TYPE_CHECKING:
    from crmcore.shop import Shop


class TimelineSheet(Sheet):
    """Her timeline; the next page is fetched when the end comes near."""

    def __init__(self, shop: Shop, brief: Brief) -> None:
        super().__init__(_("{name}: everything").format(name=brief.called), self._lines)
        self._shop, self._brief = shop, brief
        self._entries: list[TimelineEntry] = []
        self._next: tuple[int, int, int] | None = None
        self._ended = self._loading = False

    def on_mount(self) -> None:
        """Watch how far down one is."""
        lines = self.query_one(Lines)
        lines.focus()
        self.watch(lines, "scroll_y", self._moved, init=False)
        self.load()

    def load(self) -> None:
        """Fetch the next page."""
        self._loading = True
        self.run_worker(self._load(), group="timeline", exit_on_error=False)

    async def _load(self) -> None:
        try:
            page = await asyncio.to_thread(more_events, self._shop, self._brief.id, self._next)
        except CrmError as error:
            self._ended = True  # scrolling on must not ask again and again
            self.notify(str(error), severity="error", markup=False)
            return
        first = not self._entries
        self._entries += page.entries
        self._next, self._ended = page.next, page.next is None
        self._loading = False
        self.query_one(Lines).show(self._lines, keep_place=not first)

    def _moved(self) -> None:
        lines = self.query_one(Lines)
        near = lines.max_scroll_y - lines.scroll_y < lines.size.height
        if near and not self._ended and not self._loading:
            self.load()

    def _lines(self, width: int) -> list[Content]:
        found = event_lines(self._entries, self._brief, width)
        return found or [Content(_("nothing yet") if self._ended else _("working…"))]
