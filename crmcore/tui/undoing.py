"""Taking back what was done last, from any screen."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from crmcore.desk.undoing import take_back_last
from crmcore.errors import CrmError
from crmcore.i18n import gettext as _

if TYPE_CHECKING:
    from crmcore.tui.app import CrmApp


async def undo_last(app: CrmApp) -> None:
    """Take back the actor's last act and tell what that was and what was kept."""
    try:
        undone = await asyncio.to_thread(take_back_last, app.shop)
    except CrmError as error:
        app.complain(error)
        return
    words = _("taken back: {why}").format(why=undone.why)
    if undone.kept:
        words += " " + _("({count} records were changed since and kept)").format(count=undone.kept)
    app.notify(words, markup=False)
    app.offer_plugin_actions()  # a plugin may be on or off again
    app.refresh_area()
