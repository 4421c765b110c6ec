"""Plugins that another process switched or set: noticed while the UI runs, told, and taken over."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from crmcore.desk.plugin_view import take_over
from crmcore.errors import CrmError
from crmcore.i18n import gettext as _

if TYPE_CHECKING:
    from crmcore.hooks.discovery import PluginConfig
    from crmcore.tui.app import CrmApp

# Seconds from one look to the next: it reads a few documents.
OFTEN = 4.0


class Elsewhere:
    """Looks whether the plugins of the open shop are still those that were loaded.

    What is found is taken over when the next look finds the same: what this UI itself is just switching is
    over by then, and of several commands in a script the last one counts.
    """

    def __init__(self, app: CrmApp) -> None:
        self._app = app
        self._seen: PluginConfig | None = None
        self._looking = False

    async def look(self) -> None:
        """Look once."""
        if self._looking or not self._app.is_open:
            return
        self._looking = True
        try:
            await self._look()
        except CrmError as error:
            self._app.complain(error)
        finally:
            self._looking = False

    async def _look(self) -> None:
        shop = self._app.shop
        found = await asyncio.to_thread(shop.plugins_elsewhere)
        before, self._seen = self._seen, found
        if found is None or found != before or self._app.shop is not shop:
            return
        said = await asyncio.to_thread(take_over, shop, found)
        self._seen = None
        self._app.notify(_("Plugins were changed elsewhere: {what}").format(what=said))
        for failure in shop.plugins.failures:
            self._app.notify(str(failure), severity="warning")
        self._app.offer_plugin_actions()
        self._app.refresh_area()
