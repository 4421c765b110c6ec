"""What a shop needs before it is open, after an update: steps of its database, new figures. It is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from crmcore.i18n import gettext as _
from crmcore.tui.widgets.bars import CommandBar

if TYPE_CHECKING:
    from crmcore.shop import Shop
    from crmcore.tui.app import CrmApp

# Working out new figures of so many customers takes seconds: that is said.
_MANY = 20_000
# Seconds after which steps of the database are spoken of: those of a small shop are over by then.
_SOON = 0.5
# Bytes of pages that SQLite may keep: some screens may read at once, and all of it is to take 200 MB at most.
_PAGES = 32 << 20


class BringingUp:
    """Opens shops. `how_far` that has got stands in the bar of commands; a toast says what takes so long."""

    def __init__(self, app: CrmApp) -> None:
        self.how_far = ""
        self._app = app
        self._at = ""  # what is being done: "", steps or figures

    async def opened(self, open_shop: Callable[[], Shop]) -> Shop:
        """The shop, once it is open and its plugins are loaded; raises what `open_shop` raises."""
        self._at = "opening"
        try:
            return await asyncio.to_thread(self._opened, open_shop)
        finally:
            self._at = ""
            self._show("")

    def _opened(self, open_shop: Callable[[], Shop]) -> Shop:
        """Open it and load the plugins now, in one thread: later several may ask at once."""
        from crmcore.store.migrations import telling

        with telling(self.tell_step):
            shop = open_shop()

        def progress(done: int, customers: int) -> None:
            if customers >= _MANY:
                self.tell_figures(done, customers)

        shop.on_progress = progress
        shop.facts  # noqa: B018 - built at its first use
        shop.on_progress = None
        shop.database.hold_at_most(_PAGES)
        return shop

    # --- called in the thread that opens the shop ---------------------------------------------------------

    def tell_step(self, done: int, steps: int) -> None:
        """So many steps of the database are done of so many."""
        self._app.call_later(self._step, done, steps)

    def tell_figures(self, done: int, customers: int) -> None:
        """The figures of so many customers are done of so many."""
        self._app.call_later(self._figures, done, customers)

    # --- what is shown --------------------------------------------------------------------------------------

    def _step(self, done: int, steps: int) -> None:
        if not self._at or done == steps:
            self._at = self._at and "opening"
            return
        if self._at != "steps":
            self._at = "steps"
            self._app.set_timer(_SOON, self._say_steps)
        self._show(f"{done + 1}/{steps}")

    def _say_steps(self) -> None:
        if self._at == "steps":
            words = _("The shop's database is brought up to date for this version of crm; this is done once.")
            self._app.notify(words, timeout=10)

    def _figures(self, done: int, customers: int) -> None:
        if not self._at:
            return
        if self._at != "figures":
            self._at = "figures"
            words = _("New figures of {count} customers are worked out; this is done once.")
            self._app.notify(words.format(count=f"{customers:,}"), timeout=10)
        self._show(f"{done * 100 // customers}%")

    def _show(self, how_far: str) -> None:
        self.how_far = how_far
        for bar in self._app.screen.query(CommandBar):
            bar.show_commands()
